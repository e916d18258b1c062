//! A snapshot folder: which files are read, which account and Region they are of, and what is an error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dms_network_core::{
    api::{NetworkAclId, RouteTableId, SecurityGroupId, VpcId},
    network::PortRange,
    snapshot::{
        Peer, Protocol, Read, RouteState, RouteTarget, RuleDirection, ScopeSnapshot, Snapshot, read,
    },
};
use std::{fs, path::Path};

fn folder(files: &[(&str, &str)]) -> Snapshot {
    read::read(files.iter().copied()).unwrap()
}

fn only_scope(files: &[(&str, &str)]) -> ScopeSnapshot {
    let snapshot = folder(files);
    assert_eq!(snapshot.scopes.len(), 1, "{:?}", places(&snapshot));
    snapshot.scopes.into_iter().next().unwrap()
}

fn places(snapshot: &Snapshot) -> Vec<(Option<String>, Option<String>)> {
    snapshot
        .scopes
        .iter()
        .map(|scope| {
            (
                scope.account_id.as_ref().map(ToString::to_string),
                scope.region.as_ref().map(ToString::to_string),
            )
        })
        .collect()
}

fn error(files: &[(&str, &str)]) -> String {
    read::read(files.iter().copied()).unwrap_err().to_string()
}

fn sg(id: &str) -> SecurityGroupId {
    id.parse().unwrap()
}

/// The rules of a group as text, without ids.
fn rules(scope: &ScopeSnapshot, group: &str) -> Vec<String> {
    let groups = scope.security_groups.known().unwrap();
    let rules = &groups[&sg(group)].rules;
    let mut lines: Vec<_> = rules
        .iter()
        .map(|rule| {
            let peer = match &rule.peer {
                Peer::Cidr(net) => net.to_string(),
                Peer::PrefixList(list) => list.to_string(),
                Peer::SecurityGroup(group) => group.to_string(),
            };
            format!(
                "{:?} {:?} {} {peer}",
                rule.direction, rule.protocol, rule.ports
            )
        })
        .collect();
    lines.sort();
    lines
}

const VPC: &str =
    r#"{"Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16"}]}"#;
