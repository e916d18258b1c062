//! Figures for the README, printed and not asserted: how long until an object is Ready, and how much memory an idle
//! controller takes. For those of the release binary:
//!
//! ```text
//! cargo build --release --bin dms-network-controller
//! CONTROLLER=$CARGO_TARGET_DIR/release/dms-network-controller cargo test --test e2e figures -- --ignored --nocapture
//! ```

use crate::{
    lab::{Counterpart, Lab},
    network::{Network, account},
    wait,
};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

const RUNS: usize = 50;
const OBJECTS: usize = 100;

#[test]
#[ignore = "prints figures, for the README"]
fn from_kubectl_apply_to_ready_on_moto() {
    let lab = Lab::new(Counterpart::Moto);
    let network = lab.begin();
    wait::until_so("the controller to be ready", || {
        lab.probe("/readyz").0 == 200
    });
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let manifest = network.declaration("orders").to_string();
            let started = Instant::now();
            lab.cluster().plane.apply("migrations", &manifest).unwrap();
            while lab.cluster().ready_status("orders") != "True" {
                thread::sleep(Duration::from_millis(5));
            }
            let time = started.elapsed();
            lab.cluster().delete("orders");
            lab.cluster().until_gone("orders");
            time
        })
        .collect();
    times.sort();
    println!(
        "from kubectl apply to Ready on moto, {RUNS} times: median {:.2?}, fastest {:.2?}, slowest {:.2?}",
        times[RUNS / 2],
        times[0],
        times[RUNS - 1]
    );
}

#[test]
#[ignore = "prints figures, for the README"]
fn memory_of_an_idle_controller_with_many_objects() {
    let mut lab = Lab::new(Counterpart::Sandbox);
    let network = Network::build(&lab.ec2);
    lab.cluster().apply(&account());
    for number in 0..OBJECTS {
        lab.cluster()
            .apply(&network.declaration(&format!("orders-{number}")));
    }
    lab.settings.resync_interval = "30s";
    lab.start();
    for number in 0..OBJECTS {
        lab.cluster().until_permitted(&format!("orders-{number}"));
    }
    lab.await_looks(2);
    let status = fs::read_to_string(format!("/proc/{}/status", lab.process_id())).unwrap();
    for name in ["VmRSS", "VmHWM"] {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        println!("with {OBJECTS} objects: {line}");
    }
}
