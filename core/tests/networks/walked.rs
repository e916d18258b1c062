//! The oracle itself, on networks whose answer AWS's guides give: each statement names the page that it is worked from.

use crate::net::{Net, parse, vpc_attachment};
use dms_network_core::{
    api::{NetworkInterfaceId, SecurityGroupId},
    snapshot::{
        AttachedResource, BlockPublicAccess, BlockPublicAccessExclusion, BlockPublicAccessMode,
        ExcludedResource, Read, ScopeLists, ScopeSnapshot, TransitGatewayAttachment,
    },
};
use dms_network_walker::{Connection, Fate, Forwarder, Forwarding, Host, Walk, Walker};

/// From 10.0.1.10 (which carries `sg-ri`) and port 40000 to an address and port 5432, in `vpc-0a` or another VPC.
fn to(server: &str, server_vpc: Option<&str>) -> Connection {
    let client = if server.contains(':') {
        "2001:db8:a:1::10"
    } else {
        "10.0.1.10"
    };
    Connection {
        vpc: parse("vpc-0a"),
        client: parse(client),
        client_port: 40000,
        server: parse(server),
        port: 5432,
        server_vpc: server_vpc.map(parse),
    }
}

fn host(vpc: &str, address: &str, public: Option<&str>, group: &str) -> Host {
    Host {
        vpc: parse(vpc),
        address: parse(address),
        public_ip: public.map(parse),
        groups: vec![parse::<SecurityGroupId>(group)],
    }
}

/// The client at 10.0.1.10, with the public address 198.51.100.9, and databases at 10.0.2.20 and 10.1.2.20.
fn walks_with(
    scopes: &[ScopeSnapshot],
    connection: &Connection,
    forwarders: &[Forwarder],
) -> Vec<Walk> {
    let mut walker = Walker::new(scopes)
        .with_host(host("vpc-0a", "10.0.1.10", Some("198.51.100.9"), "sg-ri"))
        .with_host(host("vpc-0a", "2001:db8:a:1::10", None, "sg-ri"))
        .with_host(host("vpc-0a", "10.0.2.20", None, "sg-db"))
        .with_host(host("vpc-0b", "10.1.2.20", Some("203.0.113.20"), "sg-b"));
    for forwarder in forwarders {
        walker = walker.with_forwarder(forwarder.clone());
    }
    walker.walks(connection)
}

/// What becomes of a connection, in words; all walks agree.
#[track_caller]
fn fate(net: &Net, connection: &Connection, forwarders: &[Forwarder]) -> String {
    let walks = walks_with(&[net.scope()], connection, forwarders);
    let mut words: Vec<String> = walks.iter().map(in_words).collect();
    words.dedup();
    assert_eq!(words.len(), 1, "{walks:#?}");
    words.remove(0)
}

pub(crate) fn in_words(walk: &Walk) -> String {
    let hidden = match &walk.hidden[..] {
        [] => String::new(),
        hops => format!(" unseen {}", hops.join(" ")),
    };
    match &walk.fate {
        Fate::Arrives { seen } => format!("arrives from {seen}{hidden}"),
        Fate::Leaves { at, seen } => format!("leaves at {at} from {seen}{hidden}"),
        Fate::Dropped { direction, at, why } => format!("{direction:?} {at}: {why}"),
        Fate::NotKnown { what } => format!("not known: {what}"),
    }
}

fn database() -> Connection {
    to("10.0.2.20", Some("vpc-0a"))
}

fn open() -> Net {
    Net::two_subnets()
        .group("sg-db", &["ingress tcp 5432 sg-ri"])
        .interface("eni-fw", "subnet-near", &["10.0.1.99"], &["sg-ri"])
}

