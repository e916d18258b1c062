//! The process dies between any two calls of an apply and of a release. The next one ends in the same state.

use crate::{
    lab::{Counterpart, Lab},
    network::Network,
    state::State,
};
use dms_network_harness::{Calls, Moment};

/// How many calls that write there are until an object is ready, and until it is gone again.
struct WritingCalls {
    apply: usize,
    release: usize,
}

/// A network in which each kind of call is needed: both groups are closed, and the database's ACL.
fn half_closed(lab: &Lab) -> Network {
    let network = Network::build(&lab.ec2);
    for egress in [false, true] {
        network.entry(
            &network.ri_acl,
            egress,
            200,
            "allow",
            "0-65535",
            "0.0.0.0/0",
        );
    }
    lab.cluster().apply(&crate::network::account());
    network
}

fn opened() -> Vec<String> {
    let mut opened = Network::opened(5432);
    opened.retain(|line| !line.contains("ri-acl"));
    opened
}

fn count(lab: &Lab, network: &Network, before: &State) -> WritingCalls {
    lab.start();
    lab.proxy.forget_calls();
    open(lab, network, before);
    let apply = lab.writes().len();
    lab.proxy.forget_calls();
    close(lab, network, before);
    let release = lab.writes().len();
    lab.kill9();
    WritingCalls { apply, release }
}

#[track_caller]
fn open(lab: &Lab, network: &Network, before: &State) {
    lab.cluster().apply(&network.declaration("orders"));
    lab.cluster().until_permitted("orders");
    assert_eq!(network.changes(before), opened());
}

#[track_caller]
fn close(lab: &Lab, network: &Network, before: &State) {
    lab.cluster().delete("orders");
    lab.cluster().until_gone("orders");
    assert_eq!(&network.state(), before);
}

/// Dies at each call of an apply, then starts again.
fn dies_in_an_apply(lab: &Lab, moment: Moment) {
    let network = half_closed(lab);
    let before = network.state();
    let calls = count(lab, &network, &before).apply;
    assert_eq!(calls, 6, "two Authorize, two entries, two claims");
    for place in 0..calls {
        let pause = lab.proxy.pause_after(place, Calls::Mutating, moment);
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        pause.wait().unwrap();
        lab.kill9();
        drop(pause);
        lab.proxy.heal();

        lab.start();
        open(lab, &network, &before);
        close(lab, &network, &before);
        lab.kill9();
    }
}

/// Dies at each call of a release, then starts again.
fn dies_in_a_release(lab: &Lab, moment: Moment) {
    let network = half_closed(lab);
    let before = network.state();
    let calls = count(lab, &network, &before).release;
    assert_eq!(calls, 8, "two marks, two Revoke, two entries, two claims");
    for place in 0..calls {
        lab.start();
        open(lab, &network, &before);
        let pause = lab.proxy.pause_after(place, Calls::Mutating, moment);
        lab.cluster().delete("orders");
        pause.wait().unwrap();
        lab.kill9();
        drop(pause);
        lab.proxy.heal();

        lab.start();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
        lab.kill9();
    }
}

/// Dies at the calls of an apply, and the object is deleted before the next start: what may have been written was
/// written down before.
fn dies_in_an_apply_that_is_given_up(lab: &Lab) {
    let network = half_closed(lab);
    let before = network.state();
    for place in [0, 2, 5] {
        let pause = lab
            .proxy
            .pause_after(place, Calls::Mutating, Moment::BeforeAnswering);
        lab.start();
        lab.cluster().apply(&network.declaration("orders"));
        pause.wait().unwrap();
        lab.kill9();
        drop(pause);
        lab.proxy.heal();

        lab.cluster().delete("orders");
        lab.start();
        lab.cluster().until_gone("orders");
        assert_eq!(network.state(), before);
        lab.kill9();
    }
}

#[test]
fn before_each_call_of_an_apply_on_sandbox() {
    dies_in_an_apply(&Lab::new(Counterpart::Sandbox), Moment::BeforeForwarding);
}

#[test]
fn after_each_call_of_an_apply_on_sandbox() {
    dies_in_an_apply(&Lab::new(Counterpart::Sandbox), Moment::BeforeAnswering);
}

#[test]
fn after_each_call_of_an_apply_on_moto() {
    dies_in_an_apply(&Lab::new(Counterpart::Moto), Moment::BeforeAnswering);
}

#[test]
fn before_each_call_of_a_release_on_sandbox() {
    dies_in_a_release(&Lab::new(Counterpart::Sandbox), Moment::BeforeForwarding);
}

#[test]
fn after_each_call_of_a_release_on_sandbox() {
    dies_in_a_release(&Lab::new(Counterpart::Sandbox), Moment::BeforeAnswering);
}

#[test]
fn after_each_call_of_a_release_on_moto() {
    dies_in_a_release(&Lab::new(Counterpart::Moto), Moment::BeforeAnswering);
}

#[test]
fn in_an_apply_that_is_given_up_on_sandbox() {
    dies_in_an_apply_that_is_given_up(&Lab::new(Counterpart::Sandbox));
}
