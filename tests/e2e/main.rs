//! The controller end to end: the real binary under the chart's ServiceAccount, on a real API server, against moto and
//! against the strict sandbox.
//!
//! | module | what it shows |
//! |---|---|
//! | `opening` | what a declaration opens, and with how few calls |
//! | `accounts` | far sides in another account or Region |
//! | `sharing` | rules that several objects need |
//! | `changes` | narrowed, changed, added and removed endpoints; drift |
//! | `modes` | mode, maxMode, deletionPolicy, expirationTime |
//! | `guardrails` | what an account's owner gave |
//! | `bad_input` | declarations that do not fit the network |
//! | `faults` | AWS and the API server fail |
//! | `crashes` | the process dies between any two calls |
//! | `orphans` | rules that nobody calls for, and other deployments |
//! | `topologies` | every example, from its folder to Ready or Stalled and back |
//! | `reporting` | conditions, events, columns, finalizers, probes |
//! | `figures` | not asserted: how long, how much memory |
//!
//! The rest sets the scene: `lab` (what a test gets), `cluster` (Kubernetes), `ec2` (AWS from outside), `network` (a VPC
//! and the declarations that fit it), `state` (all that EC2 holds of it), `wait`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// One scenario as two tests: on moto, which is nobody's assumptions here, and on the sandbox, which is strict.
macro_rules! on_both {
    ($(fn $name:ident($lab:ident: Lab) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "each scenario uses some of its file's")]
            use super::*;

            #[allow(unused_mut, reason = "some scenarios start the controller in their own way")]
            fn scenario(mut $lab: $crate::lab::Lab) $body

            #[test]
            fn on_moto() {
                scenario($crate::lab::Lab::new($crate::lab::Counterpart::Moto));
            }

            #[test]
            fn on_sandbox() {
                scenario($crate::lab::Lab::new($crate::lab::Counterpart::Sandbox));
            }
        }
    )* };
}

mod cluster;
mod ec2;
mod lab;
mod network;
mod state;
mod wait;

mod accounts;
mod bad_input;
mod changes;
mod crashes;
mod faults;
mod figures;
mod guardrails;
mod modes;
mod opening;
mod orphans;
mod reporting;
mod sharing;
mod topologies;
