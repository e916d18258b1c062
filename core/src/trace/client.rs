//! The client: the replication instance, which opens every connection, in each of its subnets.

use super::{
    End, Instance,
    endpoint::{holds, subnet_in},
    say,
};
use crate::{
    api::{Client, Gate, Note, Reason, SecurityGroupId, VpcId},
    network::blocks::same_family,
    snapshot::{NetworkInterface, ScopeSnapshot, Subnet},
};
use ipnet::IpNet;
use std::net::IpAddr;

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

    /// What is to be noted of them.
    pub(super) fn notes(&self) -> Vec<Note> {
        if self.known != Known::SubnetOfStandby {
            return Vec::new();
        }
        let message = format!(
            "the address of the standby in {} is not known: its subnet stands for it",
            self.subnet.id
        );
        let reason = Reason::SecondaryAddressUnknown;
        vec![Note { reason, message }]
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
        found.extend(lost.filter_map(|ip| nowhere(instance, *ip, scope)).map(Err));
    }
    for subnet in members {
        found.extend(in_subnet(subnet, instance, scope));
    }
    found
}

/// An address of the client that none of its subnets holds.
fn nowhere(instance: &Instance, ip: IpAddr, scope: &ScopeSnapshot) -> Option<NoClient> {
    let message =
        format!("private IP {ip} of the replication instance lies in none of its subnets");
    let field = "spec.replicationInstance";
    let mut gate = say::declaration(field, Reason::AddressNotInSubnet, message);
    let mut of_vpc = scope.subnets_of(&instance.vpc_id).into_iter().flatten();
    gate.remedy = Some(match of_vpc.find(|subnet| holds(subnet, ip)) {
        Some(holder) => format!("correct the address, or add {}, which holds it", holder.id),
        None => format!(
            "correct the address: no subnet of {} holds it",
            instance.vpc_id
        ),
    });
    Some(NoClient {
        client: instance.somewhere(vec![IpNet::from(ip)])?,
        gate: Box::new(gate),
    })
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
