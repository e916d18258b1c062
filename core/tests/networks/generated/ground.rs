//! The network on which all cases are played: three VPCs, a site and the internet, with every hop that a topology has.
//! Nothing is let through anywhere; every route is there and works.
//!
//! | what | where |
//! |---|---|
//! | `vpc-0a` 10.0.0.0/16 | the client in `subnet-near` and `subnet-near2`; databases in `subnet-far`, `subnet-far2` |
//! | `vpc-0b` 10.1.0.0/16 | peered by `pcx-0a`; two of its databases have public addresses |
//! | `vpc-0c` 10.2.0.0/16 | on `tgw-0a` |
//! | 172.16.0.0/12 | the site: .1 by `eni-host`, .2 by `vgw-0a`, .3 by `tgw-0a`, .4 by `nat-0b` and `tgw-0a` |
//! | 203.0.113.0/24 | the internet: the first quarter by `igw-0a`, then by `nat-0a`, by `eni-nat` |
//! | 2001:db8:f::/48, f1 | the internet by `eigw-0a`, by `igw-0a` |

use super::apart::Accounts;
use crate::net::{Net, parse, vpc_attachment};
use dms_network_core::snapshot::{
    AttachedResource, Read, ScopeLists, TransitGatewayAttachment, VpcAttachment,
};

/// The routes of the client's and the proxy's subnets.
pub(crate) const NEAR_ROUTES: [&str; 14] = [
    "10.0.0.0/16 local",
    "2001:db8:a::/48 local",
    "10.1.0.0/16 pcx-0a",
    "2001:db8:b::/48 pcx-0a",
    "10.2.0.0/16 tgw-0a",
    "2001:db8:c::/48 tgw-0a",
    "172.16.1.0/24 eni-host",
    "172.16.2.0/24 vgw-0a propagated",
    "172.16.3.0/24 tgw-0a",
    "172.16.4.0/24 nat-0b",
    "203.0.113.64/26 nat-0a",
    "203.0.113.128/26 eni-nat",
    "203.0.113.0/24 igw-0a",
    "100.64.0.0/10 igw-0a",
];
const NEAR_ROUTES_TO_IPV6: [&str; 2] = ["2001:db8:f::/48 eigw-0a", "2001:db8:f1::/48 igw-0a"];

/// What a case may have one way or the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Where the far VPCs are.
    pub(crate) accounts: Accounts,
    /// Whether the bridging host sends packets on by an interface of its own in another subnet.
    pub(crate) two_interfaces: bool,
    /// Whether the bridging host's subnet leads on to the virtual private gateway: it forwards plainly.
    pub(crate) onward: bool,
    /// Whether the transit gateway attaches to the very subnets of client and databases.
    pub(crate) attached_within: bool,
    /// Whether references to groups work through the transit gateway.
    pub(crate) referencing: bool,
    /// Whether the private NAT gateway leads to the virtual private gateway, else to the transit gateway.
    pub(crate) nat_to_vpn: bool,
    /// Whether the public NAT gateway has a second address.
    pub(crate) two_nat_addresses: bool,
}

pub(crate) fn ground(shape: Shape) -> Net {
    let net = Net::empty()
        .with_gateways()
        .vpc("vpc-0a", &["10.0.0.0/16", "2001:db8:a::/48"])
        .vpc("vpc-0b", &["10.1.0.0/16", "2001:db8:b::/48"])
        .vpc("vpc-0c", &["10.2.0.0/16", "2001:db8:c::/48"]);
    let net = subnets(net);
    let net = tables(net, shape);
    let net = gateways(net, shape);
    let net = instances(net, shape);
    net.but(belongings)
}

