//! What may be wrong with a network: one fault each, of those that its ways can meet.

use super::{
    ground::{attachment, details},
    ways::Way,
};
use crate::net::{Net, parse};
use dms_network_core::snapshot::{
    AttachedResource, BlockPublicAccess, BlockPublicAccessExclusion, BlockPublicAccessMode,
    ExcludedResource, Read, Route, RouteState, RouteTarget, ScopeLists, TransitGatewayRoute,
};

/// A fault: its name and what it does.
pub(crate) type Fault = (&'static str, fn(Net) -> Net);

/// The faults that a way can meet.
pub(crate) fn faults_of(way: Way) -> &'static [Fault] {
    match way {
        Way::SameVpc => &SAME_VPC,
        Way::Peering => &PEERING,
        Way::TransitGateway => &TRANSIT_GATEWAY,
        Way::SiteByTransitGateway => &SITE_BY_TRANSIT_GATEWAY,
        Way::Host => &HOST,
        Way::VpnGateway => &VPN_GATEWAY,
        Way::SiteByNatGateway => &PRIVATE_NAT,
        Way::InternetGateway | Way::Managed => &INTERNET_GATEWAY,
        Way::NatGateway | Way::ManagedByNatGateway => &NAT_GATEWAY,
        Way::NatInstance => &NAT_INSTANCE,
        Way::EgressOnly => &EGRESS_ONLY,
        Way::ClassicLink => &[],
    }
}

const SAME_VPC: [Fault; 13] = [
    ("two prefix lists", |net| {
        more(
            more(net, "rtb-near", "pl-0a eni-fw"),
            "rtb-near",
            "pl-0b vpce-fw",
        )
    }),
    ("no table", |net| {
        net.but(|lists| {
            if let Read::Known(tables) = &mut lists.route_tables {
                tables.retain(|id, _| !["rtb-far", "rtb-main"].contains(&id.as_str()));
            }
        })
    }),
    ("an ACL that is not there", |net| {
        net.but(|lists| {
            if let Read::Known(acls) = &mut lists.network_acls {
                acls.get_mut(&parse("acl-far")).unwrap().subnet_ids.clear();
            }
        })
    }),
    ("a service before the database", |net| {
        more(net, "rtb-near", "10.0.2.0/24 core-network")
    }),
    ("a list that was not read", |net| {
        more(
            net.prefix_list("pl-0a", 4, None),
            "rtb-near",
            "pl-0a eni-fw",
        )
    }),
    ("a firewall before the database", |net| {
        more(net, "rtb-near", "10.0.2.0/24 eni-fw")
    }),
    ("a firewall endpoint before half of the subnet", |net| {
        more(net, "rtb-near", "10.0.2.0/25 vpce-fw")
    }),
    ("a core network before one host", |net| {
        more(net, "rtb-near", "10.0.2.20/32 core-network")
    }),
    ("a firewall on the way back", |net| {
        more(net, "rtb-far", "10.0.1.0/24 eni-fw")
    }),
    ("a black hole on the way back", |net| {
        more(net, "rtb-far", "10.0.1.0/25 eni-fw blackhole")
    }),
    ("a transit gateway on the way", |net| {
        more(net, "rtb-near", "10.0.2.0/24 tgw-0a")
    }),
    ("a prefix list to a firewall", |net| {
        more(net, "rtb-near", "pl-0a eni-fw")
    }),
    ("ACLs unread", |net| {
        net.but(|lists| lists.network_acls = ScopeLists::unread().network_acls)
    }),
];

