//! What was read, looked up by id or address in all accounts and Regions at once. What no answer has is not known where
//! an answer is lacking, and is not there where all were read.

use crate::trip::End;
use dms_network_core::{
    api::{
        InstanceId, NatGatewayId, NetworkInterfaceId, PrefixListId, RouteTableId, SecurityGroupId,
        SubnetId, TransitGatewayAttachmentId, TransitGatewayId, TransitGatewayRouteTableId, VpcId,
        VpcPeeringConnectionId,
    },
    snapshot::{
        AttachedResource, NatGateway, NetworkAcl, NetworkInterface, PrefixList, Read, RouteTable,
        ScopeLists, ScopeSnapshot, SecurityGroup, Subnet, TransitGateway, TransitGatewayAttachment,
        TransitGatewayRouteTable, Vpc, VpcPeeringConnection,
    },
};
use std::{collections::BTreeMap, net::IpAddr};

/// Every account and Region.
#[derive(Clone, Debug)]
pub(crate) struct Atlas<'a> {
    scopes: Vec<&'a ScopeSnapshot>,
}

/// Who stands at an address.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The interface, where one was read.
    pub(crate) interface: Option<NetworkInterfaceId>,
    /// The public address that is associated with it.
    pub(crate) public_ip: Option<IpAddr>,
    /// Its groups.
    pub(crate) groups: Vec<SecurityGroupId>,
    /// Whether no groups means that all are admitted: a Network Load Balancer's interface.
    pub(crate) admits_all: bool,
}

type List<K, V> = Read<BTreeMap<K, V>>;

impl<'a> Atlas<'a> {
    pub(crate) fn new(scopes: Vec<&'a ScopeSnapshot>) -> Self {
        Self { scopes }
    }