/// VPC User Guide, "Security group rules": a new group has no inbound rules; the client's groups and the server's must
/// both let the connection through; the answer is never judged by them.
#[test]
fn security_groups_admit_what_a_rule_names() {
    let rows = [
        (open(), "arrives from 10.0.1.10"),
        (Net::two_subnets(), "Out sg-db: security group ingress"),
        (
            Net::two_subnets().group("sg-db", &["ingress tcp 5432 10.0.1.0/24"]),
            "arrives from 10.0.1.10",
        ),
        (
            Net::two_subnets().group("sg-db", &["ingress tcp 5433-5434 10.0.1.0/24"]),
            "Out sg-db: security group ingress",
        ),
        (
            Net::two_subnets().group("sg-db", &["ingress 17 0.0.0.0/0"]),
            "Out sg-db: security group ingress",
        ),
        (
            Net::two_subnets().group("sg-db", &["ingress all 10.0.1.10/32"]),
            "arrives from 10.0.1.10",
        ),
        (
            Net::two_subnets()
                .prefix_list("pl-0a", 4, Some(&["10.0.9.0/24", "10.0.1.8/29"]))
                .group("sg-db", &["ingress tcp 5432 pl-0a"]),
            "arrives from 10.0.1.10",
        ),
        (
            Net::two_subnets()
                .prefix_list("pl-0a", 4, None)
                .group("sg-db", &["ingress tcp 5432 pl-0a"]),
            "not known: ec2:GetManagedPrefixListEntries",
        ),
        (
            open().but(|lists| {
                let Read::Known(groups) = &mut lists.security_groups else {
                    return;
                };
                groups.get_mut(&parse("sg-ri")).unwrap().rules.clear();
            }),
            "Out sg-ri: security group egress",
        ),
        (
            open().but(|lists| lists.security_groups = ScopeLists::unread().security_groups),
            "not known: ec2:DescribeSecurityGroups",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &database(), &[]), expected);
    }
}

/// VPC User Guide, "Network ACLs": in number order, the first that matches decides; stateless, so that the answer to the
/// client's port is judged, too; never within a subnet.
#[test]
fn network_acls_judge_each_packet_on_its_way_out_of_and_into_a_subnet() {
    let rows = [
        (
            open().entries("acl-near", &["1 ingress allow all 0.0.0.0/0"]),
            "Out acl-near: network ACL egress",
        ),
        (
            open().acl("acl-far", &[], &["1 ingress deny tcp 5432 10.0.0.0/8"]),
            "Out acl-far: network ACL ingress",
        ),
        (
            open().acl("acl-far", &[], &["101 ingress deny tcp 5432 10.0.0.0/8"]),
            "arrives from 10.0.1.10",
        ),
        (
            open().acl("acl-far", &[], &["1 egress deny tcp 40000 0.0.0.0/0"]),
            "Back acl-far: network ACL egress of the answer",
        ),
        (
            open().acl("acl-near", &[], &["1 ingress deny all 10.0.2.0/24"]),
            "Back acl-near: network ACL ingress of the answer",
        ),
        (
            open().acl("acl-far", &[], &["1 ingress deny all ::/0"]),
            "arrives from 10.0.1.10",
        ),
        (
            open().but(|lists| lists.network_acls = ScopeLists::unread().network_acls),
            "not known: ec2:DescribeNetworkAcls",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &database(), &[]), expected);
    }
    let beside = Net::two_subnets()
        .entries("acl-near", &[])
        .interface("eni-0a", "subnet-near", &["10.0.1.77"], &["sg-db"])
        .group("sg-db", &["ingress tcp 5432 10.0.1.10/32"]);
    assert_eq!(
        fate(&beside, &to("10.0.1.77", Some("vpc-0a")), &[]),
        "arrives from 10.0.1.10"
    );
}

/// VPC User Guide, "Route tables", route priority; "Security group rules": through a middlebox references do not match.
#[test]
fn the_longest_prefix_wins_whatever_its_state() {
    let rows = [
        (
            open().table("rtb-near", &["subnet-near"], &["0.0.0.0/0 igw-0a"]),
            "not known: ec2:DescribeInternetGateways",
        ),
        (
            open().table("rtb-near", &["subnet-near"], &[]),
            "Out rtb-near: no route",
        ),
        (
            open().table("rtb-far", &["subnet-far"], &[]),
            "Back rtb-far: no route",
        ),
        (
            open().table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw blackhole"],
            ),
            "Out rtb-near: the route is a black hole",
        ),
        (
            open().table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
            ),
            "Out sg-db: security group ingress",
        ),
        (
            open()
                .group("sg-db", &["ingress tcp 5432 10.0.1.10/32"])
                .table(
                    "rtb-near",
                    &["subnet-near"],
                    &["10.0.0.0/16 local", "10.0.2.0/24 eni-fw"],
                ),
            "arrives from 10.0.1.10 unseen eni-fw",
        ),
        (
            open().table(
                "rtb-near",
                &["subnet-near"],
                &["10.0.2.0/24 local", "10.0.2.0/24 eni-fw propagated"],
            ),
            "arrives from 10.0.1.10",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &database(), &[]), expected);
    }
}

