//! Reads one account and Region: few calls, with filters and pages, as much at once as can be.
//!
//! Only filters are used, never ids: one id that does not exist fails a whole call, a filter value that matches nothing
//! does not. A call that is refused leaves its list unread; anything else that goes wrong fails the whole observation,
//! because half of it would look like things that do not exist.

mod calls;
mod convert;
mod dms;
mod filters;
mod gather;
mod refused;
mod vpcs;
mod ways;

pub use vpcs::{NoSuchVpcs, Saved, whole_vpcs};

use crate::aws::{AwsError, Class, Session};
use dms_network_core::{
    api::NetworkAclId,
    snapshot::{NetworkAcl, ScopeLists, documents::Documents, wanted::Wanted},
};
use std::time::Instant;

/// What was read, and when the read began: what AWS showed is at least as new as that, but for its own delay.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The lists of the account and Region.
    pub lists: ScopeLists,
    /// When the first call was made.
    pub started: Instant,
}

/// Reads what is wanted, and whatever carries a claim of a controller.
///
/// # Errors
/// Where AWS does not answer, throttles, or takes the credentials no more. A single call that is refused
/// (`AccessDenied`) is no error: its list is unread.
pub async fn observe(session: &Session, wanted: &Wanted) -> Result<Observation, AwsError> {
    let started = Instant::now();
    let lists = gather::gather(session, wanted).await?;
    Ok(Observation { lists, started })
}

/// Reads one network ACL anew; none where it is gone.
///
/// # Errors
/// Where the call fails in any other way than that there is no such ACL.
pub async fn network_acl(
    session: &Session,
    id: &NetworkAclId,
) -> Result<Option<NetworkAcl>, AwsError> {
    let acls = match calls::network_acl(session, id).await {
        Ok(acls) => acls,
        Err(error) if error.class() == Class::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let documents = Documents {
        network_acls: Some(acls),
        ..Documents::default()
    };
    let lists = documents
        .lists(None, None)
        .map_err(|error| AwsError::unreadable("DescribeNetworkAcls", &error.to_string()))?;
    let acl = lists
        .network_acls
        .known()
        .ok()
        .and_then(|acls| acls.get(id));
    Ok(acl.cloned())
}
