//! What comes out of a transit gateway, as the laws found it.

use crate::{
    net::{Net, vpc_attachment},
    world::World,
};
use dms_network_core::snapshot::{AttachedResource, Read, RouteTarget, TransitGatewayAttachment};
use serde_json::{Value, json};

/// `vpc-0a` and `vpc-0b` on `tgw-0a`. The client is in zone 1; `subnet-b` of the database in zone 2. Both attachments have
/// a subnet in each zone, with an open ACL of its own.
fn two_zones() -> Net {
    Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .subnet("subnet-gwa1", &["10.0.9.0/28"])
        .subnet("subnet-gwa2", &["10.0.9.16/28"])
        .subnet_of("vpc-0b", "subnet-gwb1", &["10.1.9.0/28"])
        .subnet_of("vpc-0b", "subnet-gwb2", &["10.1.9.16/28"])
        .open_acl("acl-gwa1", &["subnet-gwa1"])
        .open_acl("acl-gwa2", &["subnet-gwa2"])
        .open_acl("acl-gwb1", &["subnet-gwb1"])
        .open_acl("acl-gwb2", &["subnet-gwb2"])
        .transit_gateway(
            "tgw-0a",
            false,
            &["10.1.0.0/16 tgw-attach-b", "10.0.0.0/16 tgw-attach-a"],
        )
        .attachment(
            "tgw-attach-a",
            vpc_attachment("vpc-0a", &["subnet-gwa1", "subnet-gwa2"]),
        )
        .attachment(
            "tgw-attach-b",
            vpc_attachment("vpc-0b", &["subnet-gwb1", "subnet-gwb2"]),
        )
        .group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.10/32"])
        .but(|lists| {
            let (Read::Known(subnets), Read::Known(tables)) =
                (&mut lists.subnets, &mut lists.route_tables)
            else {
                return;
            };
            for subnet in subnets.values_mut() {
                let second = ["subnet-b", "subnet-gwa2", "subnet-gwb2"];
                let zone = if second.contains(&subnet.id.as_str()) {
                    2
                } else {
                    1
                };
                subnet.availability_zone_id = Some(format!("euw1-az{zone}"));
            }
            let far = tables.get_mut(&"rtb-b".parse().unwrap()).unwrap();
            far.subnet_ids.push("subnet-gwb1".parse().unwrap());
            far.subnet_ids.push("subnet-gwb2".parse().unwrap());
        })
}

fn to_b(net: Net) -> World {
    let placement: Value = json!({"otherVPC": {"vpcID": "vpc-0b", "securityGroupIDs": ["sg-b"]}});
    World::on(net).endpoint(json!({"addresses": ["10.1.2.20"], "placement": placement}))
}

fn change(net: Net, id: &str, change: impl FnOnce(&mut TransitGatewayAttachment)) -> Net {
    net.but(|lists| {
        let Read::Known(attachments) = &mut lists.transit_gateway_attachments else {
            return;
        };
        change(attachments.get_mut(&id.parse().unwrap()).unwrap());
    })
}

/// An attachment that translates hides what comes after it; what the client's own attachment judges comes before.
#[test]
fn the_client_s_attachment_subnet_is_judged_before_an_attachment_that_translates() {
    let net = change(two_zones(), "tgw-attach-b", |it| it.translates = true);
    let world = to_b(net.entries("acl-gwa1", &[]));
    assert_eq!(world.verdict(), "Missing NoNetworkACLEntry");
}

/// The VPC of another account, of which only the attachment is known.
fn another_owner(net: Net) -> World {
    let net = change(net, "tgw-attach-b", |it| {
        it.resource_owner_id = Some("444455556666".parse().unwrap());
        it.resource = AttachedResource::Vpc {
            id: "vpc-0b".parse().unwrap(),
            details: None,
        };
    });
    to_b(net.but(|lists| {
        if let Read::Known(vpcs) = &mut lists.vpcs {
            vpcs.remove(&"vpc-0b".parse().unwrap());
        }
    }))
}

/// What comes back from the gateway comes out of the client's attachment, whoever owns the VPC behind it.
#[test]
fn answers_from_another_account_s_vpc_come_out_of_the_client_s_attachment() {
    let net = two_zones()
        .entries("acl-gwa1", &["100 ingress allow all 0.0.0.0/0"])
        .entries("acl-gwa2", &["100 ingress allow all 0.0.0.0/0"]);
    assert_eq!(another_owner(net).verdict(), "Missing NoReturnEntry");
}

/// Amazon VPC Transit Gateways, "Network ACLs for transit gateways": from the gateway to an instance in the attachment's
/// own subnet nothing is judged.
#[test]
fn answers_from_another_account_s_vpc_into_the_attachment_s_own_subnet_are_not_judged() {
    let net = change(two_zones(), "tgw-attach-a", |it| {
        it.resource = vpc_attachment("vpc-0a", &["subnet-near"]);
    });
    let entries = [
        "100 egress allow all 0.0.0.0/0",
        "100 ingress allow all 10.0.1.0/24",
    ];
    let world = another_owner(net.entries("acl-near", &entries));
    assert_eq!(world.additions(), Vec::<String>::new());
}

/// Amazon VPC Transit Gateways, "VPC attachments": from the attachment's subnet on, packets follow its route table.
#[test]
fn a_firewall_between_the_attachment_and_the_database_is_a_middlebox() {
    let net = two_zones().but(|lists| {
        let Read::Known(tables) = &mut lists.route_tables else {
            return;
        };
        let mut table = tables[&"rtb-b".parse().unwrap()].clone();
        table.id = "rtb-gwb".parse().unwrap();
        table.subnet_ids = vec![
            "subnet-gwb1".parse().unwrap(),
            "subnet-gwb2".parse().unwrap(),
        ];
        let mut route = table.routes[0].clone();
        let block: ipnet::IpNet = "10.1.2.0/24".parse().unwrap();
        route.destination = dms_network_core::snapshot::RouteDestination::Cidr(block);
        route.target = RouteTarget::VpcEndpoint("vpce-fw".parse().unwrap());
        table.routes.push(route);
        let far = tables.get_mut(&"rtb-b".parse().unwrap()).unwrap();
        far.subnet_ids.truncate(1);
        tables.insert(table.id.clone(), table);
    });
    assert_eq!(to_b(net).verdict(), "External InspectedByMiddlebox");
}
