//! What the API server admits and refuses, tried on a real one with the CRDs of `crds/`.
//!
//! Each refusal names its remedy, and each is a refusal of `Document::read` too: a declaration that `plan`
//! takes from a file is one that the cluster would take.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_core::api::{AWSAccount, Document, MigrationNetwork};
use dms_network_harness::ControlPlane;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};
use std::sync::LazyLock;

static CONTROL_PLANE: LazyLock<ControlPlane> = LazyLock::new(|| {
    let plane = ControlPlane::start().unwrap();
    let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    plane
        .kubectl(&["apply", "--server-side", "--filename", crds])
        .unwrap();
    plane
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd",
            "--all",
            "--timeout=60s",
        ])
        .unwrap();
    plane.create_namespace("migrations").unwrap();
    plane
});

async fn networks() -> Api<DynamicObject> {
    let client = CONTROL_PLANE.client().await.unwrap();
    let kind = ApiResource::erase::<MigrationNetwork>(&());
    Api::namespaced_with(client, "migrations", &kind)
}

async fn accounts() -> Api<DynamicObject> {
    let client = CONTROL_PLANE.client().await.unwrap();
    Api::all_with(client, &ApiResource::erase::<AWSAccount>(&()))
}

fn object(document: &Value) -> DynamicObject {
    serde_json::from_value(document.clone()).unwrap()
}

/// What the API server makes of the document, without keeping it.
async fn try_out(document: &Value) -> Result<DynamicObject, String> {
    let api = if document["kind"] == "AWSAccount" {
        accounts().await
    } else {
        networks().await
    };
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    api.create(&dry_run, &object(document))
        .await
        .map_err(|error| error.to_string())
}

async fn admitted(document: &Value) {
    try_out(document).await.unwrap();
    assert!(Document::read(document).unwrap().is_some());
}

async fn refused(document: &Value, remedy: &str) {
    let error = try_out(document).await.unwrap_err();
    assert!(error.contains(remedy), "{error}");
    assert!(
        Document::read(document).is_err(),
        "only the API server refuses this: {error}"
    );
}

fn network() -> Value {
    json!({
        "apiVersion": "dms-network.dev/v1alpha1",
        "kind": "MigrationNetwork",
        "metadata": { "name": "orders", "namespace": "migrations" },
        "spec": {
            "accountRef": { "name": "prod" },
            "region": "eu-west-1",
            "replicationInstance": { "network": {
                "vpcID": "vpc-0a", "subnetIDs": ["subnet-0a", "subnet-0b"], "securityGroupIDs": ["sg-0a"],
                "privateIPs": ["10.0.1.10"], "publicIPs": ["198.51.100.9"],
            } },
            "endpoints": [{
                "name": "orders-source", "role": "Source", "engine": "postgres", "addresses": ["10.1.4.20"],
                "placement": { "sameVPC": { "securityGroupIDs": ["sg-0c"], "subnetIDs": ["subnet-0c"] } },
            }],
        },
    })
}

fn account() -> Value {
    json!({
        "apiVersion": "dms-network.dev/v1alpha1",
        "kind": "AWSAccount",
        "metadata": { "name": "prod" },
        "spec": {
            "accountID": "111122223333",
            "assumeRole": { "roleARN": "arn:aws:iam::111122223333:role/dms-network", "externalID": "orders" },
            "endpointURL": "https://vpce-0a.ec2.eu-west-1.vpce.amazonaws.com",
            "allowedNamespaces": { "names": ["migrations"], "selector": { "matchLabels": { "team": "data" } } },
            "limits": { "vpcIDs": ["vpc-0a"], "ports": [5432], "minPrefixLength": { "ipv4": 16, "ipv6": 48 } },
        },
    })
}

/// The document with `value` at the dotted path; null takes the field away.
fn with(mut document: Value, path: &str, value: Value) -> Value {
    let mut place = &mut document;
    let steps: Vec<&str> = path.split('.').collect();
    for step in &steps[..steps.len() - 1] {
        place = match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        };
    }
    match (steps[steps.len() - 1], place) {
        (last, Value::Array(list)) => list[last.parse::<usize>().unwrap()] = value,
        (last, Value::Object(fields)) if value.is_null() => drop(fields.remove(last).unwrap()),
        (last, Value::Object(fields)) => drop(fields.insert(last.to_owned(), value)),
        (last, _) => panic!("no place for {last} in {path}"),
    }
    document
}