const SUBNETS: &str = r#"{"Subnets": [
  {"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
  {"SubnetId": "subnet-0b", "VpcId": "vpc-0a", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1b"}]}"#;

#[test]
fn files_are_known_by_their_keys_and_may_hold_several() {
    let scope = only_scope(&[
        ("anything.json", VPC),
        (
            "two.json",
            r#"{"SecurityGroups": [], "Unheard": {"Of": 1}, "NetworkAcls": [
                {"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "Unheard": [1], "Entries": [], "Associations": []}]}"#,
        ),
        (
            "DhcpOptions.json",
            r#"{"DhcpOptions": [{"Anything": null}]}"#,
        ),
        ("list.json", "[1, 2]"),
        ("notes.txt", "{ not JSON"),
    ]);
    assert!(
        scope
            .vpcs
            .known()
            .unwrap()
            .contains_key(&"vpc-0a".parse().unwrap())
    );
    assert!(scope.security_groups.known().unwrap().is_empty());
    assert!(
        scope
            .network_acls
            .known()
            .unwrap()
            .contains_key(&"acl-0a".parse::<NetworkAclId>().unwrap())
    );
}

#[test]
fn a_key_that_no_file_has_is_unread_and_an_empty_list_was_read() {
    let scope = only_scope(&[
        ("a.json", VPC),
        ("b.json", r#"{"Subnets": []}"#),
        ("c.json", r#"{"RouteTables": null}"#),
    ]);
    assert!(scope.subnets.known().unwrap().is_empty());
    assert_eq!(
        scope.network_acls.known().unwrap_err().call,
        "ec2:DescribeNetworkAcls"
    );
    assert!(scope.route_tables.known().is_err());
    assert!(scope.prefix_lists.known().is_err());
    assert!(folder(&[]).scopes.is_empty());
}

#[test]
fn rules_come_with_ids_where_they_were_read_and_from_grouped_permissions_elsewhere() {
    let groups = r#"{"SecurityGroups": [
      {"GroupId": "sg-0a", "VpcId": "vpc-0a", "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
         "IpRanges": [{"CidrIp": "10.0.1.10/32"}, {"CidrIp": "100.68.0.18/18"}],
         "Ipv6Ranges": [{"CidrIpv6": "2001:0DB8:0:0::/64"}], "PrefixListIds": [{"PrefixListId": "pl-0a"}],
         "UserIdGroupPairs": [{"GroupId": "sg-0a", "UserId": "111122223333"},
           {"GroupId": "sg-0b", "UserId": "444455556666", "VpcPeeringConnectionId": "pcx-0a", "PeeringStatus": "active"}]}],
       "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}]}]}"#;
    let scope = only_scope(&[("g.json", groups)]);
    assert_eq!(
        rules(&scope, "sg-0a"),
        [
            "Egress All 0-65535 0.0.0.0/0",
            "Ingress Tcp 5432 10.0.1.10/32",
            "Ingress Tcp 5432 100.68.0.0/18",
            "Ingress Tcp 5432 2001:db8::/64",
            "Ingress Tcp 5432 pl-0a",
            "Ingress Tcp 5432 sg-0a",
            "Ingress Tcp 5432 sg-0b",
        ]
    );
    let rows = r#"{"SecurityGroupRules": [
      {"SecurityGroupRuleId": "sgr-0a", "GroupId": "sg-0a", "IsEgress": false, "IpProtocol": "6", "FromPort": 5432,
       "ToPort": 5432, "CidrIpv4": "10.0.1.10/32", "Tags": [{"Key": "dms-network.dev/managed", "Value": "true"}]},
      {"SecurityGroupRuleId": "sgr-0b", "GroupId": "sg-0a", "IsEgress": true, "IpProtocol": "-1", "FromPort": -1,
       "ToPort": -1, "CidrIpv4": "0.0.0.0/0", "Tags": []}]}"#;
    let scope = only_scope(&[("r.json", rows), ("g.json", groups)]);
    assert_eq!(
        rules(&scope, "sg-0a"),
        [
            "Egress All 0-65535 0.0.0.0/0",
            "Ingress Tcp 5432 10.0.1.10/32"
        ]
    );
    let group = &scope.security_groups.known().unwrap()[&sg("sg-0a")];
    let ours = group
        .rules
        .iter()
        .find(|rule| rule.direction == RuleDirection::Ingress)
        .unwrap();
    assert_eq!(ours.id.as_ref().unwrap().as_str(), "sgr-0a");
    assert_eq!(ours.tags["dms-network.dev/managed"], "true");
}

#[test]
fn a_rule_list_that_was_filtered_to_one_group_does_not_empty_the_others() {
    let scope = only_scope(&[
        (
            "g.json",
            r#"{"SecurityGroups": [
              {"GroupId": "sg-0a", "VpcId": "vpc-0a", "IpPermissions": []},
              {"GroupId": "sg-0b", "VpcId": "vpc-0a", "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]}]}"#,
        ),
        (
            "r.json",
            r#"{"SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-0a", "GroupId": "sg-0a", "IsEgress": false,
              "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "ReferencedGroupInfo": {"GroupId": "sg-0b"}}]}"#,
        ),
    ]);
    assert_eq!(rules(&scope, "sg-0a"), ["Ingress Tcp 5432 sg-0b"]);
    assert_eq!(rules(&scope, "sg-0b"), ["Ingress Tcp 22 10.0.0.0/8"]);
}

#[test]
fn acl_entries_are_in_the_order_of_their_numbers_whatever_the_order_of_the_file() {
    let scope = only_scope(&[(
        "acls.json",
        r#"{"NetworkAcls": [{"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333",
          "Associations": [{"SubnetId": "subnet-0b"}, {"SubnetId": "subnet-0a"}],
          "Tags": [{"Key": "Name", "Value": "data"}],
          "Entries": [
            {"RuleNumber": 32767, "Egress": false, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
            {"RuleNumber": 32768, "Egress": false, "RuleAction": "deny", "Protocol": "-1", "Ipv6CidrBlock": "::/0"},
            {"RuleNumber": 100, "Egress": false, "RuleAction": "allow", "Protocol": "6", "CidrBlock": "10.0.1.10/24",
             "PortRange": {"From": 5432, "To": 5433}},
            {"RuleNumber": 90, "Egress": false, "RuleAction": "deny", "Protocol": "1", "CidrBlock": "0.0.0.0/0",
             "IcmpTypeCode": {"Type": -1, "Code": -1}}]}]}"#,
    )]);
    let acl = &scope.network_acls.known().unwrap()[&"acl-0a".parse().unwrap()];
    let numbers: Vec<_> = acl.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [90, 100, 32767, 32768]);
    assert_eq!(acl.entries[0].protocol, Protocol::Other(Some(1)));
    assert_eq!(acl.entries[1].ports, PortRange::new(5432, 5433).unwrap());
    assert_eq!(acl.entries[1].cidr.to_string(), "10.0.1.0/24");
    assert_eq!(acl.tags["Name"], "data");
    let found = scope.network_acl_of(&"subnet-0a".parse().unwrap()).unwrap();
    assert_eq!(found.unwrap().id.as_str(), "acl-0a");
}