const PEERING: [Fault; 12] = [
    ("no such peering", |net| {
        more(net, "rtb-near", "10.1.0.0/16 pcx-0z")
    }),
    ("another owner's", |net| {
        unseen(
            peering(net, |it| {
                it.accepter.owner_id = Some(parse("444455556666"));
            }),
            "vpc-0b",
        )
    }),
    ("a peer that was not read", |net| unseen(net, "vpc-0b")),
    ("a peer that is not shown", |net| {
        peering(net, |it| it.accepter.vpc_id = None)
    }),
    ("pending", |net| {
        peering(net, |it| it.status = "pending-acceptance".to_owned())
    }),
    ("another Region", |net| {
        peering(net, |it| it.accepter.region = Some(parse("eu-central-1")))
    }),
    ("fewer blocks", |net| {
        let net = net.vpc("vpc-0b", &["10.1.4.0/24"]);
        peering(net, |it| it.accepter.cidrs = vec![parse("10.1.4.0/24")])
    }),
    ("no route", |net| without(net, "rtb-near", "10.1.0.0/16")),
    ("no route back", |net| {
        without(without(net, "rtb-b", "10.0.0.0/16"), "rtb-b", "0.0.0.0/0")
    }),
    ("a black hole", |net| {
        inactive(net, "rtb-near", "10.1.0.0/16")
    }),
    ("a firewall behind", |net| {
        more(net, "rtb-b", "10.0.1.0/24 eni-fw")
    }),
    ("elsewhere", |net| {
        more(net, "rtb-near", "10.1.2.0/24 tgw-0a")
    }),
];

const TRANSIT_GATEWAY: [Fault; 14] = [
    ("a firewall behind the attachment", |net| {
        more(net, "rtb-tgwc", "10.2.2.0/24 vpce-fw")
    }),
    ("another owner's", |net| {
        let net = attachment(net, "tgw-attach-c", |it| {
            it.resource_owner_id = Some(parse("444455556667"));
            if let AttachedResource::Vpc { details, .. } = &mut it.resource {
                *details = None;
            }
        });
        unseen(net, "vpc-0c")
    }),
    ("no subnet in the zone", |net| {
        details(net, "tgw-attach-a", |it| it.subnet_ids.truncate(1))
    }),
    ("no subnet in the far zone", |net| {
        details(net, "tgw-attach-c", |it| it.subnet_ids.truncate(1))
    }),
    ("no IPv6", |net| {
        details(net, "tgw-attach-c", |it| it.ipv6 = false)
    }),
    ("no IPv6 at the client", |net| {
        details(net, "tgw-attach-a", |it| it.ipv6 = false)
    }),
    ("appliance mode", |net| {
        details(net, "tgw-attach-c", |it| it.appliance_mode = true)
    }),
    ("references disabled", |net| {
        details(net, "tgw-attach-c", |it| {
            it.security_group_referencing = false
        })
    }),
    ("not accepted", |net| {
        attachment(net, "tgw-attach-c", |it| {
            it.state = "pendingAcceptance".to_owned()
        })
    }),
    ("not associated", |net| {
        attachment(net, "tgw-attach-c", |it| it.associated_route_table = None)
    }),
    ("a black hole in the gateway", |net| {
        gateway_routes(net, |routes| {
            routes.push(TransitGatewayRoute {
                destination: parse("10.2.2.0/24"),
                is_active: false,
                is_static: true,
                attachment_ids: vec![],
            });
        })
    }),
    ("no route in the gateway", |net| {
        gateway_routes(net, |routes| {
            routes.retain(|it| it.destination != parse("10.0.0.0/16"))
        })
    }),
    ("no route", |net| without(net, "rtb-near", "10.2.0.0/16")),
    ("no route back", |net| without(net, "rtb-c", "10.0.0.0/16")),
];

const SITE_BY_TRANSIT_GATEWAY: [Fault; 5] = [
    ("no subnet in the zone", |net| {
        details(net, "tgw-attach-a", |it| it.subnet_ids.truncate(1))
    }),
    ("no route", |net| without(net, "rtb-near", "172.16.3.0/24")),
    ("no route in the gateway", |net| {
        gateway_routes(net, |routes| {
            routes.retain(|it| it.destination != parse("172.16.0.0/16"))
        })
    }),
    ("no route home in the gateway", |net| {
        gateway_routes(net, |routes| {
            routes.retain(|it| it.destination != parse("10.0.0.0/16"))
        })
    }),
    ("the VPN is gone", |net| {
        attachment(net, "tgw-attach-vpn", |it| it.state = "deleted".to_owned())
    }),
];