fn subnets(net: Net) -> Net {
    net.subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
        .subnet("subnet-near2", &["10.0.3.0/24", "2001:db8:a:3::/64"])
        .subnet("subnet-far", &["10.0.2.0/24", "2001:db8:a:2::/64"])
        .subnet("subnet-far2", &["10.0.4.0/24", "2001:db8:a:4::/64"])
        .subnet("subnet-nat", &["10.0.5.0/28"])
        .subnet("subnet-out", &["10.0.6.0/24"])
        .subnet("subnet-host", &["10.0.7.0/24"])
        .subnet("subnet-proxy", &["10.0.8.0/24", "2001:db8:a:8::/64"])
        .subnet("subnet-tgwa", &["10.0.9.0/28", "2001:db8:a:9::/64"])
        .subnet("subnet-tgwa2", &["10.0.9.16/28", "2001:db8:a:19::/64"])
        .subnet_of("vpc-0b", "subnet-b", &["10.1.2.0/24", "2001:db8:b:2::/64"])
        .subnet_of("vpc-0b", "subnet-b2", &["10.1.4.0/24"])
        .subnet_of("vpc-0c", "subnet-c", &["10.2.2.0/24", "2001:db8:c:2::/64"])
        .subnet_of("vpc-0c", "subnet-c2", &["10.2.4.0/24"])
        .subnet_of("vpc-0c", "subnet-tgwc", &["10.2.9.0/28"])
        .subnet_of("vpc-0c", "subnet-tgwc2", &["10.2.9.16/28"])
        .acl("acl-near", &["subnet-near"], &[])
        .acl("acl-far", &["subnet-far"], &[])
        .acl("acl-rest", &["subnet-near2", "subnet-far2"], &[])
        .acl("acl-nat", &["subnet-nat"], &[])
        .acl("acl-out", &["subnet-out"], &[])
        .acl("acl-host", &["subnet-host"], &[])
        .acl("acl-proxy", &["subnet-proxy"], &[])
        .acl("acl-tgwa", &["subnet-tgwa"], &[])
        .acl("acl-tgwa2", &["subnet-tgwa2"], &[])
        .acl("acl-b", &["subnet-b", "subnet-b2"], &[])
        .acl("acl-c", &["subnet-c"], &[])
        .acl("acl-c2", &["subnet-c2"], &[])
        .acl("acl-tgwc", &["subnet-tgwc"], &[])
        .acl("acl-tgwc2", &["subnet-tgwc2"], &[])
}

