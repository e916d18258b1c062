//! Credentials, clients, budgets and errors of the AWS APIs.

mod budget;
mod error;
mod meter;
mod session;

pub use error::{AwsError, Class};
pub use meter::{Calls, Meter};
pub use session::{Credentials, Session};