/// VPC User Guide, "Route tables": where two prefix lists lead to different targets, AWS takes either and stays with it.
#[test]
fn of_two_prefix_lists_either_may_win() {
    let net = open()
        .prefix_list("pl-0a", 4, Some(&["10.0.2.0/24"]))
        .prefix_list("pl-0b", 4, Some(&["10.0.2.0/24"]))
        .group("sg-db", &["ingress tcp 5432 10.0.1.10/32"])
        .table(
            "rtb-near",
            &["subnet-near"],
            &[
                "10.0.0.0/16 local",
                "pl-0a eni-fw",
                "pl-0b vpce-fw blackhole",
            ],
        );
    let walks = walks_with(&[net.scope()], &database(), &[]);
    let words: Vec<String> = walks.iter().map(in_words).collect();
    assert_eq!(
        words,
        [
            "arrives from 10.0.1.10 unseen eni-fw",
            "Out rtb-near: the route is a black hole"
        ]
    );
}

fn other() -> Connection {
    to("10.1.2.20", Some("vpc-0b"))
}

fn peered(status: &str, blocks: &[&str]) -> Net {
    Net::two_vpcs(&["10.1.0.0/16 pcx-0a"], &["10.0.0.0/16 pcx-0a"])
        .peering("pcx-0a", status, "vpc-0b", blocks)
        .group_of("vpc-0b", "sg-b", &["ingress tcp 5432 sg-ri"])
}

fn across_regions(net: Net) -> Net {
    net.but(|lists| {
        let Read::Known(peerings) = &mut lists.peerings else {
            return;
        };
        let peering = peerings.get_mut(&parse("pcx-0a")).unwrap();
        peering.accepter.region = Some(parse("eu-central-1"));
    })
}

/// VPC Peering Guide, "Update your route tables", "Security group rules", "Limitations".
#[test]
fn a_peering_leads_to_the_blocks_of_the_peer_vpc() {
    let active = || peered("active", &["10.1.0.0/16"]);
    let rows = [
        (active(), "arrives from 10.0.1.10"),
        (
            peered("pending-acceptance", &["10.1.0.0/16"]),
            "Out pcx-0a: the peering connection is not active",
        ),
        (
            peered("active", &["10.9.0.0/16"]),
            "Out pcx-0a: the destination is not in the peer VPC",
        ),
        (
            active().but(|lists| {
                let Read::Known(tables) = &mut lists.route_tables else {
                    return;
                };
                tables.get_mut(&parse("rtb-b")).unwrap().routes.truncate(1);
            }),
            "Back rtb-b: no route",
        ),
        (across_regions(active()), "Out sg-b: security group ingress"),
        (
            across_regions(active()).group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.0/24"]),
            "arrives from 10.0.1.10",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &other(), &[]), expected);
    }
}

#[test]
fn two_accounts_are_one_network_where_both_were_read() {
    let both = peered("active", &["10.1.0.0/16"]);
    let far = |lists: &mut ScopeLists, far: bool| {
        lists.account_id = Some(parse(if far { "444455556666" } else { "111122223333" }));
        let (Read::Known(vpcs), Read::Known(subnets)) = (&mut lists.vpcs, &mut lists.subnets)
        else {
            return;
        };
        vpcs.retain(|id, _| (id.as_str() == "vpc-0b") == far);
        subnets.retain(|_, subnet| (subnet.vpc_id.as_str() == "vpc-0b") == far);
    };
    let (near, far) = (
        both.clone().but(|lists| far(lists, false)).scope(),
        both.but(|lists| far(lists, true)).scope(),
    );
    let words = |scopes: &[ScopeSnapshot]| in_words(&walks_with(scopes, &other(), &[])[0]);
    assert_eq!(words(&[near.clone(), far]), "arrives from 10.0.1.10");
    assert_eq!(words(&[near]), "not known: vpc-0b");
}

