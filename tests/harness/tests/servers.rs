//! The real parts, each started once and asked what a test would ask.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_harness::{AwsCli, ControlPlane, Moto};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::json;

const CONFIG_MAP: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {a: b}}";

#[tokio::test]
async fn control_plane_serves_and_keeps_its_data_while_the_api_server_is_away() {
    let cluster = ControlPlane::start().unwrap();
    cluster.apply("default", CONFIG_MAP).unwrap();

    cluster.stop_api_server();
    assert!(cluster.kubectl(&["get", "configmaps"]).is_err());
    cluster.start_api_server().unwrap();

    let config_maps: Api<ConfigMap> = Api::namespaced(cluster.client().await.unwrap(), "default");
    let data = config_maps.get("kept").await.unwrap().data.unwrap();
    assert_eq!(data["a"], "b");
}

#[test]
fn service_account_may_do_what_its_chart_grants_and_no_more() {
    let cluster = ControlPlane::start().unwrap();
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chart");
    let values = json!({"verbs": ["get", "list"]});
    let manifest = cluster
        .helm_template_apply(chart.as_ref(), "trial", "team", &values)
        .unwrap();
    assert!(manifest.contains("kind: ServiceAccount"));

    let kubeconfig = cluster.service_account_kubeconfig("team", "trial").unwrap();
    let kubeconfig = kubeconfig.to_str().unwrap();
    let may = |args: &[&str]| {
        cluster.kubectl(&[&["--kubeconfig", kubeconfig, "--namespace", "team"], args].concat())
    };
    may(&["get", "configmaps"]).unwrap();
    let refused = may(&["create", "configmap", "other"])
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("Forbidden") || refused.contains("forbidden"),
        "{refused}"
    );
    assert!(may(&["get", "secrets"]).is_err());
}

#[test]
fn moto_answers_the_aws_cli_and_forgets_on_reset() {
    let moto = Moto::start().unwrap();
    let aws = AwsCli::new(&moto.endpoint()).unwrap();
    let ours = [
        "ec2",
        "describe-vpcs",
        "--filters",
        "Name=cidr,Values=10.0.0.0/16",
    ];
    aws.run(&["ec2", "create-vpc", "--cidr-block", "10.0.0.0/16"])
        .unwrap();
    assert_eq!(
        aws.json(&ours).unwrap()["Vpcs"].as_array().unwrap().len(),
        1
    );

    moto.reset().unwrap();
    assert_eq!(
        aws.json(&ours).unwrap()["Vpcs"].as_array().unwrap().len(),
        0
    );

    let refused = aws
        .run(&["ec2", "describe-vpcs", "--vpc-ids", "vpc-00000000000000000"])
        .unwrap_err();
    assert!(
        refused.to_string().contains("InvalidVpcID.NotFound"),
        "{refused}"
    );
}
