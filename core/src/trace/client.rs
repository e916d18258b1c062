//! The client: the replication instance, which opens every connection.

use super::{End, endpoint::subnet_in, say};
use crate::{
    api::{
        Client, Gate, MigrationNetworkSpec, Reason, ReplicationInstanceForm, SecurityGroupId,
        SubnetId, VpcId,
    },
    network::{blocks::same_family, covers},
    snapshot::{NetworkInterface, ScopeSnapshot, Subnet, Unread, UnreadCause},
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
    /// The subnets of its subnet group, sorted: one at least.
    pub subnet_ids: Vec<SubnetId>,
    /// Its groups, the preferred one first.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its private addresses, as far as they are known, sorted.
    pub private_ips: Vec<IpAddr>,
    /// The name of the zone whose address is not known, of a Multi-AZ instance.
    pub silent_zone: Option<String>,
}

impl Instance {
    /// Where its paths start as far as that is known, for those that end before they begin.
    pub(super) fn somewhere(&self, addresses: Vec<IpNet>) -> Option<Client> {
        let subnet_id = self.subnet_ids.first()?.clone();
        Some(Client {
            subnet_id,
            addresses,
        })
    }

    /// An address of it that none of its subnets holds.
    fn nowhere(&self, ip: IpAddr) -> Option<NoClient> {
        let message =
            format!("private IP {ip} of the replication instance lies in none of its subnets");
        Some(NoClient {
            client: self.somewhere(vec![IpNet::from(ip)])?,
            gate: Box::new(say::declaration(
                "spec.replicationInstance",
                Reason::AddressNotInSubnet,
                message,
            )),
        })
    }
}

/// The replication instance that a declaration names.
///
/// # Errors
/// Where DMS does not know it, or what it knows was not read.
pub fn resolve(spec: &MigrationNetworkSpec, scope: &ScopeSnapshot) -> Result<Instance, Unresolved> {
    let mut instance = declared(spec, scope)?;
    instance.subnet_ids.sort();
    instance.subnet_ids.dedup();
    instance.private_ips.sort();
    instance.private_ips.dedup();
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
    let ip = IpNet::from(ip);
    subnet.cidrs.iter().any(|cidr| covers(cidr, &ip))
}

/// The client in one of its subnets.
pub(super) struct ClientSubnet<'a> {
    /// The subnet.
    pub(super) subnet: &'a Subnet,
    /// Its sources there of both families: known addresses, else the subnet's blocks.
    pub(super) ends: Vec<End>,
    /// How they are known.
    pub(super) known: Known,
}

/// How the sources in a client subnet are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// By their addresses.
    Addresses,
    /// Not at all: the subnet stands for them.
    Subnet,
    /// The subnet stands for the standby of a Multi-AZ instance whose other addresses are known.
    SubnetOfStandby,
}

impl ClientSubnet<'_> {
    /// Its sources of the family of a block.
    pub(super) fn sources(&self, family_of: &IpNet) -> Vec<&End> {
        let ends = self.ends.iter();
        ends.filter(|end| same_family(&end.block, family_of))
            .collect()
    }

    /// The subnet with some of its sources.
    pub(super) fn client(&self, addresses: Vec<IpNet>) -> Client {
        Client {
            subnet_id: self.subnet.id.clone(),
            addresses,
        }
    }
}

/// A client subnet that cannot be walked from, and why.
pub(super) struct NoClient {
    pub(super) client: Client,
    pub(super) gate: Box<Gate>,
}

/// The subnets in which the client may be, each with its sources.
pub(super) fn subnets<'a>(
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Vec<Result<ClientSubnet<'a>, NoClient>> {
    let mut found = Vec::new();
    let mut members = Vec::new();
    for id in &instance.subnet_ids {
        match subnet_in(id, &instance.vpc_id, scope) {
            Ok(subnet) => members.push(subnet),
            Err(gate) => {
                let (subnet_id, addresses) = (id.clone(), Vec::new());
                let client = Client {
                    subnet_id,
                    addresses,
                };
                let gate = Box::new(gate);
                found.push(Err(NoClient { client, gate }));
            }
        }
    }
    // A subnet that was not found may be the one that holds an address: that is said above.
    if found.is_empty() {
        let lost = |ip: &&IpAddr| !members.iter().any(|subnet| holds(subnet, **ip));
        let lost = instance.private_ips.iter().filter(lost);
        found.extend(lost.filter_map(|ip| instance.nowhere(*ip)).map(Err));
    }
    for subnet in members {
        found.extend(in_subnet(subnet, instance, scope));
    }
    found
}

