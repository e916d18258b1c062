#![allow(clippy::unwrap_used)]
use super::*;

const SAME_VPC: &str =
    r#"{"sameVPC": {"securityGroupIDs": ["sg-0b"], "subnetIDs": ["subnet-0b"]}}"#;
const BY_HAND: &str = r#"{"network": {"vpcID": "vpc-0a", "subnetIDs": ["subnet-0a"], "securityGroupIDs": ["sg-0a"],
    "privateIPs": ["10.1.1.10"], "publicIPs": ["198.51.100.9"]}}"#;
const ADDRESSES: &str = r#"["10.1.4.20", "10.1.5.0/24"]"#;

fn placed(replication_instance: &str, addresses: &str, placement: &str) -> MigrationNetworkSpec {
    let spec = format!(
        r#"{{"accountRef": {{"name": "prod"}}, "region": "eu-west-1", "replicationInstance": {replication_instance},
            "endpoints": [{{"name": "orders", "role": "Source", "engine": "postgres", "addresses": {addresses},
              "placement": {placement}}}]}}"#
    );
    serde_json::from_str(&spec).unwrap()
}

fn spec(replication_instance: &str) -> MigrationNetworkSpec {
    placed(replication_instance, ADDRESSES, SAME_VPC)
}

fn texts<T: ToString>(values: &BTreeSet<T>) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// What the only other place of a declaration needs.
fn only_elsewhere(spec: &MigrationNetworkSpec) -> (String, Wanted) {
    let mut places = Wanted::elsewhere(spec).into_iter();
    let ((account, region), wanted) = places.next().unwrap();
    assert!(places.next().is_none());
    (format!("{}/{region}", account.name), wanted)
}

#[test]
fn a_declaration_by_hand_wants_its_vpc_its_groups_and_the_interfaces_of_its_hosts() {
    let wanted = Wanted::of(&spec(BY_HAND));
    assert_eq!(texts(&wanted.vpcs), ["vpc-0a"]);
    assert_eq!(texts(&wanted.security_groups), ["sg-0a", "sg-0b"]);
    assert_eq!(
        texts(&wanted.addresses),
        ["10.1.1.10", "10.1.4.20"],
        "a block has no interface of its own"
    );
    assert_eq!(texts(&wanted.public_ips), ["198.51.100.9"]);
    assert_eq!(texts(&wanted.destinations), ["10.1.4.20/32", "10.1.5.0/24"]);
    assert!(Wanted::elsewhere(&spec(BY_HAND)).is_empty());
}