fn endpoint(path: &str, value: Value) -> Value {
    with(network(), &format!("spec.endpoints.0.{path}"), value)
}

fn placed(placement: Value) -> Value {
    endpoint("placement", placement)
}

fn nowhere(placement: Value) -> Value {
    with(placed(placement), "spec.endpoints.0.addresses", Value::Null)
}

fn host() -> Value {
    json!({ "instanceID": "i-0a", "securityGroupIDs": ["sg-0d"] })
}

fn proxy(behind: Value) -> Value {
    json!({ "proxy": { "host": host(), "listenPort": 15432, "behind": behind } })
}

fn other_vpc(via: Value) -> Value {
    json!({ "otherVPC": {
        "vpcID": "vpc-0b", "securityGroupIDs": ["sg-0e"], "subnetIDs": ["subnet-0e"],
        "accountRef": { "name": "peer" }, "region": "eu-central-1", "via": via,
    } })
}

fn via_gateway(id: &str) -> Value {
    json!({ "onPremises": { "via": { "gateway": { "id": id } } } })
}

fn via_host(host: Value) -> Value {
    json!({ "onPremises": { "via": { "host": host } } })
}

fn managed() -> Value {
    json!({ "internet": { "managed": { "vpcID": "vpc-0f", "securityGroupIDs": ["sg-0f"], "subnetIDs": ["subnet-0f"] } } })
}

/// One test for each document that must be refused, with words of the remedy.
macro_rules! refusals {
    ($($name:ident: $document:expr => $remedy:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            refused(&$document, $remedy).await;
        }
    )*};
}

