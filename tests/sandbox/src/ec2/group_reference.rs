//! Which security groups a rule may reference.

use super::{
    Call, security_group::SecurityGroup, security_group_rule::Reference,
    vpc_peering_connection::VpcPeeringConnection,
};
use crate::{error::ApiError, id::Kind, json::Extra, state::State, world::Scope};
use serde_json::json;

/// A reference of a new rule as EC2 keeps it, if the networks of the two groups are connected.
///
/// - VPC User Guide, "Security group rules": the group is in the same VPC, or in a peered one.
/// - VPC Peering Guide, "Reference peer security groups": the connection is active and within one
///   Region; a group of another account is given with the account's id.
/// - Transit Gateways guide, "VPC attachments": in ingress rules, through a gateway that both VPCs
///   are attached to, if the gateway and both attachments have it turned on.
///
/// A pair of networks that are not connected so is InvalidGroup.NotFound too.
pub(super) fn admit(
    call: &Call,
    group: &SecurityGroup,
    given: &Reference,
    is_egress: bool,
) -> Result<Reference, ApiError> {
    let id = &given.group_id;
    let owner = given.user_id.as_deref().unwrap_or(&call.scope.account);
    let scope = Scope {
        account: owner.to_owned(),
        region: call.scope.region.clone(),
    };
    let other = call.world.truth(&scope).security_groups.get(id);
    let other = other.ok_or_else(|| Kind::SecurityGroup.not_found(id))?;
    if other.vpc_id == group.vpc_id {
        return Ok(Reference::own(id, &other.owner_id));
    }
    let mut connections = call.state.vpc_peering_connections.iter();
    let connection = connections.find(|one| one.carries_references(&group.vpc_id, &other.vpc_id));
    if let Some(connection) = connection {
        return Ok(over_peering(other, connection));
    }
    if !is_egress && through_transit_gateway(call, &group.vpc_id, &other.vpc_id) {
        return Ok(Reference {
            group_id: id.clone(),
            // Of another account's group the owner is not shown (seen in public reports).
            user_id: (other.owner_id == call.scope.account).then(|| other.owner_id.clone()),
            extra: Extra::new(),
        });
    }
    Err(ApiError::new(
        "InvalidGroup.NotFound",
        "You have specified two resources that belong to different networks.",
    ))
}

/// API Reference, UserIdGroupPair: of a group in another VPC, the owner, the VPC, and the
/// connection with its status come back, whatever of it was given.
fn over_peering(other: &SecurityGroup, connection: &VpcPeeringConnection) -> Reference {
    Reference {
        group_id: other.group_id.clone(),
        user_id: Some(other.owner_id.clone()),
        extra: crate::json::extra(json!({
            "VpcId": other.vpc_id,
            "VpcPeeringConnectionId": connection.text("/VpcPeeringConnectionId"),
            "PeeringStatus": "active",
        })),
    }
}

fn through_transit_gateway(call: &Call, one: &str, other: &str) -> bool {
    let region = || {
        let scopes = call.world.scopes();
        scopes
            .filter(|(scope, _)| scope.region == call.scope.region)
            .map(|(_, state)| state)
    };
    let joined = |gateway: &str, vpc: &str| {
        let attachments = |state: &State| {
            let mut all = state.transit_gateway_vpc_attachments.iter();
            all.any(|one| one.joins(gateway, vpc) && one.carries_references())
        };
        region().any(attachments)
    };
    region()
        .flat_map(|state| state.transit_gateways.iter())
        .filter(|gateway| gateway.carries_references())
        .map(|gateway| gateway.text("/TransitGatewayId"))
        .any(|gateway| joined(gateway, one) && joined(gateway, other))
}
