//! The sandbox's own endpoints: staleness, faults, recorded calls, reset.

use crate::client::{network, start};
use serde_json::{Value, json};

const RULE: &str = "IpProtocol=-1 IpRanges.1.CidrIp=10.0.1.0/24";

fn none() -> Value {
    json!({})
}

#[test]
fn stale_reads_do_not_show_a_write_and_writes_see_the_truth() {
    let net = network();
    // Longer than any test runs: nothing written from now on is seen.
    net.aws
        .admin("PUT", "staleness", &json!({"milliseconds": 86_400_000}));
    let id = net.authorize(RULE).ok().one("securityGroupRuleId");
    assert_eq!(net.ingress_rules(), 0);
    let by_id = [("SecurityGroupRuleId.1", id.as_str())];
    let read = net.aws.ec2("DescribeSecurityGroupRules", &by_id);
    assert_eq!(read.code(), "InvalidSecurityGroupRuleId.NotFound");
    assert_eq!(net.authorize(RULE).code(), "InvalidPermission.Duplicate");
    net.aws
        .admin("PUT", "staleness", &json!({"milliseconds": 0}));
    assert_eq!(net.ingress_rules(), 1);
}

#[test]
fn a_denied_action_fails_until_the_faults_are_taken_back() {
    let net = network();
    let fault = json!({
        "action": "AuthorizeSecurityGroupIngress",
        "accessKeyID": "test",
        "outcome": {"error": "UnauthorizedOperation"},
    });
    assert_eq!(net.aws.admin("POST", "faults", &fault).0, 200);
    for _ in 0..2 {
        let answer = net.authorize(RULE);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "UnauthorizedOperation")
        );
    }
    assert_eq!(
        net.aws.admin("GET", "faults", &none()).1[0]["times"],
        Value::Null
    );
    net.aws.with_key("other").ec2("DescribeVpcs", &[]).ok();
    net.aws.admin("DELETE", "faults", &none());
    net.authorize(RULE).ok();
}

#[test]
fn a_throttled_action_works_again_after_so_many_calls() {
    let aws = start();
    let fault =
        json!({"action": "DescribeVpcs", "times": 2, "outcome": {"error": "RequestLimitExceeded"}});
    aws.admin("POST", "faults", &fault);
    for _ in 0..2 {
        let answer = aws.ec2("DescribeVpcs", &[]);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (503, "RequestLimitExceeded")
        );
    }
    aws.ec2("DescribeVpcs", &[]).ok();
}

#[test]
fn a_lost_answer_was_carried_out_and_html_was_not() {
    let net = network();
    let action = "AuthorizeSecurityGroupIngress";
    let html = json!({"action": action, "times": 1, "outcome": "html"});
    net.aws.admin("POST", "faults", &html);
    let answer = net.authorize(RULE);
    assert_eq!(answer.status, 500);
    assert!(answer.body.starts_with("<html>"));
    assert_eq!(net.ingress_rules(), 0);
    let lost = json!({"action": action, "times": 1, "outcome": "lostAnswer"});
    net.aws.admin("POST", "faults", &lost);
    assert!(net.authorize(RULE).body.is_empty());
    assert_eq!(net.ingress_rules(), 1);
}

#[test]
fn calls_are_counted_and_listed() {
    let net = network();
    net.aws.admin("DELETE", "calls", &none());
    net.authorize(RULE).ok();
    net.authorize(RULE).code();
    net.rules();
    let calls = net.aws.admin("GET", "calls", &none()).1;
    assert_eq!(
        (&calls["mutating"], &calls["reading"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(calls["counts"]["AuthorizeSecurityGroupIngress"], 2);
    assert_eq!(calls["calls"][1]["error"], "InvalidPermission.Duplicate");
    assert_eq!(calls["calls"][0]["error"], Value::Null);
    assert_eq!(calls["calls"][0]["account"], "123456789012");
}

#[test]
fn reset_goes_back_to_the_start() {
    let net = network();
    net.aws
        .admin("PUT", "quotas", &json!({"rulesPerSecurityGroup": 0}));
    net.aws.admin("POST", "reset", &none());
    assert!(
        net.aws
            .ec2("DescribeVpcs", &[])
            .ok()
            .all("vpcId")
            .is_empty()
    );
    let quota = json!({"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"});
    let (_, answer) = net.aws.json("servicequotas", "GetServiceQuota", &quota);
    assert_eq!(answer["Quota"]["Value"], 60);
}

#[test]
fn a_body_that_is_not_understood_is_refused() {
    let aws = start();
    let (status, answer) = aws.admin("PUT", "staleness", &json!({"seconds": 1}));
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("seconds"));
}