refusals! {
    a_replication_instance_without_a_form_is_refused:
        with(network(), "spec.replicationInstance", json!({})) => "declare exactly one of instance, serverless, network";
    a_replication_instance_of_two_forms_is_refused:
        with(network(), "spec.replicationInstance.instance", json!({ "identifier": "orders-ri" })) => "declare exactly one of instance";
    a_placement_without_a_form_is_refused: placed(json!({})) => "declare exactly one of sameVPC";
    a_placement_of_two_forms_is_refused: placed(json!({ "sameVPC": {}, "classicLink": {} })) => "declare exactly one of sameVPC";
    a_way_between_vpcs_without_a_form_is_refused:
        placed(other_vpc(json!({}))) => "declare exactly one of peeringConnectionID, transitGatewayID";
    a_way_between_vpcs_of_two_forms_is_refused:
        placed(other_vpc(json!({ "peeringConnectionID": "pcx-0a", "transitGatewayID": "tgw-0a" }))) => "declare exactly one of peeringConnectionID";
    a_way_on_premises_without_a_form_is_refused:
        placed(json!({ "onPremises": { "via": {} } })) => "declare exactly one of host, gateway";
    a_way_on_premises_of_two_forms_is_refused:
        placed(json!({ "onPremises": { "via": { "host": host(), "gateway": { "id": "vgw-0a" } } } })) => "declare exactly one of host, gateway";
    a_bridging_host_without_a_name_is_refused:
        placed(via_host(json!({ "securityGroupIDs": ["sg-0d"] }))) => "declare exactly one of instanceID, networkInterfaceID";
    a_bridging_host_named_twice_is_refused:
        placed(via_host(json!({ "instanceID": "i-0a", "networkInterfaceID": "eni-0a" }))) => "declare exactly one of instanceID";
    a_proxy_host_without_a_name_is_refused:
        with(placed(proxy(json!({ "internet": {} }))), "spec.endpoints.0.placement.proxy.host", json!({})) => "declare exactly one of instanceID";
    a_proxy_with_nothing_behind_it_is_refused: placed(proxy(json!({}))) => "declare exactly one of sameVPC, otherVPC, onPremises, internet";
    a_proxy_with_two_forms_behind_it_is_refused:
        placed(proxy(json!({ "sameVPC": {}, "internet": {} }))) => "declare exactly one of sameVPC";

    no_endpoint_is_refused: with(network(), "spec.endpoints", json!([])) => "should have at least 1 items";
    missing_endpoints_are_refused: with(network(), "spec.endpoints", Value::Null) => "spec.endpoints: Required value";
    two_endpoints_of_one_name_are_refused: {
        let twin = network()["spec"]["endpoints"][0].clone();
        with(network(), "spec.endpoints", json!([twin, twin]))
    } => "give each a name of its own";
    port_zero_is_refused: endpoint("ports", json!([0])) => "should be greater than or equal to 1";
    a_port_past_65535_is_refused: endpoint("ports", json!([65536])) => "should be less than or equal to 65535";
    a_listen_port_past_65535_is_refused:
        with(placed(proxy(json!({ "internet": {} }))), "spec.endpoints.0.placement.proxy.listenPort", json!(65536)) => "should be less than or equal to 65535";
    an_engine_without_a_default_port_needs_ports: endpoint("engine", json!("kafka")) => "declare ports: the engine has no default port";
    an_endpoint_without_engine_arn_and_ports_is_refused: endpoint("engine", Value::Null) => "declare ports";

    a_malformed_region_is_refused: with(network(), "spec.region", json!("Ireland")) => "such as `eu-west-1`";
    a_malformed_account_name_is_refused: with(network(), "spec.accountRef.name", json!("Prod")) => "lower-case letters, digits, dashes and dots";
    a_malformed_vpc_id_is_refused: with(network(), "spec.replicationInstance.network.vpcID", json!("sg-0a")) => "write `vpc-`";
    a_malformed_subnet_id_is_refused: with(network(), "spec.replicationInstance.network.subnetIDs", json!(["subnet_0a"])) => "write `subnet-`";
    a_malformed_security_group_id_is_refused: with(network(), "spec.replicationInstance.network.securityGroupIDs", json!(["SG-0A"])) => "write `sg-`";
    a_malformed_instance_id_is_refused: placed(via_host(json!({ "instanceID": "eni-0a" }))) => "write `i-`";
    a_malformed_interface_id_is_refused: placed(via_host(json!({ "networkInterfaceID": "i-0a" }))) => "write `eni-`";
    a_malformed_peering_id_is_refused: placed(other_vpc(json!({ "peeringConnectionID": "tgw-0a" }))) => "write `pcx-`";
    a_malformed_transit_gateway_id_is_refused: placed(other_vpc(json!({ "transitGatewayID": "tgw-attach-0a" }))) => "write `tgw-`";
    a_gateway_that_leads_to_no_site_is_refused: placed(via_gateway("igw-0a")) => "a virtual private gateway (`vgw-0a`) or a transit gateway (`tgw-0a`)";
    a_malformed_instance_identifier_is_refused:
        with(network(), "spec.replicationInstance", json!({ "instance": { "identifier": "1-ri" } })) => "a letter first";
    a_malformed_endpoint_name_is_refused: endpoint("name", json!("Orders Source")) => "such as `orders-source`";
    a_malformed_engine_is_refused: endpoint("engine", json!("PostgreSQL")) => "the name that DMS uses";
    a_malformed_endpoint_arn_is_refused: endpoint("arn", json!("arn:aws:dms:eu-west-1:111122223333:rep:ABC")) => "111122223333:endpoint:ABC";
    a_malformed_configuration_arn_is_refused:
        with(network(), "spec.replicationInstance", json!({ "serverless": { "configARN": "orders" } })) => "replication-config:ABC";
    a_malformed_role_arn_is_refused:
        with(account(), "spec.assumeRole.roleARN", json!("arn:aws:iam::111122223333:user/dms")) => "role/dms-network";
    a_malformed_account_id_is_refused: with(account(), "spec.accountID", json!("1111-2222-3333")) => "12 digits in quotes";
    a_malformed_url_is_refused: with(account(), "spec.endpointURL", json!("ftp://127.0.0.1")) => "a URL";
    a_malformed_external_id_is_refused: with(account(), "spec.assumeRole.externalID", json!("a b")) => "2 to 1224 letters";
    a_malformed_namespace_is_refused: with(account(), "spec.allowedNamespaces.names", json!(["*"])) => "such as `migrations`";
    a_port_limit_of_zero_is_refused: with(account(), "spec.limits.ports", json!([0])) => "should be greater than or equal to 1";
    a_prefix_length_past_32_is_refused: with(account(), "spec.limits.minPrefixLength.ipv4", json!(33)) => "should be less than or equal to 32";

    a_malformed_cidr_is_refused: endpoint("addresses", json!(["10.1.4.0/33"])) => "write an IP address or a CIDR block";
    a_host_name_is_refused: endpoint("addresses", json!(["db.example.com"])) => "names are never resolved";
    a_malformed_private_ip_is_refused: with(network(), "spec.replicationInstance.network.privateIPs", json!(["10.0.1.0/24"])) => "write a single IP address";
    a_malformed_public_ip_is_refused: with(network(), "spec.replicationInstance.network.publicIPs", json!(["here"])) => "write a single IP address";
    host_bits_in_a_cidr_are_refused: endpoint("addresses", json!(["10.1.4.20/24"])) => "write the first address of the block";
    host_bits_in_an_ipv6_cidr_are_refused: endpoint("addresses", json!(["2001:db8::1/64"])) => "write the first address of the block";
    prefix_length_zero_is_refused: endpoint("addresses", json!(["0.0.0.0/0"])) => "prefix length 0 is the whole address space";
    prefix_length_zero_of_ipv6_is_refused: endpoint("addresses", json!(["::/0"])) => "prefix length 0 is the whole address space";
    a_loopback_address_is_refused: endpoint("addresses", json!(["127.0.0.1"])) => "reach no database";
    an_ipv6_loopback_address_is_refused: endpoint("addresses", json!(["::1"])) => "reach no database";
    a_loopback_block_is_refused: endpoint("addresses", json!(["127.0.0.0/8"])) => "reach no database";
    a_link_local_address_is_refused: endpoint("addresses", json!(["169.254.169.254"])) => "reach no database";
    an_ipv6_link_local_address_is_refused: endpoint("addresses", json!(["fe80::1"])) => "reach no database";
    a_multicast_address_is_refused: endpoint("addresses", json!(["224.0.0.5"])) => "reach no database";
    an_ipv6_multicast_address_is_refused: endpoint("addresses", json!(["ff02::1"])) => "reach no database";
    the_unspecified_address_is_refused: endpoint("addresses", json!(["0.0.0.0"])) => "reach no database";
    the_unspecified_ipv6_address_is_refused: endpoint("addresses", json!(["::"])) => "reach no database";
    a_loopback_private_ip_is_refused: with(network(), "spec.replicationInstance.network.privateIPs", json!(["127.0.0.1"])) => "no replication instance's";
    a_nat64_address_is_refused: endpoint("addresses", json!(["64:ff9b::c000:201"])) => "declare the IPv4 address behind it";
    a_nat64_block_is_refused: endpoint("addresses", json!(["64:ff9b::/96"])) => "declare the IPv4 address behind it";
    an_ipv4_address_in_ipv6_form_is_refused: endpoint("addresses", json!(["::ffff:10.1.4.20"])) => "write an IP address or a CIDR block";

    neither_addresses_nor_subnets_are_refused: nowhere(json!({ "sameVPC": { "securityGroupIDs": ["sg-0c"] } })) => "declare addresses, or the subnetIDs";
    neither_addresses_nor_subnets_in_another_vpc_are_refused:
        nowhere(json!({ "otherVPC": { "vpcID": "vpc-0b", "securityGroupIDs": ["sg-0c"] } })) => "declare addresses, or the subnetIDs";
    neither_addresses_nor_groups_are_refused: nowhere(json!({ "sameVPC": { "subnetIDs": ["subnet-0c"] } })) => "declare the securityGroupIDs";
    the_internet_without_addresses_is_refused: nowhere(json!({ "internet": {} })) => "placement internet needs addresses";
    on_premises_without_addresses_is_refused: nowhere(via_gateway("vgw-0a")) => "placement onPremises needs addresses";
    a_proxy_without_addresses_is_refused: nowhere(proxy(json!({ "sameVPC": { "subnetIDs": ["subnet-0c"] } }))) => "placement proxy needs addresses";
    a_proxy_with_several_ports_is_refused:
        with(placed(proxy(json!({ "internet": {} }))), "spec.endpoints.0.ports", json!([5432, 5433])) => "declare an endpoint for each port";

    a_public_address_is_never_seen_in_one_vpc: endpoint("admit", json!("PublicIP")) => "work with placement internet only";
    a_nat_gateway_is_never_seen_in_another_vpc:
        with(placed(other_vpc(json!({ "transitGatewayID": "tgw-0a" }))), "spec.endpoints.0.admit", json!("NATGateway")) => "work with placement internet only";
    a_public_address_is_never_seen_on_premises:
        with(placed(via_host(host())), "spec.endpoints.0.admit", json!("PublicIP")) => "work with placement internet only";
    a_private_address_is_never_seen_over_the_internet:
        with(placed(json!({ "internet": {} })), "spec.endpoints.0.admit", json!("PrivateIP")) => "use admit Auto, PublicIP or NATGateway";
    a_private_address_is_never_seen_over_the_internet_behind_a_proxy:
        with(placed(proxy(managed())), "spec.endpoints.0.admit", json!("SecurityGroup")) => "use admit Auto, PublicIP or NATGateway";
    a_security_group_is_never_seen_behind_a_gateway:
        with(placed(via_gateway("tgw-0a")), "spec.endpoints.0.admit", json!("SecurityGroup")) => "use admit Auto, PrivateIP, SubnetCIDR or VPCCIDR";

    an_interval_test_needs_an_interval: with(network(), "spec.connectionTest", json!({ "trigger": "Interval" })) => "needs an interval";
    a_malformed_interval_is_refused:
        with(network(), "spec.connectionTest", json!({ "trigger": "Interval", "interval": "0h" })) => "never zero";
    a_malformed_expiration_time_is_refused: with(network(), "spec.expirationTime", json!("tomorrow")) => "date-time";
    an_unknown_mode_is_refused: with(network(), "spec.mode", json!("Off")) => "\"Plan\", \"AddOnly\", \"Enforce\"";
    an_unknown_deletion_policy_is_refused: with(network(), "spec.deletionPolicy", json!("Orphan")) => "\"Revoke\", \"Retain\"";
}

