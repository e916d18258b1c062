//! A VPC peering connection: active, and the destination among the blocks of the VPC at its other end.

use super::{
    admit::References,
    endpoint::cidrs_of,
    fitting,
    joined::{accept_peering, create_peering},
    say,
    side::Side,
};
use crate::{
    api::{Gate, GateKind, PathDirection, Reason, Verdict, VpcId, VpcPeeringConnectionId},
    network::covers,
    snapshot::{PeeredVpc, VpcPeeringConnection},
};
use ipnet::IpNet;

/// What was found at a peering connection.
pub(super) struct Judged {
    pub(super) gate: Gate,
    /// References to groups work within one Region alone (VPC Peering Guide, "Update your security groups to reference
    /// peer security groups").
    pub(super) references: References,
    /// The blocks of the VPC at its other end, where packets reach it.
    pub(super) cidrs: Vec<IpNet>,
}

/// Judges a peering connection from one VPC to another.
pub(super) fn judge(
    near: Side<'_>,
    far: Side<'_>,
    id: &VpcPeeringConnectionId,
    blocks: &[IpNet],
    direction: PathDirection,
) -> Judged {
    let found = find(near, far, id, direction).and_then(|peering| {
        let (ours, other) = ends(peering, near, direction)?;
        let cidrs = leads_to(peering, other, near, far, blocks, direction)?;
        Ok((peering, ours, other, cidrs))
    });
    match found {
        Err(gate) => Judged {
            gate: *gate,
            references: References::Lost("the peering connection does not carry it".into()),
            cidrs: Vec::new(),
        },
        Ok((peering, ours, other, cidrs)) => {
            let message = format!("{id} is active and leads to {}", far.vpc_id);
            let (kind, verdict) = (GateKind::VPCPeering, Verdict::Permitted);
            let reason = Reason::Permitted;
            let mut gate = say::gate(kind, id.as_str(), direction, verdict, reason, message);
            gate.evidence = vec![peering.status.clone()];
            let references = match (&ours.region, &other.region) {
                (Some(a), Some(b)) if a != b => References::Lost(format!(
                    "{id} leads from {a} to {b}, and references end at a Region's border"
                )),
                _ => References::Preferred,
            };
            Judged {
                gate,
                references,
                cidrs: cidrs.to_vec(),
            }
        }
    }
}

fn blocked(
    id: &VpcPeeringConnectionId,
    direction: PathDirection,
    reason: Reason,
    message: String,
) -> Box<Gate> {
    Box::new(say::blocked(
        GateKind::VPCPeering,
        id.as_str(),
        direction,
        reason,
        message,
    ))
}

fn find<'a>(
    near: Side<'a>,
    far: Side<'_>,
    id: &VpcPeeringConnectionId,
    direction: PathDirection,
) -> Result<&'a VpcPeeringConnection, Box<Gate>> {
    let peerings = near.scope.peerings.known();
    let unread = |list| {
        Box::new(say::unread(
            GateKind::VPCPeering,
            id.as_str(),
            direction,
            list,
        ))
    };
    let peering = peerings.map_err(unread)?.get(id).ok_or_else(|| {
        let message = format!(
            "there is no peering connection {id} in {}",
            say::place(near.scope)
        );
        let mut gate = blocked(id, direction, Reason::PeeringNotFound, message);
        gate.remedy = Some(format!(
            "peer the two VPCs and route to that connection in place of {id}: {}",
            create_peering(near, far)
        ));
        gate
    })?;
    if peering.status == "active" {
        return Ok(peering);
    }
    let message = format!("{id} is {}", peering.status);
    let mut gate = blocked(id, direction, Reason::PeeringNotActive, message);
    gate.evidence = vec![peering.status.clone()];
    gate.remedy = Some(match peering.status.as_str() {
        "pending-acceptance" => match &peering.accepter.owner_id {
            Some(owner) => format!("accept it as account {owner}: {}", accept_peering(peering)),
            None => format!("accept it: {}", accept_peering(peering)),
        },
        "initiating-request" | "provisioning" => format!("wait until {id} is active"),
        // Nothing brings these back.
        _ => format!(
            "peer the two VPCs anew and route to that connection in place of {id}: {}",
            create_peering(near, far)
        ),
    });
    Err(gate)
}

