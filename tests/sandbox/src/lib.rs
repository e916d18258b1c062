//! A strict stand-in for the AWS APIs that a controller of security groups and network ACLs calls:
//! EC2 (query protocol, 2016-11-15), STS, and of DMS and Service Quotas what reading needs.
//!
//! It refuses what AWS refuses, with AWS's codes, and each such rule names the AWS document that it
//! follows. It has several accounts and Regions, reads as old as one likes, faults on request, and
//! reads and writes snapshots as the AWS CLI prints them.
//!
//! | module | holds |
//! |---|---|
//! | `server` | HTTP: which service, which action, and the form of the answer |
//! | `auth` | which account a key belongs to |
//! | `ec2` | EC2's actions, one file per family of resources |
//! | `sts`, `dms`, `service_quotas` | the other services |
//! | `wire`, `filter`, `page`, `tags`, `id`, `cidr` | what all EC2 actions have in common |
//! | `world`, `state` | what there is, and what reads see of it |
//! | `snapshot` | folders of the AWS CLI's JSON, read and written |
//! | `admin`, `fault`, `calls` | the endpoints under `/_sandbox/` |

mod admin;
mod auth;
mod calls;
mod cidr;
mod dms;
mod ec2;
mod error;
mod fault;
mod filter;
mod id;
mod json;
mod page;
mod reply;
mod server;
mod service_quotas;
mod snapshot;
mod state;
mod sts;
mod tags;
mod wire;
mod world;

pub use server::{Sandbox, Settings};
pub use snapshot::SnapshotError;