#[tokio::test]
async fn every_placement_is_admitted() {
    for placement in [
        json!({ "sameVPC": {} }),
        other_vpc(json!({ "peeringConnectionID": "pcx-0a" })),
        other_vpc(json!({ "transitGatewayID": "tgw-0a" })),
        via_gateway("vgw-0a"),
        via_host(
            json!({ "networkInterfaceID": "eni-0a", "forwarding": "Tunnel", "sourceNAT": false }),
        ),
        json!({ "internet": {} }),
        managed(),
        proxy(json!({ "sameVPC": {} })),
        proxy(via_gateway("tgw-0a")),
        json!({ "classicLink": {} }),
    ] {
        admitted(&placed(placement)).await;
    }
    admitted(&nowhere(
        json!({ "sameVPC": { "subnetIDs": ["subnet-0c"], "securityGroupIDs": ["sg-0c"] } }),
    ))
    .await;
    admitted(&nowhere(json!({ "classicLink": {} }))).await;
}

#[tokio::test]
async fn every_replication_instance_and_every_source_of_a_port_is_admitted() {
    let arn = "arn:aws:dms:eu-west-1:111122223333:endpoint:ABC";
    let config = "arn:aws:dms:eu-west-1:111122223333:replication-config:ABC";
    for document in [
        with(
            network(),
            "spec.replicationInstance",
            json!({ "instance": { "identifier": "orders-ri" } }),
        ),
        with(
            network(),
            "spec.replicationInstance",
            json!({ "serverless": { "configARN": config } }),
        ),
        with(
            endpoint("engine", Value::Null),
            "spec.endpoints.0.arn",
            json!(arn),
        ),
        with(
            endpoint("engine", json!("kafka")),
            "spec.endpoints.0.ports",
            json!([9092, 9094]),
        ),
        endpoint(
            "addresses",
            json!(["10.1.4.0/24", "10.1.5.20", "2001:db8::/64", "2001:db8:1::1"]),
        ),
        with(
            network(),
            "spec.connectionTest",
            json!({ "trigger": "Interval", "interval": "1h30m" }),
        ),
        with(
            network(),
            "spec.expirationTime",
            json!("2026-12-24T00:00:00Z"),
        ),
    ] {
        admitted(&document).await;
    }
}

