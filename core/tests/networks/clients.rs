//! The client: where the replication instance opens its connections from.

use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::{
    api::Reason,
    snapshot::{Read, ReplicationConfig, ReplicationInstance, ReplicationSubnetGroup},
};
use serde_json::json;

/// Two client subnets, in zones a and b, and the database in a third.
fn three_subnets() -> Net {
    Net::empty()
        .subnet("subnet-0a", &["10.0.1.0/24"])
        .subnet("subnet-0b", &["10.0.3.0/24"])
        .subnet("subnet-far", &["10.0.2.0/24"])
        .open_acl("acl-0a", &["subnet-0a", "subnet-0b", "subnet-far"])
        .main_table(&["10.0.0.0/16 local"])
        .group("sg-ri", &["egress all 0.0.0.0/0"])
        .group("sg-db", &[])
}

fn in_both(ips: &[&str]) -> World {
    World::on(three_subnets())
        .client(json!({"subnetIDs": ["subnet-0b", "subnet-0a"], "privateIPs": ips}))
}

#[test]
fn known_addresses_are_judged_in_the_subnets_that_hold_them() {
    let world = in_both(&["10.0.3.7"]);
    assert_eq!(
        world.paths(),
        ["db:5432 from subnet-0b to 10.0.2.20/32: Missing SecurityGroupHasNoRules"]
    );
    let world = in_both(&["10.0.3.7", "10.0.1.10"]);
    assert_eq!(world.paths().len(), 2);
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    world.settles();
}

#[test]
fn unknown_addresses_are_judged_in_all_subnets_by_block() {
    let world = in_both(&[]).endpoint(json!({"admit": "SubnetCIDR"}));
    let clients: Vec<_> = world
        .plan()
        .paths
        .into_iter()
        .map(|p| p.status.client)
        .collect();
    assert_eq!(clients.len(), 2);
    assert_eq!(clients[0].addresses, [parse("10.0.1.0/24")]);
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.0/24",
            "+ sg-db ingress tcp 5432 10.0.3.0/24"
        ]
    );
    world.settles();
}

#[test]
fn a_private_address_outside_of_its_subnets_blocks_each_of_them_by_name() {
    let world = in_both(&["10.0.9.9", "10.0.8.8", "10.0.1.10"]);
    assert_eq!(
        world.paths(),
        [
            "db:5432 from subnet-0a to 10.0.2.20/32: Blocked AddressNotInSubnet",
            "db:5432 from subnet-0a to 10.0.2.20/32: Blocked AddressNotInSubnet",
            "db:5432 from subnet-0a to 10.0.2.20/32: Missing SecurityGroupHasNoRules",
        ]
    );
    let messages: Vec<String> = world
        .plan()
        .paths
        .iter()
        .map(|path| path.status.gates[0].message.clone())
        .collect();
    assert!(messages[0].contains("10.0.8.8") && messages[1].contains("10.0.9.9"));
}

#[test]
fn an_instances_interface_without_its_groups_blocks() {
    let net = three_subnets().group("sg-other", &[]).interface(
        "eni-ri",
        "subnet-0a",
        &["10.0.1.10"],
        &["sg-other"],
    );
    let world =
        World::on(net).client(json!({"subnetIDs": ["subnet-0a"], "privateIPs": ["10.0.1.10"]}));
    assert_eq!(world.verdict(), "Blocked GroupNotOnInterface");
}

#[test]
fn subnets_that_are_not_there_or_elsewhere_block() {
    let net = three_subnets().vpc("vpc-0b", &["10.9.0.0/16"]).subnet_of(
        "vpc-0b",
        "subnet-elsewhere",
        &["10.9.1.0/24"],
    );
    let world = |subnet: &str| {
        World::on(net.clone()).client(json!({"subnetIDs": [subnet], "privateIPs": []}))
    };
    assert_eq!(world("subnet-lost").verdict(), "Blocked SubnetNotFound");
    assert_eq!(
        world("subnet-elsewhere").verdict(),
        "Blocked SubnetInAnotherVPC"
    );
}