/// `tgw-0a` joins `subnet-tgwa` and `subnet-tgwb`, each with an open ACL of its own; client and database in one zone.
fn joined(referencing: bool) -> Net {
    Net::two_vpcs(&["10.1.0.0/16 tgw-0a"], &["10.0.0.0/16 tgw-0a"])
        .transit_gateway(
            "tgw-0a",
            referencing,
            &[
                "10.1.0.0/16 tgw-attach-b",
                "10.0.0.0/16 tgw-attach-a propagated",
            ],
        )
        .subnet("subnet-tgwa", &["10.0.9.0/28"])
        .subnet_of("vpc-0b", "subnet-tgwb", &["10.1.9.0/28"])
        .open_acl("acl-tgwa", &["subnet-tgwa"])
        .open_acl("acl-tgwb", &["subnet-tgwb"])
        .attachment("tgw-attach-a", vpc_attachment("vpc-0a", &["subnet-tgwa"]))
        .attachment("tgw-attach-b", vpc_attachment("vpc-0b", &["subnet-tgwb"]))
        .group_of("vpc-0b", "sg-b", &["ingress tcp 5432 10.0.1.10/32"])
        .but(one_zone)
        .but(|lists| {
            let Read::Known(tables) = &mut lists.route_tables else {
                return;
            };
            let table = tables.get_mut(&parse("rtb-b")).unwrap();
            table.subnet_ids.push(parse("subnet-tgwb"));
        })
}

fn one_zone(lists: &mut ScopeLists) {
    let Read::Known(subnets) = &mut lists.subnets else {
        return;
    };
    for subnet in subnets.values_mut() {
        subnet.availability_zone_id = Some("euw1-az1".to_owned());
    }
}

fn change_attachment(net: Net, id: &str, change: impl Fn(&mut TransitGatewayAttachment)) -> Net {
    net.but(|lists| {
        let Read::Known(attachments) = &mut lists.transit_gateway_attachments else {
            return;
        };
        change(attachments.get_mut(&parse(id)).unwrap());
    })
}

fn zone(net: Net, subnet: &str, zone: &str) -> Net {
    net.but(|lists| {
        let Read::Known(subnets) = &mut lists.subnets else {
            return;
        };
        subnets
            .get_mut(&parse(subnet))
            .unwrap()
            .availability_zone_id = Some(zone.to_owned());
    })
}

/// Amazon VPC Transit Gateways, "VPC attachments", "Transit gateway route tables", "Security group referencing".
#[test]
fn a_transit_gateway_leads_by_the_attachments_in_the_zone_and_their_tables() {
    let rows = [
        (joined(false), "arrives from 10.0.1.10"),
        (
            zone(joined(false), "subnet-tgwa", "euw1-az2"),
            "Out tgw-attach-a: the attachment has no subnet in the zone",
        ),
        (
            zone(joined(false), "subnet-b", "euw1-az2"),
            "Back tgw-attach-b: the attachment has no subnet in the zone",
        ),
        (
            change_attachment(joined(false), "tgw-attach-a", |it| {
                it.associated_route_table = None;
            }),
            "Out tgw-attach-a: no route table is associated",
        ),
        (
            change_attachment(joined(false), "tgw-attach-b", |it| {
                it.state = "pendingAcceptance".to_owned();
            }),
            "Out tgw-attach-b: the attachment is not available",
        ),
        (
            joined(false).transit_gateway("tgw-0a", false, &["10.1.0.0/16 tgw-attach-b"]),
            "Back tgw-rtb-0a: no route in the transit gateway",
        ),
        (
            joined(false).transit_gateway(
                "tgw-0a",
                false,
                &["10.1.0.0/16 tgw-attach-b", "10.1.2.0/24 blackhole"],
            ),
            "Out tgw-rtb-0a: the transit gateway's route is a black hole",
        ),
        (
            only_reference(joined(false)),
            "Out sg-b: security group ingress",
        ),
        (only_reference(joined(true)), "arrives from 10.0.1.10"),
        (
            only_reference(change_attachment(joined(true), "tgw-attach-b", |it| {
                if let AttachedResource::Vpc {
                    details: Some(details),
                    ..
                } = &mut it.resource
                {
                    details.security_group_referencing = false;
                }
            })),
            "Out sg-b: security group ingress",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &other(), &[]), expected);
    }
}

fn only_reference(mut net: Net) -> Net {
    net.group_mut("sg-b").rules.clear();
    net.group_of("vpc-0b", "sg-b", &["ingress tcp 5432 sg-ri"])
}

