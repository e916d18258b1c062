//! Revoke, by id and by properties.

use crate::client::{Network, network, network_in, start};

const RULE: &str = "IpProtocol=tcp FromPort=5432 ToPort=5432 IpRanges.1.CidrIp=10.0.1.0/24";
const OTHER: &str = "IpProtocol=tcp FromPort=5433 ToPort=5433 IpRanges.1.CidrIp=10.0.1.0/24";

fn revoke_ids(net: &Network, group: &str, ids: &[&str]) -> crate::client::Answer {
    let names: Vec<_> = (1..=ids.len())
        .map(|at| format!("SecurityGroupRuleId.{at}"))
        .collect();
    let mut parameters = vec![("GroupId", group)];
    parameters.extend(names.iter().map(String::as_str).zip(ids.iter().copied()));
    net.aws.ec2("RevokeSecurityGroupIngress", &parameters)
}

#[test]
fn a_rule_goes_by_its_id() {
    let net = network();
    let id = net.authorize(RULE).ok().one("securityGroupRuleId");
    let answer = revoke_ids(&net, &net.db, &[&id]).ok();
    assert_eq!(answer.one("securityGroupRuleId"), id);
    assert_eq!(answer.one("cidrIpv4"), "10.0.1.0/24");
    assert_eq!(net.ingress_rules(), 0);
}

#[test]
fn an_id_that_is_gone_malformed_or_another_groups_is_refused_and_nothing_goes() {
    let net = network();
    let id = net.authorize(RULE).ok().one("securityGroupRuleId");
    let not_found = "InvalidSecurityGroupRuleId.NotFound";
    assert_eq!(
        revoke_ids(&net, &net.db, &[&id, "sgr-0abc"]).code(),
        not_found
    );
    assert_eq!(revoke_ids(&net, &net.ri, &[&id]).code(), not_found);
    assert_eq!(
        revoke_ids(&net, &net.db, &["rule"]).code(),
        "InvalidSecurityGroupRuleId.Malformed"
    );
    assert_eq!(net.ingress_rules(), 1);
}

#[test]
fn an_egress_rule_is_no_ingress_rule() {
    let net = network();
    let id = net.rules().one("securityGroupRuleId");
    assert_eq!(
        revoke_ids(&net, &net.db, &[&id]).code(),
        "InvalidSecurityGroupRuleId.NotFound"
    );
}

#[test]
fn a_rule_goes_by_its_properties_in_any_form() {
    let net = network();
    net.authorize(RULE).ok();
    let form = "IpProtocol=6 FromPort=5432 ToPort=5432 IpRanges.1.CidrIp=10.0.1.99/24";
    net.call("RevokeSecurityGroupIngress", form).ok();
    assert_eq!(net.ingress_rules(), 0);
}

#[test]
fn properties_that_match_no_rule_fail_and_nothing_goes() {
    let net = network();
    net.authorize(RULE).ok();
    let both = format!("{RULE} IpRanges.2.CidrIp=10.0.2.0/24");
    let answer = net.call("RevokeSecurityGroupIngress", &both);
    assert_eq!(answer.code(), "InvalidPermission.NotFound");
    assert_eq!(net.ingress_rules(), 1);
}

#[test]
fn in_a_default_vpc_properties_that_match_no_rule_come_back_as_unknown() {
    let aws = start();
    aws.ec2("CreateDefaultVpc", &[]).ok();
    let own = network_in(aws.clone(), &[("CidrBlock", "10.0.0.0/16")]);
    let parameters = [("GroupName", "in-default"), ("GroupDescription", "a group")];
    let db = aws
        .ec2("CreateSecurityGroup", &parameters)
        .ok()
        .one("groupId");
    let net = Network { db, ..own };
    net.authorize(RULE).ok();
    let answer = net.call("RevokeSecurityGroupIngress", OTHER).ok();
    assert_eq!(answer.one("return"), "true");
    assert!(
        answer
            .body
            .contains("<unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol>")
    );
    assert_eq!(answer.one("fromPort"), "5433");
    assert_eq!(net.ingress_rules(), 1);
}
