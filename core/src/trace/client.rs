//! The client: the replication instance, which opens every connection.

use super::{End, gate};
use crate::{
    api::{
        Client, Gate, GateKind, MigrationNetworkSpec, PathDirection, Reason,
        ReplicationInstanceForm, SecurityGroupId, SubnetId, Verdict, VpcId,
    },
    network::covers,
    snapshot::{ScopeSnapshot, Subnet, Unread, UnreadCause},
};
use ipnet::IpNet;
use std::net::IpAddr;

/// Why there is no replication instance to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The reason.
    pub reason: Reason,
    /// What was looked up.
    pub resource: String,
    /// What was found.
    pub message: String,
}

impl Unresolved {
    fn new(reason: Reason, resource: &str, message: String) -> Self {
        Self {
            reason,
            resource: resource.to_owned(),
            message,
        }
    }

    fn unread(resource: &str, unread: &Unread) -> Self {
        match &unread.cause {
            UnreadCause::NotInSnapshot => Self::new(
                Reason::NotObserved,
                resource,
                format!("{} was not read", unread.call),
            ),
            UnreadCause::Denied(error) => Self::new(
                Reason::AccessDenied,
                resource,
                format!("{} was refused: {error}", unread.call),
            ),
        }
    }
}

/// The network of a replication instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its VPC.
    pub vpc_id: VpcId,
    /// The subnets of its subnet group.
    pub subnet_ids: Vec<SubnetId>,
    /// Its groups, the preferred one first.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its private addresses, as far as they are known.
    pub private_ips: Vec<IpAddr>,
    /// The name of the zone whose address is not known, of a Multi-AZ instance.
    pub silent_zone: Option<String>,
}

/// The replication instance that a declaration names.
///
/// # Errors
/// Where DMS does not know it, or what it knows was not read.
pub fn resolve(spec: &MigrationNetworkSpec, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let instance = declared(spec, scope)?;
    if instance.subnet_ids.is_empty() {
        let message = "the replication instance has no subnet yet".to_owned();
        return Err(Unresolved::new(
            Reason::ReplicationInstanceNotReady,
            "spec.replicationInstance",
            message,
        ));
    }
    Ok(instance)
}

fn declared(spec: &MigrationNetworkSpec, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let field = "spec.replicationInstance";
    let form = spec
        .replication_instance
        .form(field)
        .map_err(|error| Unresolved::new(Reason::SpecNotUnderstood, field, error.to_string()))?;
    match form {
        ReplicationInstanceForm::Network(network) => Ok(Instance {
            vpc_id: network.vpc_id.clone(),
            subnet_ids: network.subnet_ids.clone(),
            security_group_ids: network.security_group_ids.clone(),
            private_ips: network.private_ips.iter().map(|ip| ip.addr()).collect(),
            silent_zone: None,
        }),
        ReplicationInstanceForm::Instance(identifier) => looked_up(identifier.as_ref(), scope),
        ReplicationInstanceForm::Serverless(arn) => {
            let name = arn.as_str();
            let configs = scope
                .replication_configs
                .known()
                .map_err(|unread| Unresolved::unread(name, unread))?;
            let config = configs.get(arn).ok_or_else(|| {
                Unresolved::new(
                    Reason::ReplicationInstanceNotFound,
                    name,
                    format!("DMS knows no replication configuration {name}"),
                )
            })?;
            let (vpc_id, subnet_ids) = subnet_group(config.subnet_group.as_deref(), name, scope)?;
            Ok(Instance {
                vpc_id,
                subnet_ids,
                security_group_ids: config.security_group_ids.clone(),
                private_ips: Vec::new(),
                silent_zone: None,
            })
        }
    }
}

