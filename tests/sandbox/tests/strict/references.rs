//! Security groups of other VPCs in rules.

use crate::client::{Answer, Aws, group, start};

const OTHER: &str = "111122223333";
const DIFFERENT: &str = "You have specified two resources that belong to different networks.";

/// Two VPCs, each with a group, of one account or of two.
struct Pair {
    near: Aws,
    far: Aws,
    near_vpc: String,
    far_vpc: String,
    near_group: String,
    far_group: String,
}

fn pair(near: Aws, far: Aws) -> Pair {
    let (near_vpc, far_vpc) = (near.vpc("10.0.0.0/16"), far.vpc("10.1.0.0/16"));
    Pair {
        near_group: group(&near, &near_vpc, "ri"),
        far_group: group(&far, &far_vpc, "db"),
        near_vpc,
        far_vpc,
        near,
        far,
    }
}

fn one_account() -> Pair {
    let aws = start();
    pair(aws.clone(), aws)
}

fn two_accounts() -> Pair {
    let near = start();
    let far = near.with_key(&format!("AKIA{OTHER}"));
    pair(near, far)
}

impl Pair {
    /// A rule on the near group that references the far one.
    fn authorize(&self, direction: &str, owner: Option<&str>) -> Answer {
        self.on_near(&format!("AuthorizeSecurityGroup{direction}"), owner)
    }

    fn on_near(&self, action: &str, owner: Option<&str>) -> Answer {
        let peer = "IpPermissions.1.Groups.1";
        let (id, user) = (format!("{peer}.GroupId"), format!("{peer}.UserId"));
        let mut parameters = vec![
            ("GroupId", self.near_group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "5432"),
            ("IpPermissions.1.ToPort", "5432"),
            (id.as_str(), self.far_group.as_str()),
        ];
        parameters.extend(owner.map(|owner| (user.as_str(), owner)));
        self.near.ec2(action, &parameters)
    }

    /// Peers the two; the connection is active.
    fn peer(&self) -> String {
        let account = |aws: &Aws| aws.sts("GetCallerIdentity", &[]).ok().one("Account");
        let parameters = [
            ("VpcId", self.near_vpc.as_str()),
            ("PeerVpcId", &self.far_vpc),
            ("PeerOwnerId", &account(&self.far)),
            ("PeerRegion", &self.far.region),
        ];
        let id = self.near.make(
            "CreateVpcPeeringConnection",
            &parameters,
            "vpcPeeringConnectionId",
        );
        let accept = [("VpcPeeringConnectionId", id.as_str())];
        self.far.ec2("AcceptVpcPeeringConnection", &accept).ok();
        id
    }

    /// Joins the two, which are of one account, by a transit gateway.
    fn join(&self, on_gateway: &str, on_attachment: &str) {
        let option = "Options.SecurityGroupReferencingSupport";
        let gateway = self.near.make(
            "CreateTransitGateway",
            &[(option, on_gateway)],
            "transitGatewayId",
        );
        for (vpc, block) in [
            (&self.near_vpc, "10.0.9.0/24"),
            (&self.far_vpc, "10.1.9.0/24"),
        ] {
            let subnet = self.near.subnet(vpc, block);
            let parameters = [
                ("TransitGatewayId", gateway.as_str()),
                ("VpcId", vpc),
                ("SubnetIds.1", &subnet),
                (option, on_attachment),
            ];
            self.near
                .ec2("CreateTransitGatewayVpcAttachment", &parameters)
                .ok();
        }
    }
}

#[track_caller]
fn different(answer: &Answer) {
    assert_eq!(answer.code(), "InvalidGroup.NotFound");
    assert_eq!(answer.one("Message"), DIFFERENT);
}

#[test]
fn a_group_of_a_peered_vpc_can_be_referenced_both_ways_while_the_connection_is_active() {
    let pair = one_account();
    different(&pair.authorize("Ingress", None));
    let connection = pair.peer();
    for direction in ["Ingress", "Egress"] {
        let rule = pair.authorize(direction, None).ok();
        assert_eq!(rule.one("userId"), "123456789012", "{direction}");
        assert_eq!(rule.one("vpcId"), pair.far_vpc, "{direction}");
        assert_eq!(rule.one("vpcPeeringConnectionId"), connection);
        assert_eq!(rule.one("peeringStatus"), "active", "{direction}");
    }
}

#[test]
fn the_grouped_form_shows_owner_vpc_and_connection_too() {
    let pair = one_account();
    let connection = pair.peer();
    pair.authorize("Ingress", None).ok();
    let by_id = [("GroupId.1", pair.near_group.as_str())];
    let shown = pair.near.ec2("DescribeSecurityGroups", &by_id).ok();
    assert_eq!(shown.one("vpcPeeringConnectionId"), connection);
    assert_eq!(shown.one("userId"), "123456789012");
    assert_eq!(shown.one("peeringStatus"), "active");
}

#[test]
fn a_rule_over_a_deleted_connection_is_stale_and_can_be_revoked_but_not_made() {
    let pair = one_account();
    let connection = pair.peer();
    pair.authorize("Ingress", None).ok();
    let delete = [("VpcPeeringConnectionId", connection.as_str())];
    pair.near.ec2("DeleteVpcPeeringConnection", &delete).ok();
    let stale = pair.near.filtered(
        "DescribeSecurityGroupRules",
        "group-id",
        &pair.near_group,
        "peeringStatus",
    );
    assert_eq!(stale, ["deleted"]);
    different(&pair.authorize("Egress", None));
    pair.on_near("RevokeSecurityGroupIngress", None).ok();
}

#[test]
fn a_group_of_another_account_is_given_with_its_account() {
    let pair = two_accounts();
    different(&pair.authorize("Ingress", Some(OTHER)));
    pair.peer();
    let unknown = pair.authorize("Ingress", None);
    assert_eq!(unknown.code(), "InvalidGroup.NotFound");
    let rule = pair.authorize("Ingress", Some(OTHER)).ok();
    assert_eq!(rule.one("userId"), OTHER);
}

#[test]
fn a_group_of_another_region_cannot_be_referenced() {
    let near = start();
    let far = near.in_region("us-east-1");
    let pair = pair(near, far);
    pair.peer();
    let answer = pair.authorize("Ingress", None);
    assert_eq!(answer.code(), "InvalidGroup.NotFound");
}

#[test]
fn through_a_transit_gateway_only_ingress_references_and_only_where_they_are_turned_on() {
    for (gateway, attachment) in [("disable", "enable"), ("enable", "disable")] {
        let pair = one_account();
        pair.join(gateway, attachment);
        different(&pair.authorize("Ingress", None));
    }
    let pair = one_account();
    pair.join("enable", "enable");
    let rule = pair.authorize("Ingress", None).ok();
    assert!(rule.all("vpcPeeringConnectionId").is_empty());
    different(&pair.authorize("Egress", None));
}

#[test]
fn a_group_that_another_vpc_references_can_be_deleted_and_leaves_a_rule_without_its_owner() {
    let pair = two_accounts();
    pair.peer();
    pair.authorize("Ingress", Some(OTHER)).ok();
    let delete = [("GroupId", pair.far_group.as_str())];
    pair.far.ec2("DeleteSecurityGroup", &delete).ok();
    let filter = [
        ("Filter.1.Name", "group-id"),
        ("Filter.1.Value.1", pair.near_group.as_str()),
    ];
    let rules = pair.near.ec2("DescribeSecurityGroupRules", &filter).ok();
    assert!(rules.all("groupId").contains(&pair.far_group));
    assert!(rules.all("userId").is_empty());
}
