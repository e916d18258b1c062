//! DMS and Service Quotas, which read only.

use crate::{
    client::{Aws, start, start_with},
    snapshots::Folder,
};
use dms_network_sandbox::Settings;
use serde_json::{Value, json};

fn loaded() -> (Folder, Aws) {
    let folder = Folder::new();
    folder.write(
        "instances.json",
        &json!({"ReplicationInstances": [{
            "ReplicationInstanceIdentifier": "orders-ri",
            "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:123456789012:rep:ORDERS",
            "InstanceCreateTime": "2026-01-01T00:00:00+00:00",
        }]}),
    );
    let configs =
        (0..25).map(|at| json!({"ReplicationConfigIdentifier": format!("config-{at:02}")}));
    folder.write(
        "configs.json",
        &json!({"ReplicationConfigs": configs.collect::<Vec<_>>()}),
    );
    let load = Some(folder.path.clone());
    let aws = start_with(Settings {
        load,
        ..Settings::default()
    });
    (folder, aws)
}

#[test]
fn an_instance_of_the_snapshot_is_found_by_its_identifier() {
    let (_folder, aws) = loaded();
    let find = |id: &str| {
        let filters = json!({"Filters": [{"Name": "replication-instance-id", "Values": [id]}]});
        aws.json("dms", "DescribeReplicationInstances", &filters)
    };
    let (status, answer) = find("orders-ri");
    assert_eq!(status, 200);
    assert_eq!(
        answer["ReplicationInstances"][0]["InstanceCreateTime"],
        1_767_225_600
    );
    let (status, answer) = find("other");
    assert_eq!(
        (status, &answer["__type"]),
        (400, &json!("ResourceNotFoundFault"))
    );
}

#[test]
fn pages_go_by_marker() {
    let (_folder, aws) = loaded();
    let page = |request: Value| aws.json("dms", "DescribeReplicationConfigs", &request).1;
    let first = page(json!({"MaxRecords": 20}));
    let second = page(json!({"MaxRecords": 20, "Marker": first["Marker"]}));
    let count = |page: &Value| page["ReplicationConfigs"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (20, 5));
    assert_eq!(second.get("Marker"), None);
    assert_eq!(
        page(json!({"MaxRecords": 10}))["__type"],
        "InvalidParameterValueException"
    );
}

#[test]
fn an_unknown_filter_is_refused() {
    let (_folder, aws) = loaded();
    let filters = json!({"Filters": [{"Name": "vpc-id", "Values": ["a"]}]});
    assert_eq!(aws.json("dms", "DescribeEndpoints", &filters).0, 400);
}

#[test]
fn quotas_can_be_read() {
    let aws = start();
    let quota = |code: &str| {
        let request = json!({"ServiceCode": "vpc", "QuotaCode": code});
        aws.json("servicequotas", "GetServiceQuota", &request).1
    };
    assert_eq!(quota("L-0EA8095F")["Quota"]["Value"], 60);
    assert_eq!(quota("L-2AEEBF1A")["Quota"]["Value"], 20);
    assert_eq!(quota("L-00000000")["__type"], "NoSuchResourceException");
}
