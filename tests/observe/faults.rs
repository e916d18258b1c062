//! What goes wrong on the way, told apart.

use crate::lab::{Counterpart, Network, permission, session};
use dms_network_controller::{
    aws::{AwsError, Class},
    observe::observe,
};
use dms_network_core::snapshot::UnreadCause;
use dms_network_harness::{Calls, Effect, Fault, Proxy};

#[tokio::test]
async fn a_refused_call_leaves_its_list_unread_and_the_others_read() {
    let aws = Counterpart::sandbox();
    let network = Network::build(&aws).await;
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    for code in ["UnauthorizedOperation", "AccessDenied"] {
        proxy.inject(Fault::error(Calls::of("DescribeNetworkAcls"), code).always());
        let observed = observe(&session, &network.wanted()).await.unwrap().lists;
        let unread = observed.network_acls.known().unwrap_err();
        assert_eq!(unread.call, "ec2:DescribeNetworkAcls");
        let UnreadCause::Denied(why) = &unread.cause else {
            panic!("{unread:?}")
        };
        assert!(why.contains(code), "{why}");
        assert!(observed.security_groups.known().is_ok() && observed.subnets.known().is_ok());
        proxy.heal();
    }
    proxy.inject(
        Fault::error(
            Calls::of("DescribeSecurityGroupRules"),
            "UnauthorizedOperation",
        )
        .always(),
    );
    let observed = observe(&session, &network.wanted()).await.unwrap().lists;
    assert_eq!(
        observed.security_groups.known().unwrap_err().call,
        "ec2:DescribeSecurityGroupRules",
        "groups whose rules have no ids and tags would hide whose they are"
    );
}

#[tokio::test]
async fn everything_else_fails_the_whole_observation() {
    let aws = Counterpart::sandbox();
    let network = Network::build(&aws).await;
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    let subnets = || Calls::of("DescribeSubnets");
    for (fault, class) in [
        (
            Fault::error(subnets(), "RequestLimitExceeded"),
            Class::Throttled,
        ),
        (
            Fault::error(subnets(), "RequestExpired"),
            Class::ExpiredCredentials,
        ),
        (
            Fault::error(subnets(), "AuthFailure"),
            Class::ExpiredCredentials,
        ),
        (Fault::error(subnets(), "InternalError"), Class::Unreachable),
        (Fault::new(subnets(), Effect::HtmlError), Class::Unreachable),
        (
            Fault::new(subnets(), Effect::Unreachable),
            Class::Unreachable,
        ),
        (
            Fault::new(subnets(), Effect::LostAnswer),
            Class::Unreachable,
        ),
    ] {
        let what = format!("{fault:?}");
        proxy.inject(fault.always());
        let error = observe(&session, &network.wanted()).await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
        proxy.heal();
    }
    assert!(
        observe(&session, &network.wanted()).await.is_ok(),
        "once all is well again"
    );
}

#[tokio::test]
async fn a_read_is_tried_again_and_a_write_is_not() {
    let aws = Counterpart::sandbox();
    let network = Network::build(&aws).await;
    let proxy = Proxy::start(&aws.endpoint()).unwrap();
    let session = session(&proxy.endpoint()).await.unwrap();
    proxy.inject(Fault::error(
        Calls::of("DescribeVpcs"),
        "RequestLimitExceeded",
    ));
    let reply = session.ec2().describe_vpcs().send().await;
    assert!(reply.is_ok(), "{reply:?}");
    assert_eq!(proxy.count("DescribeVpcs"), 2);

    let tag = || async {
        let tag = aws_sdk_ec2::types::Tag::builder()
            .key("a")
            .value("b")
            .build();
        let call = session
            .writer()
            .create_tags()
            .resources(&network.client_group);
        let reply = call.tags(tag).send().await;
        reply.map_err(|error| AwsError::of("CreateTags", error))
    };
    for (effect, class) in [
        (Effect::LostAnswer, Class::LostAnswer),
        (Effect::AppliedButError, Class::LostAnswer),
        (Effect::HtmlError, Class::LostAnswer),
        (Effect::Error("InternalError".to_owned()), Class::LostAnswer),
        (
            Effect::Error("RequestLimitExceeded".to_owned()),
            Class::Throttled,
        ),
        (Effect::Error("TagLimitExceeded".to_owned()), Class::Quota),
    ] {
        let what = format!("{effect:?}");
        proxy.forget_calls();
        proxy.inject(Fault::new(Calls::of("CreateTags"), effect));
        let error = tag().await.unwrap_err();
        assert_eq!(error.class(), class, "{what}: {error}");
        assert_eq!(proxy.count("CreateTags"), 1, "{what}");
    }
    assert!(tag().await.is_ok());
}

#[tokio::test]
async fn codes_and_request_ids_come_from_the_answer() {
    for aws in Counterpart::both() {
        let network = Network::build(&aws).await;
        let session = session(&aws.endpoint()).await.unwrap();
        let authorize = || async {
            let call = session.writer().authorize_security_group_ingress();
            let call = call.group_id(&network.database_group).ip_permissions(
                permission("udp", 53, 53)
                    .ip_ranges(
                        aws_sdk_ec2::types::IpRange::builder()
                            .cidr_ip("10.0.0.0/8")
                            .build(),
                    )
                    .build(),
            );
            let reply = call.send().await;
            reply.map_err(|error| AwsError::of("AuthorizeSecurityGroupIngress", error))
        };
        let error = authorize().await.unwrap_err();
        assert!(error.is_duplicate(), "{}: {error:?}", aws.name());
        assert_eq!(
            error.code(),
            Some("InvalidPermission.Duplicate"),
            "{}",
            aws.name()
        );
        assert!(
            error.request_id().is_some_and(|id| !id.is_empty()),
            "{}",
            aws.name()
        );
    }
}