#[test]
fn routes_keep_targets_that_nobody_walks_by_the_name_of_their_member() {
    let scope = only_scope(&[(
        "rt.json",
        r#"{"RouteTables": [{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a",
          "Associations": [{"Main": true}, {"Main": false, "SubnetId": "subnet-0a", "AssociationState": {"State": "associated"}},
            {"Main": false, "SubnetId": "subnet-0b", "AssociationState": {"State": "disassociated"}},
            {"Main": false, "GatewayId": "igw-0a"}],
          "Routes": [
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
            {"DestinationCidrBlock": "10.1.0.0/16", "NetworkInterfaceId": "eni-0a", "InstanceId": "i-0a", "InstanceOwnerId": "111122223333"},
            {"DestinationCidrBlock": "10.2.0.0/16", "CoreNetworkArn": "arn:aws:networkmanager::111122223333:core-network/x", "State": "active"},
            {"DestinationCidrBlock": "10.3.0.0/16", "QuantumGatewayId": "qgw-0a", "State": "active", "Weight": 3},
            {"DestinationCidrBlock": "10.4.0.0/16", "NatGatewayId": "nat-0a", "State": "blackhole"},
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-0a", "State": "filtered"},
            {"DestinationPrefixListId": "pl-0a", "GatewayId": "vpce-0a", "State": "active"}]}]}"#,
    )]);
    let table = &scope.route_tables.known().unwrap()[&"rtb-0a".parse::<RouteTableId>().unwrap()];
    assert!(table.is_main);
    assert_eq!(table.subnet_ids, ["subnet-0a".parse().unwrap()]);
    assert_eq!(table.gateway_ids, ["igw-0a"]);
    let targets: Vec<_> = table.routes.iter().map(|route| &route.target).collect();
    assert!(targets.contains(&&RouteTarget::Local));
    assert!(targets.contains(&&RouteTarget::NetworkInterface(
        "eni-0a".parse().unwrap(),
        Some("i-0a".parse().unwrap())
    )));
    assert!(targets.contains(&&RouteTarget::Other(
        "CoreNetworkArn".to_owned(),
        "arn:aws:networkmanager::111122223333:core-network/x".to_owned()
    )));
    assert!(targets.contains(&&RouteTarget::Other(
        "QuantumGatewayId".to_owned(),
        "qgw-0a".to_owned()
    )));
    assert!(targets.contains(&&RouteTarget::VpcEndpoint("vpce-0a".parse().unwrap())));
    let states: Vec<_> = table.routes.iter().map(|route| route.state).collect();
    assert!(states.contains(&RouteState::Blackhole) && states.contains(&RouteState::Filtered));
}