#[tokio::test]
async fn every_engine_with_a_default_port_needs_no_ports() {
    for (engine, _) in dms_network_core::api::DEFAULT_PORTS {
        admitted(&endpoint("engine", json!(engine))).await;
    }
}

#[tokio::test]
async fn defaults_are_set_outside_of_lists_and_the_status_starts_as_pending() {
    let network = try_out(&network()).await.unwrap();
    let spec = &network.data["spec"];
    assert_eq!(spec["mode"], "Enforce");
    assert_eq!(spec["deletionPolicy"], "Revoke");
    assert_eq!(spec["connectionTest"], json!({ "trigger": "Never" }));
    assert!(spec["endpoints"][0].get("admit").is_none());
    let ready = &network.data["status"]["conditions"][0];
    assert_eq!(
        (&ready["type"], &ready["status"], &ready["reason"]),
        (&json!("Ready"), &json!("Unknown"), &json!("Pending"))
    );

    let account = try_out(&with(account(), "spec.limits", Value::Null))
        .await
        .unwrap();
    let spec = &account.data["spec"];
    assert_eq!(
        (&spec["maxMode"], &spec["networkACLs"], &spec["consent"]),
        (&json!("Enforce"), &json!("Manage"), &json!("Tag"))
    );
}

#[tokio::test]
async fn the_account_id_is_immutable() {
    let api = accounts().await;
    let document = with(account(), "metadata.name", json!("immutable"));
    api.create(&PostParams::default(), &object(&document))
        .await
        .unwrap();
    let other = json!({ "spec": { "accountID": "444455556666" } });
    let error = api
        .patch("immutable", &PatchParams::default(), &Patch::Merge(other))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("accountID is immutable: create another AWSAccount"),
        "{error}"
    );
    api.delete("immutable", &DeleteParams::default())
        .await
        .unwrap();
}

