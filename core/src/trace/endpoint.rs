//! The endpoint: where the database is, and on which ports.

use super::say;
use crate::{
    api::{Endpoint, Engine, Gate, GateKind, PathDirection, Reason, SubnetId, VpcId},
    network::{
        blocks::{narrower, subtract},
        covers, overlaps,
    },
    snapshot::{ScopeSnapshot, Subnet, Unread},
};
use ipnet::IpNet;
use std::net::IpAddr;

/// The ports of an endpoint: declared, the engine's, or what DMS knows of its `arn`.
pub(super) fn ports(
    endpoint: &Endpoint,
    field: &str,
    scope: &ScopeSnapshot,
) -> Result<Vec<u16>, Gate> {
    let declared = endpoint.ports();
    if !declared.is_empty() {
        return Ok(declared);
    }
    let at = |member: &str| format!("{field}.{member}");
    let Some(arn) = &endpoint.arn else {
        let message = "no port is declared, and the engine has no default port";
        return Err(no_port(at("ports"), message));
    };
    let known = scope.dms_endpoints.known();
    let known = known.map_err(|list| unread(arn.as_str(), list))?;
    let Some(found) = known.get(arn.as_str()) else {
        let message = format!("DMS knows no endpoint {arn}");
        let mut gate = say::declaration(at("arn"), Reason::DMSEndpointNotFound, message);
        gate.remedy = Some(format!(
            "correct {}, or leave it out and declare engine and ports",
            at("arn")
        ));
        return Err(gate);
    };
    let engine = found.engine_name.as_ref();
    let engine = engine.and_then(|name| name.parse::<Engine>().ok());
    let port = found.port.or_else(|| engine?.default_port());
    port.map(|port| vec![port]).ok_or_else(|| {
        let message =
            format!("DMS endpoint {arn} names no port: it may be in its Secrets Manager secret");
        no_port(at("ports"), message)
    })
}

fn no_port(field: String, message: impl Into<String>) -> Gate {
    let remedy = format!("declare the port in {field}");
    let mut gate = say::declaration(field, Reason::EndpointPortUnknown, message);
    gate.remedy = Some(remedy);
    gate
}

fn unread(resource: &str, list: &Unread) -> Gate {
    let (kind, direction) = (GateKind::Declaration, PathDirection::Forward);
    say::unread(kind, resource, direction, list)
}

/// A declared subnet that must be in a VPC.
pub(super) fn subnet_in<'a>(
    id: &SubnetId,
    vpc: &VpcId,
    scope: &'a ScopeSnapshot,
) -> Result<&'a Subnet, Gate> {
    let subnets = scope.subnets.known();
    let subnets = subnets.map_err(|list| unread(id.as_str(), list))?;
    let subnet = subnets.get(id).ok_or_else(|| {
        let message = format!("there is no subnet {id} in {}", say::place(scope));
        let mut gate = say::declaration(id.as_str(), Reason::SubnetNotFound, message);
        let of_vpc = subnets.values().filter(|subnet| subnet.vpc_id == *vpc);
        let of_vpc = say::list(of_vpc.map(|subnet| &subnet.id));
        if !of_vpc.is_empty() {
            gate.remedy = Some(format!(
                "declare in place of {id} a subnet of {vpc}: {of_vpc}"
            ));
        }
        gate
    })?;
    if subnet.vpc_id != *vpc {
        let message = format!("{id} belongs to {}, and {vpc} is declared", subnet.vpc_id);
        let mut gate = say::declaration(id.as_str(), Reason::SubnetInAnotherVPC, message);
        gate.remedy = Some(format!(
            "declare vpcID {}, or a subnet of {vpc} in place of {id}",
            subnet.vpc_id
        ));
        return Err(gate);
    }
    Ok(subnet)
}

/// Whether an address lies in a subnet.
pub(super) fn holds(subnet: &Subnet, ip: IpAddr) -> bool {
    let ip = IpNet::from(ip);
    subnet.cidrs.iter().any(|cidr| covers(cidr, &ip))
}

/// The associated blocks of a VPC.
pub(super) fn cidrs_of<'a>(vpc: &VpcId, scope: &'a ScopeSnapshot) -> Result<&'a [IpNet], Gate> {
    let vpcs = scope.vpcs.known();
    let vpcs = vpcs.map_err(|list| unread(vpc.as_str(), list))?;
    match vpcs.get(vpc) {
        Some(vpc) => Ok(&vpc.cidrs),
        None => {
            let message = format!("there is no VPC {vpc} in {}", say::place(scope));
            Err(say::declaration(vpc.as_str(), Reason::VPCNotFound, message))
        }
    }
}

/// Some blocks divided among the subnets of a VPC.
pub(super) struct Located<'a> {
    /// By the subnet that holds them.
    pub(super) by_subnet: Vec<(&'a Subnet, Vec<IpNet>)>,
    /// In the VPC's blocks, and in no subnet: nobody is there.
    pub(super) in_no_subnet: Vec<IpNet>,
    /// Outside of the VPC.
    pub(super) outside: Vec<IpNet>,
}

/// Divides blocks among the subnets of a VPC. The VPC itself is looked at only for what no subnet holds.
pub(super) fn locate<'a>(
    blocks: &[IpNet],
    vpc: &VpcId,
    scope: &'a ScopeSnapshot,
) -> Result<Located<'a>, Gate> {
    let mut by_subnet = Vec::new();
    let mut taken = Vec::new();
    let subnets = scope.subnets_of(vpc);
    for subnet in subnets.map_err(|list| unread(vpc.as_str(), list))? {
        let pairs = subnet.cidrs.iter().flat_map(|cidr| {
            blocks
                .iter()
                .filter(move |block| overlaps(cidr, block))
                .map(move |block| narrower(*cidr, *block))
        });
        let parts: Vec<IpNet> = pairs.collect();
        if !parts.is_empty() {
            taken.extend(parts.iter().copied());
            by_subnet.push((subnet, parts));
        }
    }
    let rest = without(blocks, &taken);
    let outside = if rest.is_empty() {
        Vec::new()
    } else {
        without(&rest, cidrs_of(vpc, scope)?)
    };
    Ok(Located {
        by_subnet,
        in_no_subnet: without(&rest, &outside),
        outside,
    })
}

/// The parts of some blocks that lie in none of `nets`, aggregated.
fn without(blocks: &[IpNet], nets: &[IpNet]) -> Vec<IpNet> {
    let left: Vec<IpNet> = blocks
        .iter()
        .flat_map(|block| subtract(*block, nets))
        .collect();
    IpNet::aggregate(&left)
}