#[test]
fn an_interface_has_its_primary_address_first_and_the_public_ones_beside() {
    let scope = only_scope(&[(
        "eni.json",
        r#"{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a",
          "PrivateIpAddress": "10.0.1.10", "Association": {"PublicIp": "198.51.100.9", "IpOwnerId": "amazon"},
          "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.9", "Primary": false},
            {"PrivateIpAddress": "10.0.1.10", "Primary": true}],
          "Ipv6Addresses": [{"Ipv6Address": "2001:0db8::A"}], "Groups": [{"GroupId": "sg-0b", "GroupName": "b"}, {"GroupId": "sg-0a"}],
          "Attachment": {"InstanceOwnerId": "amazon-rds", "Status": "attached"}}]}"#,
    )]);
    let interface = scope
        .interface_at(&"vpc-0a".parse().unwrap(), "10.0.1.9".parse().unwrap())
        .unwrap();
    let addresses: Vec<_> = interface
        .addresses
        .iter()
        .map(|address| {
            (
                address.address.to_string(),
                address.public_ip.map(|ip| ip.to_string()),
            )
        })
        .collect();
    assert_eq!(
        addresses,
        [
            ("10.0.1.10".to_owned(), Some("198.51.100.9".to_owned())),
            ("10.0.1.9".to_owned(), None),
            ("2001:db8::a".to_owned(), None),
        ]
    );
    assert_eq!(interface.security_group_ids, [sg("sg-0a"), sg("sg-0b")]);
    assert!(interface.source_dest_check && interface.instance_id.is_none());
}

#[test]
fn dms_objects_are_read_with_their_lists_and_with_the_single_members_of_old_answers() {
    let scope = only_scope(&[(
        "dms.json",
        r#"{"ReplicationInstances": [
           {"ReplicationInstanceIdentifier": "Orders-RI", "ReplicationInstanceStatus": "available", "MultiAZ": true,
            "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:111122223333:rep:ABC", "AvailabilityZone": "eu-west-1a",
            "SecondaryAvailabilityZone": "eu-west-1b",
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0a", "Status": "active"}, {"VpcSecurityGroupId": "sg-0f", "Status": "removing"}],
            "ReplicationSubnetGroup": {"ReplicationSubnetGroupIdentifier": "orders", "VpcId": "vpc-0a", "Subnets": [
              {"SubnetIdentifier": "subnet-0b", "SubnetAvailabilityZone": {"Name": "eu-west-1b"}},
              {"SubnetIdentifier": "subnet-0a", "SubnetAvailabilityZone": {"Name": "eu-west-1a"}}]},
            "ReplicationInstancePrivateIpAddress": "10.0.1.10", "ReplicationInstancePrivateIpAddresses": ["10.0.1.10"],
            "ReplicationInstancePublicIpAddress": "", "ReplicationInstanceIpv6Addresses": ["2001:db8::a"]},
           {"ReplicationInstanceIdentifier": "new", "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:111122223333:rep:DEF"}],
          "ReplicationSubnetGroups": [{"ReplicationSubnetGroupIdentifier": "orders", "VpcId": "vpc-0a", "Subnets": [{"SubnetIdentifier": "subnet-0a"}]}],
          "ReplicationConfigs": [{"ReplicationConfigArn": "arn:aws:dms:eu-west-1:111122223333:replication-config:ABC",
            "ComputeConfig": {"ReplicationSubnetGroupId": "orders", "VpcSecurityGroupIds": ["sg-0a"]}}],
          "Endpoints": [{"EndpointArn": "arn:aws:dms:eu-west-1:111122223333:endpoint:ABC", "EngineName": "postgres", "Port": 5432},
            {"EndpointArn": "arn:aws:dms:eu-west-1:111122223333:endpoint:DEF", "EngineName": "oracle"}]}"#,
    )]);
    let instances = scope.replication_instances.known().unwrap();
    let instance = &instances["orders-ri"];
    let ips: Vec<_> = instance
        .private_ips
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(ips, ["10.0.1.10", "2001:db8::a"]);
    assert!(instance.public_ips.is_empty() && instance.multi_az);
    assert_eq!(instance.security_group_ids, [sg("sg-0a")]);
    assert_eq!(instance.subnets[0].0.as_str(), "subnet-0a");
    assert_eq!(instances["new"].status, "");
    assert_eq!(
        scope.replication_subnet_groups.known().unwrap()["orders"]
            .subnet_ids
            .len(),
        1
    );
    assert_eq!(scope.replication_configs.known().unwrap().len(), 1);
    let ports: Vec<_> = scope
        .dms_endpoints
        .known()
        .unwrap()
        .values()
        .map(|endpoint| endpoint.port)
        .collect();
    assert_eq!(ports, [Some(5432), None]);
    assert_eq!(scope.region.as_ref().unwrap().as_str(), "eu-west-1");
}