const HOST: [Fault; 9] = [
    ("a route to itself", |net| {
        more(
            more(net, "rtb-host", "172.16.1.0/24 eni-host"),
            "rtb-out",
            "172.16.1.0/24 eni-host",
        )
    }),
    ("an instance that is not there", |net| {
        more(net, "rtb-near", "172.16.1.0/24 i-0z")
    }),
    ("an interface that is not there", |net| {
        more(net, "rtb-near", "172.16.1.0/24 eni-0z")
    }),
    ("on by another instance", |net| {
        more(net, "rtb-host", "172.16.1.0/24 eni-nat")
    }),
    ("the check is on", |net| check_on(net, "eni-host")),
    ("a black hole", |net| {
        inactive(net, "rtb-near", "172.16.1.0/24")
    }),
    ("no route", |net| without(net, "rtb-near", "172.16.1.0/24")),
    ("another interface", |net| {
        more(net, "rtb-near", "172.16.1.0/25 eni-fw")
    }),
    ("not attached", |net| net.vpn_gateway("vgw-0a", &["vpc-0z"])),
];

const VPN_GATEWAY: [Fault; 5] = [
    ("not attached", |net| net.vpn_gateway("vgw-0a", &["vpc-0z"])),
    ("no VPN", |net| {
        net.vpn_connection("vpn-0a", "deleted", "vgw-0a")
    }),
    ("no route", |net| without(net, "rtb-near", "172.16.2.0/24")),
    ("a transit gateway instead", |net| {
        more(net, "rtb-near", "172.16.2.0/24 tgw-0a")
    }),
    ("an edge table", |net| {
        let net = net.table(
            "rtb-edge",
            &[],
            &["10.0.0.0/16 local", "10.0.1.0/24 vpce-fw"],
        );
        net.but(|lists| {
            let Read::Known(tables) = &mut lists.route_tables else {
                return;
            };
            tables.get_mut(&parse("rtb-edge")).unwrap().gateway_ids = vec!["vgw-0a".to_owned()];
        })
    }),
];

const PRIVATE_NAT: [Fault; 4] = [
    ("not available", |net| {
        nat(net, "nat-0b", |it| it.state = "failed".to_owned())
    }),
    ("no address", |net| {
        nat(net, "nat-0b", |it| it.addresses.clear())
    }),
    ("no route", |net| without(net, "rtb-nat", "172.16.4.0/24")),
    ("not attached", |net| net.vpn_gateway("vgw-0a", &["vpc-0z"])),
];

const INTERNET_GATEWAY: [Fault; 9] = [
    ("no such gateway", |net| {
        more(net, "rtb-near", "203.0.113.0/24 igw-0z")
    }),
    ("detached", |net| net.internet_gateway("igw-0a", &[])),
    ("no public address", |net| no_public_address(net, "eni-ri")),
    ("blocked", |net| {
        blocked(net, BlockPublicAccessMode::Bidirectional, None)
    }),
    ("ingress blocked", |net| {
        blocked(net, BlockPublicAccessMode::Ingress, None)
    }),
    ("blocked and excluded", |net| {
        blocked(net, BlockPublicAccessMode::Bidirectional, Some(true))
    }),
    ("blocked and excluded for egress", |net| {
        blocked(net, BlockPublicAccessMode::Bidirectional, Some(false))
    }),
    ("no route", |net| without(net, "rtb-near", "203.0.113.0/24")),
    ("no route back", |net| without(net, "rtb-b", "0.0.0.0/0")),
];

