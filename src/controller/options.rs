//! What the controller is told when it starts.

use crate::apply::Times;
use dms_network_core::claims::EntryRange;
use std::{net::SocketAddr, time::Duration, time::Instant};

/// Runs the controller until it is told to stop.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The name of this deployment in claim tags, a DNS label: two deployments that run side by side need two. The
    /// UID of the kube-system namespace where left out
    #[arg(long, env = "DMS_NETWORK_OWNER", value_name = "NAME")]
    pub owner: Option<String>,

    /// The network ACL entry numbers of this deployment, within 20000-20999. By hash of the owner's name where left
    /// out; set it where two deployments share network ACLs
    #[arg(long, env = "DMS_NETWORK_ACL_ENTRY_RANGE", value_name = "FIRST-LAST")]
    pub acl_entry_range: Option<EntryRange>,

    /// How often every object is looked at again, give or take a tenth
    #[arg(long, env = "DMS_NETWORK_RESYNC_INTERVAL", default_value = "5m", value_parser = duration)]
    pub resync_interval: Duration,

    /// How long reads may not show a write of ours
    #[arg(long, env = "DMS_NETWORK_SETTLE_TIME", default_value = "10s", value_parser = duration)]
    pub settle_time: Duration,

    /// The longest from the read on which a call was decided to the last moment at which it can still land
    #[arg(long, env = "DMS_NETWORK_LANDING_TIME", default_value = "60s", value_parser = duration)]
    pub landing_time: Duration,

    /// Where /healthz and /readyz are served
    #[arg(
        long,
        env = "DMS_NETWORK_HEALTH_ADDRESS",
        default_value = "0.0.0.0:8081",
        value_name = "IP:PORT"
    )]
    pub health_address: SocketAddr,

    /// How many objects are reconciled at the same time
    #[arg(long, env = "DMS_NETWORK_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,
}

impl RunArgs {
    /// The times of the claims protocol, for a process that begins to write now.
    #[must_use]
    pub fn times(&self) -> Times {
        Times {
            settle: self.settle_time,
            landing: self.landing_time,
            start: Instant::now(),
        }
    }
}

/// A time span as people write it: `500ms`, `10s`, `5m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let problem = || format!("`{text}` is not a time span: write 500ms, 10s, 5m or 1h30m");
    let span: k8s_openapi::jiff::SignedDuration = text.parse().map_err(|_| problem())?;
    Duration::try_from(span)
        .ok()
        .filter(|span| !span.is_zero())
        .ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("1h30m").unwrap(), Duration::from_secs(5400));
        for text in ["", "5", "-5m", "0s", "five minutes"] {
            assert!(
                duration(text).unwrap_err().contains("write 500ms"),
                "{text}"
            );
        }
    }
}
