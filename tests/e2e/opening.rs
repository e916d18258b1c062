//! What a declaration opens, and with how few calls.

use crate::{
    cluster::{condition, status},
    ec2::Ec2,
    lab::{Counterpart, Lab, OWNER},
    network::{ACCOUNT, DB, Network, RI, account, with},
    state::{State, Tags},
};
use dms_network_core::{
    api::{CLAIM_TAG_PREFIX, ConditionType, MANAGED_TAG},
    claims::Owner,
};
use dms_network_harness::{Sandbox, ScratchDir};
use ipnet::Ipv6Net;
use serde_json::json;

/// The fewest calls for one endpoint in another subnet.
const FEWEST: [&str; 10] = [
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateNetworkAclEntry",
    "CreateNetworkAclEntry",
    "CreateNetworkAclEntry",
    "CreateNetworkAclEntry",
    "CreateTags",
    "CreateTags",
    "CreateTags",
    "CreateTags",
];

on_both! {
    fn closed_groups_and_acls_get_exactly_what_is_missing_in_the_fewest_calls(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        let ready = lab.cluster().until_permitted("orders");

        assert_eq!(network.changes(&before), Network::opened(5432));
        assert_eq!(lab.writes(), FEWEST);
        let summary = status(&ready).summary.clone().unwrap();
        assert_eq!((summary.open_paths.as_str(), summary.rules), ("1/1", 6));

        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn a_rule_carries_its_tags_and_says_for_people_who_asked(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let after = network.state();
        let claim = format!("{CLAIM_TAG_PREFIX}{OWNER}");
        let tags = Tags::from([(MANAGED_TAG.to_owned(), "true".to_owned()), (claim, "active".to_owned())]);
        let added = || after.rules.iter().filter(|(id, _)| !before.rules.contains_key(*id)).map(|(_, rule)| rule);
        assert_eq!(added().count(), 2);
        for rule in added() {
            assert_eq!(rule.tags, tags);
            // moto loses the description of a rule that names a group.
            if rule.peer == format!("{DB}/32") {
                assert_eq!(rule.description, "dms-network: e2e migrations/orders orders-source");
            }
        }
    }

    fn each_entry_has_a_number_of_the_deployment_and_a_claim_on_its_acl(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let after = network.state();
        let range = Owner::new(OWNER, None).unwrap().entry_range();
        let added = after.entries.iter().filter(|(place, _)| !before.entries.contains_key(*place));
        let mut claims = 0;
        for ((acl, egress, number), entry) in added {
            assert!(range.contains(*number), "{number}");
            let direction = if *egress { "egress" } else { "ingress" };
            let key = format!("dms-network.dev/acl.{direction}.{number}.");
            let value = format!("{} {} {OWNER}", entry.traffic, entry.cidr);
            let found = after.tags[acl].iter().filter(|(name, _)| name.starts_with(&key));
            assert_eq!(found.map(|(_, value)| value).collect::<Vec<_>>(), [&value]);
            claims += 1;
        }
        assert_eq!(claims, 4);
        let tags = |state: &State| state.tags.values().map(Tags::len).sum::<usize>();
        assert_eq!(tags(&after), tags(&before) + 4, "no other tag");
    }

    fn a_steady_object_writes_nothing_to_kubernetes_and_nothing_to_ec2(lab: Lab) {
        lab.settings.resync_interval = "500ms";
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        // What the pass still has to say, events among it, has been said by the next look.
        lab.await_looks(2);
        lab.proxy.forget_calls();
        let object = lab.cluster().get("orders").metadata.resource_version;
        let writes = lab.cluster().writes();

        lab.await_looks(3);
        assert_eq!(lab.cluster().get("orders").metadata.resource_version, object);
        assert_eq!(lab.cluster().writes(), writes);
        assert_eq!(lab.writes(), [""; 0]);
    }

    fn default_egress_is_enough_and_gets_nothing(lab: Lab) {
        let network = lab.begin();
        network.allow_all_egress(&network.ri_group);
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let mut opened = Network::opened(5432);
        opened.retain(|line| !line.starts_with("+ ri-group"));
        assert_eq!(network.changes(&before), opened);
    }

    fn open_acls_get_nothing(lab: Lab) {
        let network = lab.begin();
        network.open_acls();
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        let mut opened = Network::opened(5432);
        opened.retain(|line| !line.contains("acl"));
        assert_eq!(network.changes(&before), opened);
    }

    fn within_one_subnet_no_acl_is_needed(lab: Lab) {
        let network = lab.begin();
        network.interface(&network.ri_subnet, "10.0.1.20", &network.db_group);
        let before = network.state();
        let same = json!({"securityGroupIDs": [network.db_group], "subnetIDs": [network.ri_subnet]});
        let declaration = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let declaration = with(declaration, "spec.endpoints.0.addresses", json!(["10.0.1.20"]));
        lab.cluster().apply(&declaration);
        lab.cluster().until_permitted("orders");

        assert_eq!(
            network.changes(&before),
            ["+ db-group ingress tcp 5432 ri-group", "+ ri-group egress tcp 5432 10.0.1.20/32"]
        );
    }

    fn a_group_shared_by_both_sides_gets_a_reference_to_itself(lab: Lab) {
        let network = lab.begin();
        network.open_acls();
        network.interface(&network.db_subnet, "10.0.2.30", &network.ri_group);
        let before = network.state();
        let same = json!({"securityGroupIDs": [network.ri_group], "subnetIDs": [network.db_subnet]});
        let declaration = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let declaration = with(declaration, "spec.endpoints.0.addresses", json!(["10.0.2.30"]));
        lab.cluster().apply(&declaration);
        lab.cluster().until_permitted("orders");

        assert_eq!(
            network.changes(&before),
            ["+ ri-group egress tcp 5432 10.0.2.30/32", "+ ri-group ingress tcp 5432 ri-group"]
        );
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_endpoint_known_by_its_subnet_is_reached_by_its_group_and_its_range(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let declaration = with(network.declaration("orders"), "spec.endpoints.0.addresses", json!(null));
        lab.cluster().apply(&declaration);
        lab.cluster().until_permitted("orders");

        let mut opened = vec![
            "+ db-group ingress tcp 5432 ri-group".to_owned(),
            "+ ri-group egress tcp 5432 db-group".to_owned(),
            "+ ri-acl egress allow tcp 5432 10.0.2.0/24".to_owned(),
            "+ ri-acl ingress allow tcp 1024-65535 10.0.2.0/24".to_owned(),
            format!("+ db-acl ingress allow tcp 5432 {RI}/32"),
            format!("+ db-acl egress allow tcp 1024-65535 {RI}/32"),
        ];
        opened.sort();
        assert_eq!(network.changes(&before), opened);
    }

    fn several_endpoints_share_what_they_have_in_common_in_one_call_per_group(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let declaration = network.declaration("orders");
        let declaration = with(declaration, "spec.endpoints.1", network.endpoint("stock-source", 3306));
        lab.cluster().apply(&declaration);
        lab.cluster().until_permitted("orders");

        // The return entries are the same for both.
        let mut opened = Network::opened(5432);
        opened.extend(Network::opened(3306));
        opened.sort();
        opened.dedup();
        assert_eq!(network.changes(&before), opened);
        let writes = lab.writes();
        let count = |action: &str| writes.iter().filter(|found| *found == action).count();
        assert_eq!(count("AuthorizeSecurityGroupIngress"), 1);
        assert_eq!(count("AuthorizeSecurityGroupEgress"), 1);
        assert_eq!(count("CreateNetworkAclEntry"), 6);
        assert_eq!(count("CreateTags"), 6);
        assert_eq!(writes.len(), 14);
    }

    fn a_wider_foreign_rule_is_enough_and_stays_foreign(lab: Lab) {
        let network = lab.begin();
        network.open_acls();
        network.authorize(&network.db_group, "Ingress", 5432, "10.0.0.0/8");
        let before = network.state();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");

        assert_eq!(network.changes(&before), [format!("+ ri-group egress tcp 5432 {DB}/32")]);
        lab.cluster().delete("orders");
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
    }

    fn an_account_may_have_an_endpoint_of_its_own(lab: Lab) {
        let network = Network::build(&lab.ec2);
        let account = with(account(), "spec.endpointURL", json!(lab.proxy.endpoint()));
        lab.cluster().apply(&account);
        // Nobody listens where the environment points to.
        lab.start_with(|launch| launch.aws_endpoint("http://127.0.0.1:9"));
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(lab.writes(), FEWEST);
    }

    fn an_instance_that_dms_does_not_know_yet_is_waited_for(lab: Lab) {
        let network = lab.begin();
        let instance = json!({"instance": {"identifier": "orders-ri"}});
        lab.cluster().apply(&with(network.declaration("orders"), "spec.replicationInstance", instance));
        let waiting = lab.cluster().until_ready("orders", "False", "ReplicationInstanceNotFound");
        let reconciling = condition(&waiting, ConditionType::Reconciling);
        assert_eq!(reconciling.map(|(status, _)| status), Some("True"));
        assert_eq!(lab.writes(), [""; 0]);
    }
}

/// Not on moto, whose replication instances are in no network of the account.
#[test]
fn an_instance_by_its_identifier_is_looked_up_in_dms() {
    let first = Sandbox::start(&[]).unwrap();
    let ec2 = Ec2::new(first.endpoint());
    let network = Network::build(&ec2);
    let folder = ScratchDir::new().unwrap();
    let snapshot = folder.path().join("snapshot");
    ec2.sandbox("POST", "export", &json!({"path": snapshot}));
    let instances = json!({"ReplicationInstances": [{
        "ReplicationInstanceIdentifier": "orders-ri",
        "ReplicationInstanceArn": format!("arn:aws:dms:eu-west-1:{ACCOUNT}:rep:ORDERSRI"),
        "ReplicationInstanceStatus": "available",
        "ReplicationInstancePrivateIpAddresses": [RI],
        "AvailabilityZone": "eu-west-1a",
        "MultiAZ": false,
        "PubliclyAccessible": false,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": network.ri_group, "Status": "active"}],
        "ReplicationSubnetGroup": {
            "ReplicationSubnetGroupIdentifier": "orders",
            "VpcId": network.vpc,
            "Subnets": [{
                "SubnetIdentifier": network.ri_subnet, "SubnetStatus": "Active",
                "SubnetAvailabilityZone": {"Name": "eu-west-1a"},
            }],
        },
    }]});
    std::fs::write(
        snapshot.join("describe-replication-instances.json"),
        instances.to_string(),
    )
    .unwrap();
    let lab = Lab::on(Sandbox::start(&["--load", snapshot.to_str().unwrap()]).unwrap());
    let network = network.served_by(&lab.ec2);
    let before = network.state();
    lab.cluster().apply(&account());
    lab.start();

    let instance = json!({"instance": {"identifier": "orders-ri"}});
    lab.cluster().apply(&with(
        network.declaration("orders"),
        "spec.replicationInstance",
        instance,
    ));
    lab.cluster().until_permitted("orders");
    assert_eq!(network.changes(&before), Network::opened(5432));
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(network.state(), before);
}

/// Not on moto, which cannot look an interface up by its IPv6 address.
#[test]
fn an_instance_with_ipv6_gets_rules_and_entries_of_ipv6() {
    let lab = Lab::new(Counterpart::Sandbox);
    let network = lab.begin();
    let vpc = ("VpcId", network.vpc.as_str());
    let block = lab.ec2.call(
        "AssociateVpcCidrBlock",
        &[vpc, ("AmazonProvidedIpv6CidrBlock", "true")],
    );
    let block: Ipv6Net = block.first("ipv6CidrBlock").parse().unwrap();
    let mut blocks = block.subnets(64).unwrap();
    let mut subnet = |v4: &str, acl: &str| {
        let v6 = blocks.next().unwrap();
        let parameters = [vpc, ("CidrBlock", v4), ("Ipv6CidrBlock", &v6.to_string())];
        let subnet = lab.ec2.call("CreateSubnet", &parameters).first("subnetId");
        network.associate(&subnet, acl);
        (subnet, v6.hosts().nth(0x10).unwrap())
    };
    let (ri_subnet, ri) = subnet("10.0.11.0/24", &network.ri_acl);
    let (db_subnet, db) = subnet("10.0.12.0/24", &network.db_acl);
    let before = network.state();

    let instance = json!({
        "vpcID": network.vpc, "subnetIDs": [ri_subnet], "securityGroupIDs": [network.ri_group], "privateIPs": [ri],
    });
    let same = json!({"securityGroupIDs": [network.db_group], "subnetIDs": [db_subnet]});
    let declaration = with(
        network.declaration("orders"),
        "spec.replicationInstance.network",
        instance,
    );
    let declaration = with(declaration, "spec.endpoints.0.placement.sameVPC", same);
    let declaration = with(declaration, "spec.endpoints.0.addresses", json!([db]));
    lab.cluster().apply(&declaration);
    lab.cluster().until_permitted("orders");
    let mut opened = vec![
        "+ db-group ingress tcp 5432 ri-group".to_owned(),
        format!("+ ri-group egress tcp 5432 {db}/128"),
        format!("+ ri-acl egress allow tcp 5432 {db}/128"),
        format!("+ ri-acl ingress allow tcp 1024-65535 {db}/128"),
        format!("+ db-acl ingress allow tcp 5432 {ri}/128"),
        format!("+ db-acl egress allow tcp 1024-65535 {ri}/128"),
    ];
    opened.sort();
    assert_eq!(network.changes(&before), opened);
    assert_eq!(lab.writes(), FEWEST);

    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(network.state(), before);
}