/// A text of that length that begins so.
fn long(start: &str, length: usize) -> String {
    format!("{start}{}", "a".repeat(length - start.len()))
}

fn ids(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}-{number:0>32}"))
        .collect()
}

/// A network in which every list is as long as it may be, and every text too.
fn full_network() -> Value {
    let arn = format!(
        "arn:aws:dms:eu-west-1:111122223333:endpoint:{}",
        "A".repeat(466)
    );
    let endpoints: Vec<Value> = (0..32)
        .map(|number| {
            let addresses: Vec<String> = (0..32)
                .map(|host| format!("2001:0db8:0000:{number:04x}:0000:0000:0000:{host:04x}/128"))
                .collect();
            json!({
                "name": long(&format!("e{number}-"), 63),
                "role": "Target",
                "engine": "z".repeat(64),
                "ports": (65_528..=65_535).collect::<Vec<u32>>(),
                "addresses": addresses,
                "arn": arn,
                "admit": "SecurityGroup",
                "placement": { "otherVPC": {
                    "vpcID": format!("vpc-{}", "0".repeat(32)),
                    "securityGroupIDs": ids("sg", 16),
                    "subnetIDs": ids("subnet", 16),
                    "accountRef": { "name": long("", 253) },
                    "region": "eu-west-1",
                    "via": { "peeringConnectionID": format!("pcx-{}", "0".repeat(32)) },
                } },
            })
        })
        .collect();
    let addresses = |block: &str| -> Vec<String> {
        (0..16)
            .map(|host| format!("{block}:0000:0000:0000:0000:{host:04x}"))
            .collect()
    };
    let mut document = network();
    document["metadata"]["name"] = json!("full");
    document["spec"]["accountRef"]["name"] = json!(long("", 253));
    document["spec"]["connectionTest"] =
        json!({ "trigger": "Interval", "interval": "9999h9999m9999s" });
    document["spec"]["endpoints"] = json!(endpoints);
    document["spec"]["replicationInstance"] = json!({ "network": {
        "vpcID": format!("vpc-{}", "0".repeat(32)),
        "subnetIDs": ids("subnet", 16),
        "securityGroupIDs": ids("sg", 16),
        "privateIPs": addresses("2001:0db8:0001"),
        "publicIPs": addresses("2001:0db8:0002"),
    } });
    document
}

#[tokio::test]
async fn the_cost_budget_of_cel_holds_with_all_lists_full() {
    let document = full_network();
    let mut account = account();
    account["spec"]["allowedNamespaces"]["names"] = (0..256)
        .map(|number| long(&format!("n{number}-"), 63))
        .collect();
    account["spec"]["limits"]["vpcIDs"] = json!(ids("vpc", 128));
    account["spec"]["limits"]["ports"] = json!((1..=64).collect::<Vec<u32>>());
    account["spec"]["assumeRole"]["externalID"] = json!(long("", 1224));
    account["spec"]["endpointURL"] = json!(long("https://", 2048));
    for document in [document, account] {
        if let Err(error) = try_out(&document).await {
            panic!("{error}");
        }
        assert!(Document::read(&document).unwrap().is_some());
    }
}

