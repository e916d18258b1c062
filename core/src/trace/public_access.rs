//! VPC Block Public Access on the subnet in front of an internet gateway (VPC User Guide, "Block public access to VPCs
//! and subnets").

use super::{commands::exclude, say, side::Side};
use crate::{
    api::{Gate, GateKind, Note, PathDirection, Reason, Verdict},
    snapshot::{BlockPublicAccessMode, ExcludedResource, Subnet},
};

/// Who stands in front of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// Something with a public address, which connections can come to.
    Public,
    /// A NAT gateway, or an egress-only internet gateway: connections only go out.
    Outbound,
}

/// What Block Public Access does to the packets.
#[derive(Default)]
pub(super) struct Judged {
    /// The gate at which it stops them.
    pub(super) gate: Option<Gate>,
    pub(super) note: Option<Note>,
}

/// Judges it for a subnet; a regional NAT gateway has none, and its VPC counts.
pub(super) fn judge(
    side: Side<'_>,
    subnet: Option<&Subnet>,
    front: Front,
    direction: PathDirection,
) -> Judged {
    let access = match side.scope.block_public_access.known() {
        Ok(access) => access,
        Err(list) => {
            let message = format!("VPC Block Public Access was not read ({})", list.call);
            return Judged {
                gate: None,
                note: Some(Note {
                    reason: Reason::NotObserved,
                    message,
                }),
            };
        }
    };
    if access.mode == BlockPublicAccessMode::Off {
        return Judged::default();
    }
    let resource = subnet.map_or(side.vpc_id.to_string(), |subnet| subnet.id.to_string());
    let stop = |gate| Judged {
        gate: Some(gate),
        note: None,
    };
    let kind = GateKind::InternetGateway;
    let exclusions = match access.exclusions.known() {
        Ok(exclusions) => exclusions,
        Err(list) => return stop(say::unread(kind, resource, direction, list)),
    };
    let ours = exclusions.iter().filter(|it| match &it.resource {
        ExcludedResource::Vpc(vpc) => vpc == side.vpc_id,
        ExcludedResource::Subnet(id) => subnet.is_some_and(|subnet| subnet.id == *id),
    });
    let ours: Vec<_> = ours.collect();
    let mode = match access.mode {
        _ if ours.iter().any(|it| it.bidirectional) => return Judged::default(),
        BlockPublicAccessMode::Bidirectional if !ours.is_empty() => BlockPublicAccessMode::Ingress,
        mode => mode,
    };
    // One for egress alone can be widened; what is excluded twice is refused.
    let narrower = ours.first().map(|it| &it.id);
    if mode == BlockPublicAccessMode::Ingress && front == Front::Outbound {
        return Judged::default();
    }
    let words = match mode {
        BlockPublicAccessMode::Ingress => "block-ingress",
        _ => "block-bidirectional",
    };
    let message = format!("VPC Block Public Access ({words}) stops the traffic of {resource}");
    let mut gate = say::gate(
        kind,
        resource.clone(),
        direction,
        Verdict::Blocked,
        Reason::PublicAccessBlocked,
        message,
    );
    let suffices = match front {
        Front::Public => "allow-bidirectional",
        Front::Outbound => "allow-egress",
    };
    let remedy = match narrower {
        Some(known) => format!(
            "aws ec2 modify-vpc-block-public-access-exclusion --exclusion-id {known} \
             --internet-gateway-exclusion-mode {suffices}"
        ),
        None => exclude(subnet, side.vpc_id, suffices),
    };
    gate.remedy = Some(side.told(remedy));
    stop(gate)
}
