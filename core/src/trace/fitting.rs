//! Which placement fits what a route does.

use super::{endpoint::cidrs_of, side::Side};
use crate::{
    api::VpcId,
    network::{blocks::split_private, covers},
    snapshot::RouteTarget,
};
use ipnet::IpNet;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The placement of what lies behind a route's target, as a declaration has it; none where the target does not tell.
pub(super) fn placement(target: &RouteTarget, near: Side<'_>, blocks: &[IpNet]) -> Option<Value> {
    Some(match target {
        RouteTarget::Local => json!({"sameVPC": {}}),
        RouteTarget::VpcPeeringConnection(id) => {
            let peering = near.scope.peerings.known().ok()?.get(id)?;
            let ends = [&peering.requester, &peering.accepter];
            let mut others = ends
                .iter()
                .filter(|end| end.vpc_id.as_ref() != Some(near.vpc_id));
            let vpc = others.next()?.vpc_id.as_ref()?;
            json!({"otherVPC": {"vpcID": vpc, "via": {"peeringConnectionID": id}}})
        }
        RouteTarget::TransitGateway(id) => match vpc_of(near, blocks) {
            Some(vpc) => json!({"otherVPC": {"vpcID": vpc, "via": {"transitGatewayID": id}}}),
            // What is public may as well leave by another VPC's internet gateway.
            None if are_public(blocks) => return None,
            None => json!({"onPremises": {"via": {"gateway": {"id": id}}}}),
        },
        RouteTarget::VpnGateway(id) => json!({"onPremises": {"via": {"gateway": {"id": id}}}}),
        RouteTarget::NetworkInterface(id, _) => {
            json!({"onPremises": {"via": {"host": {"networkInterfaceID": id}}}})
        }
        RouteTarget::Instance(id) => json!({"onPremises": {"via": {"host": {"instanceID": id}}}}),
        RouteTarget::InternetGateway(_)
        | RouteTarget::EgressOnlyInternetGateway(_)
        | RouteTarget::NatGateway(_)
            if are_public(blocks) =>
        {
            json!({"internet": {}})
        }
        _ => return None,
    })
}

/// The placement of addresses that are in the range of a VPC: the near one, or the only other one.
pub(super) fn holding(near: Side<'_>, blocks: &[IpNet]) -> Option<Value> {
    let cidrs = cidrs_of(near.vpc_id, near.scope).unwrap_or_default();
    let is_near = |block: &IpNet| cidrs.iter().any(|cidr| covers(cidr, block));
    if !blocks.is_empty() && blocks.iter().all(is_near) {
        return Some(json!({"sameVPC": {}}));
    }
    vpc_of(near, blocks).map(|vpc| json!({"otherVPC": {"vpcID": vpc}}))
}

/// The only VPC besides the near one whose blocks hold some addresses.
pub(super) fn vpc_of<'a>(near: Side<'a>, blocks: &[IpNet]) -> Option<&'a VpcId> {
    let vpcs = near.scope.vpcs.known().into_iter();
    let others = vpcs.flat_map(BTreeMap::values);
    let mut holders = others.filter(|vpc| {
        let holds = |block: &IpNet| vpc.cidrs.iter().any(|cidr| covers(cidr, block));
        vpc.id != *near.vpc_id && !blocks.is_empty() && blocks.iter().all(holds)
    });
    let first = holders.next()?;
    holders.next().is_none().then_some(&first.id)
}

fn are_public(blocks: &[IpNet]) -> bool {
    let private = |block: &IpNet| split_private(*block).0;
    blocks.iter().all(|block| private(block).is_empty())
}