fn looked_up(identifier: &str, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let instances = scope
        .replication_instances
        .known()
        .map_err(|unread| Unresolved::unread(identifier, unread))?;
    let found = instances
        .get(&identifier.to_ascii_lowercase())
        .ok_or_else(|| {
            let message = format!(
                "DMS knows no replication instance {identifier} in this account and Region"
            );
            Unresolved::new(Reason::ReplicationInstanceNotFound, identifier, message)
        })?;
    let not_ready = |what: &str| {
        let message = format!(
            "replication instance {identifier} is {}: {what}",
            found.status
        );
        Unresolved::new(Reason::ReplicationInstanceNotReady, identifier, message)
    };
    if matches!(
        found.status.as_str(),
        "creating" | "deleting" | "failed" | "incompatible-network"
    ) {
        return Err(not_ready("its network is not settled"));
    }
    let vpc_id = found
        .vpc_id
        .clone()
        .ok_or_else(|| not_ready("it has no VPC yet"))?;
    let subnet_ids: Vec<SubnetId> = found
        .subnets
        .iter()
        .map(|(subnet, _)| subnet.clone())
        .collect();
    let zone_of = |ip: &IpAddr| {
        let subnets = scope.subnets.known().ok()?;
        let holder = subnet_ids
            .iter()
            .filter_map(|id| subnets.get(id))
            .find(|subnet| holds(subnet, *ip));
        holder.and_then(|subnet| subnet.availability_zone.clone())
    };
    let silent_zone = found.secondary_availability_zone.clone().filter(|zone| {
        found.multi_az
            && !found.private_ips.is_empty()
            && found
                .private_ips
                .iter()
                .all(|ip| zone_of(ip).as_ref() != Some(zone))
    });
    Ok(Instance {
        vpc_id,
        subnet_ids,
        security_group_ids: found.security_group_ids.clone(),
        private_ips: found.private_ips.clone(),
        silent_zone,
    })
}

fn subnet_group(
    group: Option<&str>,
    resource: &str,
    scope: &ScopeSnapshot,
) -> Result<(VpcId, Vec<SubnetId>), Unresolved> {
    let not_ready =
        |message: String| Unresolved::new(Reason::ReplicationInstanceNotReady, resource, message);
    let name =
        group.ok_or_else(|| not_ready(format!("{resource} names no replication subnet group")))?;
    let groups = scope
        .replication_subnet_groups
        .known()
        .map_err(|unread| Unresolved::unread(resource, unread))?;
    let group = groups
        .get(&name.to_ascii_lowercase())
        .ok_or_else(|| not_ready(format!("there is no replication subnet group {name}")))?;
    let vpc = group
        .vpc_id
        .clone()
        .ok_or_else(|| not_ready(format!("subnet group {name} has no VPC")))?;
    Ok((vpc, group.subnet_ids.clone()))
}

fn holds(subnet: &Subnet, ip: IpAddr) -> bool {
    subnet
        .cidrs
        .iter()
        .any(|cidr| covers(cidr, &IpNet::from(ip)))
}

/// The client in one of its subnets.
pub(super) struct ClientSubnet<'a> {
    /// The subnet.
    pub(super) subnet: &'a Subnet,
    /// Its sources there of both families: known addresses, else the subnet's blocks.
    pub(super) ends: Vec<End>,
    /// Whether the ends are known addresses.
    pub(super) known: bool,
    /// Whether the subnet stands for the unknown address of a standby.
    pub(super) stands_for_secondary: bool,
}

/// A client subnet that cannot be walked from, and why.
pub(super) struct NoClient {
    pub(super) client: Client,
    pub(super) gate: Gate,
}

/// The subnets in which the client may be, each with its sources.
pub(super) fn subnets<'a>(
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Vec<Result<ClientSubnet<'a>, NoClient>> {
    let mut found = Vec::new();
    let mut members = Vec::new();
    let mut ids = instance.subnet_ids.clone();
    ids.sort();
    ids.dedup();
    for id in &ids {
        match member(id, instance, scope) {
            Ok(subnet) => members.push(subnet),
            Err(gate) => found.push(Err(NoClient {
                client: nowhere(id),
                gate,
            })),
        }
    }
    if let (Some(first), false) = (ids.first(), instance.private_ips.is_empty()) {
        for ip in &instance.private_ips {
            // A subnet that was not found may be the one that holds the address: that is said above.
            if found.is_empty() && !members.iter().any(|subnet| holds(subnet, *ip)) {
                let message = format!(
                    "private IP {ip} of the replication instance lies in none of its subnets"
                );
                let gate = super::say::declaration(
                    "spec.replicationInstance",
                    Reason::AddressNotInSubnet,
                    message,
                );
                let client = Client {
                    subnet_id: first.clone(),
                    addresses: vec![IpNet::from(*ip)],
                };
                found.push(Err(NoClient { client, gate }));
            }
        }
    }
    for subnet in members {
        found.extend(in_subnet(subnet, instance, scope));
    }
    found
}