const NAT_GATEWAY: [Fault; 11] = [
    ("a route to itself", |net| {
        more(net, "rtb-nat", "203.0.113.64/26 nat-0a")
    }),
    ("no such gateway", |net| {
        more(net, "rtb-near", "203.0.113.64/26 nat-0z")
    }),
    ("not available", |net| {
        nat(net, "nat-0a", |it| it.state = "pending".to_owned())
    }),
    ("an address that failed", |net| {
        nat(net, "nat-0a", |it| {
            if let Some(last) = it.addresses.last_mut() {
                last.succeeded = false;
            }
        })
    }),
    ("no internet behind it", |net| {
        without(net, "rtb-nat", "0.0.0.0/0")
    }),
    ("regional", regional),
    ("regional, in another zone", |net| {
        nat(regional(net), "nat-0a", |it| {
            let addresses = it.addresses.iter_mut();
            addresses.for_each(|it| it.availability_zone_id = Some("euw1-az3".to_owned()));
        })
    }),
    ("an appliance", |net| {
        nat(net, "nat-0a", |it| {
            it.appliances.push("firewall-0a".to_owned())
        })
    }),
    ("blocked", |net| {
        blocked(net, BlockPublicAccessMode::Bidirectional, None)
    }),
    ("ingress blocked", |net| {
        blocked(net, BlockPublicAccessMode::Ingress, None)
    }),
    ("detached", |net| net.internet_gateway("igw-0a", &[])),
];

const NAT_INSTANCE: [Fault; 5] = [
    ("the check is on", |net| check_on(net, "eni-nat")),
    ("no public address", |net| no_public_address(net, "eni-nat")),
    ("no route", |net| without(net, "rtb-host", "203.0.113.0/24")),
    ("detached", |net| net.internet_gateway("igw-0a", &[])),
    ("a black hole", |net| {
        inactive(net, "rtb-near", "203.0.113.128/26")
    }),
];

const EGRESS_ONLY: [Fault; 3] = [
    ("detached", |net| net.egress_only_gateway("eigw-0a", &[])),
    ("no route", |net| {
        without(net, "rtb-near", "2001:db8:f::/48")
    }),
    ("blocked", |net| {
        blocked(net, BlockPublicAccessMode::Bidirectional, None)
    }),
];

/// Lists that nobody could read, whatever the way.
pub(crate) const UNREAD: [Fault; 9] = [
    ("groups unread", |net| {
        net.but(|lists| lists.security_groups = ScopeLists::unread().security_groups)
    }),
    ("ACLs unread", |net| {
        net.but(|lists| lists.network_acls = ScopeLists::unread().network_acls)
    }),
    ("tables unread", |net| {
        net.but(|lists| lists.route_tables = ScopeLists::unread().route_tables)
    }),
    ("interfaces unread", |net| {
        net.but(|lists| lists.network_interfaces = ScopeLists::unread().network_interfaces)
    }),
    ("prefix lists unread", |net| {
        net.prefix_list("pl-0a", 4, None)
    }),
    ("peerings unread", |net| {
        net.but(|lists| lists.peerings = ScopeLists::unread().peerings)
    }),
    ("attachments unread", |net| {
        net.but(|lists| {
            lists.transit_gateway_attachments = ScopeLists::unread().transit_gateway_attachments;
        })
    }),
    ("the gateway's routes unread", |net| {
        net.but(|lists| {
            if let Read::Known(tables) = &mut lists.transit_gateway_route_tables {
                tables.get_mut(&parse("tgw-rtb-0a")).unwrap().routes =
                    Read::not_in_snapshot("ec2:SearchTransitGatewayRoutes");
            }
        })
    }),
    ("NAT gateways unread", |net| {
        net.but(|lists| lists.nat_gateways = ScopeLists::unread().nat_gateways)
    }),
];

fn regional(net: Net) -> Net {
    nat(net, "nat-0a", |it| {
        it.is_regional = true;
        it.subnet_id = None;
        it.addresses
            .iter_mut()
            .for_each(|known| known.private_ip = None);
        it.route_table_id = Some(parse("rtb-nat"));
    })
}

/// A VPC of which nothing was read.
fn unseen(net: Net, vpc: &str) -> Net {
    let vpc = parse(vpc);
    net.but(|lists| {
        let (Read::Known(vpcs), Read::Known(subnets), Read::Known(groups)) = (
            &mut lists.vpcs,
            &mut lists.subnets,
            &mut lists.security_groups,
        ) else {
            return;
        };
        vpcs.remove(&vpc);
        subnets.retain(|_, subnet| subnet.vpc_id != vpc);
        groups.retain(|_, group| group.vpc_id != vpc);
        if let Read::Known(interfaces) = &mut lists.network_interfaces {
            interfaces.retain(|_, interface| interface.vpc_id != vpc);
        }
        if let Read::Known(acls) = &mut lists.network_acls {
            acls.retain(|_, acl| acl.vpc_id != vpc);
        }
        if let Read::Known(tables) = &mut lists.route_tables {
            tables.retain(|_, table| table.vpc_id != vpc);
        }
    })
}

