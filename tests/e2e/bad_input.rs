//! Declarations that do not fit the network: each a condition with a stable reason, and nothing opened.

use crate::{
    cluster::{condition, message},
    lab::{Counterpart, Lab},
    network::{DB, Network, with},
    wait,
};
use dms_network_core::api::ConditionType;
use serde_json::{Value, json};

/// Applies a declaration that must stall for this reason with these words, open nothing, and recover once it is right.
#[track_caller]
fn stalls_and_recovers(lab: &Lab, network: &Network, wrong: &Value, reason: &str, words: &[&str]) {
    let before = network.state();
    lab.cluster().apply(wrong);
    let stalled = lab.cluster().until_stalled("orders", reason);
    let text = message(&stalled, ConditionType::Ready);
    for word in words {
        assert!(text.contains(word), "{word} in: {text}");
    }
    assert_eq!(lab.writes(), [""; 0]);
    lab.cluster().apply(&network.declaration("orders"));
    lab.cluster().until_permitted("orders");
    assert_eq!(network.changes(&before), Network::opened(5432));
}

on_both! {
    fn a_group_that_is_not_there_is_waited_for(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let same = json!({"securityGroupIDs": ["sg-0123456789abcdef0"], "subnetIDs": [network.db_subnet]});
        // A block, so that the group is believed.
        let wrong = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let wrong = with(wrong, "spec.endpoints.0.addresses", json!(["10.0.2.0/24"]));
        lab.cluster().apply(&wrong);
        let waiting = lab.cluster().until_ready("orders", "False", "SecurityGroupNotFound");
        let text = message(&waiting, ConditionType::Ready);
        assert!(text.contains("sg-0123456789abcdef0"), "{text}");
        assert_eq!(condition(&waiting, ConditionType::Reconciling).map(|(status, _)| status), Some("True"));
        assert_eq!(lab.writes(), [""; 0]);

        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn a_subnet_that_is_not_there_is_named(lab: Lab) {
        let network = lab.begin();
        let same = json!({"securityGroupIDs": [network.db_group], "subnetIDs": ["subnet-0123456789abcdef0"]});
        let wrong = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let wrong = with(wrong, "spec.endpoints.0.addresses", json!(null));
        stalls_and_recovers(&lab, &network, &wrong, "SubnetNotFound", &["subnet-0123456789abcdef0"]);
    }

    fn a_vpc_that_is_not_there_is_named(lab: Lab) {
        let network = lab.begin();
        let path = "spec.replicationInstance.network.vpcID";
        let wrong = with(network.declaration("orders"), path, json!("vpc-0123456789abcdef0"));
        lab.cluster().apply(&wrong);
        let stalled = lab.cluster().until("a reason that names the VPC", "orders", |network| {
            let ready = network.status.as_ref().and_then(|status| status.condition(ConditionType::Ready));
            ready.is_some_and(|ready| ready.message.contains("vpc-0123456789abcdef0"))
        });
        assert_eq!(condition(&stalled, ConditionType::Ready).unwrap().0, "False");
        assert_eq!(lab.writes(), [""; 0]);
    }

    fn a_group_of_another_vpc_is_named_with_its_vpc(lab: Lab) {
        let network = lab.begin();
        let other = Network::build(&lab.ec2);
        let same = json!({"securityGroupIDs": [other.db_group], "subnetIDs": [network.db_subnet]});
        let wrong = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        let wrong = with(wrong, "spec.endpoints.0.addresses", json!(["10.0.2.0/24"]));
        let words = [other.db_group.as_str(), other.vpc.as_str()];
        stalls_and_recovers(&lab, &network, &wrong, "SecurityGroupInAnotherVPC", &words);
    }

    fn a_group_that_the_interface_does_not_carry_would_do_nothing(lab: Lab) {
        let network = lab.begin();
        let other = network.group("unattached");
        let same = json!({"securityGroupIDs": [other], "subnetIDs": [network.db_subnet]});
        let wrong = with(network.declaration("orders"), "spec.endpoints.0.placement.sameVPC", same);
        stalls_and_recovers(&lab, &network, &wrong, "GroupNotOnInterface", &[&other, DB]);
    }

    fn an_address_outside_of_the_instances_subnets_is_named(lab: Lab) {
        let network = lab.begin();
        let path = "spec.replicationInstance.network.privateIPs";
        let wrong = with(network.declaration("orders"), path, json!(["10.0.9.9"]));
        stalls_and_recovers(&lab, &network, &wrong, "AddressNotInSubnet", &["10.0.9.9"]);
    }

    fn a_deny_that_decides_is_somebodys_decision(lab: Lab) {
        let network = lab.begin();
        network.entry(&network.db_acl, false, 90, "deny", "5432", "10.0.0.0/16");
        lab.cluster().apply(&network.declaration("orders"));
        let stalled = lab.cluster().until_stalled("orders", "BlockedByDeny");
        let text = message(&stalled, ConditionType::Ready);
        assert!(text.contains("90") && text.contains(&network.db_acl), "{text}");
        assert_eq!(lab.writes(), [""; 0]);
        network.delete_entry(&network.db_acl, false, 90);
        lab.cluster().until_permitted("orders");
    }

    fn a_more_specific_route_that_leads_elsewhere_is_named(lab: Lab) {
        let network = lab.begin();
        let table = lab.ec2.call("CreateRouteTable", &[("VpcId", &network.vpc)]).first("routeTableId");
        let association = [("RouteTableId", &*table), ("SubnetId", &network.ri_subnet)];
        lab.ec2.call("AssociateRouteTable", &association);
        let elsewhere = network.interface(&network.ri_subnet, "10.0.1.99", &network.ri_group);
        let route = [
            ("RouteTableId", &*table),
            ("DestinationCidrBlock", "10.0.2.0/24"),
            ("NetworkInterfaceId", &elsewhere),
        ];
        lab.ec2.call("CreateRoute", &route);
        lab.cluster().apply(&network.declaration("orders"));
        let judged = lab.cluster().until("a verdict on the route", "orders", |network| {
            let gates = network.status.iter().flat_map(|status| &status.paths).flat_map(|path| &path.gates);
            gates.into_iter().any(|gate| gate.message.contains(&elsewhere))
        });
        assert_ne!(condition(&judged, ConditionType::Ready), Some(("True", "Permitted")));
    }

    fn placements_whose_network_is_not_there_say_what_is_lacking(lab: Lab) {
        let network = lab.begin();
        let groups = json!(["sg-0a"]);
        let placements = [
            (json!({"otherVPC": {"vpcID": "vpc-0b", "securityGroupIDs": groups}}), "VPCNotFound"),
            (json!({"onPremises": {"via": {"gateway": {"id": "vgw-0a"}}}}), "NoRoute"),
            (json!({"internet": {}}), "NoRoute"),
            (
                json!({"proxy": {
                    "host": {"networkInterfaceID": "eni-0a", "securityGroupIDs": groups}, "listenPort": 15432,
                    "behind": {"internet": {}},
                }}),
                "InterfaceNotFound",
            ),
            (json!({"classicLink": {}}), "ClassicLinkRetired"),
        ];
        let before = network.state();
        for (place, (placement, reason)) in placements.iter().enumerate() {
            let name = format!("orders-{place}");
            let declaration = with(network.declaration(&name), "spec.endpoints.0.placement", placement.clone());
            lab.cluster().apply(&with(declaration, "spec.endpoints.0.addresses", json!(["203.0.113.9"])));
            lab.cluster().until_stalled(&name, reason);
        }
        assert_eq!(network.state(), before);
        assert_eq!(lab.writes(), [""; 0]);
    }

    fn an_endpoint_that_is_blocked_does_not_keep_another_closed(lab: Lab) {
        let network = lab.begin();
        let before = network.state();
        let blocked = with(network.endpoint("stock-source", 3306), "addresses", json!(["172.16.0.9"]));
        lab.cluster().apply(&with(network.declaration("orders"), "spec.endpoints.1", blocked));
        lab.cluster().until("one endpoint open, one not", "orders", |network| {
            let summary = network.status.as_ref().and_then(|status| status.summary.as_ref());
            condition(network, ConditionType::Stalled) == Some(("True", "AddressOutsideVPC"))
                && summary.is_some_and(|summary| summary.open_paths == "1/2")
        });
        assert_eq!(network.changes(&before), Network::opened(5432));
    }

    fn what_an_object_has_stays_while_its_path_is_blocked(lab: Lab) {
        let network = lab.begin();
        lab.cluster().apply(&network.declaration("orders"));
        lab.cluster().until_permitted("orders");
        network.entry(&network.db_acl, false, 90, "deny", "5432", "10.0.0.0/16");
        let denied = network.state();
        lab.cluster().until_stalled("orders", "BlockedByDeny");
        lab.proxy.forget_calls();
        lab.await_looks(2);
        assert_eq!(network.state(), denied);
        network.delete_entry(&network.db_acl, false, 90);
        lab.cluster().until_permitted("orders");
        assert_eq!(lab.writes(), [""; 0]);
    }
}

/// A CRD that admits anything, as that of a newer version admits what this one has not heard of; put back when dropped.
struct NewerSchema<'l>(&'l Lab);