fn tables(net: Net, shape: Shape) -> Net {
    let local = ["10.0.0.0/16 local", "2001:db8:a::/48 local"];
    let with = |routes: &[&'static str]| [&local[..], routes].concat();
    let near = [&NEAR_ROUTES[..], &NEAR_ROUTES_TO_IPV6].concat();
    let internet = "203.0.113.0/24 igw-0a";
    let onward = "172.16.1.0/24 vgw-0a propagated";
    let (host, out) = match (shape.onward, shape.two_interfaces) {
        (false, _) => (with(&[internet]), with(&[])),
        (true, false) => (with(&[internet, onward]), with(&[])),
        (true, true) => (with(&[internet]), with(&[onward])),
    };
    let site = if shape.nat_to_vpn {
        "172.16.4.0/24 vgw-0a"
    } else {
        "172.16.4.0/24 tgw-0a"
    };
    net.main_table(&local)
        .table("rtb-near", &["subnet-near", "subnet-near2"], &near)
        .table("rtb-proxy", &["subnet-proxy"], &near)
        .table("rtb-far", &["subnet-far", "subnet-far2"], &local)
        .table("rtb-host", &["subnet-host"], &host)
        .table("rtb-tgwa", &["subnet-tgwa", "subnet-tgwa2"], &local)
        .table("rtb-out", &["subnet-out"], &out)
        .table(
            "rtb-nat",
            &["subnet-nat"],
            &with(&["0.0.0.0/0 igw-0a", site]),
        )
        .table(
            "rtb-b",
            &["subnet-b", "subnet-b2"],
            &[
                "10.1.0.0/16 local",
                "2001:db8:b::/48 local",
                "10.0.0.0/16 pcx-0a",
                "2001:db8:a::/48 pcx-0a",
                "0.0.0.0/0 igw-0b",
            ],
        )
        .table(
            "rtb-tgwc",
            &["subnet-tgwc", "subnet-tgwc2"],
            &["10.2.0.0/16 local", "2001:db8:c::/48 local"],
        )
        .table(
            "rtb-c",
            &["subnet-c", "subnet-c2"],
            &[
                "10.2.0.0/16 local",
                "2001:db8:c::/48 local",
                "10.0.0.0/16 tgw-0a",
                "2001:db8:a::/48 tgw-0a",
            ],
        )
}

fn gateways(net: Net, shape: Shape) -> Net {
    let (near, far): (&[&str], &[&str]) = if shape.attached_within {
        (&["subnet-near", "subnet-near2"], &["subnet-c", "subnet-c2"])
    } else {
        (
            &["subnet-tgwa", "subnet-tgwa2"],
            &["subnet-tgwc", "subnet-tgwc2"],
        )
    };
    let public = ["198.51.100.1", "198.51.100.2"];
    let private = ["10.0.5.4", "10.0.5.5"];
    let count = if shape.two_nat_addresses { 2 } else { 1 };
    net.peering(
        "pcx-0a",
        "active",
        "vpc-0b",
        &["10.1.0.0/16", "2001:db8:b::/48"],
    )
    .but(|lists| {
        let Read::Known(peerings) = &mut lists.peerings else {
            return;
        };
        let peering = peerings.get_mut(&parse("pcx-0a")).unwrap();
        peering.requester.cidrs.push(parse("2001:db8:a::/48"));
    })
    .internet_gateway("igw-0a", &["vpc-0a"])
    .internet_gateway("igw-0b", &["vpc-0b"])
    .egress_only_gateway("eigw-0a", &["vpc-0a"])
    .vpn_gateway("vgw-0a", &["vpc-0a"])
    .vpn_connection("vpn-0a", "available", "vgw-0a")
    .nat_gateway("nat-0a", "subnet-nat", &public[..count], &private[..count])
    .nat_gateway("nat-0b", "subnet-nat", &[], &["10.0.5.6"])
    .transit_gateway(
        "tgw-0a",
        shape.referencing,
        &[
            "10.0.0.0/16 tgw-attach-a propagated",
            "2001:db8:a::/48 tgw-attach-a",
            "10.2.0.0/16 tgw-attach-c",
            "2001:db8:c::/48 tgw-attach-c",
            "172.16.0.0/16 tgw-attach-vpn propagated",
        ],
    )
    .attachment("tgw-attach-a", with_ipv6(vpc_attachment("vpc-0a", near)))
    .attachment("tgw-attach-c", with_ipv6(vpc_attachment("vpc-0c", far)))
    .attachment("tgw-attach-vpn", AttachedResource::Vpn("vpn-0b".to_owned()))
}

fn with_ipv6(mut resource: AttachedResource) -> AttachedResource {
    if let AttachedResource::Vpc {
        details: Some(details),
        ..
    } = &mut resource
    {
        details.ipv6 = true;
    }
    resource
}

fn instances(net: Net, shape: Shape) -> Net {
    let mut net = net;
    for group in ["sg-ri", "sg-own", "sg-db", "sg-all", "sg-host", "sg-proxy"] {
        net = net.group(group, &[]);
    }
    if shape.two_interfaces {
        net = net.host(
            "eni-out",
            "i-host",
            "subnet-out",
            "10.0.6.5",
            &["sg-host"],
            false,
        );
    }
    net.group_of("vpc-0b", "sg-b", &[])
        .group_of("vpc-0c", "sg-c", &[])
        .host(
            "eni-host",
            "i-host",
            "subnet-host",
            "10.0.7.5",
            &["sg-host"],
            false,
        )
        .host(
            "eni-nat",
            "i-nat",
            "subnet-host",
            "10.0.7.9",
            &["sg-host"],
            false,
        )
        .public_ip("eni-nat", "198.51.100.3")
        .host(
            "eni-proxy",
            "i-proxy",
            "subnet-proxy",
            "10.0.8.5",
            &["sg-proxy"],
            true,
        )
        .public_ip("eni-proxy", "198.51.100.30")
        .interface("eni-fw", "subnet-host", &["10.0.7.77"], &["sg-all"])
        .interface("eni-b", "subnet-b", &["10.1.2.85"], &["sg-b"])
        .public_ip("eni-b", "203.0.113.85")
        .interface("eni-b2", "subnet-b", &["10.1.2.86"], &["sg-b"])
        .public_ip("eni-b2", "203.0.113.20")
}

/// The VPC and zone of what the helpers put into `vpc-0a` and no zone: subnets whose names end in 2 are in a zone of
/// their own, where the transit gateway has subnets of its own.
fn belongings(lists: &mut ScopeLists) {
    let (Read::Known(subnets), Read::Known(acls), Read::Known(tables), Read::Known(interfaces)) = (
        &mut lists.subnets,
        &mut lists.network_acls,
        &mut lists.route_tables,
        &mut lists.network_interfaces,
    ) else {
        return;
    };
    for subnet in subnets.values_mut() {
        let second = subnet.id.as_str().ends_with('2');
        let zone = if second { 2 } else { 1 };
        subnet.availability_zone_id = Some(format!("euw1-az{zone}"));
        subnet.availability_zone = Some(format!("eu-west-1{}", ["", "a", "b"][zone]));
    }
    for acl in acls.values_mut() {
        acl.vpc_id = subnets[&acl.subnet_ids[0]].vpc_id.clone();
    }
    for table in tables.values_mut() {
        if let Some(first) = table.subnet_ids.first() {
            table.vpc_id = subnets[first].vpc_id.clone();
        }
    }
    for interface in interfaces.values_mut() {
        interface.vpc_id = subnets[&interface.subnet_id].vpc_id.clone();
    }
}

/// Changes an attachment of the transit gateway.
pub(crate) fn attachment(
    net: Net,
    id: &str,
    change: impl FnOnce(&mut TransitGatewayAttachment),
) -> Net {
    net.but(|lists| {
        let Read::Known(attachments) = &mut lists.transit_gateway_attachments else {
            return;
        };
        change(attachments.get_mut(&parse(id)).unwrap());
    })
}

/// Changes the options of a VPC's attachment.
pub(crate) fn details(net: Net, id: &str, change: impl FnOnce(&mut VpcAttachment)) -> Net {
    attachment(net, id, |it| {
        let AttachedResource::Vpc {
            details: Some(details),
            ..
        } = &mut it.resource
        else {
            return;
        };
        change(details);
    })
}