fn in_subnet<'a>(
    subnet: &'a Subnet,
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Option<Result<ClientSubnet<'a>, NoClient>> {
    let ips: Vec<IpAddr> = instance
        .private_ips
        .iter()
        .copied()
        .filter(|ip| holds(subnet, *ip))
        .collect();
    let stands_for_secondary = ips.is_empty()
        && instance.silent_zone.is_some()
        && subnet.availability_zone == instance.silent_zone;
    if ips.is_empty() && !instance.private_ips.is_empty() && !stands_for_secondary {
        return None;
    }
    let declared = &instance.security_group_ids;
    if ips.is_empty() {
        let ends = subnet.cidrs.iter().map(|block| End {
            block: *block,
            groups: declared.clone(),
            declared: declared.clone(),
        });
        return Some(Ok(ClientSubnet {
            subnet,
            ends: ends.collect(),
            known: false,
            stands_for_secondary,
        }));
    }
    let ends: Result<Vec<End>, Gate> = ips
        .iter()
        .map(|ip| end_at(*ip, &instance.vpc_id, declared, scope))
        .collect();
    Some(match ends {
        Ok(ends) => Ok(ClientSubnet {
            subnet,
            ends,
            known: true,
            stands_for_secondary: false,
        }),
        Err(gate) => {
            let addresses = ips.iter().map(|ip| IpNet::from(*ip)).collect();
            Err(NoClient {
                client: Client {
                    subnet_id: subnet.id.clone(),
                    addresses,
                },
                gate,
            })
        }
    })
}

/// One address with the groups of its interface, where that was read; else with the declared ones.
///
/// # Errors
/// Where the interface carries none of the declared groups: a rule there would do nothing.
pub(super) fn end_at(
    ip: IpAddr,
    vpc: &VpcId,
    declared: &[SecurityGroupId],
    scope: &ScopeSnapshot,
) -> Result<End, Gate> {
    let Some(interface) = scope.interface_at(vpc, ip) else {
        return Ok(End {
            block: IpNet::from(ip),
            groups: declared.to_vec(),
            declared: declared.to_vec(),
        });
    };
    let carried = &interface.security_group_ids;
    let on_interface: Vec<_> = declared
        .iter()
        .filter(|group| carried.contains(group))
        .cloned()
        .collect();
    if !declared.is_empty() && on_interface.is_empty() && !carried.is_empty() {
        let list = |groups: &[SecurityGroupId]| {
            groups
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut gate = gate(
            GateKind::Declaration,
            interface.id.to_string(),
            PathDirection::Forward,
            Verdict::Blocked,
            Reason::GroupNotOnInterface,
        );
        gate.message = format!(
            "{} at {ip} carries {} and none of the declared {}",
            interface.id,
            list(carried),
            list(declared)
        );
        gate.remedy = Some(format!(
            "declare one of {}, or attach a declared group: aws ec2 modify-network-interface-attribute \
             --network-interface-id {} --groups {} {}",
            list(carried),
            interface.id,
            carried
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            declared
                .first()
                .map(ToString::to_string)
                .unwrap_or_default()
        ));
        return Err(gate);
    }
    let declared = if declared.is_empty() {
        carried.clone()
    } else {
        on_interface
    };
    Ok(End {
        block: IpNet::from(ip),
        groups: carried.clone(),
        declared,
    })
}

fn member<'a>(
    id: &SubnetId,
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Result<&'a Subnet, Gate> {
    super::endpoint::subnet_in(id, &instance.vpc_id, scope)
}

fn nowhere(id: &SubnetId) -> Client {
    Client {
        subnet_id: id.clone(),
        addresses: Vec::new(),
    }
}
