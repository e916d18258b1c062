//! Keys, accounts, Regions and roles.

use crate::client::{Aws, start, start_with};
use dms_network_sandbox::Settings;
use std::collections::BTreeMap;

const ROLE: &str = "arn:aws:iam::111122223333:role/dms/opener";

fn account(aws: &Aws) -> String {
    aws.sts("GetCallerIdentity", &[]).ok().one("Account")
}

/// Two accounts, the other one's role with an external id.
fn two_accounts() -> Aws {
    start_with(Settings {
        accounts: vec!["111122223333".to_owned()],
        external_ids: BTreeMap::from([(ROLE.to_owned(), "secret".to_owned())]),
        keys: BTreeMap::from([("GIVEN".to_owned(), "444455556666".to_owned())]),
        ..Settings::default()
    })
}

fn assume(aws: &Aws, external_id: &str) -> Aws {
    let parameters = [
        ("RoleArn", ROLE),
        ("RoleSessionName", "test"),
        ("ExternalId", external_id),
    ];
    let answer = aws.sts("AssumeRole", &parameters).ok();
    let token = Some(answer.one("SessionToken"));
    Aws {
        token,
        ..aws.with_key(&answer.one("AccessKeyId"))
    }
}

#[test]
fn a_key_names_its_account() {
    let aws = two_accounts();
    assert_eq!(account(&aws), "123456789012");
    assert_eq!(
        account(&aws.with_key("AKIA777788889999EXAMPLE")),
        "777788889999"
    );
    assert_eq!(account(&aws.with_key("GIVEN")), "444455556666");
    assert_eq!(
        aws.with_key("ASIAUNKNOWN").ec2("DescribeVpcs", &[]).code(),
        "AuthFailure"
    );
}

#[test]
fn with_strict_keys_an_unknown_key_is_refused() {
    let aws = start_with(Settings {
        strict_keys: true,
        ..Settings::default()
    });
    for key in ["test", "AKIA777788889999"] {
        let answer = aws.with_key(key).ec2("DescribeVpcs", &[]);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "AuthFailure"),
            "{key}"
        );
    }
    assert_eq!(
        aws.sts("GetCallerIdentity", &[]).code(),
        "InvalidClientTokenId"
    );
    assert_eq!(account(&aws.with_key("AKIA123456789012")), "123456789012");
}

#[test]
fn accounts_and_regions_are_apart() {
    let aws = start();
    aws.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).ok();
    let count = |aws: &Aws| aws.ec2("DescribeVpcs", &[]).ok().all("vpcId").len();
    assert_eq!(count(&aws), 1);
    assert_eq!(count(&aws.with_key("AKIA111122223333")), 0);
    assert_eq!(
        count(&Aws {
            region: "eu-central-1".to_owned(),
            ..aws.clone()
        }),
        0
    );
}

#[test]
fn a_role_session_acts_in_the_roles_account() {
    let aws = two_accounts();
    let session = assume(&aws, "secret");
    let identity = session.sts("GetCallerIdentity", &[]).ok();
    assert_eq!(identity.one("Account"), "111122223333");
    assert_eq!(
        identity.one("Arn"),
        "arn:aws:sts::111122223333:assumed-role/opener/test"
    );
    session.ec2("DescribeVpcs", &[]).ok();
    let without_token = Aws {
        token: None,
        ..session
    };
    assert_eq!(without_token.ec2("DescribeVpcs", &[]).code(), "AuthFailure");
}

#[test]
fn a_role_needs_its_external_id_and_a_known_account() {
    let aws = two_accounts();
    let call = |role: &str, more: &[(&str, &str)]| {
        let parameters = [&[("RoleArn", role), ("RoleSessionName", "test")], more].concat();
        let answer = aws.sts("AssumeRole", &parameters);
        (answer.status, answer.code())
    };
    let denied = (403, "AccessDenied".to_owned());
    assert_eq!(call(ROLE, &[]), denied);
    assert_eq!(call(ROLE, &[("ExternalId", "wrong")]), denied);
    assert_eq!(call("arn:aws:iam::999900001111:role/opener", &[]), denied);
    assert_eq!(
        call("arn:aws:iam::111122223333:user/x", &[]).1,
        "ValidationError"
    );
    assert_eq!(
        call(ROLE, &[("DurationSeconds", "60")]).1,
        "ValidationError"
    );
}

#[test]
fn an_expired_session_is_refused_by_each_service_in_its_own_words() {
    let aws = two_accounts();
    let session = assume(&aws, "secret");
    aws.admin("POST", "expire-sessions", &serde_json::json!({}));
    assert_eq!(session.ec2("DescribeVpcs", &[]).code(), "RequestExpired");
    assert_eq!(session.sts("GetCallerIdentity", &[]).code(), "ExpiredToken");
    let (status, body) = session.json("dms", "DescribeEndpoints", &serde_json::json!({}));
    assert_eq!(
        (status, body["__type"].as_str()),
        (400, Some("ExpiredTokenException"))
    );
}

#[test]
fn errors_carry_a_request_id() {
    let aws = start();
    let answer = aws.ec2("DescribeVpcs", &[("VpcId.1", "vpc-0abc")]);
    assert_eq!(answer.one("RequestID").len(), 36);
    assert_eq!(aws.ec2("DescribeVpcs", &[]).ok().one("requestId").len(), 36);
}
