//! The proxy in front of moto.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use dms_network_harness::{AwsCli, Calls, Effect, Fault, Moment, Moto, Outcome, Proxy};

/// One moto for all tests: each makes VPCs of its own, or looks at what must not have been made.
static MOTO: LazyLock<Moto> = LazyLock::new(|| Moto::start().unwrap());

/// Makes one call of EC2's query protocol, without a client's retries: what came back, if it is a success.
fn ec2(endpoint: &str, form: &str) -> io::Result<String> {
    let address = endpoint.strip_prefix("http://").unwrap();
    let body = format!("Version=2016-11-15&{form}");
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: ec2\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=testing/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(answer)
    } else {
        Err(io::Error::other(answer))
    }
}

fn proxy() -> Proxy {
    Proxy::start(&MOTO.endpoint()).unwrap()
}

fn describe(proxy: &Proxy) -> io::Result<String> {
    ec2(&proxy.endpoint(), "Action=DescribeVpcs")
}

fn create_vpc(proxy: &Proxy, cidr: &str) -> io::Result<String> {
    ec2(
        &proxy.endpoint(),
        &format!("Action=CreateVpc&CidrBlock={cidr}"),
    )
}

/// Whether AWS has a VPC of this range, asked past the proxy.
fn exists(cidr: &str) -> bool {
    ec2(&MOTO.endpoint(), "Action=DescribeVpcs")
        .unwrap()
        .contains(cidr)
}

#[test]
fn calls_are_recorded_in_order_with_their_fields_and_told_apart() {
    let proxy = proxy();
    describe(&proxy).unwrap();
    create_vpc(&proxy, "10.1.0.0/16").unwrap();
    ec2(
        &proxy.endpoint(),
        "Action=CreateVpc&CidrBlock=10.2.0.0/16&DryRun=true",
    )
    .ok();

    let calls = proxy.calls();
    let actions: Vec<_> = calls.iter().map(|call| call.action.as_str()).collect();
    assert_eq!(actions, ["DescribeVpcs", "CreateVpc", "CreateVpc"]);
    assert_eq!(calls[1].params["CidrBlock"], "10.1.0.0/16");
    assert_eq!(calls[1].outcome, Outcome::Answered(200));
    assert_eq!(proxy.mutating_calls(), [calls[1].clone()]);
    assert_eq!(proxy.count("CreateVpc"), 2);

    proxy.forget_calls();
    assert_eq!(proxy.calls(), []);
}

#[test]
fn an_error_strikes_the_call_that_it_is_for_and_no_other() {
    let proxy = proxy();
    proxy.inject(Fault::error(Calls::of("DescribeVpcs"), "UnauthorizedOperation").after(1));

    describe(&proxy).unwrap();
    let refused = describe(&proxy).unwrap_err();
    assert!(
        refused.to_string().contains("UnauthorizedOperation"),
        "{refused}"
    );
    describe(&proxy).unwrap();
    ec2(&proxy.endpoint(), "Action=DescribeSubnets").unwrap();
}

#[test]
fn an_error_has_the_form_of_its_service() {
    let proxy = proxy();
    let aws = AwsCli::new(&proxy.endpoint()).unwrap();
    proxy.inject(Fault::error(Calls::Any, "ExpiredToken").always());
    let calls: [&[&str]; 3] = [
        &["ec2", "describe-vpcs"],
        &["sts", "get-caller-identity"],
        &["dms", "describe-replication-instances"],
    ];
    for call in calls {
        let refused = aws.run(call).unwrap_err().to_string();
        assert!(refused.contains("(ExpiredToken)"), "{refused}");
    }
    let actions: Vec<_> = proxy.calls().into_iter().map(|call| call.action).collect();
    assert_eq!(
        actions,
        [
            "DescribeVpcs",
            "GetCallerIdentity",
            "DescribeReplicationInstances"
        ]
    );
}

#[test]
fn effects_differ_in_whether_aws_and_the_client_see_the_call() {
    let cases = [
        (Effect::LostAnswer, Outcome::AnswerLost),
        (Effect::AppliedButError, Outcome::AnswerLost),
        (Effect::HtmlError, Outcome::NotForwarded),
        (Effect::Unreachable, Outcome::NotForwarded),
        (
            Effect::Delay(Duration::from_millis(1)),
            Outcome::Answered(200),
        ),
    ];
    let proxy = proxy();
    for (number, (effect, outcome)) in cases.into_iter().enumerate() {
        let cidr = format!("10.3.{number}.0/24");
        proxy.forget_calls();
        proxy.inject(Fault::new(Calls::Mutating, effect.clone()));
        let answered = create_vpc(&proxy, &cidr).is_ok();
        assert_eq!(
            answered,
            matches!(outcome, Outcome::Answered(_)),
            "{effect:?}"
        );
        assert_eq!(
            exists(&cidr),
            outcome != Outcome::NotForwarded,
            "{effect:?}"
        );
        assert_eq!(proxy.calls()[0].outcome, outcome, "{effect:?}");
    }
}

#[test]
fn what_is_unreachable_answers_nothing_until_healed() {
    let proxy = proxy();
    proxy.become_unreachable();
    describe(&proxy).unwrap_err();
    proxy.heal();
    describe(&proxy).unwrap();
}

#[test]
fn a_call_held_before_forwarding_has_no_effect_yet_and_goes_on_when_released() {
    let proxy = proxy();
    let pause = proxy.pause(Calls::Mutating, Moment::BeforeForwarding);
    thread::scope(|scope| {
        let created = scope.spawn(|| create_vpc(&proxy, "10.5.0.0/16"));
        assert_eq!(pause.wait().unwrap().action, "CreateVpc");
        assert!(!exists("10.5.0.0/16"));
        pause.release();
        created.join().unwrap().unwrap();
    });
    assert!(exists("10.5.0.0/16"));
}

#[test]
fn a_call_held_before_answering_has_taken_effect() {
    let proxy = proxy();
    let pause = proxy.pause(Calls::Mutating, Moment::BeforeAnswering);
    thread::scope(|scope| {
        let created = scope.spawn(|| create_vpc(&proxy, "10.6.0.0/16"));
        pause.wait().unwrap();
        assert!(exists("10.6.0.0/16"));
        pause.release();
        created.join().unwrap().unwrap();
    });
}

#[test]
fn a_call_held_before_forwarding_is_never_made_when_the_pause_is_dropped() {
    let proxy = proxy();
    let pause = proxy.pause_after(1, Calls::Mutating, Moment::BeforeForwarding);
    create_vpc(&proxy, "10.7.0.0/16").unwrap();
    assert_eq!(pause.held(), None);
    thread::scope(|scope| {
        let created = scope.spawn(|| create_vpc(&proxy, "10.8.0.0/16"));
        pause.wait().unwrap();
        drop(pause);
        created.join().unwrap().unwrap_err();
    });
    assert!(!exists("10.8.0.0/16"));
}
