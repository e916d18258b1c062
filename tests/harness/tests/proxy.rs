//! The proxy in front of moto, asked through the AWS CLI as any client would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;
use std::thread;

use dms_network_harness::{AwsCli, Calls, Effect, Fault, Moment, Moto, Outcome, Proxy};

/// One moto for all tests: each makes VPCs of its own, or looks at what must not have been made.
static MOTO: LazyLock<Moto> = LazyLock::new(|| Moto::start().unwrap());

const DESCRIBE: [&str; 2] = ["ec2", "describe-vpcs"];

struct Setting {
    proxy: Proxy,
    aws: AwsCli,
    direct: AwsCli,
}

fn setting() -> Setting {
    let proxy = Proxy::start(&MOTO.endpoint()).unwrap();
    let aws = AwsCli::new(&proxy.endpoint()).unwrap();
    Setting {
        proxy,
        aws,
        direct: AwsCli::new(&MOTO.endpoint()).unwrap(),
    }
}

impl Setting {
    fn create_vpc(&self, cidr: &str) -> dms_network_harness::Result<String> {
        self.aws.run(&["ec2", "create-vpc", "--cidr-block", cidr])
    }

    /// Whether AWS has a VPC of this range, asked past the proxy.
    fn exists(&self, cidr: &str) -> bool {
        let vpcs = self.direct.run(&DESCRIBE).unwrap();
        vpcs.contains(cidr)
    }
}

#[test]
fn calls_are_recorded_in_order_with_their_fields_and_told_apart() {
    let setting = setting();
    setting.aws.run(&DESCRIBE).unwrap();
    setting.create_vpc("10.1.0.0/16").unwrap();
    setting.aws.run(&["sts", "get-caller-identity"]).unwrap();
    let dry = setting.aws.run(&[
        "ec2",
        "create-vpc",
        "--cidr-block",
        "10.2.0.0/16",
        "--dry-run",
    ]);
    drop(dry);

    let calls = setting.proxy.calls();
    let actions: Vec<_> = calls.iter().map(|call| call.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "DescribeVpcs",
            "CreateVpc",
            "GetCallerIdentity",
            "CreateVpc"
        ]
    );
    assert_eq!(calls[1].params["CidrBlock"], "10.1.0.0/16");
    assert_eq!(calls[1].outcome, Outcome::Answered(200));
    assert_eq!(setting.proxy.mutating_calls(), [calls[1].clone()]);
    assert_eq!(setting.proxy.count("CreateVpc"), 2);

    setting.proxy.forget_calls();
    assert_eq!(setting.proxy.calls(), []);
}

#[test]
fn an_error_strikes_the_call_that_it_is_for_and_no_other() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::error(Calls::of("DescribeVpcs"), "UnauthorizedOperation").after(1));

    setting.aws.run(&DESCRIBE).unwrap();
    let refused = setting.aws.run(&DESCRIBE).unwrap_err();
    assert!(
        refused.to_string().contains("UnauthorizedOperation"),
        "{refused}"
    );
    setting.aws.run(&DESCRIBE).unwrap();
    setting.aws.run(&["ec2", "describe-subnets"]).unwrap();
}

#[test]
fn an_error_has_the_form_of_its_service() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::error(Calls::Any, "ExpiredToken").times(2));
    let query = setting
        .aws
        .run(&["sts", "get-caller-identity"])
        .unwrap_err();
    let json = setting
        .aws
        .run(&["dms", "describe-replication-instances"])
        .unwrap_err();
    assert!(query.to_string().contains("ExpiredToken"), "{query}");
    assert!(json.to_string().contains("ExpiredToken"), "{json}");
}

#[test]
fn a_lost_answer_is_a_call_that_took_effect() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::new(Calls::Mutating, Effect::LostAnswer).always());
    setting.create_vpc("10.3.0.0/16").unwrap_err();
    assert!(setting.exists("10.3.0.0/16"));
    assert_eq!(setting.proxy.calls()[0].outcome, Outcome::AnswerLost);
}

#[test]
fn a_page_of_html_is_a_call_without_effect() {
    let setting = setting();
    setting
        .proxy
        .inject(Fault::new(Calls::Mutating, Effect::HtmlError).always());
    setting.create_vpc("10.4.0.0/16").unwrap_err();
    assert!(!setting.exists("10.4.0.0/16"));
}

#[test]
fn what_is_unreachable_answers_nothing_until_healed() {
    let setting = setting();
    setting.proxy.become_unreachable();
    setting.aws.run(&DESCRIBE).unwrap_err();
    setting.proxy.heal();
    setting.aws.run(&DESCRIBE).unwrap();
}

#[test]
fn a_call_held_before_forwarding_has_no_effect_yet_and_goes_on_when_released() {
    let setting = setting();
    let pause = setting
        .proxy
        .pause(Calls::Mutating, Moment::BeforeForwarding);
    thread::scope(|scope| {
        let created = scope.spawn(|| setting.create_vpc("10.5.0.0/16"));
        assert_eq!(pause.wait().unwrap().action, "CreateVpc");
        assert!(!setting.exists("10.5.0.0/16"));
        pause.release();
        created.join().unwrap().unwrap();
    });
    assert!(setting.exists("10.5.0.0/16"));
}

#[test]
fn a_call_held_before_answering_has_taken_effect() {
    let setting = setting();
    let pause = setting
        .proxy
        .pause(Calls::Mutating, Moment::BeforeAnswering);
    thread::scope(|scope| {
        let created = scope.spawn(|| setting.create_vpc("10.6.0.0/16"));
        pause.wait().unwrap();
        assert!(setting.exists("10.6.0.0/16"));
        pause.release();
        created.join().unwrap().unwrap();
    });
}