/// Amazon VPC Transit Gateways, "Network ACLs for transit gateways": different subnets, then the same subnet.
#[test]
fn the_acl_of_an_attachment_judges_by_the_page_of_transit_gateways() {
    let closed = |net: Net, acl: &str, way: &str| {
        let entry = format!("1 {way} deny all 0.0.0.0/0");
        net.acl(acl, &[], &[&entry])
    };
    let rows = [
        ("acl-near", "egress", "Out acl-near: network ACL egress"),
        ("acl-tgwa", "ingress", "Out acl-tgwa: network ACL ingress"),
        (
            "acl-tgwa",
            "egress",
            "Back acl-tgwa: network ACL egress of the answer",
        ),
        ("acl-tgwb", "egress", "Out acl-tgwb: network ACL egress"),
        (
            "acl-tgwb",
            "ingress",
            "Back acl-tgwb: network ACL ingress of the answer",
        ),
        ("acl-b", "ingress", "Out acl-b: network ACL ingress"),
    ];
    for (acl, way, expected) in rows {
        assert_eq!(
            fate(&closed(joined(false), acl, way), &other(), &[]),
            expected
        );
    }
    let within = |net: Net| {
        change_attachment(net, "tgw-attach-a", |it| {
            it.resource = vpc_attachment("vpc-0a", &["subnet-near"]);
        })
    };
    let rows = [
        (
            vec!["1 ingress deny all 10.0.1.0/24"],
            "Out acl-near: network ACL ingress",
        ),
        (
            vec!["1 egress deny all 10.1.0.0/16"],
            "Out acl-near: network ACL egress",
        ),
        // From the gateway nothing is judged.
        (
            vec![
                "1 ingress deny all 10.1.0.0/16",
                "2 egress deny all 10.0.0.0/16",
            ],
            "arrives from 10.0.1.10",
        ),
    ];
    for (entries, expected) in rows {
        let net = within(joined(false)).acl("acl-near", &[], &entries);
        assert_eq!(fate(&net, &other(), &[]), expected);
    }
}

/// Amazon VPC Transit Gateways, "How transit gateways work", "Availability Zones": traffic stays in the zone that it
/// comes from, unless the other attachment has no subnet there or is in appliance mode.
#[test]
fn a_transit_gateway_stays_in_the_zone_that_packets_come_from() {
    let two = |appliance: bool| {
        let net = joined(false)
            .subnet_of("vpc-0b", "subnet-tgwb2", &["10.1.9.16/28"])
            .acl("acl-tgwb2", &["subnet-tgwb2"], &[])
            .but(|lists| {
                let Read::Known(tables) = &mut lists.route_tables else {
                    return;
                };
                let table = tables.get_mut(&parse("rtb-b")).unwrap();
                table.subnet_ids.push(parse("subnet-tgwb2"));
            });
        let net = zone(
            zone(net, "subnet-tgwb2", "euw1-az2"),
            "subnet-b",
            "euw1-az2",
        );
        change_attachment(net, "tgw-attach-b", |it| {
            it.resource = vpc_attachment("vpc-0b", &["subnet-tgwb", "subnet-tgwb2"]);
            if let AttachedResource::Vpc {
                details: Some(details),
                ..
            } = &mut it.resource
            {
                details.appliance_mode = appliance;
            }
        })
    };
    // Out by `subnet-tgwb`, in the client's zone; the answer by `subnet-tgwb2`, in the database's.
    assert_eq!(
        fate(&two(false), &other(), &[]),
        "Back acl-tgwb2: network ACL ingress of the answer"
    );
    let walks = walks_with(&[two(true).scope()], &other(), &[]);
    let words: Vec<String> = walks.iter().map(in_words).collect();
    assert_eq!(
        words,
        [
            "Back acl-tgwb2: network ACL ingress of the answer",
            "Out acl-tgwb2: network ACL egress"
        ]
    );
}

fn near(routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    Net::two_subnets()
        .with_gateways()
        .main_table(&[local, routes].concat())
}

fn public() -> Connection {
    to("203.0.113.77", None)
}