    /// All members of a list that satisfy `wanted`, in all scopes; not known where there are none and a scope did not
    /// read the list.
    fn all<K: 'a, V>(
        &self,
        list: impl Fn(&'a ScopeLists) -> &'a List<K, V>,
        wanted: impl Fn(&V) -> bool,
    ) -> Result<Vec<&'a V>, End> {
        let mut found = Vec::new();
        let mut unread = None;
        for scope in self.scopes.iter().copied() {
            match list(scope) {
                Read::Known(list) => found.extend(list.values().filter(|value| wanted(value))),
                Read::Unread(it) => unread = Some(it.call),
            }
        }
        match unread {
            Some(call) if found.is_empty() => Err(End::not_known(call)),
            _ => Ok(found),
        }
    }

    fn one<K: 'a, V>(
        &self,
        list: impl Fn(&'a ScopeLists) -> &'a List<K, V>,
        wanted: impl Fn(&V) -> bool,
    ) -> Result<Option<&'a V>, End> {
        Ok(self.all(list, wanted)?.first().copied())
    }

    pub(crate) fn vpc(&self, id: &VpcId) -> Result<Option<&'a Vpc>, End> {
        self.one(|lists| &lists.vpcs, |vpc| vpc.id == *id)
    }

    /// Whether an account is one of those that were read.
    pub(crate) fn is_ours(&self, account: Option<&dms_network_core::api::AccountId>) -> bool {
        let mut scopes = self.scopes.iter();
        account.is_none() || scopes.any(|scope| scope.account_id.as_ref() == account)
    }

    pub(crate) fn subnet(&self, id: &SubnetId) -> Result<&'a Subnet, End> {
        let found = self.one(|lists| &lists.subnets, |subnet| subnet.id == *id)?;
        found.ok_or_else(|| End::not_known(id))
    }

    /// The subnet of a VPC that holds an address.
    pub(crate) fn subnet_at(
        &self,
        vpc: &VpcId,
        address: IpAddr,
    ) -> Result<Option<&'a Subnet>, End> {
        self.one(
            |lists| &lists.subnets,
            |subnet| {
                let mut blocks = subnet.cidrs.iter();
                subnet.vpc_id == *vpc && blocks.any(|block| block.contains(&address))
            },
        )
    }

    /// The ACL of a subnet: each has one.
    pub(crate) fn network_acl(&self, subnet: &SubnetId) -> Result<&'a NetworkAcl, End> {
        let found = self.one(
            |lists| &lists.network_acls,
            |acl| acl.subnet_ids.contains(subnet),
        )?;
        found.ok_or_else(|| End::not_known("the network ACL of a subnet"))
    }

    /// The table of a subnet: its own, else the main one of its VPC (VPC User Guide, "Route tables").
    pub(crate) fn table_of(&self, subnet: &Subnet) -> Result<Option<&'a RouteTable>, End> {
        let own = self.one(
            |lists| &lists.route_tables,
            |table| table.subnet_ids.contains(&subnet.id),
        )?;
        match own {
            Some(table) => Ok(Some(table)),
            None => self.one(
                |lists| &lists.route_tables,
                |table| table.is_main && table.vpc_id == subnet.vpc_id,
            ),
        }
    }

    pub(crate) fn table(&self, id: &RouteTableId) -> Result<Option<&'a RouteTable>, End> {
        self.one(|lists| &lists.route_tables, |table| table.id == *id)
    }

    /// The edge table of an internet or virtual private gateway (VPC User Guide, "Gateway route tables").
    pub(crate) fn edge_table(&self, gateway: &str) -> Result<Option<&'a RouteTable>, End> {
        self.one(
            |lists| &lists.route_tables,
            |table| table.gateway_ids.iter().any(|id| id == gateway),
        )
    }

    pub(crate) fn security_group(
        &self,
        id: &SecurityGroupId,
    ) -> Result<Option<&'a SecurityGroup>, End> {
        self.one(|lists| &lists.security_groups, |group| group.id == *id)
    }

    pub(crate) fn prefix_list(&self, id: &PrefixListId) -> Result<Option<&'a PrefixList>, End> {
        self.one(|lists| &lists.prefix_lists, |list| list.id == *id)
    }

    pub(crate) fn interface(
        &self,
        id: &NetworkInterfaceId,
    ) -> Result<Option<&'a NetworkInterface>, End> {
        self.one(|lists| &lists.network_interfaces, |found| found.id == *id)
    }

    /// An interface of an instance.
    pub(crate) fn interface_of(
        &self,
        instance: &InstanceId,
    ) -> Result<Option<&'a NetworkInterface>, End> {
        self.one(
            |lists| &lists.network_interfaces,
            |found| found.instance_id.as_ref() == Some(instance),
        )
    }

    /// The interface of a VPC that has an address; none also where interfaces were not read, as for any address at
    /// which EC2 shows nobody.
    pub(crate) fn interface_at(
        &self,
        vpc: &VpcId,
        address: IpAddr,
    ) -> Option<&'a NetworkInterface> {
        let has = |found: &NetworkInterface| {
            let mut addresses = found.addresses.iter();
            found.vpc_id == *vpc && addresses.any(|known| known.address == address)
        };
        let found = self.one(|lists| &lists.network_interfaces, has);
        found.ok().flatten()
    }

    /// The interface with which a public address is associated, and the private address there.
    pub(crate) fn interface_behind(
        &self,
        public: IpAddr,
    ) -> Option<(&'a NetworkInterface, IpAddr)> {
        let behind = |found: &NetworkInterface| {
            let mut addresses = found.addresses.iter();
            let address = addresses.find(|known| {
                known.public_ip == Some(public) || (public.is_ipv6() && known.address == public)
            });
            address.map(|known| known.address)
        };
        let found = self.one(
            |lists| &lists.network_interfaces,
            |found| behind(found).is_some(),
        );
        let interface = found.ok().flatten()?;
        Some((interface, behind(interface)?))
    }

    pub(crate) fn nat_gateway(&self, id: &NatGatewayId) -> Result<Option<&'a NatGateway>, End> {
        self.one(|lists| &lists.nat_gateways, |gateway| gateway.id == *id)
    }

    pub(crate) fn peering(
        &self,
        id: &VpcPeeringConnectionId,
    ) -> Result<Option<&'a VpcPeeringConnection>, End> {
        self.one(|lists| &lists.peerings, |peering| peering.id == *id)
    }

    /// Whether an internet gateway is attached to a VPC: which.
    pub(crate) fn internet_gateway_of(&self, vpc: &VpcId) -> Result<Option<&'a str>, End> {
        let found = self.one(
            |lists| &lists.internet_gateways,
            |gateway| gateway.vpc_ids.contains(vpc),
        )?;
        Ok(found.map(|gateway| gateway.id.as_str()))
    }

    /// Whether an egress-only internet gateway is attached to a VPC: which.
    pub(crate) fn egress_only_gateway_of(&self, vpc: &VpcId) -> Result<Option<&'a str>, End> {
        let found = self.one(
            |lists| &lists.egress_only_internet_gateways,
            |gateway| gateway.vpc_ids.contains(vpc),
        )?;
        Ok(found.map(|gateway| gateway.id.as_str()))
    }

    /// The virtual private gateways that are attached to a VPC: each VPC has one at most.
    pub(crate) fn vpn_gateway_of(&self, vpc: &VpcId) -> Result<Option<&'a str>, End> {
        let found = self.one(
            |lists| &lists.vpn_gateways,
            |gateway| gateway.vpc_ids.contains(vpc),
        )?;
        Ok(found.map(|gateway| gateway.id.as_str()))
    }

    pub(crate) fn transit_gateway(
        &self,
        id: &TransitGatewayId,
    ) -> Result<Option<&'a TransitGateway>, End> {
        self.one(|lists| &lists.transit_gateways, |gateway| gateway.id == *id)
    }

    /// The attachment of a VPC to a transit gateway, the one that works before others.
    pub(crate) fn vpc_attachment(
        &self,
        gateway: &TransitGatewayId,
        vpc: &VpcId,
    ) -> Result<Option<&'a TransitGatewayAttachment>, End> {
        let of_vpc = |it: &TransitGatewayAttachment| {
            let same = matches!(&it.resource, AttachedResource::Vpc { id, .. } if id == vpc);
            same && it.transit_gateway_id == *gateway && it.state == "available"
        };
        self.one(|lists| &lists.transit_gateway_attachments, of_vpc)
    }

    /// An attachment as one of its transit gateways has it: both ends of a peering attachment have the same id.
    pub(crate) fn attachment(
        &self,
        id: &TransitGatewayAttachmentId,
        gateway: &TransitGatewayId,
    ) -> Result<Option<&'a TransitGatewayAttachment>, End> {
        self.one(
            |lists| &lists.transit_gateway_attachments,
            |it| it.id == *id && it.transit_gateway_id == *gateway,
        )
    }

    pub(crate) fn transit_gateway_table(
        &self,
        id: &TransitGatewayRouteTableId,
    ) -> Result<&'a TransitGatewayRouteTable, End> {
        let found = self.one(
            |lists| &lists.transit_gateway_route_tables,
            |it| it.id == *id,
        )?;
        found.ok_or_else(|| End::not_known(id))
    }

    /// The scope that holds a VPC.
    pub(crate) fn scope_of(&self, vpc: &VpcId) -> Option<&'a ScopeSnapshot> {
        let holds =
            |scope: &&ScopeSnapshot| scope.vpcs.known().is_ok_and(|vpcs| vpcs.contains_key(vpc));
        self.scopes.iter().copied().find(holds)
    }

    /// The NAT gateways of a VPC, or of all.
    pub(crate) fn nat_gateways(&self) -> Vec<&'a NatGateway> {
        self.all(|lists| &lists.nat_gateways, |_| true)
            .unwrap_or_default()
    }
}