impl<'l> NewerSchema<'l> {
    fn install(lab: &'l Lab) -> Self {
        let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let patch = json!([{
            "op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema", "value": anything,
        }]);
        let crd = [
            "patch",
            "crd",
            "migrationnetworks.dms-network.dev",
            "--type=json",
            "--patch",
        ];
        lab.cluster()
            .plane
            .kubectl(&[&crd[..], &[&patch.to_string()]].concat())
            .unwrap();
        Self(lab)
    }
}

impl Drop for NewerSchema<'_> {
    fn drop(&mut self) {
        let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
        let apply = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename",
            crds,
        ];
        self.0.cluster().plane.kubectl(&apply).unwrap();
    }
}

#[test]
fn an_object_of_a_newer_schema_is_said_not_to_be_understood_and_keeps_its_rules() {
    let lab = Lab::new(Counterpart::Sandbox);
    let network = lab.begin();
    lab.cluster().apply(&network.declaration("orders"));
    lab.cluster().until_permitted("orders");
    let opened = network.state();

    let newer = NewerSchema::install(&lab);
    let forms = [
        with(
            network.declaration("orders"),
            "spec.replicationInstance",
            json!("orders-ri"),
        ),
        with(
            network.declaration("orders"),
            "spec.endpoints.0.placement",
            json!({"satellite": {}}),
        ),
        with(network.declaration("orders"), "spec.mode", json!("Dream")),
    ];
    for form in forms {
        // The API server takes a moment to serve the new schema.
        wait::until("the newer form to be admitted", || {
            lab.cluster().try_apply(&form)
        });
        wait::until("SpecNotUnderstood", || {
            let object = lab.cluster().find_raw("orders").unwrap();
            let status = &object["status"];
            let current = status["observedGeneration"] == object["metadata"]["generation"];
            let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
            let stalled = conditions.iter().any(|condition| {
                condition["type"] == "Stalled" && condition["reason"] == "SpecNotUnderstood"
            });
            if current && stalled {
                Ok(())
            } else {
                Err(wait::say(status))
            }
        });
        assert_eq!(network.state(), opened);
    }

    // A neighbour is served all the same.
    lab.cluster().apply(&network.declaration("billing"));
    lab.cluster().until_permitted("billing");

    wait::until("the declaration of before to be admitted", || {
        lab.cluster().try_apply(&network.declaration("orders"))
    });
    drop(newer);
    lab.cluster().until_permitted("orders");
    assert_eq!(network.state(), opened);
}
