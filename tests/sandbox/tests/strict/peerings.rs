//! VPC peering connections.

use crate::client::{Aws, start};

const OTHER: &str = "111122223333";

/// Two VPCs of one account.
fn two_vpcs() -> (Aws, String, String) {
    let aws = start();
    let (one, other) = (aws.vpc("10.0.0.0/16"), aws.vpc("10.1.0.0/16"));
    (aws, one, other)
}

fn request(aws: &Aws, one: &str, other: &str) -> String {
    let parameters = [("VpcId", one), ("PeerVpcId", other)];
    aws.make(
        "CreateVpcPeeringConnection",
        &parameters,
        "vpcPeeringConnectionId",
    )
}

fn call(aws: &Aws, action: &str, id: &str) -> crate::client::Answer {
    aws.ec2(
        &format!("{action}VpcPeeringConnection"),
        &[("VpcPeeringConnectionId", id)],
    )
}

fn status(aws: &Aws, id: &str) -> String {
    let parameters = [("VpcPeeringConnectionId.1", id)];
    aws.make("DescribeVpcPeeringConnections", &parameters, "code")
}

#[test]
fn a_request_is_pending_until_it_is_accepted_and_shows_no_block_of_the_accepter() {
    let (aws, one, other) = two_vpcs();
    let id = request(&aws, &one, &other);
    let shown = aws.ec2("DescribeVpcPeeringConnections", &[]).ok();
    assert_eq!(shown.one("code"), "pending-acceptance");
    assert_eq!(shown.all("cidrBlock"), ["10.0.0.0/16", "10.0.0.0/16"]);
    let accepted = call(&aws, "Accept", &id).ok();
    assert_eq!(accepted.one("code"), "provisioning");
    let shown = aws.ec2("DescribeVpcPeeringConnections", &[]).ok();
    assert_eq!(shown.one("code"), "active");
    assert!(shown.all("cidrBlock").contains(&"10.1.0.0/16".to_owned()));
    assert_eq!(call(&aws, "Accept", &id).code(), "InvalidStateTransition");
}

#[test]
fn overlapping_blocks_and_unknown_vpcs_leave_a_failed_connection() {
    let (aws, one, _) = two_vpcs();
    let overlapping = aws.vpc("10.0.128.0/17");
    let failed = request(&aws, &one, &overlapping);
    assert_eq!(status(&aws, &failed), "failed");
    let unknown = request(&aws, &one, "vpc-0abc");
    assert_eq!(status(&aws, &unknown), "failed");
    let delete = call(&aws, "Delete", &failed);
    assert_eq!(delete.code(), "InvalidStateTransition");
}

#[test]
fn two_vpcs_have_one_connection() {
    let (aws, one, other) = two_vpcs();
    request(&aws, &one, &other);
    let again = [("VpcId", other.as_str()), ("PeerVpcId", &one)];
    let answer = aws.ec2("CreateVpcPeeringConnection", &again);
    assert_eq!(answer.code(), "VpcPeeringConnectionAlreadyExists");
}

#[test]
fn a_connection_is_seen_by_both_accounts_and_accepted_by_the_other() {
    let aws = start();
    let far = aws.with_key(&format!("AKIA{OTHER}")).in_region("us-east-1");
    let (one, other) = (aws.vpc("10.0.0.0/16"), far.vpc("10.1.0.0/16"));
    let parameters = [
        ("VpcId", one.as_str()),
        ("PeerVpcId", &other),
        ("PeerOwnerId", OTHER),
        ("PeerRegion", "us-east-1"),
        ("TagSpecification.1.ResourceType", "vpc-peering-connection"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "ours"),
    ];
    let id = aws.make(
        "CreateVpcPeeringConnection",
        &parameters,
        "vpcPeeringConnectionId",
    );
    assert_eq!(call(&aws, "Accept", &id).code(), "OperationNotPermitted");
    let seen = far.ec2("DescribeVpcPeeringConnections", &[]).ok();
    assert_eq!(seen.one("code"), "pending-acceptance");
    assert_eq!(seen.all("region"), ["us-east-1", "eu-west-1"]);
    assert!(seen.all("key").is_empty());
    assert_eq!(call(&far, "Delete", &id).code(), "InvalidStateTransition");
    call(&far, "Accept", &id).ok();
    assert_eq!(status(&aws, &id), "active");
    call(&far, "Delete", &id).ok();
    assert_eq!(status(&aws, &id), "deleted");
    let by_owner = aws.filtered(
        "DescribeVpcPeeringConnections",
        "accepter-vpc-info.owner-id",
        OTHER,
        "vpcPeeringConnectionId",
    );
    assert_eq!(by_owner, [id]);
}

#[test]
fn a_route_to_a_connection_is_active_while_the_connection_is() {
    let (aws, one, other) = two_vpcs();
    let id = request(&aws, &one, &other);
    let table = aws.route_table(&one);
    let target = ("VpcPeeringConnectionId", id.as_str());
    aws.route(&table, "10.1.0.0/16", target).ok();
    let state = || aws.route_state(&table, "vpcPeeringConnectionId");
    assert_eq!(state(), ["blackhole"]);
    call(&aws, "Accept", &id).ok();
    assert_eq!(state(), ["active"]);
    call(&aws, "Delete", &id).ok();
    assert_eq!(state(), ["blackhole"]);
    let answer = aws.route(&table, "10.2.0.0/16", target);
    assert_eq!(answer.code(), "InvalidVpcPeeringConnectionID.NotFound");
    let third = aws.vpc("10.3.0.0/16");
    let id = request(&aws, &one, &other);
    let target = ("VpcPeeringConnectionId", id.as_str());
    let answer = aws.route(&aws.route_table(&third), "10.1.0.0/16", target);
    assert_eq!(answer.code(), "InvalidParameterValue");
}
