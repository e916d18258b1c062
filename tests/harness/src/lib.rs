//! The real parts that the tests and the demo run against, each started on free loopback ports and killed when
//! its value is dropped or the test process ends, however it ends.
//!
//! | file | what it holds |
//! |---|---|
//! | `control_plane` | etcd and kube-apiserver, and kubectl, helm and clients for them |
//! | `moto`, `sandbox` | the two counterparts of AWS: one is nobody's assumptions here, the other is strict |
//! | `aws` | the AWS CLI, to look at either from outside |
//! | `proxy` | in front of either: records calls, injects faults, holds a call |
//! | `controller` | the binary under test as a process |
//! | `tools`, `process`, `scratch`, `port`, `wait`, `http` | what the above are made of |
//!
//! Everything but [`ControlPlane::client`] blocks and needs no async runtime. The first use builds the pinned
//! tools (`tests/tools/build`) and the venv (`tests/aws/venv`) where the cache lacks them.

mod aws;
mod control_plane;
mod controller;
mod error;
mod http;
mod moto;
mod port;
mod process;
mod proxy;
mod sandbox;
mod scratch;
mod tools;
mod wait;

pub use aws::{ACCESS_KEY_ID, AwsCli, REGION, SECRET_ACCESS_KEY, dummy_credentials};
pub use control_plane::ControlPlane;
pub use controller::{Controller, Launch};
pub use error::{Error, Result};
pub use moto::Moto;
pub use proxy::{Call, Calls, Effect, Fault, Moment, Outcome, Pause, Proxy};
pub use sandbox::Sandbox;
pub use scratch::ScratchDir;
pub use tools::{PythonTools, Tools};