/// VPC User Guide, "Internet gateways": the public address of the interface; "Block public access".
#[test]
fn an_internet_gateway_exchanges_the_private_address_for_the_public_one() {
    let gateway = || near(&["0.0.0.0/0 igw-0a"]).internet_gateway("igw-0a", &["vpc-0a"]);
    let blocked = |mode, exclusions: Vec<BlockPublicAccessExclusion>| {
        gateway().but(|lists| {
            lists.block_public_access = Read::Known(BlockPublicAccess {
                mode,
                exclusions: Read::Known(exclusions),
            });
        })
    };
    let exclusion = |bidirectional| BlockPublicAccessExclusion {
        id: "vpcbpa-exclude-0a".to_owned(),
        resource: ExcludedResource::Subnet(parse("subnet-near")),
        bidirectional,
    };
    let rows = [
        (gateway(), "leaves at igw-0a from 198.51.100.9"),
        (
            gateway().internet_gateway("igw-0a", &[]),
            "Out igw-0a: the internet gateway is not attached",
        ),
        (
            blocked(BlockPublicAccessMode::Bidirectional, vec![]),
            "Out vpc-0a: Block Public Access",
        ),
        (
            blocked(BlockPublicAccessMode::Ingress, vec![]),
            "Out vpc-0a: Block Public Access",
        ),
        (
            blocked(BlockPublicAccessMode::Ingress, vec![exclusion(true)]),
            "leaves at igw-0a from 198.51.100.9",
        ),
        (
            blocked(BlockPublicAccessMode::Bidirectional, vec![exclusion(false)]),
            "Out vpc-0a: Block Public Access",
        ),
        (
            gateway().acl(
                "acl-near",
                &[],
                &["1 ingress deny tcp 40000 203.0.113.0/24"],
            ),
            "Back acl-near: network ACL ingress of the answer",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &public(), &[]), expected);
    }
    assert_eq!(
        fate(&gateway(), &to("172.16.9.4", None), &[]),
        "Out igw-0a: the internet carries no private destination"
    );
    let without = gateway().interface("eni-0a", "subnet-near", &["10.0.1.11"], &["sg-ri"]);
    let from = Connection {
        client: parse("10.0.1.11"),
        ..public()
    };
    assert_eq!(
        fate(&without, &from, &[]),
        "Out igw-0a: the source has no public address"
    );
}

/// The database of `vpc-0b` is at 203.0.113.20 for the internet: its group sees public addresses, no groups.
#[test]
fn a_database_of_ours_on_the_internet_is_reached_by_its_public_address() {
    let net = |rule: &str| {
        Net::two_vpcs(&["0.0.0.0/0 igw-0a"], &["0.0.0.0/0 igw-0b"])
            .internet_gateway("igw-0a", &["vpc-0a"])
            .internet_gateway("igw-0b", &["vpc-0b"])
            .group_of("vpc-0b", "sg-b", &[rule])
    };
    let dialled = to("203.0.113.20", None);
    let rows = [
        (
            "ingress tcp 5432 198.51.100.9/32",
            "arrives from 198.51.100.9",
        ),
        (
            "ingress tcp 5432 10.0.1.10/32",
            "Out sg-b: security group ingress",
        ),
        ("ingress tcp 5432 sg-ri", "Out sg-b: security group ingress"),
    ];
    for (rule, expected) in rows {
        assert_eq!(fate(&net(rule), &dialled, &[]), expected);
    }
}

fn behind_nat(routes: &[&str]) -> Net {
    let routes: Vec<&str> = ["10.0.0.0/16 local"]
        .iter()
        .chain(routes)
        .copied()
        .collect();
    near(&["0.0.0.0/0 nat-0a"])
        .internet_gateway("igw-0a", &["vpc-0a"])
        .subnet("subnet-nat", &["10.0.5.0/28"])
        .open_acl("acl-nat", &["subnet-nat"])
        .table("rtb-nat", &["subnet-nat"], &routes)
        .nat_gateway("nat-0a", "subnet-nat", &["198.51.100.1"], &["10.0.5.4"])
}

