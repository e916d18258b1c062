//! VPC Block Public Access. VPC User Guide, "Block public access to VPCs and subnets": bidirectional stops all traffic of
//! internet and egress-only internet gateways; ingress lets through what NAT gateways and egress-only gateways open.
//! An exclusion of the subnet or the VPC allows both directions, or egress alone.

use crate::trip::{End, Trip};
use dms_network_core::{
    api::VpcId,
    snapshot::{BlockPublicAccessMode, ExcludedResource, Read, Subnet},
};

/// Who speaks with the internet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// An interface with a public address of its own.
    Interface,
    /// A NAT gateway or an egress-only internet gateway: nobody can open a connection to it.
    OutboundOnly,
}

impl Trip<'_> {
    /// Judges what passes between the internet and a subnet (or a regional NAT gateway, which has none). Where it was
    /// not read, nothing is taken to be blocked.
    pub(crate) fn ask_public_access(
        &self,
        vpc: &VpcId,
        subnet: Option<&Subnet>,
        speaker: Speaker,
    ) -> Result<(), End> {
        let Some(Read::Known(settings)) = self
            .atlas()
            .scope_of(vpc)
            .map(|scope| &scope.block_public_access)
        else {
            return Ok(());
        };
        if settings.mode == BlockPublicAccessMode::Off {
            return Ok(());
        }
        let exclusions = settings.exclusions.known();
        let exclusions = exclusions.map_err(|unread| End::not_known(unread.call))?;
        let excluded = |bidirectional: bool| {
            exclusions.iter().any(|exclusion| {
                let here = match &exclusion.resource {
                    ExcludedResource::Vpc(id) => id == vpc,
                    ExcludedResource::Subnet(id) => subnet.is_some_and(|subnet| subnet.id == *id),
                };
                here && exclusion.bidirectional == bidirectional
            })
        };
        let only_ingress = settings.mode == BlockPublicAccessMode::Ingress || excluded(false);
        let passes = excluded(true) || (only_ingress && speaker == Speaker::OutboundOnly);
        if passes {
            Ok(())
        } else {
            Err(self.dropped(vpc, "Block Public Access"))
        }
    }
}