#[test]
fn a_read_covers_what_it_was_made_of_and_nothing_else() {
    let one = Wanted::of(&spec(r#"{"instance": {"identifier": "Orders-RI"}}"#));
    assert_eq!(one.replication_instances, ["orders-ri".to_owned()].into());
    let other = Wanted::of(&spec(r#"{"instance": {"identifier": "other"}}"#));
    assert!(!one.covers(&other));
    let mut both = one.clone();
    both.merge(&other);
    assert!(both.covers(&one) && both.covers(&other) && !one.covers(&both));
}

#[test]
fn another_vpc_of_the_same_account_and_region_is_wanted_at_home() {
    for place in [
        "",
        r#", "accountRef": {"name": "prod"}, "region": "eu-west-1""#,
    ] {
        let other = format!(
            r#"{{"otherVPC": {{"vpcID": "vpc-0b", "securityGroupIDs": ["sg-0b"], "subnetIDs": ["subnet-0b"]{place}}}}}"#
        );
        let spec = placed(BY_HAND, ADDRESSES, &other);
        let wanted = Wanted::of(&spec);
        assert_eq!(texts(&wanted.vpcs), ["vpc-0a", "vpc-0b"]);
        assert_eq!(texts(&wanted.subnets), ["subnet-0a", "subnet-0b"]);
        assert_eq!(texts(&wanted.addresses), ["10.1.1.10", "10.1.4.20"]);
        assert_eq!(texts(&wanted.peers), ["vpc-0b"], "its way is not declared");
        assert!(Wanted::elsewhere(&spec).is_empty());
    }
}

#[test]
fn another_vpc_elsewhere_is_wanted_there_and_its_way_at_both_ends() {
    let other = |place: &str, via: &str| {
        let other = format!(
            r#"{{"otherVPC": {{"vpcID": "vpc-0b", "securityGroupIDs": ["sg-0b"], {place}, "via": {via}}}}}"#
        );
        placed(BY_HAND, ADDRESSES, &other)
    };
    let spec = other(
        r#""region": "us-east-1""#,
        r#"{"peeringConnectionID": "pcx-0a"}"#,
    );
    let home = Wanted::of(&spec);
    assert_eq!(texts(&home.vpcs), ["vpc-0a"]);
    assert_eq!(texts(&home.security_groups), ["sg-0a"]);
    assert_eq!(texts(&home.addresses), ["10.1.1.10"]);
    assert_eq!(
        (texts(&home.peerings), home.peers.len()),
        (vec!["pcx-0a".to_owned()], 0)
    );
    let (place, far) = only_elsewhere(&spec);
    assert_eq!(place, "prod/us-east-1");
    assert_eq!(texts(&far.vpcs), ["vpc-0b"]);
    assert_eq!(texts(&far.security_groups), ["sg-0b"]);
    assert_eq!(texts(&far.addresses), ["10.1.4.20"]);
    assert_eq!(texts(&far.peerings), ["pcx-0a"]);
    assert_eq!(texts(&far.destinations), ["10.1.1.10/32"], "the way back");
    let spec = other(
        r#""accountRef": {"name": "peer"}"#,
        r#"{"transitGatewayID": "tgw-0a"}"#,
    );
    let (place, far) = only_elsewhere(&spec);
    assert_eq!(place, "peer/eu-west-1");
    assert_eq!(texts(&far.transit_gateways), ["tgw-0a"]);
    assert_eq!(texts(&Wanted::of(&spec).transit_gateways), ["tgw-0a"]);
}

#[test]
fn where_nobody_knows_the_addresses_beforehand_every_route_may_matter() {
    let anywhere = ["0.0.0.0/0", "::/0"];
    let other =
        r#"{"otherVPC": {"vpcID": "vpc-0b", "subnetIDs": ["subnet-0b"], "region": "us-east-1"}}"#;
    let looked_up = placed(r#"{"instance": {"identifier": "ri"}}"#, "[]", other);
    assert_eq!(texts(&Wanted::of(&looked_up).destinations), anywhere);
    assert_eq!(texts(&only_elsewhere(&looked_up).1.destinations), anywhere);
}

#[test]
fn a_bridging_host_and_a_proxy_are_wanted_by_instance_or_interface() {
    let host = r#"{"onPremises": {"via": {"host": {"instanceID": "i-0a", "securityGroupIDs": ["sg-0h"]}}}}"#;
    let wanted = Wanted::of(&placed(BY_HAND, ADDRESSES, host));
    assert_eq!(texts(&wanted.instances), ["i-0a"]);
    assert_eq!(texts(&wanted.security_groups), ["sg-0a", "sg-0h"]);
    assert_eq!(
        texts(&wanted.addresses),
        ["10.1.1.10"],
        "what is on-premises has no interface"
    );
    let proxy = r#"{"proxy": {"host": {"networkInterfaceID": "eni-0a", "securityGroupIDs": ["sg-0h"]}, "listenPort": 5432,
        "behind": {"otherVPC": {"vpcID": "vpc-0b", "region": "us-east-1"}}}}"#;
    let spec = placed(BY_HAND, ADDRESSES, proxy);
    let wanted = Wanted::of(&spec);
    assert_eq!(texts(&wanted.interfaces), ["eni-0a"]);
    assert_eq!(texts(&wanted.peers), ["vpc-0b"]);
    let (_, far) = only_elsewhere(&spec);
    assert_eq!(texts(&far.vpcs), ["vpc-0b"]);
    assert_eq!(
        texts(&far.destinations),
        ["0.0.0.0/0", "::/0"],
        "the way back is the proxy's"
    );
}

#[test]
fn a_gateway_to_on_premises_is_wanted_by_its_kind() {
    let gateway =
        |id: &str| format!(r#"{{"onPremises": {{"via": {{"gateway": {{"id": "{id}"}}}}}}}}"#);
    let wanted = Wanted::of(&placed(BY_HAND, ADDRESSES, &gateway("vgw-0a")));
    assert_eq!(texts(&wanted.vpn_gateways), ["vgw-0a"]);
    let wanted = Wanted::of(&placed(BY_HAND, ADDRESSES, &gateway("tgw-0a")));
    assert_eq!(texts(&wanted.transit_gateways), ["tgw-0a"]);
}

#[test]
fn a_managed_far_side_is_found_by_its_public_addresses() {
    let internet = r#"{"internet": {"managed": {"vpcID": "vpc-0b", "securityGroupIDs": ["sg-0b"], "accountRef": {"name": "peer"}}}}"#;
    let spec = placed(BY_HAND, r#"["203.0.113.20", "2001:db8:1::20"]"#, internet);
    let (place, far) = only_elsewhere(&spec);
    assert_eq!(place, "peer/eu-west-1");
    assert_eq!(texts(&far.public_ips), ["203.0.113.20"]);
    assert_eq!(texts(&far.addresses), ["2001:db8:1::20"]);
    assert_eq!(texts(&Wanted::of(&spec).public_ips), ["198.51.100.9"]);
    let not_ours = placed(BY_HAND, r#"["203.0.113.20"]"#, r#"{"internet": {}}"#);
    assert!(Wanted::elsewhere(&not_ours).is_empty());
}
