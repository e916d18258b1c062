#![allow(clippy::unwrap_used)]
use super::*;
use dms_network_core::snapshot::read::read;

const VPC: &str = r#"{"Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16"}],
  "Subnets": [{"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
    {"SubnetId": "subnet-0e", "VpcId": "vpc-0a", "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "eu-west-1a"}]}"#;

fn scope(files: &[&str]) -> ScopeSnapshot {
    let named = files.iter().enumerate();
    let named = named.map(|(number, text)| (format!("{number}.json"), *text));
    let vpc = ("vpc.json".to_owned(), VPC);
    let snapshot = read(named.chain([vpc])).unwrap();
    assert_eq!(snapshot.scopes.len(), 1);
    snapshot.scopes.into_iter().next().unwrap()
}

/// A table of the client's subnet, with these routes.
fn table(routes: &str) -> String {
    format!(
        r#"{{"RouteTables": [{{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "Associations": [{{"SubnetId": "subnet-0a"}}],
          "Routes": [{{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}}, {routes}]}},
          {{"RouteTableId": "rtb-0e", "VpcId": "vpc-0a", "Associations": [{{"SubnetId": "subnet-0e"}}],
          "Routes": [{{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0e"}}]}}]}}"#
    )
}

const DEFAULT: &str = r#"{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0a"}"#;
const PEER: &str = r#"{"DestinationCidrBlock": "10.2.0.0/16", "VpcPeeringConnectionId": "pcx-0a"}"#;

fn wanted(destinations: &[&str]) -> Wanted {
    Wanted {
        vpcs: ["vpc-0a".parse().unwrap()].into(),
        subnets: ["subnet-0a".parse().unwrap()].into(),
        destinations: destinations
            .iter()
            .map(|net| net.parse().unwrap())
            .collect(),
        ..Wanted::default()
    }
}

fn named(scope: &ScopeSnapshot, wanted: &Wanted) -> Vec<Hop> {
    hops(scope, wanted, &BTreeSet::new()).into_iter().collect()
}

fn peering() -> Hop {
    Hop::Peering("pcx-0a".parse().unwrap())
}

fn nat() -> Hop {
    Hop::NatGateway("nat-0a".parse().unwrap())
}

#[test]
fn only_the_route_that_wins_names_a_hop() {
    let scope = scope(&[&table(&format!("{PEER}, {DEFAULT}"))]);
    assert_eq!(
        named(&scope, &wanted(&["10.0.1.9/32"])),
        [],
        "it stays in the VPC"
    );
    assert_eq!(named(&scope, &wanted(&["10.2.4.20/32"])), [peering()]);
    assert_eq!(named(&scope, &wanted(&["203.0.113.0/24"])), [nat()]);
    assert_eq!(
        named(&scope, &wanted(&["10.2.0.0/15"])),
        [peering(), nat()],
        "they share the block"
    );
    assert_eq!(named(&scope, &wanted(&["0.0.0.0/0"])), [peering(), nat()]);
    assert_eq!(
        named(&scope, &wanted(&["2001:db8::/64"])),
        [],
        "another family"
    );
}

#[test]
fn a_route_within_the_vpc_names_the_middlebox() {
    let route = r#"{"DestinationCidrBlock": "10.0.2.0/24", "NetworkInterfaceId": "eni-0a", "InstanceId": "i-0a"}"#;
    let scope = scope(&[&table(&format!("{route}, {DEFAULT}"))]);
    assert_eq!(
        named(&scope, &wanted(&[])),
        [Hop::InterfacesOf("i-0a".parse().unwrap())]
    );
}

#[test]
fn what_is_found_on_the_way_names_the_next_hop() {
    let nat_in_the_other_subnet = r#"{"NatGateways": [{"NatGatewayId": "nat-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0e", "State": "available"}]}"#;
    let scope = scope(&[&table(DEFAULT), nat_in_the_other_subnet]);
    assert_eq!(
        named(&scope, &wanted(&["203.0.113.9/32"])),
        [Hop::InternetGateway("igw-0e".parse().unwrap()), nat()]
    );
}

#[test]
fn a_prefix_list_may_hold_anything_until_its_entries_are_read() {
    let routes = r#"{"DestinationPrefixListId": "pl-0a", "VpcPeeringConnectionId": "pcx-0a"}, {"DestinationPrefixListId": "pl-0b", "GatewayId": "vpce-0a"}"#;
    let table = table(routes);
    let wanted = wanted(&["10.2.4.20/32"]);
    assert_eq!(named(&scope(&[&table]), &wanted), [peering()]);
    let lists = |block: &str, owner: &str| {
        format!(
            r#"{{"PrefixLists": [{{"PrefixListId": "pl-0a", "Cidrs": ["{block}"]}},
              {{"PrefixListId": "pl-0b", "OwnerId": "{owner}", "Cidrs": ["10.2.4.0/24"]}}]}}"#
        )
    };
    let ours = lists("10.2.0.0/16", "111122223333");
    let endpoint = Hop::VpcEndpoint("vpce-0a".parse().unwrap());
    assert_eq!(
        named(&scope(&[&table, &ours]), &wanted),
        [peering(), endpoint]
    );
    let awss = lists("192.0.2.0/24", "AWS");
    assert_eq!(named(&scope(&[&table, &awss]), &wanted), []);
}

#[test]
fn declared_hosts_and_public_addresses_are_named_until_they_are_found() {
    let mut wanted = wanted(&[]);
    wanted.interfaces.insert("eni-0a".parse().unwrap());
    wanted.public_ips.insert("198.51.100.9".parse().unwrap());
    let table = table(DEFAULT);
    let interface = Hop::Interface("eni-0a".parse().unwrap());
    let at = Hop::InterfaceAt("198.51.100.9".parse().unwrap());
    assert_eq!(named(&scope(&[&table]), &wanted), [interface.clone(), at]);
    let found = r#"{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a",
      "PrivateIpAddress": "10.0.1.10", "Association": {"PublicIp": "198.51.100.9"}, "Attachment": {"InstanceId": "i-0a"}}]}"#;
    let others = Hop::InterfacesOf("i-0a".parse().unwrap());
    assert_eq!(
        named(&scope(&[&table, found]), &wanted),
        [interface, others]
    );
}

