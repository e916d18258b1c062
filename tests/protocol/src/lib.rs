//! The claims protocol, searched through: the controller's own decisions on a model of EC2.
//!
//! Rules live in AWS, where several objects, clusters and people share them; the controller may die between any two
//! calls, answers get lost after the call took effect, reads lag. Here all of that happens in every order, and after
//! each step the laws are judged.
//!
//! **What is real.** [`brain`] asks `dms_network_core` for every decision: the plan, the ledger before and after a
//! pass, the calls of a critical section with their order (`claims::section`), how calm a read is (`claims::writes`),
//! what is laid over a read (`claims::effect`). Each different question is asked once and its answer kept by number:
//! that makes millions of states cheap. Nothing of it is written a second time.
//!
//! **What is modelled.** [`aws`]: EC2's side of each call, and what reads may still show (each rule, entry and tag for
//! itself). `driver`: the order in which a pass reads, plans, writes to Kubernetes and enters its sections, as in the
//! controller's `src/controller` and `src/apply.rs`. Time is in ticks: S is one, W two; what lies further back than any
//! rule of the protocol looks is all the same, so that there is an end to the states. [`system`]: what may happen next:
//!
//! - a read shows any version that was there less than S ago, a pass is held up between any two of its steps;
//! - a call lands and is answered; or its answer is lost, and it lands at any moment up to W, or never;
//! - a process ends, also just after a call left it, and starts anew with no memory;
//! - a person adds a rule equal to ours, puts an equal, other or denying entry under our numbers, removes what is there;
//! - objects are declared, changed, changed back and deleted.
//!
//! How much of each may happen is the budget of a case ([`cases`]).
//!
//! **The laws** ([`laws`]): (a) no call of ours removes what a person made, but for what the protocol documents; (b) none
//! removes what an object that is called Ready relies on, nor what such an object relied on before what replaces it
//! stands; what is newly called Ready is open; (c) once all objects are deleted, nothing of ours is left in AWS, and at
//! no end a claim that is in nobody's ledger; (d) from every state, if nothing disturbs any more ([`fair`]), the system
//! comes to rest with every object ready, or gone.
//!
//! [`search`](mod@search) goes through all states of small cases, breadth first, so that a counterexample is a shortest
//! one; [`walk`](mod@walk) runs larger cases at random, and leaves out of a counterexample what it can do without.
//! [`bug`] leaves parts of the protocol out, to show that the laws can be broken and that the search finds it.
//!
//! **Not modelled**: people who remove our tags, quotas, refused calls and throttling, several groups or accounts in one
//! object, modes other than Enforce, reads that are older than the pass that uses them.
//!
//! `DMS_NETWORK_PROOF=long` searches and walks more: up to an hour, and 1.7 GiB of memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod aws;
pub mod brain;
pub mod bug;
pub mod cases;
mod driver;
pub mod fair;
pub mod laws;
pub mod network;
pub mod search;
pub mod state;
pub mod system;
pub mod walk;
pub mod words;
