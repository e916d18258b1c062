//! The endpoint: where the database is, and on which ports.

use super::{gate, say};
use crate::{
    api::{Endpoint, Gate, GateKind, PathDirection, Reason, SubnetId, Verdict, VpcId},
    network::{blocks::subtract, covers, overlaps},
    snapshot::{ScopeSnapshot, Subnet},
};
use ipnet::IpNet;

/// The ports of an endpoint: declared, the engine's, or what DMS knows of its `arn`.
pub(super) fn ports(endpoint: &Endpoint, scope: &ScopeSnapshot) -> Result<Vec<u16>, Gate> {
    let declared = endpoint.ports();
    if !declared.is_empty() {
        return Ok(declared);
    }
    let field = format!("spec.endpoints[{}].ports", endpoint.name);
    let Some(arn) = &endpoint.arn else {
        let message = "no port is declared, and the engine has no default port".to_owned();
        return Err(say::declaration(
            &field,
            Reason::EndpointPortUnknown,
            message,
        ));
    };
    let known = scope.dms_endpoints.known().map_err(|unread| {
        say::unread(
            GateKind::Declaration,
            arn.as_str(),
            PathDirection::Forward,
            unread,
        )
    })?;
    let Some(found) = known.get(arn.as_str()) else {
        let message = format!("DMS knows no endpoint {arn}");
        return Err(say::declaration(
            &field,
            Reason::DMSEndpointNotFound,
            message,
        ));
    };
    let engine = found
        .engine_name
        .as_ref()
        .and_then(|name| name.parse::<crate::api::Engine>().ok());
    match found
        .port
        .or_else(|| engine.and_then(|engine| engine.default_port()))
    {
        Some(port) => Ok(vec![port]),
        None => {
            let message = format!(
                "DMS endpoint {arn} names no port: it may be in its Secrets Manager secret"
            );
            Err(say::declaration(
                &field,
                Reason::EndpointPortUnknown,
                message,
            ))
        }
    }
}

/// A declared subnet that must be in a VPC.
pub(super) fn subnet_in<'a>(
    id: &SubnetId,
    vpc: &VpcId,
    scope: &'a ScopeSnapshot,
) -> Result<&'a Subnet, Gate> {
    let subnets = scope.subnets.known().map_err(|unread| {
        say::unread(
            GateKind::Declaration,
            id.as_str(),
            PathDirection::Forward,
            unread,
        )
    })?;
    let blocked = |reason, message| {
        let mut gate = gate(
            GateKind::Declaration,
            id.as_str(),
            PathDirection::Forward,
            Verdict::Blocked,
            reason,
        );
        gate.message = message;
        gate.remedy = Some(reason.remedy().to_owned());
        gate
    };
    let subnet = subnets.get(id).ok_or_else(|| {
        blocked(
            Reason::SubnetNotFound,
            format!("there is no subnet {id} in this account and Region"),
        )
    })?;
    if subnet.vpc_id != *vpc {
        let message = format!("{id} belongs to {}, and {vpc} is declared", subnet.vpc_id);
        return Err(blocked(Reason::SubnetInAnotherVPC, message));
    }
    Ok(subnet)
}

/// A part of a destination in one VPC.
pub(super) enum Located<'a> {
    /// In a subnet.
    In(&'a Subnet, Vec<IpNet>),
    /// In the VPC's blocks, and in no subnet: nobody is there.
    InNoSubnet(Vec<IpNet>),
    /// Outside of the VPC.
    Outside(Vec<IpNet>),
}

/// Divides a block among the subnets of a VPC.
pub(super) fn locate<'a>(
    block: IpNet,
    vpc: &VpcId,
    scope: &'a ScopeSnapshot,
) -> Result<Vec<Located<'a>>, Gate> {
    let unread = |unread| {
        say::unread(
            GateKind::Declaration,
            vpc.as_str(),
            PathDirection::Forward,
            unread,
        )
    };
    let mut located = Vec::new();
    let mut taken = Vec::new();
    for subnet in scope.subnets_of(vpc).map_err(unread)? {
        let parts: Vec<IpNet> = subnet
            .cidrs
            .iter()
            .filter(|cidr| overlaps(cidr, &block))
            .map(|cidr| narrower(*cidr, block))
            .collect();
        if !parts.is_empty() {
            taken.extend(parts.iter().copied());
            located.push(Located::In(subnet, parts));
        }
    }
    let rest = subtract(block, &taken);
    if rest.is_empty() {
        return Ok(located);
    }
    let cidrs = match scope.vpcs.known().map_err(unread)?.get(vpc) {
        Some(vpc) => &vpc.cidrs,
        None => {
            let message = format!("there is no VPC {vpc} in this account and Region");
            let mut gate = gate(
                GateKind::Declaration,
                vpc.as_str(),
                PathDirection::Forward,
                Verdict::Blocked,
                Reason::VPCNotFound,
            );
            gate.message = message;
            gate.remedy = Some(Reason::VPCNotFound.remedy().to_owned());
            return Err(gate);
        }
    };
    let outside = IpNet::aggregate(
        &rest
            .iter()
            .flat_map(|part| subtract(*part, cidrs))
            .collect::<Vec<_>>(),
    );
    let inside = IpNet::aggregate(
        &rest
            .iter()
            .flat_map(|part| subtract(*part, &outside))
            .collect::<Vec<_>>(),
    );
    if !inside.is_empty() {
        located.push(Located::InNoSubnet(inside));
    }
    if !outside.is_empty() {
        located.push(Located::Outside(outside));
    }
    Ok(located)
}

/// The narrower of two blocks that overlap.
fn narrower(a: IpNet, b: IpNet) -> IpNet {
    if covers(&a, &b) { b } else { a }
}