/// VPC User Guide, "NAT gateways"; the entries for a NAT gateway of "Network ACLs", ephemeral ports.
#[test]
fn a_nat_gateway_is_seen_by_its_own_address_and_its_subnet_is_judged_four_times() {
    let net = || behind_nat(&["0.0.0.0/0 igw-0a"]);
    let rows = [
        (net(), "leaves at igw-0a from 198.51.100.1"),
        (
            net().acl("acl-nat", &[], &["1 ingress deny tcp 5432 10.0.1.0/24"]),
            "Out acl-nat: network ACL ingress",
        ),
        (
            net().acl("acl-nat", &[], &["1 egress deny tcp 5432 203.0.113.0/24"]),
            "Out acl-nat: network ACL egress",
        ),
        (
            net().acl(
                "acl-nat",
                &[],
                &["1 ingress deny tcp 1024-65535 203.0.113.0/24"],
            ),
            "Back acl-nat: network ACL ingress of the answer",
        ),
        (
            net().acl("acl-nat", &[], &["1 egress deny tcp 40000 10.0.1.10/32"]),
            "Back acl-nat: network ACL egress of the answer",
        ),
        // The last leg carries the database's address.
        (
            net().acl(
                "acl-near",
                &[],
                &["1 ingress deny tcp 40000 203.0.113.0/24"],
            ),
            "Back acl-near: network ACL ingress of the answer",
        ),
        (
            net().acl("acl-near", &[], &["1 ingress deny all 10.0.5.0/28"]),
            "leaves at igw-0a from 198.51.100.1",
        ),
        (behind_nat(&[]), "Out rtb-nat: no route"),
        (
            behind_nat(&["0.0.0.0/0 nat-0a"]),
            "Out nat-0a: the packet goes round",
        ),
        (
            net().nat_gateway("nat-0a", "subnet-nat", &[], &["10.0.5.4"]),
            "Out igw-0a: the source has no public address",
        ),
    ];
    for (net, expected) in rows {
        assert_eq!(fate(&net, &public(), &[]), expected);
    }
}

/// VPC User Guide, "NAT gateways": it may use any of its addresses and any port from 1024 up.
#[test]
fn a_nat_gateway_may_take_any_of_its_addresses_and_ports() {
    let net = behind_nat(&["0.0.0.0/0 igw-0a"])
        .nat_gateway(
            "nat-0a",
            "subnet-nat",
            &["198.51.100.1", "198.51.100.2"],
            &["10.0.5.4", "10.0.5.5"],
        )
        .acl("acl-nat", &[], &["1 ingress deny tcp 65535 203.0.113.0/24"]);
    let walks = walks_with(&[net.scope()], &public(), &[]);
    let words: Vec<String> = walks.iter().map(in_words).collect();
    assert_eq!(
        words,
        [
            "leaves at igw-0a from 198.51.100.1",
            "Back acl-nat: network ACL ingress of the answer",
            "leaves at igw-0a from 198.51.100.2",
            "Back acl-nat: network ACL ingress of the answer",
        ]
    );
}

/// VPC User Guide, "Private NAT gateways": towards a virtual private gateway it is seen by its private address.
#[test]
fn a_nat_gateway_towards_a_site_is_seen_by_its_private_address() {
    let net = behind_nat(&["172.16.0.0/12 vgw-0a"]).vpn_gateway("vgw-0a", &["vpc-0a"]);
    assert_eq!(
        fate(&net, &to("172.16.9.4", None), &[]),
        "leaves at vgw-0a from 10.0.5.4"
    );
}

/// VPC User Guide, "Egress-only internet gateways".
#[test]
fn an_egress_only_gateway_carries_ipv6_out_and_the_answers_in() {
    let net = |attached: &[&str]| {
        Net::empty()
            .with_gateways()
            .subnet("subnet-near", &["10.0.1.0/24", "2001:db8:a:1::/64"])
            .open_acl("acl-near", &["subnet-near"])
            .group("sg-ri", &["egress all ::/0"])
            .main_table(&["2001:db8:a::/48 local", "::/0 eigw-0a"])
            .egress_only_gateway("eigw-0a", attached)
    };
    let dialled = to("2001:db8:ffff::5", None);
    assert_eq!(
        fate(&net(&["vpc-0a"]), &dialled, &[]),
        "leaves at eigw-0a from 2001:db8:a:1::10"
    );
    assert_eq!(
        fate(&net(&[]), &dialled, &[]),
        "Out eigw-0a: the egress-only internet gateway is not attached"
    );
}

fn site() -> Connection {
    to("172.16.9.4", None)
}