#[tokio::test]
async fn one_endpoint_too_many_is_refused() {
    let mut document = full_network();
    let mut last = document["spec"]["endpoints"][0].clone();
    last["name"] = json!("last");
    document["spec"]["endpoints"]
        .as_array_mut()
        .unwrap()
        .push(last);
    refused(&document, "must have at most 32 items").await;
}

/// Applies the document for one owner of fields.
async fn apply(owner: &str, document: &Value) -> DynamicObject {
    let name = document["metadata"]["name"].as_str().unwrap();
    networks()
        .await
        .patch(
            name,
            &PatchParams::apply(owner).force(),
            &Patch::Apply(document),
        )
        .await
        .unwrap()
}

#[tokio::test]
async fn two_owners_each_apply_endpoints_of_their_own() {
    let first = with(network(), "metadata.name", json!("shared-endpoints"));
    apply("first", &first).await;
    let second = with(first, "spec.endpoints.0.name", json!("orders-target"));
    let merged = apply("second", &second).await;
    let names: Vec<&Value> = merged.data["spec"]["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|endpoint| &endpoint["name"])
        .collect();
    assert_eq!(names, ["orders-source", "orders-target"]);
}

#[tokio::test]
async fn sets_merge_and_the_order_of_security_groups_is_a_choice_of_one_owner() {
    let first = with(
        endpoint("ports", json!([5432])),
        "metadata.name",
        json!("shared-lists"),
    );
    apply("first", &first).await;
    let second = with(first, "spec.endpoints.0.ports", json!([5433]));
    let groups = "spec.endpoints.0.placement.sameVPC.securityGroupIDs";
    let merged = apply("second", &with(second, groups, json!(["sg-0e", "sg-0c"]))).await;
    let endpoint = &merged.data["spec"]["endpoints"][0];
    assert_eq!(endpoint["ports"], json!([5432, 5433]));
    assert_eq!(
        endpoint["placement"]["sameVPC"]["securityGroupIDs"],
        json!(["sg-0e", "sg-0c"])
    );
}

#[tokio::test]
async fn a_status_keeps_what_a_newer_controller_writes() {
    let api = networks().await;
    let document = with(network(), "metadata.name", json!("newer"));
    api.create(&PostParams::default(), &object(&document))
        .await
        .unwrap();
    let gate = json!({
        "gate": "QuantumTunnel", "resource": "sg-0a", "direction": "Forward", "verdict": "Permitted",
        "reason": "Permitted", "evidence": [], "message": "Open.", "remedy": null,
    });
    let status = json!({
        "apiVersion": "dms-network.dev/v1alpha1",
        "kind": "MigrationNetwork",
        "status": { "paths": [{
            "endpoint": "orders-source", "port": 5432,
            "client": { "subnetID": "subnet-0a", "addresses": ["10.0.1.10/32"] },
            "destinations": ["10.1.4.20/32"], "sourceAddresses": ["10.0.1.10/32"],
            "verdict": "Permitted", "gates": [&gate],
        }] },
    });
    let written = api
        .patch_status(
            "newer",
            &PatchParams::apply("controller"),
            &Patch::Apply(status),
        )
        .await
        .unwrap();
    assert_eq!(written.data["status"]["paths"][0]["gates"][0], gate);
}

#[test]
fn people_see_the_state_by_the_short_name() {
    let document = with(network(), "metadata.name", json!("columns"));
    CONTROL_PLANE
        .apply("migrations", &document.to_string())
        .unwrap();
    let table = CONTROL_PLANE
        .kubectl(&["get", "mignet", "columns", "--namespace", "migrations"])
        .unwrap();
    let mut lines = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        lines.next().unwrap(),
        ["NAME", "READY", "REASON", "MODE", "PATHS", "RULES", "AGE"]
    );
    assert_eq!(
        lines.next().unwrap()[..4],
        ["columns", "Unknown", "Pending", "Enforce"]
    );
}