fn routes(net: Net, table: &str, change: impl FnOnce(&mut Vec<Route>)) -> Net {
    net.but(|lists| {
        let Read::Known(tables) = &mut lists.route_tables else {
            return;
        };
        change(&mut tables.get_mut(&parse(table)).unwrap().routes);
    })
}

/// One route more, in place of one to the same block.
fn more(net: Net, table: &str, text: &str) -> Net {
    let added = Net::empty().table("rtb-new", &[], &[text]);
    let Read::Known(tables) = &added.lists.route_tables else {
        return net;
    };
    let new = tables[&parse("rtb-new")].routes[0].clone();
    routes(net, table, |routes| {
        routes.retain(|known| known.destination != new.destination);
        routes.push(new);
    })
}

fn is_to(route: &Route, block: &str) -> bool {
    route.destination == dms_network_core::snapshot::RouteDestination::Cidr(parse(block))
        && route.target != RouteTarget::Local
}

fn without(net: Net, table: &str, block: &str) -> Net {
    routes(net, table, |routes| {
        routes.retain(|route| !is_to(route, block))
    })
}

fn inactive(net: Net, table: &str, block: &str) -> Net {
    routes(net, table, |routes| {
        let here = routes.iter_mut().filter(|route| is_to(route, block));
        here.for_each(|route| route.state = RouteState::Blackhole);
    })
}

fn peering(
    net: Net,
    change: impl FnOnce(&mut dms_network_core::snapshot::VpcPeeringConnection),
) -> Net {
    net.but(|lists| {
        let Read::Known(peerings) = &mut lists.peerings else {
            return;
        };
        change(peerings.get_mut(&parse("pcx-0a")).unwrap());
    })
}

fn nat(
    net: Net,
    id: &str,
    change: impl FnOnce(&mut dms_network_core::snapshot::NatGateway),
) -> Net {
    net.but(|lists| {
        let Read::Known(gateways) = &mut lists.nat_gateways else {
            return;
        };
        change(gateways.get_mut(&parse(id)).unwrap());
    })
}

fn gateway_routes(net: Net, change: impl FnOnce(&mut Vec<TransitGatewayRoute>)) -> Net {
    net.but(|lists| {
        let Read::Known(tables) = &mut lists.transit_gateway_route_tables else {
            return;
        };
        let table = tables.get_mut(&parse("tgw-rtb-0a")).unwrap();
        if let Read::Known(routes) = &mut table.routes {
            change(routes);
        }
    })
}

fn check_on(net: Net, interface: &str) -> Net {
    net.but(|lists| {
        let Read::Known(interfaces) = &mut lists.network_interfaces else {
            return;
        };
        interfaces
            .get_mut(&parse(interface))
            .unwrap()
            .source_dest_check = true;
    })
}

fn no_public_address(net: Net, interface: &str) -> Net {
    net.but(|lists| {
        let Read::Known(interfaces) = &mut lists.network_interfaces else {
            return;
        };
        if let Some(interface) = interfaces.get_mut(&parse(interface)) {
            interface.addresses[0].public_ip = None;
        }
    })
}

fn blocked(net: Net, mode: BlockPublicAccessMode, excluded: Option<bool>) -> Net {
    let exclusions = excluded.map(|bidirectional| BlockPublicAccessExclusion {
        id: "vpcbpa-exclude-0a".to_owned(),
        resource: ExcludedResource::Vpc(parse("vpc-0a")),
        bidirectional,
    });
    net.but(|lists| {
        lists.block_public_access = Read::Known(BlockPublicAccess {
            mode,
            exclusions: Read::Known(exclusions.into_iter().collect()),
        });
    })
}
