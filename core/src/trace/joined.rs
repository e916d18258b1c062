//! What joins two VPCs, as far as it was read, and how they come to be joined.

use super::{say, side::Side};
use crate::snapshot::{
    AttachedResource, RouteTarget, TransitGatewayAttachment, VpcPeeringConnection,
};
use std::collections::BTreeMap;

/// The peering connections between two VPCs, whatever their status.
fn peerings<'s>(
    near: Side<'s>,
    far: Side<'_>,
) -> impl Iterator<Item = &'s VpcPeeringConnection> + use<'s> {
    let (here, there) = (near.vpc_id.clone(), far.vpc_id.clone());
    let all = near.scope.peerings.known().into_iter();
    all.flat_map(BTreeMap::values).filter(move |peering| {
        let ends = [&peering.requester, &peering.accepter];
        let has = |vpc| ends.iter().any(|end| end.vpc_id.as_ref() == Some(vpc));
        has(&here) && has(&there)
    })
}

/// What joins two VPCs, where it is one thing alone.
pub(super) fn joined(near: Side<'_>, far: Side<'_>) -> Result<RouteTarget, String> {
    let active = peerings(near, far).filter(|it| it.status == "active");
    let mut found: Vec<RouteTarget> = active
        .map(|it| RouteTarget::VpcPeeringConnection(it.id.clone()))
        .collect();
    // Each account is shown its own attachments, and the gateway's owner all of them.
    let views = near.scopes.views();
    let attachments = views.flat_map(|view| view.snapshot.transit_gateway_attachments.known());
    let attachments: Vec<_> = attachments.flat_map(BTreeMap::values).collect();
    let of = |vpc| {
        let attached = move |it: &&&TransitGatewayAttachment| {
            it.state == "available"
                && matches!(&it.resource, AttachedResource::Vpc { id, .. } if id == vpc)
        };
        attachments.iter().filter(attached)
    };
    for attachment in of(near.vpc_id) {
        let gateway = &attachment.transit_gateway_id;
        if of(far.vpc_id).any(|it| it.transit_gateway_id == *gateway) {
            found.push(RouteTarget::TransitGateway(gateway.clone()));
        }
    }
    found.sort();
    found.dedup();
    let (here, there) = (near.vpc_id, far.vpc_id);
    match found.as_slice() {
        [by] => Ok(by.clone()),
        [] => Err(
            match peerings(near, far).find(|it| it.status == "pending-acceptance") {
                Some(pending) => format!(
                    "accept {}, which is to join {here} and {there}, then route to it: {}",
                    pending.id,
                    accept_peering(pending)
                ),
                None => format!(
                    "nothing that was read joins {here} and {there}: attach both to a transit gateway, or peer them, and \
                 route to it: {}",
                    create_peering(near, far)
                ),
            },
        ),
        several => Err(format!(
            "declare in placement.otherVPC.via which of {} is meant, and route to it",
            say::list(several.iter().map(say::target))
        )),
    }
}

/// Asks for a peering connection.
pub(super) fn create_peering(near: Side<'_>, far: Side<'_>) -> String {
    let mut command = format!(
        "aws ec2 create-vpc-peering-connection --vpc-id {} --peer-vpc-id {}",
        near.vpc_id, far.vpc_id
    );
    let known = peerings(near, far).flat_map(|it| [&it.requester, &it.accepter]);
    let mut known = known.filter(|end| end.vpc_id.as_ref() == Some(far.vpc_id));
    let shown = known.next();
    let owner = shown.and_then(|end| end.owner_id.as_ref());
    let region = shown.and_then(|end| end.region.as_ref());
    if let Some(owner) = owner.or(far.account_id())
        && near.account_id() != Some(owner)
    {
        command.push_str(&format!(" --peer-owner-id {owner}"));
    }
    if let Some(region) = region.or(far.scope.region.as_ref())
        && near.scope.region.as_ref() != Some(region)
    {
        command.push_str(&format!(" --peer-region {region}"));
    }
    command
}

/// Accepts a peering connection, as the account and in the Region of the VPC that is asked.
pub(super) fn accept_peering(peering: &VpcPeeringConnection) -> String {
    let region = match &peering.accepter.region {
        Some(region) => format!(" --region {region}"),
        None => String::new(),
    };
    format!(
        "aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id {}{region}",
        peering.id
    )
}