#[test]
fn a_prefix_list_is_read_from_either_call_and_its_entries_by_the_name_of_their_file() {
    let scope = only_scope(&[
        (
            "lists.json",
            r#"{"PrefixLists": [
              {"PrefixListId": "pl-0a", "PrefixListName": "offices", "OwnerId": "444455556666", "MaxEntries": 20, "State": "create-complete",
               "PrefixListArn": "arn:aws:ec2:eu-west-1:444455556666:prefix-list/pl-0a"},
              {"PrefixListId": "pl-0b", "PrefixListName": "com.amazonaws.eu-west-1.s3", "OwnerId": "AWS",
               "PrefixListArn": "arn:aws:ec2:eu-west-1:aws:prefix-list/pl-0b"}]}"#,
        ),
        (
            "whole.json",
            r#"{"PrefixLists": [{"PrefixListId": "pl-0b", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["198.51.100.0/24"]}]}"#,
        ),
        (
            "pl-0a.json",
            r#"{"Entries": [{"Cidr": "192.0.2.9/24", "Description": "London"}]}"#,
        ),
        ("other.json", r#"{"Entries": [{"Nothing": "of ours"}]}"#),
        (
            "sg.json",
            r#"{"SecurityGroups": [{"GroupId": "sg-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333", "IpPermissions": [
              {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-0c"}]}]}]}"#,
        ),
    ]);
    let lists = scope.prefix_lists.known().unwrap();
    let list = |id: &str| &lists[&id.parse().unwrap()];
    let entries = |id: &str| {
        list(id)
            .entries
            .known()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(entries("pl-0a"), ["192.0.2.0/24"]);
    assert_eq!(
        (list("pl-0a").weight, list("pl-0a").aws_owned),
        (Some(20), false)
    );
    assert_eq!(entries("pl-0b"), ["198.51.100.0/24"]);
    assert_eq!(
        (list("pl-0b").weight, list("pl-0b").aws_owned),
        (Some(1), true)
    );
    assert!(
        list("pl-0c").entries.known().is_err(),
        "named by a rule, so it exists"
    );
    assert_eq!(
        places(&Snapshot {
            scopes: vec![scope]
        }),
        [(
            Some("111122223333".to_owned()),
            Some("eu-west-1".to_owned())
        )]
    );
}

#[test]
fn subfolders_are_accounts_and_regions_told_by_what_is_in_them_or_by_their_names() {
    let other_vpc = VPC
        .replace("vpc-0a", "vpc-0b")
        .replace("111122223333", "444455556666");
    let snapshot = folder(&[
        ("vpcs.json", VPC),
        ("subnets.json", SUBNETS),
        ("peer/vpcs.json", &other_vpc),
        ("peer/us-east-1/acls.json", r#"{"NetworkAcls": []}"#),
        (
            "dms/instances.json",
            r#"{"ReplicationInstances": [{"ReplicationInstanceIdentifier": "ri",
          "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:111122223333:rep:ABC"}]}"#,
        ),
    ]);
    assert_eq!(
        places(&snapshot),
        [
            (None, Some("us-east-1".to_owned())),
            (
                Some("111122223333".to_owned()),
                Some("eu-west-1".to_owned())
            ),
            (Some("444455556666".to_owned()), None),
        ]
    );
    let scope = snapshot
        .scope(
            Some(&"111122223333".parse().unwrap()),
            &"eu-west-1".parse().unwrap(),
            None,
        )
        .unwrap();
    assert!(scope.vpcs.known().is_ok() && scope.replication_instances.known().is_ok());
    assert!(scope.network_acls.known().is_err(), "another Region's");
}

