//! The networks that the pages speak of: instances on interfaces, in one VPC or in two.

use crate::{
    net::{Net, parse},
    world::World,
};
use dms_network_core::snapshot::{PeeredVpc, Read, VpcPeeringConnection};
use serde_json::{Value, json};

/// `vpc-0a` (10.0.0.0/16): the replication instance at 10.0.1.10 in `subnet-near` carries `sg-ri`, which lets
/// everything out; the database at 10.0.2.20 in `subnet-far` carries `sg-db`, which has no inbound rules. Both ACLs are
/// open; every list was read.
pub(crate) fn one_vpc() -> Net {
    Net::two_subnets()
        .with_gateways()
        .interface("eni-ri", "subnet-near", &["10.0.1.10"], &["sg-ri"])
        .interface("eni-db", "subnet-far", &["10.0.2.20"], &["sg-db"])
}

/// The same with these routes beside the local one, in the main table.
pub(crate) fn routed(routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    one_vpc().main_table(&[local, routes].concat())
}

/// The same with IPv6, which both ends have alone: 2001:db8:1234:1a01::10 and 2001:db8:1234:1a02::20.
pub(crate) fn one_vpc_of_ipv6() -> Net {
    one_vpc()
        .vpc("vpc-0a", &["10.0.0.0/16", "2001:db8:1234:1a00::/56"])
        .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:1234:1a01::/64"])
        .subnet("subnet-far", &["10.0.2.0/24", "2001:db8:1234:1a02::/64"])
        .interface(
            "eni-ri",
            "subnet-near",
            &["2001:db8:1234:1a01::10"],
            &["sg-ri"],
        )
        .interface(
            "eni-db",
            "subnet-far",
            &["2001:db8:1234:1a02::20"],
            &["sg-db"],
        )
        .group("sg-ri", &["egress all ::/0"])
}

/// Everything that "Enable internet access" of the VPC guide asks for: the gateway, the route and a public address.
pub(crate) fn enabled() -> Net {
    routed(&["0.0.0.0/0 igw-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .public_ip("eni-ri", "198.51.100.9")
}

/// An appliance with the interface `eni-fw` in a subnet of its own.
pub(crate) fn with_appliance(net: Net) -> Net {
    net.subnet("subnet-fw", &["10.0.250.0/28"])
        .open_acl("acl-fw", &["subnet-fw"])
        .group("sg-fw", &[])
        .interface("eni-fw", "subnet-fw", &["10.0.250.5"], &["sg-fw"])
}

/// The database's group admits that of the replication instance.
pub(crate) fn admitted(net: Net) -> Net {
    net.group("sg-db", &["ingress tcp 5432 sg-ri"])
}

/// Besides `vpc-0a` with these routes, the `vpc-0b` (172.31.0.0/16) of the VPC guide with those in `rtb-other`: the
/// database at 172.31.2.20 in `subnet-other` (an open ACL `acl-other`) carries `sg-other`, which admits 10.0.0.0/16.
pub(crate) fn two_vpcs(routes: &[&str], other_routes: &[&str]) -> Net {
    let local: &[&str] = &["172.31.0.0/16 local"];
    routed(routes)
        .vpc("vpc-0b", &["172.31.0.0/16"])
        .subnet_of("vpc-0b", "subnet-other", &["172.31.2.0/24"])
        .open_acl_of("vpc-0b", "acl-other", &["subnet-other"])
        .table_of(
            "vpc-0b",
            "rtb-other",
            &["subnet-other"],
            &[local, other_routes].concat(),
        )
        .group_of(
            "vpc-0b",
            "sg-other",
            &["egress all 0.0.0.0/0", "ingress tcp 5432 10.0.0.0/16"],
        )
        .interface("eni-other", "subnet-other", &["172.31.2.20"], &["sg-other"])
}

/// `two_vpcs` over the active peering connection `pcx-0a`.
pub(crate) fn peered(routes: &[&str], other_routes: &[&str]) -> Net {
    two_vpcs(routes, other_routes).peering("pcx-0a", "active", "vpc-0b", &["172.31.0.0/16"])
}

/// An endpoint at an address of `vpc-0b`.
pub(crate) fn in_other_vpc(address: &str) -> Value {
    json!({"addresses": [address], "placement": {"otherVPC": {
        "vpcID": "vpc-0b", "securityGroupIDs": ["sg-other"]
    }}})
}

pub(crate) fn to_other_vpc(net: Net) -> World {
    World::on(net).endpoint(in_other_vpc("172.31.2.20"))
}

/// An endpoint at a public address that is nobody's of ours.
pub(crate) fn on_internet(address: &str) -> Value {
    json!({"addresses": [address], "placement": {"internet": {}}})
}

pub(crate) fn to_internet(net: Net) -> World {
    World::on(net).endpoint(on_internet("203.0.113.20"))
}

/// An endpoint of a site behind a gateway.
pub(crate) fn at_site(address: &str, gateway: &str) -> Value {
    json!({"addresses": [address], "placement": {"onPremises": {"via": {"gateway": {"id": gateway}}}}})
}

impl Net {
    /// `subnet-public`, whose default route leads to the internet gateway.
    pub(crate) fn public_subnet(self) -> Self {
        self.subnet("subnet-public", &["10.0.3.0/24"])
            .open_acl("acl-public", &["subnet-public"])
            .table(
                "rtb-public",
                &["subnet-public"],
                &["10.0.0.0/16 local", "0.0.0.0/0 igw-0a"],
            )
            .internet_gateway("igw-0a", &["vpc-0a"])
    }

    /// The public NAT gateway `nat-0a` in `subnet-public`, at 198.51.100.1.
    pub(crate) fn public_nat_gateway(self) -> Self {
        self.public_subnet().nat_gateway(
            "nat-0a",
            "subnet-public",
            &["198.51.100.1"],
            &["10.0.3.4"],
        )
    }

    pub(crate) fn open_acl_of(self, vpc: &str, id: &str, subnets: &[&str]) -> Self {
        let mut net = self.open_acl(id, subnets);
        net.acl_mut(id).vpc_id = parse(vpc);
        net
    }

    pub(crate) fn table_of(self, vpc: &str, id: &str, subnets: &[&str], routes: &[&str]) -> Self {
        self.table(id, subnets, routes).but(|lists| {
            if let Read::Known(tables) = &mut lists.route_tables {
                tables.get_mut(&parse(id)).unwrap().vpc_id = parse(vpc);
            }
        })
    }

    /// A peering connection between two VPCs of this account and Region: each its id and its blocks.
    pub(crate) fn peering_of(
        self,
        id: &str,
        requester: (&str, &[&str]),
        accepter: (&str, &[&str]),
    ) -> Self {
        let side = |(vpc, cidrs): (&str, &[&str])| PeeredVpc {
            vpc_id: Some(parse(vpc)),
            owner_id: Some(parse("111122223333")),
            region: Some(parse("eu-west-1")),
            cidrs: cidrs.iter().map(|cidr| parse(cidr)).collect(),
        };
        let peering = VpcPeeringConnection {
            id: parse(id),
            status: "active".to_owned(),
            requester: side(requester),
            accepter: side(accepter),
        };
        self.but(|lists| {
            if let Read::Known(peerings) = &mut lists.peerings {
                peerings.insert(peering.id.clone(), peering);
            }
        })
    }
}
