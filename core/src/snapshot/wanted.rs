//! What a declaration needs to know of an account and Region.

mod placed;

use crate::api::{
    EndpointArn, InstanceId, MigrationNetworkSpec, NetworkInterfaceId, Place, ReplicationConfigArn,
    SecurityGroupId, SubnetId, Target, TransitGatewayId, Unit, VpcId, VpcPeeringConnectionId,
    VpnGatewayId,
};
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What is to be read of one account and Region, besides what carries a claim, which is always read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// VPCs: with their subnets, network ACLs and route tables.
    pub vpcs: BTreeSet<VpcId>,
    /// Declared subnets, which may belong to another VPC than declared.
    pub subnets: BTreeSet<SubnetId>,
    /// Declared security groups: with their rules.
    pub security_groups: BTreeSet<SecurityGroupId>,
    /// Private addresses whose interfaces tell their groups.
    pub addresses: BTreeSet<IpAddr>,
    /// Public addresses, whose interfaces tell whose they are.
    pub public_ips: BTreeSet<IpAddr>,
    /// Instances: with all of their interfaces.
    pub instances: BTreeSet<InstanceId>,
    /// Interfaces: with the other ones of their instances.
    pub interfaces: BTreeSet<NetworkInterfaceId>,
    /// Where packets go, besides the wanted VPCs' own blocks: of the gateways that routes name, only those are read
    /// that packets to these may take. The default blocks stand for what nobody knows beforehand.
    pub destinations: BTreeSet<IpNet>,
    /// Declared peering connections.
    pub peerings: BTreeSet<VpcPeeringConnectionId>,
    /// VPCs at the other end of a way that is not declared: their peering connections.
    pub peers: BTreeSet<VpcId>,
    /// Declared transit gateways: with their attachments and route tables.
    pub transit_gateways: BTreeSet<TransitGatewayId>,
    /// Declared virtual private gateways: with their connections.
    pub vpn_gateways: BTreeSet<VpnGatewayId>,
    /// DMS replication instances, in lower case, as DMS keeps them: with their VPCs, groups and addresses.
    pub replication_instances: BTreeSet<String>,
    /// DMS Serverless replication configurations: with their subnet groups.
    pub replication_configs: BTreeSet<ReplicationConfigArn>,
    /// DMS endpoints.
    pub dms_endpoints: BTreeSet<EndpointArn>,
}

impl Wanted {
    /// What one declaration needs where its replication instance is. Forms that a declaration must not have add
    /// nothing: they are judged elsewhere.
    #[must_use]
    pub fn of(spec: &MigrationNetworkSpec) -> Self {
        let mut places = placed::places(spec);
        places.remove(&spec.home()).unwrap_or_default()
    }

    /// What one declaration needs of the other accounts and Regions that its placements name.
    #[must_use]
    pub fn elsewhere(spec: &MigrationNetworkSpec) -> BTreeMap<Place, Self> {
        let mut places = placed::places(spec);
        places.remove(&spec.home());
        places
    }

    /// What it takes to let go of units: the groups that they are rules of. Network ACLs that carry a claim are
    /// always read.
    #[must_use]
    pub fn of_units<'u>(units: impl IntoIterator<Item = &'u Unit>) -> Self {
        let groups = units.into_iter().filter_map(|unit| match &unit.target {
            Target::SecurityGroupRule(group) => Some(group.clone()),
            Target::NetworkACLEntry(_) => None,
        });
        Self {
            security_groups: groups.collect(),
            ..Self::default()
        }
    }

    /// Adds what another declaration needs.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            vpcs,
            subnets,
            security_groups,
            addresses,
            public_ips,
            instances,
            interfaces,
            destinations,
            peerings,
            peers,
            transit_gateways,
            vpn_gateways,
            replication_instances,
            replication_configs,
            dms_endpoints,
        } = other;
        self.vpcs.extend(vpcs.iter().cloned());
        self.subnets.extend(subnets.iter().cloned());
        self.security_groups.extend(security_groups.iter().cloned());
        self.addresses.extend(addresses);
        self.public_ips.extend(public_ips);
        self.instances.extend(instances.iter().cloned());
        self.interfaces.extend(interfaces.iter().cloned());
        self.destinations.extend(destinations);
        self.peerings.extend(peerings.iter().cloned());
        self.peers.extend(peers.iter().cloned());
        self.transit_gateways
            .extend(transit_gateways.iter().cloned());
        self.vpn_gateways.extend(vpn_gateways.iter().cloned());
        self.replication_instances
            .extend(replication_instances.iter().cloned());
        self.replication_configs
            .extend(replication_configs.iter().cloned());
        self.dms_endpoints.extend(dms_endpoints.iter().cloned());
    }

    /// Whether a read of this tells all that a read of `other` does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let mut both = self.clone();
        both.merge(other);
        both == *self
    }
}

#[cfg(test)]
mod tests;