#[test]
fn two_accounts_and_regions_in_one_folder_are_told_apart() {
    let both = |template: &str, a: &str, b: &str| {
        let of = |account: &str, region: &str, id: &str| {
            template
                .replace("ACCOUNT", account)
                .replace("REGION", region)
                .replace("ID", id)
        };
        format!(
            "[{}, {}]",
            of("111122223333", "eu-west-1", a),
            of("444455556666", "us-east-1", b)
        )
    };
    let vpcs = format!(
        r#"{{"Vpcs": {}}}"#,
        both(r#"{"VpcId": "vpc-ID", "OwnerId": "ACCOUNT"}"#, "0a", "0b")
    );
    let subnets = format!(
        r#"{{"Subnets": {}}}"#,
        both(
            r#"{"SubnetId": "subnet-ID", "VpcId": "vpc-ID", "AvailabilityZone": "REGIONa"}"#,
            "0a",
            "0b"
        )
    );
    let tables = format!(
        r#"{{"RouteTables": {}}}"#,
        both(
            r#"{"RouteTableId": "rtb-ID", "VpcId": "vpc-ID"}"#,
            "0a",
            "0b"
        )
    );
    let acls = r#"{"NetworkAcls": [{"NetworkAclId": "acl-0a", "VpcId": "vpc-0a"}]}"#;
    let snapshot = folder(&[
        ("1.json", &vpcs),
        ("2.json", &subnets),
        ("3.json", &tables),
        ("4.json", acls),
        ("5.json", r#"{"NetworkInterfaces": []}"#),
    ]);
    assert_eq!(
        places(&snapshot),
        [
            (
                Some("111122223333".to_owned()),
                Some("eu-west-1".to_owned())
            ),
            (
                Some("444455556666".to_owned()),
                Some("us-east-1".to_owned())
            ),
        ]
    );
    let [a, b] = snapshot.scopes.as_slice() else {
        panic!()
    };
    let vpcs = |scope: &ScopeSnapshot| {
        scope
            .vpcs
            .known()
            .unwrap()
            .keys()
            .map(VpcId::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (vpcs(a), vpcs(b)),
        (vec!["vpc-0a".to_owned()], vec!["vpc-0b".to_owned()])
    );
    assert_eq!(a.route_tables.known().unwrap().len(), 1);
    assert!(
        a.network_acls.known().is_ok() && b.network_acls.known().is_err(),
        "nobody asked the other account"
    );
    assert!(
        a.network_interfaces.known().is_err(),
        "an empty list tells no account"
    );
}

#[test]
fn a_shared_vpc_is_whole_for_each_of_its_accounts() {
    let snapshot = folder(&[
        ("vpcs.json", VPC),
        ("subnets.json", SUBNETS),
        (
            "groups.json",
            r#"{"SecurityGroups": [{"GroupId": "sg-0a", "VpcId": "vpc-0a", "OwnerId": "444455556666"}]}"#,
        ),
    ]);
    for account in ["111122223333", "444455556666"] {
        let scope = snapshot
            .scope(
                Some(&account.parse().unwrap()),
                &"eu-west-1".parse().unwrap(),
                None,
            )
            .unwrap();
        assert!(
            scope.vpcs.known().unwrap().len() == 1
                && scope.security_groups.known().unwrap().len() == 1
        );
    }
}

#[test]
fn pages_that_repeat_an_item_are_one_list_in_any_order() {
    let first = r#"{"SecurityGroups": [{"GroupId": "sg-0a", "VpcId": "vpc-0a"}, {"GroupId": "sg-0b", "VpcId": "vpc-0a"}], "NextToken": "x"}"#;
    let last = r#"{"SecurityGroups": [{"GroupId": "sg-0c", "VpcId": "vpc-0a"}, {"GroupId": "sg-0a", "VpcId": "vpc-0a"}]}"#;
    let one = only_scope(&[("1.json", first), ("2.json", last)]);
    let other = only_scope(&[("1.json", last), ("2.json", first)]);
    assert_eq!(one.security_groups, other.security_groups);
    assert_eq!(one.security_groups.known().unwrap().len(), 3);
    assert!(error(&[("1.json", first)]).contains("1.json: `SecurityGroups` goes on (NextToken)"));
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_file_resource_field_and_remedy() {
    let acl = |entry: &str| {
        format!(
            r#"{{"NetworkAcls": [{{"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "Entries": [{entry}]}}]}}"#
        )
    };
    let group = |permission: &str| {
        format!(
            r#"{{"SecurityGroups": [{{"GroupId": "sg-0a", "VpcId": "vpc-0a", "IpPermissions": [{permission}]}}]}}"#
        )
    };
    for (text, expected) in [
        (String::new(), "not JSON"),
        (r#"{"Vpcs": [{"VpcId": "vpc-0a""#.to_owned(), "not JSON (EOF"),
        ("[".repeat(1000), "recursion limit"),
        (r#"{"Vpcs": {"VpcId": "vpc-0a"}}"#.to_owned(), "not a list"),
        (r#"{"Vpcs": [{"CidrBlock": "10.0.0.0/16"}]}"#.to_owned(), "item 0: `.` cannot be read (missing field `VpcId`"),
        (r#"{"Vpcs": [{"VpcId": "VPC-0A"}]}"#.to_owned(), "VPC-0A: `VpcId` is `VPC-0A`: this must be a VPC id"),
        (r#"{"Vpcs": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0"}]}"#.to_owned(), "vpc-0a: `CidrBlock` is `10.0.0.0`: this must be a CIDR block"),
        (group(r#"{"IpProtocol": "tcp", "FromPort": 70000, "ToPort": 70000}"#), "sg-0a: `IpPermissions.FromPort` is `70000`: this must be a port"),
        (group(r#"{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 80}"#), "must not be above"),
        (group(r#"{"IpProtocol": "tcp", "FromPort": "443"}"#), "`IpPermissions[0].FromPort` cannot be read"),
        (group(r#"{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "web"}]}"#), "`IpPermissions.UserIdGroupPairs.GroupId` is absent"),
        (acl(r#"{"RuleNumber": 70000, "Egress": true, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}"#), "RuleNumber"),
        (acl(r#"{"RuleNumber": 1, "Egress": true, "RuleAction": "maybe", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}"#), "acl-0a: `Entries[egress 1].RuleAction` is `maybe`: this must be allow or deny"),
        (acl(r#"{"RuleNumber": 1, "Egress": true, "RuleAction": "deny", "Protocol": "-1"}"#), "`Entries[egress 1].CidrBlock` is absent"),
        (r#"{"SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-0a", "GroupId": "sg-0a", "IsEgress": true, "IpProtocol": "-1"}]}"#.to_owned(), "sgr-0a: `CidrIpv4` is absent"),
        (r#"{"RouteTables": [{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "Routes": [{"GatewayId": "local"}]}]}"#.to_owned(), "rtb-0a: `Routes.DestinationCidrBlock` is absent"),
        (r#"{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a", "PrivateIpAddress": "10.0.1"}]}"#.to_owned(), "eni-0a: `PrivateIpAddress` is `10.0.1`"),
        (r#"{"Endpoints": [{"EndpointArn": "arn", "Port": -1}]}"#.to_owned(), "arn: `Port` is `-1`"),
    ] {
        let message = error(&[("sub/file.json", &text)]);
        assert!(message.starts_with("sub/file.json: ") && message.contains(expected), "{text}\n{message}");
    }
    let list = error(&[("pl-0a.json", r#"{"Entries": [{"Cidr": "192.0.2.0/33"}]}"#)]);
    assert!(
        list.contains("pl-0a.json: `Entries`, pl-0a: `Cidr` is `192.0.2.0/33`"),
        "{list}"
    );
}

#[test]
fn a_file_that_breaks_off_anywhere_is_an_error() {
    for end in 0..SUBNETS.len() {
        let message = error(&[("subnets.json", &SUBNETS[..end])]);
        assert!(message.starts_with("subnets.json: not JSON"), "{message}");
    }
}

#[test]
fn two_answers_that_contradict_each_other_are_an_error() {
    let moved = VPC.replace("10.0.0.0/16", "10.9.0.0/16");
    assert!(error(&[("1.json", VPC), ("2.json", &moved)]).contains("`Vpcs`, vpc-0a"));
}

#[test]
fn a_snapshot_is_bounded() {
    let files = (0..=read::MAX_FILES).map(|number| (format!("{number}.json"), "{}"));
    let message = read::read(files).unwrap_err().to_string();
    assert!(message.contains("10000.json is one too many"), "{message}");
    let long = " ".repeat(read::MAX_FILE_BYTES + 1);
    assert!(error(&[("long.json", &long)]).contains("long.json: longer than 64 MiB"));
}

#[test]
fn resources_of_many_accounts_are_kept_in_folders_of_their_own() {
    let groups = |accounts: std::ops::Range<usize>| {
        let groups = accounts.map(|account| {
            let owner = format!("{:012}", 111_122_223_333_u64 + account as u64);
            serde_json::json!({"GroupId": format!("sg-{account:x}"), "VpcId": format!("vpc-{account:x}"), "OwnerId": owner})
        });
        serde_json::json!({"SecurityGroups": groups.collect::<Vec<_>>()}).to_string()
    };
    let (some, more) = (groups(0..read::MAX_PLACES), groups(read::MAX_PLACES..300));
    assert_eq!(
        folder(&[("a.json", &some), ("b/a.json", &more)])
            .scopes
            .len(),
        300
    );
    let error = error(&[("a.json", &some), ("b.json", &more)]);
    assert!(
        error.starts_with(".: its resources are of 300 accounts"),
        "{error}"
    );
    assert!(error.contains("a folder of its own"), "{error}");
}

#[test]
fn a_network_acl_of_more_entries_than_aws_could_give_is_an_error() {
    let acl = |count: usize| {
        let entry = |number: usize| {
            serde_json::json!({"RuleNumber": number + 1, "Egress": number.is_multiple_of(2), "RuleAction": "allow", "Protocol": "-1",
                "CidrBlock": "10.0.0.0/8"})
        };
        let entries: Vec<_> = (0..count).map(entry).collect();
        serde_json::json!({"NetworkAcls": [{"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "Entries": entries}]}).to_string()
    };
    only_scope(&[("a.json", &acl(2048))]);
    let error = error(&[("a.json", &acl(2050))]);
    assert!(
        error.contains("acl-0a") && error.contains("at most 1024 in a direction"),
        "{error}"
    );
}

#[test]
fn a_byte_order_mark_and_windows_paths_are_read() {
    let scope = only_scope(&[("a\\vpcs.JSON", &format!("\u{feff}{VPC}"))]);
    assert!(scope.vpcs.known().is_ok());
}

#[test]
fn a_group_of_ec2_classic_is_no_vpc_group() {
    let scope = only_scope(&[(
        "g.json",
        r#"{"SecurityGroups": [{"GroupId": "sg-0a", "GroupName": "old"}]}"#,
    )]);
    assert!(matches!(&scope.security_groups, Read::Known(groups) if groups.is_empty()));
}

/// Real answers, where they are there: of every age of the AWS CLI, with keys of other tools among them.
#[test]
fn real_answers_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/snapshots");
    let Ok(folders) = fs::read_dir(root) else {
        return;
    };
    for folder in folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        let files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    fs::read_to_string(entry.path()).unwrap(),
                )
            })
            .collect();
        let snapshot = read::read(files.iter().map(|(path, text)| (path, text))).unwrap();
        let scope = &snapshot.scopes[0];
        assert!(
            scope.account_id.is_some() && scope.region.is_some(),
            "{}",
            folder.display()
        );
        for subnet in scope.subnets.known().unwrap().values() {
            assert!(
                scope.network_acl_of(&subnet.id).unwrap().is_some(),
                "{}",
                subnet.id
            );
            assert!(
                scope.route_table_of(subnet).unwrap().is_some(),
                "{}",
                subnet.id
            );
        }
        assert!(!scope.security_groups.known().unwrap().is_empty());
        assert!(scope.replication_instances.known().is_err());
    }
}

#[test]
fn what_is_nested_too_deep_is_no_json_unless_nobody_looks_at_it() {
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    let vpc = format!(
        r#"{{"Vpcs": [{{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16", "Ours": {deep}}}]}}"#
    );
    assert!(read::read([("vpcs.json", vpc)]).is_ok());
    for text in [
        format!(r#"{{"Vpcs": {deep}}}"#),
        format!(r#"{{"Others": {deep}}}"#),
    ] {
        let error = read::read([("vpcs.json", text)]).unwrap_err();
        assert!(matches!(error, read::ReadError::NotJson { .. }), "{error}");
    }
}