#[test]
fn a_transit_gateway_is_walked_table_by_table() {
    let attachments = r#"{"TransitGatewayAttachments": [
      {"TransitGatewayAttachmentId": "tgw-attach-0a", "TransitGatewayId": "tgw-0a", "ResourceType": "vpc", "ResourceId": "vpc-0a",
       "State": "available", "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0a", "State": "associated"}},
      {"TransitGatewayAttachmentId": "tgw-attach-0b", "TransitGatewayId": "tgw-0a", "ResourceType": "vpn", "ResourceId": "vpn-0a",
       "State": "available", "Association": {"TransitGatewayRouteTableId": "tgw-rtb-0b", "State": "associated"}},
      {"TransitGatewayAttachmentId": "tgw-attach-0c", "TransitGatewayId": "tgw-0a", "ResourceType": "peering", "ResourceId": "tgw-0c",
       "State": "available"}]}"#;
    let tables = r#"{"TransitGatewayRouteTables": [
      {"TransitGatewayRouteTableId": "tgw-rtb-0a", "TransitGatewayId": "tgw-0a"},
      {"TransitGatewayRouteTableId": "tgw-rtb-0b", "TransitGatewayId": "tgw-0a"}]}"#;
    let wanted = wanted(&["172.16.9.4/32"]);
    let searchable: BTreeSet<_> = ["tgw-rtb-0a", "tgw-rtb-0b"]
        .map(|id| id.parse().unwrap())
        .into();
    let of = |files: &[&str]| -> Vec<Hop> {
        let scope = scope(files);
        hops(&scope, &wanted, &searchable).into_iter().collect()
    };
    let search = |id: &str| Hop::TransitGatewayRoutes(id.parse().unwrap());
    assert_eq!(of(&[attachments, tables]), [search("tgw-rtb-0a")]);
    let routes = |attachment: &str| {
        format!(
            r#"{{"Routes": [{{"DestinationCidrBlock": "172.16.0.0/16", "State": "active", "Type": "static",
              "TransitGatewayAttachments": [{{"TransitGatewayAttachmentId": "{attachment}"}}]}}]}}"#
        )
    };
    let walked = |attachment: &str| {
        let files = [
            ("a.json", attachments.to_owned()),
            ("t.json", tables.to_owned()),
            ("v.json", VPC.to_owned()),
            ("tgw-rtb-0a.json", routes(attachment)),
        ];
        let scope = read(files).unwrap().scopes.into_iter().next().unwrap();
        hops(&scope, &wanted, &searchable)
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        walked("tgw-attach-0b"),
        [search("tgw-rtb-0a"), search("tgw-rtb-0b")],
        "its table must lead back"
    );
    assert_eq!(
        walked("tgw-attach-0c"),
        [
            Hop::TransitGatewayPeerings("tgw-0a".parse().unwrap()),
            search("tgw-rtb-0a")
        ]
    );
}
