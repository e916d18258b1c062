//! Replication instances that are looked up: what DMS says leads to the rest.

use crate::lab::{Counterpart, session};
use dms_network_controller::observe::observe;
use dms_network_core::snapshot::{ScopeSnapshot, wanted::Wanted};

const VPC: &str = r#"{
  "Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.0.0/16"},
    {"VpcId": "vpc-0f", "OwnerId": "123456789012", "CidrBlock": "10.9.0.0/16"}],
  "Subnets": [
    {"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
    {"SubnetId": "subnet-0b", "VpcId": "vpc-0a", "OwnerId": "123456789012", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1b"}],
  "SecurityGroups": [
    {"GroupId": "sg-0a", "GroupName": "instance", "Description": "a", "VpcId": "vpc-0a", "OwnerId": "123456789012"},
    {"GroupId": "sg-0b", "GroupName": "interface", "Description": "b", "VpcId": "vpc-0a", "OwnerId": "123456789012"},
    {"GroupId": "sg-0c", "GroupName": "serverless", "Description": "c", "VpcId": "vpc-0a", "OwnerId": "123456789012"}],
  "NetworkInterfaces": [{"NetworkInterfaceId": "eni-0a", "VpcId": "vpc-0a", "SubnetId": "subnet-0a", "OwnerId": "123456789012",
    "AvailabilityZone": "eu-west-1a", "Description": "DMSNetworkInterface", "PrivateIpAddress": "10.0.1.10",
    "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.10", "Primary": true}],
    "Ipv6Addresses": [{"Ipv6Address": "2001:db8::a"}], "Groups": [{"GroupId": "sg-0a"}, {"GroupId": "sg-0b"}]}]}"#;

const DMS: &str = r#"{
  "ReplicationInstances": [{"ReplicationInstanceIdentifier": "orders-ri", "ReplicationInstanceStatus": "available",
    "ReplicationInstanceArn": "arn:aws:dms:eu-west-1:123456789012:rep:ABC", "AvailabilityZone": "eu-west-1a",
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0a", "Status": "active"}],
    "ReplicationSubnetGroup": {"ReplicationSubnetGroupIdentifier": "orders", "VpcId": "vpc-0a", "Subnets": [
      {"SubnetIdentifier": "subnet-0a", "SubnetAvailabilityZone": {"Name": "eu-west-1a"}},
      {"SubnetIdentifier": "subnet-0b", "SubnetAvailabilityZone": {"Name": "eu-west-1b"}}]},
    "ReplicationInstancePrivateIpAddresses": ["10.0.1.10"]}],
  "ReplicationSubnetGroups": [{"ReplicationSubnetGroupIdentifier": "orders", "VpcId": "vpc-0a",
    "Subnets": [{"SubnetIdentifier": "subnet-0a"}, {"SubnetIdentifier": "subnet-0b"}]}],
  "ReplicationConfigs": [{"ReplicationConfigArn": "arn:aws:dms:eu-west-1:123456789012:replication-config:ABC",
    "ReplicationConfigIdentifier": "orders", "ComputeConfig": {"ReplicationSubnetGroupId": "orders", "VpcSecurityGroupIds": ["sg-0c"]}}],
  "Endpoints": [{"EndpointArn": "arn:aws:dms:eu-west-1:123456789012:endpoint:ABC", "EndpointIdentifier": "orders",
    "EndpointType": "source", "EngineName": "postgres", "Port": 5433}]}"#;

async fn observed(wanted: &Wanted) -> ScopeSnapshot {
    let aws = Counterpart::serving(&[("vpc.json", VPC), ("dms.json", DMS)]);
    let session = session(&aws.endpoint()).await.unwrap();
    observe(&session, wanted).await.unwrap().lists.into()
}

#[tokio::test]
async fn an_instance_leads_to_its_vpc_its_interface_and_the_groups_on_it() {
    let wanted = Wanted {
        replication_instances: ["orders-ri".to_owned()].into(),
        ..Wanted::default()
    };
    let scope = observed(&wanted).await;
    let instance = &scope.replication_instances.known().unwrap()["orders-ri"];
    assert_eq!(instance.subnets.len(), 2);
    let vpc = instance.vpc_id.as_ref().unwrap();
    assert_eq!(
        scope.vpcs.known().unwrap().keys().collect::<Vec<_>>(),
        [vpc]
    );
    assert_eq!(scope.subnets.known().unwrap().len(), 2);
    let interface = scope.interface_at(vpc, instance.private_ips[0]).unwrap();
    assert_eq!(interface.security_group_ids.len(), 2);
    for group in &interface.security_group_ids {
        assert!(
            scope.security_groups.known().unwrap().contains_key(group),
            "{group}"
        );
    }
    assert!(
        scope.replication_configs.known().is_err(),
        "nobody wanted one"
    );
}

#[tokio::test]
async fn a_serverless_configuration_leads_to_the_vpc_of_its_subnet_group() {
    let arn = "arn:aws:dms:eu-west-1:123456789012:replication-config:ABC";
    let wanted = Wanted {
        replication_configs: [arn.parse().unwrap()].into(),
        ..Wanted::default()
    };
    let scope = observed(&wanted).await;
    assert_eq!(scope.replication_configs.known().unwrap().len(), 1);
    assert_eq!(
        scope.replication_subnet_groups.known().unwrap()["orders"]
            .subnet_ids
            .len(),
        2
    );
    assert_eq!(scope.subnets.known().unwrap().len(), 2);
    let groups = scope.security_groups.known().unwrap();
    assert_eq!(
        groups.keys().map(ToString::to_string).collect::<Vec<_>>(),
        ["sg-0c"]
    );
}

#[tokio::test]
async fn what_dms_does_not_know_is_absent() {
    let endpoint = "arn:aws:dms:eu-west-1:123456789012:endpoint";
    let wanted = Wanted {
        replication_instances: ["no-such-ri".to_owned()].into(),
        dms_endpoints: [
            format!("{endpoint}:ABC").parse().unwrap(),
            format!("{endpoint}:NONE").parse().unwrap(),
        ]
        .into(),
        ..Wanted::default()
    };
    let scope = observed(&wanted).await;
    assert!(
        !scope
            .replication_instances
            .known()
            .unwrap()
            .contains_key("no-such-ri")
    );
    let endpoints = scope.dms_endpoints.known().unwrap();
    assert_eq!(endpoints.len(), 1);
    assert_eq!(endpoints[&format!("{endpoint}:ABC")].port, Some(5433));
}

#[tokio::test]
async fn an_interface_is_found_by_its_ipv6_address() {
    let wanted = Wanted {
        vpcs: ["vpc-0a".parse().unwrap()].into(),
        addresses: ["2001:db8::a".parse().unwrap()].into(),
        ..Wanted::default()
    };
    let scope = observed(&wanted).await;
    let interface = scope.interface_at(&"vpc-0a".parse().unwrap(), "2001:db8::a".parse().unwrap());
    assert_eq!(interface.unwrap().id.as_str(), "eni-0a");
}
