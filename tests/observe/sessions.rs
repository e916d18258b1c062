//! Whose credentials they are, and that nothing is done with another account's.

use crate::lab::{ACCOUNT, Counterpart, credentials, region, session};
use aws_credential_types::{Credentials as Keys, provider::SharedCredentialsProvider};
use dms_network_controller::aws::{AwsError, Class, Credentials, Session};
use dms_network_core::api::{AccountId, AssumeRole};
use dms_network_harness::Sandbox;

const OTHER_ACCOUNT: &str = "444455556666";

fn with_role(endpoint: &str, external_id: Option<&str>) -> Credentials {
    Credentials {
        assume_role: Some(AssumeRole {
            role_arn: format!("arn:aws:iam::{OTHER_ACCOUNT}:role/dms-network")
                .parse()
                .unwrap(),
            external_id: external_id.map(|id| id.parse().unwrap()),
        }),
        ..credentials(endpoint)
    }
}

fn other_account() -> AccountId {
    OTHER_ACCOUNT.parse().unwrap()
}

#[tokio::test]
async fn credentials_of_another_account_open_no_session() {
    for aws in Counterpart::both() {
        let credentials = credentials(&aws.endpoint());
        let error = Session::of_account(&credentials, &other_account(), &region())
            .await
            .unwrap_err();
        assert_eq!(error.class(), Class::WrongAccount, "{}", aws.name());
        assert!(error.to_string().contains(ACCOUNT) && error.to_string().contains(OTHER_ACCOUNT));
        let session = Session::ambient(&credentials, Some(&region()))
            .await
            .unwrap();
        assert_eq!(session.account_id().as_str(), ACCOUNT, "{}", aws.name());
    }
}

#[tokio::test]
async fn an_assumed_role_is_of_its_own_account() {
    let role = format!("arn:aws:iam::{OTHER_ACCOUNT}:role/dms-network=secret-1");
    let sandbox = Sandbox::start(&["--account", OTHER_ACCOUNT, "--external-id", &role]).unwrap();
    let open = |credentials: Credentials| async move {
        Session::of_account(&credentials, &other_account(), &region()).await
    };
    let session = open(with_role(sandbox.endpoint(), Some("secret-1")))
        .await
        .unwrap();
    assert_eq!(session.account_id(), &other_account());
    assert!(session.ec2().describe_vpcs().send().await.is_ok());
    for external_id in [None, Some("wrong-1")] {
        let error = open(with_role(sandbox.endpoint(), external_id))
            .await
            .unwrap_err();
        assert_eq!(error.class(), Class::AccessDenied, "{error}");
        assert_eq!(error.action(), "AssumeRole");
    }
    for aws in Counterpart::both().iter().take(1) {
        let session = open(with_role(&aws.endpoint(), None)).await.unwrap();
        assert_eq!(session.account_id(), &other_account(), "{}", aws.name());
    }
}

#[tokio::test]
async fn nobody_at_the_endpoint_is_unreachable() {
    let error = session("http://127.0.0.1:9").await.unwrap_err();
    assert_eq!(error.class(), Class::Unreachable, "{error}");
}

#[tokio::test]
async fn nothing_shows_the_keys() {
    let keys = Keys::builder()
        .access_key_id("AKIAIOSFODNN7EXAMPLE")
        .secret_access_key("not-to-be-shown")
        .session_token("neither-is-this")
        .provider_name("test")
        .build();
    let aws = Counterpart::sandbox();
    let credentials = Credentials {
        provider: Some(SharedCredentialsProvider::new(keys)),
        ..credentials(&aws.endpoint())
    };
    let session = Session::ambient(&credentials, Some(&region()))
        .await
        .unwrap();
    let error = session
        .ec2()
        .describe_vpcs()
        .vpc_ids("vpc-0a")
        .send()
        .await
        .unwrap_err();
    let error = AwsError::of("DescribeVpcs", error);
    let shown = format!("{session:?} {credentials:?} {error:?} {error}");
    for secret in ["not-to-be-shown", "neither-is-this"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn calls_are_counted_by_action() {
    let aws = Counterpart::sandbox();
    let credentials = credentials(&aws.endpoint());
    let session = Session::ambient(&credentials, Some(&region()))
        .await
        .unwrap();
    session.ec2().describe_vpcs().send().await.unwrap();
    session.ec2().describe_vpcs().send().await.unwrap();
    let calls = session.meter().calls();
    assert_eq!(calls["DescribeVpcs"], 2);
    assert_eq!(calls["GetCallerIdentity"], 1);
}