/// A client in IPv4 alone and a database in both, and the reverse.
#[test]
fn families_must_meet() {
    let dual = || {
        Net::empty()
            .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:0:1::/64"])
            .subnet("subnet-far", &["10.0.2.0/24", "2001:db8:0:2::/64"])
            .open_acl("acl-0a", &["subnet-near", "subnet-far"])
            .main_table(&["10.0.0.0/16 local", "2001:db8::/56 local"])
            .group("sg-ri", &["egress all 0.0.0.0/0", "egress all ::/0"])
            .group("sg-db", &[])
            .but(|lists| {
                let Read::Known(vpcs) = &mut lists.vpcs else {
                    panic!()
                };
                let vpc = vpcs.get_mut(&parse("vpc-0a")).unwrap();
                vpc.cidrs.push(parse("2001:db8::/56"));
            })
    };
    let world = |ips: &[&str], addresses: &[&str]| {
        World::on(dual())
            .client(json!({"privateIPs": ips}))
            .endpoint(json!({"addresses": addresses, "admit": "PrivateIP"}))
    };
    let v6 = "2001:db8:0:2::20";
    assert_eq!(
        world(&["10.0.1.10"], &[v6]).verdict(),
        "Blocked AddressFamilyMismatch"
    );
    assert_eq!(
        world(&["2001:db8:0:1::10"], &["10.0.2.20"]).verdict(),
        "Blocked AddressFamilyMismatch"
    );
    let both = world(&["10.0.1.10", "2001:db8:0:1::10"], &["10.0.2.20", v6]);
    assert_eq!(
        both.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.10/32",
            "+ sg-db ingress tcp 5432 2001:db8:0:1::10/128"
        ]
    );
    // Each family has room of its own.
    let net = both.net.clone();
    let narrow = net.but(|lists| lists.quotas.rules_per_security_group = 1);
    both.moved(narrow).settles();
    both.settles();
    // Subnets of both families stand for a database whose client speaks IPv4: its IPv6 block is no destination.
    let by_subnet = World::on(dual()).endpoint(json!({
        "addresses": null,
        "placement": {"sameVPC": {"securityGroupIDs": ["sg-db"], "subnetIDs": ["subnet-far"]}}
    }));
    assert_eq!(
        by_subnet.paths(),
        ["db:5432 from subnet-near to 10.0.2.0/24: Missing SecurityGroupHasNoRules"]
    );
}

#[test]
fn a_client_that_may_be_where_the_family_is_not_spoken_is_mismatched_there() {
    let net = three_subnets()
        .subnet("subnet-0a", &["10.0.1.0/24", "2001:db8:0:1::/64"])
        .subnet("subnet-far", &["10.0.2.0/24", "2001:db8:0:2::/64"]);
    let world = World::on(net)
        .client(json!({"subnetIDs": ["subnet-0a", "subnet-0b"], "privateIPs": []}))
        .endpoint(json!({"addresses": ["2001:db8:0:2::20"]}));
    let paths = world.paths();
    assert_eq!(
        paths[1],
        "db:5432 from subnet-0b to 2001:db8:0:2::20/128: Blocked AddressFamilyMismatch"
    );
}

/// DMS knows `orders-ri` in subnets a and b, primary in zone a.
fn looked_up(change: impl FnOnce(&mut ReplicationInstance)) -> World {
    let mut instance = ReplicationInstance {
        identifier: "orders-ri".to_owned(),
        status: "available".to_owned(),
        vpc_id: Some(parse("vpc-0a")),
        subnets: ["subnet-0b", "subnet-0a"]
            .iter()
            .map(|id| (parse(id), None))
            .collect(),
        security_group_ids: vec![parse("sg-ri")],
        private_ips: vec![parse("10.0.1.10")],
        public_ips: vec![],
        availability_zone: Some("eu-west-1a".to_owned()),
        secondary_availability_zone: None,
        multi_az: false,
    };
    change(&mut instance);
    let net = three_subnets().but(|lists| {
        lists.replication_instances = Read::Known([(instance.identifier.clone(), instance)].into());
    });
    World::on(net).instance(json!({"instance": {"identifier": "Orders-RI"}}))
}

#[test]
fn an_instance_is_looked_up_in_any_case_of_its_name() {
    let world = looked_up(|_| {});
    assert_eq!(world.verdict(), "Missing SecurityGroupHasNoRules");
    world.settles();
}