/// The end that packets enter by, and the other one.
fn ends<'a>(
    peering: &'a VpcPeeringConnection,
    near: Side<'_>,
    direction: PathDirection,
) -> Result<(&'a PeeredVpc, &'a PeeredVpc), Box<Gate>> {
    let is_near = |end: &PeeredVpc| end.vpc_id.as_ref() == Some(near.vpc_id);
    match (&peering.requester, &peering.accepter) {
        (requester, accepter) if is_near(requester) => Ok((requester, accepter)),
        (requester, accepter) if is_near(accepter) => Ok((accepter, requester)),
        _ => {
            let message = format!("{} does not join {} to anything", peering.id, near.vpc_id);
            let reason = Reason::RouteGoesElsewhere;
            let mut gate = blocked(&peering.id, direction, reason, message);
            gate.remedy = Some(format!(
                "route to a peering connection of {} in place of {}",
                near.vpc_id, peering.id
            ));
            Err(gate)
        }
    }
}

/// The blocks of the VPC at the other end, which is the one that is meant and holds the packets' destination.
fn leads_to<'p>(
    peering: &VpcPeeringConnection,
    other: &'p PeeredVpc,
    near: Side<'_>,
    far: Side<'p>,
    blocks: &[IpNet],
    direction: PathDirection,
) -> Result<&'p [IpNet], Box<Gate>> {
    let id = &peering.id;
    let to = say::blocks(blocks.iter().copied());
    let unknown = |message: String, other: &PeeredVpc| {
        let mut gate = blocked(id, direction, Reason::PeerUnknown, message);
        gate.remedy = Some(match &other.owner_id {
            Some(owner) => {
                format!("give the AWSAccount of {owner} in placement.otherVPC.accountRef")
            }
            None => "give the AWSAccount of that VPC in placement.otherVPC.accountRef".to_owned(),
        });
        gate
    };
    let Some(vpc) = &other.vpc_id else {
        let message = format!("the VPC at the other end of {id} is not shown");
        return Err(unknown(message, other));
    };
    let read = cidrs_of(vpc, far.scope).unwrap_or_default();
    let cidrs = if read.is_empty() {
        other.cidrs.as_slice()
    } else {
        read
    };
    if cidrs.is_empty() {
        let message = format!("the blocks of {vpc} at the other end of {id} are not shown");
        return Err(unknown(message, other));
    }
    let inside = |block: &IpNet| cidrs.iter().any(|cidr| covers(cidr, block));
    if !blocks.iter().all(inside) {
        let message = format!(
            "{to} lies outside of {vpc} ({}), to which {id} leads: a peering connection carries nothing further",
            say::blocks(cidrs.iter().copied())
        );
        let mut gate = blocked(id, direction, Reason::NotInPeerCIDR, message);
        gate.remedy = Some(beyond_the_peer(near, vpc, cidrs, blocks));
        return Err(gate);
    }
    if vpc != far.vpc_id {
        let message = format!("{id} takes {to} to {vpc}, and not to {}", far.vpc_id);
        let mut gate = blocked(id, direction, Reason::RouteGoesElsewhere, message);
        gate.remedy = Some(format!(
            "declare what {id} leads to, placement: {{otherVPC: {{vpcID: {vpc}, via: {{peeringConnectionID: {id}}}}}}}; \
             or peer with {} and route to that connection: {}",
            far.vpc_id,
            create_peering(near, far)
        ));
        return Err(gate);
    }
    Ok(cidrs)
}

/// What a person does where a database lies beyond the VPC at the other end of a peering connection.
pub(super) fn beyond_the_peer(
    near: Side<'_>,
    peer: &VpcId,
    cidrs: &[IpNet],
    blocks: &[IpNet],
) -> String {
    let there = format!(
        "declare the address that the database has in {peer} ({})",
        say::blocks(cidrs.iter().copied())
    );
    match fitting::vpc_of(near, blocks).filter(|vpc| *vpc != peer) {
        Some(third) => {
            format!(
                "{there}, or peer with {third}, in whose range it is, and declare that VPC: {}",
                create_peering(near, near.beside(third))
            )
        }
        None => {
            format!("{there}, or run a proxy in {peer}, or join the networks by a transit gateway")
        }
    }
}