/// AWS Site-to-Site VPN guide: a virtual private gateway attached to the VPC, a route to it.
#[test]
fn a_virtual_private_gateway_leads_to_the_site_with_the_clients_own_address() {
    let net = near(&["172.16.0.0/12 vgw-0a propagated"]);
    let attached = net.clone().vpn_gateway("vgw-0a", &["vpc-0a"]);
    assert_eq!(
        fate(&attached, &site(), &[]),
        "leaves at vgw-0a from 10.0.1.10"
    );
    let elsewhere = net.vpn_gateway("vgw-0a", &["vpc-0c"]);
    assert_eq!(
        fate(&elsewhere, &site(), &[]),
        "Out vgw-0a: the virtual private gateway is not attached"
    );
}

fn bridged(check: bool, rules: &[&str], host_routes: &[&str]) -> Net {
    let local: &[&str] = &["10.0.0.0/16 local"];
    near(&["172.16.0.0/12 eni-0a"])
        .vpn_gateway("vgw-0a", &["vpc-0a"])
        .subnet("subnet-host", &["10.0.7.0/24"])
        .open_acl("acl-host", &["subnet-host"])
        .table("rtb-host", &["subnet-host"], &[local, host_routes].concat())
        .group("sg-host", rules)
        .host(
            "eni-0a",
            "i-0a",
            "subnet-host",
            "10.0.7.5",
            &["sg-host"],
            check,
        )
}

fn forwarder(forwarding: Forwarding, source_nat: bool) -> Forwarder {
    Forwarder {
        interface: parse("eni-0a"),
        forwarding,
        source_nat,
    }
}

/// VPC User Guide, "NAT instances": the check is off, the group admits the client; AWS DMS User Guide, "Network with
/// AWS Direct Connect or a VPN": the host has a group of its own.
#[test]
fn a_bridging_host_takes_packets_that_are_not_for_it() {
    let own = || Forwarding::Plain(parse::<NetworkInterfaceId>("eni-0a"));
    let tunnel = || Forwarding::Tunnel(parse::<NetworkInterfaceId>("eni-0a"));
    let all = ["ingress tcp 5432 sg-ri", "egress tcp 5432 172.16.0.0/12"];
    let onward = ["172.16.0.0/12 vgw-0a"];
    let rows = [
        (
            bridged(false, &all, &[]),
            forwarder(tunnel(), true),
            "leaves at eni-0a from 10.0.7.5",
        ),
        (
            bridged(false, &all, &[]),
            forwarder(tunnel(), false),
            "leaves at eni-0a from 10.0.1.10",
        ),
        (
            bridged(true, &all, &[]),
            forwarder(tunnel(), true),
            "Out eni-0a: its source/destination check is on",
        ),
        (
            bridged(false, &[], &[]),
            forwarder(tunnel(), true),
            "Out sg-host: security group ingress",
        ),
        (
            bridged(false, &all, &onward),
            forwarder(own(), true),
            "leaves at vgw-0a from 10.0.7.5",
        ),
        (
            bridged(false, &all, &onward),
            forwarder(own(), false),
            "leaves at vgw-0a from 10.0.1.10",
        ),
        (
            bridged(false, &all[..1], &onward),
            forwarder(own(), true),
            "Out sg-host: security group egress",
        ),
        (
            bridged(false, &all, &[]),
            forwarder(own(), true),
            "Out rtb-host: no route",
        ),
        (
            bridged(false, &all, &onward).acl(
                "acl-host",
                &[],
                &["1 ingress deny tcp 40000 172.16.0.0/12"],
            ),
            forwarder(own(), true),
            "Back acl-host: network ACL ingress of the answer",
        ),
        // Without source NAT the answer comes home past the host.
        (
            bridged(false, &all, &onward).acl(
                "acl-host",
                &[],
                &["1 ingress deny tcp 40000 172.16.0.0/12"],
            ),
            forwarder(own(), false),
            "leaves at vgw-0a from 10.0.1.10",
        ),
        (
            bridged(false, &all, &["172.16.0.0/12 eni-0a"]),
            forwarder(own(), true),
            "Out subnet-host: the packet goes round",
        ),
    ];
    for (place, (net, forwarder, expected)) in rows.into_iter().enumerate() {
        assert_eq!(fate(&net, &site(), &[forwarder]), expected, "row {place}");
    }
    assert_eq!(
        fate(&bridged(false, &all, &[]), &site(), &[]),
        "leaves at eni-0a from 10.0.1.10 unseen eni-0a"
    );
}