#[test]
fn of_a_multi_az_instance_the_subnet_of_the_standby_stands_for_its_address() {
    let standby = |instance: &mut ReplicationInstance| {
        instance.multi_az = true;
        instance.secondary_availability_zone = Some("eu-west-1b".to_owned());
    };
    let world = looked_up(standby).endpoint(json!({"admit": "PrivateIP"}));
    assert_eq!(
        world.additions(),
        [
            "+ sg-db ingress tcp 5432 10.0.1.10/32",
            "+ sg-db ingress tcp 5432 10.0.3.0/24"
        ]
    );
    assert_eq!(world.notes(), [Reason::SecondaryAddressUnknown]);
    world.settles();

    let world = looked_up(|instance| {
        standby(instance);
        instance.private_ips.push(parse("10.0.3.7"));
    });
    assert_eq!(world.paths().len(), 2);
    assert_eq!(world.notes(), []);
    // A zone that is named for a standby that is not there.
    let world = looked_up(|instance| {
        standby(instance);
        instance.multi_az = false;
    });
    assert_eq!(world.paths().len(), 1);
}

#[test]
fn a_standby_speaks_the_families_of_the_primary() {
    let world = looked_up(|instance| {
        instance.multi_az = true;
        instance.secondary_availability_zone = Some("eu-west-1b".to_owned());
    });
    let net = world
        .net
        .clone()
        .subnet("subnet-0b", &["10.0.3.0/24", "2001:db8:0:3::/64"]);
    let world = world
        .moved(net)
        .endpoint(json!({"addresses": ["2001:db8:0:2::20"]}));
    for path in world.paths() {
        assert!(path.ends_with("Blocked AddressFamilyMismatch"), "{path}");
    }
}

#[test]
fn what_dms_does_not_know_yet_is_waited_for() {
    type Change = fn(&mut ReplicationInstance);
    let rows: [(Change, Reason); 4] = [
        (
            |i| i.identifier = "other".into(),
            Reason::ReplicationInstanceNotFound,
        ),
        (
            |i| i.status = "creating".into(),
            Reason::ReplicationInstanceNotReady,
        ),
        (|i| i.vpc_id = None, Reason::ReplicationInstanceNotReady),
        (|i| i.subnets.clear(), Reason::ReplicationInstanceNotReady),
    ];
    for (change, reason) in rows {
        let world = looked_up(change).holding(&["sg-db ingress tcp 5432 sg-ri"]);
        let plan = world.plan();
        assert_eq!(plan.unresolved.as_ref().unwrap().reason, reason);
        assert!(plan.releases.is_empty(), "what is held stays");
        assert_eq!(plan.units.len(), 1);
        assert_eq!(
            world.outlook(),
            dms_network_core::plan::Outlook::Waiting(reason)
        );
    }
}

#[test]
fn an_instance_with_no_known_address_is_anywhere_in_its_subnets() {
    let world = looked_up(|instance| instance.private_ips.clear());
    assert_eq!(world.paths().len(), 2);
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
}

#[test]
fn serverless_has_groups_and_subnets_and_no_addresses() {
    let arn = "arn:aws:dms:eu-west-1:111122223333:replication-config:ABC";
    let net = three_subnets().but(|lists| {
        let config = ReplicationConfig {
            arn: parse(arn),
            subnet_group: Some("Orders".to_owned()),
            security_group_ids: vec![parse("sg-ri")],
        };
        lists.replication_configs = Read::Known([(config.arn.clone(), config)].into());
        let group = ReplicationSubnetGroup {
            identifier: "orders".to_owned(),
            vpc_id: Some(parse("vpc-0a")),
            subnet_ids: vec![parse("subnet-0a"), parse("subnet-0b")],
        };
        lists.replication_subnet_groups = Read::Known([("orders".to_owned(), group)].into());
    });
    let world = World::on(net).instance(json!({"serverless": {"configARN": arn}}));
    assert_eq!(world.paths().len(), 2);
    assert_eq!(world.additions(), ["+ sg-db ingress tcp 5432 sg-ri"]);
    world.settles();
    let world = world.endpoint(json!({"admit": "PrivateIP"}));
    assert!(world.paths()[0].ends_with("Blocked AdmitFormCannotWork"));
}