/// The client in one subnet; none where its addresses are known to be in others.
fn in_subnet<'a>(
    subnet: &'a Subnet,
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Option<Result<ClientSubnet<'a>, NoClient>> {
    let ips = instance.private_ips.iter().copied();
    let ips: Vec<IpAddr> = ips.filter(|ip| holds(subnet, *ip)).collect();
    if !ips.is_empty() {
        return Some(at_addresses(subnet, &ips, instance, scope));
    }
    let known = match (&instance.silent_zone, instance.private_ips.is_empty()) {
        (_, true) => Known::Subnet,
        (Some(zone), _) if subnet.availability_zone.as_ref() == Some(zone) => {
            Known::SubnetOfStandby
        }
        _ => return None,
    };
    // A standby has addresses of the families that the primary has.
    let spoken = |block: &&IpNet| {
        known == Known::Subnet
            || instance
                .private_ips
                .iter()
                .any(|ip| same_family(&IpNet::from(*ip), block))
    };
    let blocks = subnet.cidrs.iter().filter(spoken);
    Some(Ok(ClientSubnet {
        subnet,
        ends: blocks
            .map(|block| End::believed(*block, &instance.security_group_ids))
            .collect(),
        known,
    }))
}

fn at_addresses<'a>(
    subnet: &'a Subnet,
    ips: &[IpAddr],
    instance: &Instance,
    scope: &'a ScopeSnapshot,
) -> Result<ClientSubnet<'a>, NoClient> {
    let declared = &instance.security_group_ids;
    let ends = ips
        .iter()
        .map(|ip| end_at(*ip, &instance.vpc_id, declared, scope));
    match ends.collect() {
        Ok(ends) => Ok(ClientSubnet {
            subnet,
            ends,
            known: Known::Addresses,
        }),
        Err(gate) => Err(NoClient {
            client: Client {
                subnet_id: subnet.id.clone(),
                addresses: ips.iter().map(|ip| IpNet::from(*ip)).collect(),
            },
            gate: Box::new(gate),
        }),
    }
}

/// One address with the groups of its interface, where that was read; else with the declared ones.
///
/// # Errors
/// Where the interface carries none of the declared groups: a rule there would do nothing. A Network Load Balancer
/// may carry none at all.
pub(super) fn end_at(
    ip: IpAddr,
    vpc: &VpcId,
    declared: &[SecurityGroupId],
    scope: &ScopeSnapshot,
) -> Result<End, Gate> {
    let Some(interface) = scope.interface_at(vpc, ip) else {
        return Ok(End::believed(IpNet::from(ip), declared));
    };
    let carried = &interface.security_group_ids;
    let admits_all = carried.is_empty() && is_network_load_balancer(interface);
    let on_interface = declared.iter().filter(|group| carried.contains(group));
    let on_interface: Vec<SecurityGroupId> = on_interface.cloned().collect();
    match declared.first() {
        Some(wanted) if on_interface.is_empty() && !admits_all => {
            Err(not_on_interface(ip, interface, wanted, declared))
        }
        Some(_) => Ok(End {
            block: IpNet::from(ip),
            groups: carried.clone(),
            declared: on_interface,
        }),
        None => Ok(End::believed(IpNet::from(ip), carried)),
    }
}

/// Whether targets behind an interface answer in its place.
pub(super) fn is_network_load_balancer(interface: &NetworkInterface) -> bool {
    interface.interface_type == "network_load_balancer"
}

fn not_on_interface(
    ip: IpAddr,
    interface: &NetworkInterface,
    wanted: &SecurityGroupId,
    declared: &[SecurityGroupId],
) -> Gate {
    let (id, carried) = (&interface.id, &interface.security_group_ids);
    let carries = if carried.is_empty() {
        "no security group".to_owned()
    } else {
        say::list(carried)
    };
    let message = format!(
        "{id} at {ip} carries {carries}, and of the declared {} none",
        say::list(declared)
    );
    let mut gate = say::declaration(id.to_string(), Reason::GroupNotOnInterface, message);
    let mut groups: Vec<&str> = carried.iter().map(SecurityGroupId::as_str).collect();
    groups.push(wanted.as_str());
    gate.remedy = Some(format!(
        "declare a group that it carries, or attach a declared one: aws ec2 modify-network-interface-attribute \
         --network-interface-id {id} --groups {}",
        groups.join(" ")
    ));
    gate
}
