//! What was read from AWS, typed and indexed.
//!
//! A `Snapshot` holds one `ScopeSnapshot` for each account and Region. Every list in it is either read or not
//! (`Read`): what is absent from a list that was read does not exist, what was not read is unknown.

pub mod documents;
pub mod read;
mod resources;
pub mod wanted;

pub use crate::api::RuleDirection;
pub use resources::{
    AttachedGateway, AttachedResource, BlockPublicAccess, BlockPublicAccessExclusion,
    BlockPublicAccessMode, DmsEndpoint, EgressOnlyInternetGateway, ExcludedResource,
    InternetGateway, NatGateway, NatGatewayAddress, NetworkAcl, NetworkAclEntry, NetworkInterface,
    Peer, PeeredVpc, PrefixList, PrivateAddress, Protocol, ReplicationConfig, ReplicationInstance,
    ReplicationSubnetGroup, Route, RouteDestination, RouteOrigin, RouteState, RouteTable,
    RouteTarget, SecurityGroup, SecurityGroupRule, Subnet, Tags, TransitGateway,
    TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable, Vpc, VpcAttachment,
    VpcEndpoint, VpcPeeringConnection, VpnConnection, VpnGateway,
};

use crate::api::{
    AccountId, EgressOnlyInternetGatewayId, InternetGatewayId, NatGatewayId, NetworkAclId,
    NetworkInterfaceId, PrefixListId, Region, ReplicationConfigArn, RouteTableId, SecurityGroupId,
    SubnetId, TransitGatewayAttachmentId, TransitGatewayId, TransitGatewayRouteTableId,
    VpcEndpointId, VpcId, VpcPeeringConnectionId, VpnConnectionId, VpnGatewayId,
};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

/// An answer of AWS: the value, or the reason why there is none. The two are never mixed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// AWS answered with this.
    Known(T),
    /// Nobody asked, or AWS refused.
    Unread(Unread),
}

/// A list that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The call that would read it, as IAM writes it: `ec2:DescribeNetworkAcls`.
    pub call: &'static str,
    /// Why there is no answer.
    pub cause: UnreadCause,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadCause {
    /// The snapshot's folder has no file with this answer.
    NotInSnapshot,
    /// AWS refused the call; its error code and message.
    Denied(String),
    /// AWS gives a part of it and no way to the rest: what is not shown may be there.
    Partial,
}

impl<T> Read<T> {
    /// The value, where it was read.
    pub fn known(&self) -> Result<&T, &Unread> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unread(unread) => Err(unread),
        }
    }

    /// A list that no file of a snapshot folder holds.
    #[must_use]
    pub fn not_in_snapshot(call: &'static str) -> Self {
        Self::Unread(Unread {
            call,
            cause: UnreadCause::NotInSnapshot,
        })
    }
}

/// The lists of one account and Region, as they were read.
#[derive(Clone, Debug)]
pub struct ScopeLists {
    /// The account; none where nothing in a snapshot folder tells it.
    pub account_id: Option<AccountId>,
    /// The Region; none where nothing in a snapshot folder tells it.
    pub region: Option<Region>,
    /// `ec2:DescribeVpcs`.
    pub vpcs: Read<BTreeMap<VpcId, Vpc>>,
    /// `ec2:DescribeSubnets`.
    pub subnets: Read<BTreeMap<SubnetId, Subnet>>,
    /// `ec2:DescribeSecurityGroups` with the rules of `ec2:DescribeSecurityGroupRules`, where they were read.
    pub security_groups: Read<BTreeMap<SecurityGroupId, SecurityGroup>>,
    /// `ec2:DescribeNetworkAcls`.
    pub network_acls: Read<BTreeMap<NetworkAclId, NetworkAcl>>,
    /// `ec2:DescribeRouteTables`.
    pub route_tables: Read<BTreeMap<RouteTableId, RouteTable>>,
    /// `ec2:DescribeNetworkInterfaces`.
    pub network_interfaces: Read<BTreeMap<NetworkInterfaceId, NetworkInterface>>,
    /// `ec2:DescribeManagedPrefixLists`, with the entries of `ec2:GetManagedPrefixListEntries`.
    pub prefix_lists: Read<BTreeMap<PrefixListId, PrefixList>>,
    /// `ec2:DescribeVpcPeeringConnections`.
    pub peerings: Read<BTreeMap<VpcPeeringConnectionId, VpcPeeringConnection>>,
    /// `ec2:DescribeInternetGateways`.
    pub internet_gateways: Read<BTreeMap<InternetGatewayId, InternetGateway>>,
    /// `ec2:DescribeEgressOnlyInternetGateways`.
    pub egress_only_internet_gateways:
        Read<BTreeMap<EgressOnlyInternetGatewayId, EgressOnlyInternetGateway>>,
    /// `ec2:DescribeNatGateways`.
    pub nat_gateways: Read<BTreeMap<NatGatewayId, NatGateway>>,
    /// `ec2:DescribeVpnGateways`.
    pub vpn_gateways: Read<BTreeMap<VpnGatewayId, VpnGateway>>,
    /// `ec2:DescribeVpnConnections`.
    pub vpn_connections: Read<BTreeMap<VpnConnectionId, VpnConnection>>,
    /// `ec2:DescribeTransitGateways`.
    pub transit_gateways: Read<BTreeMap<TransitGatewayId, TransitGateway>>,
    /// `ec2:DescribeTransitGatewayAttachments`, with what the lists of VPC and peering attachments tell. Those lists
    /// alone do, too: what they do not tell is none.
    pub transit_gateway_attachments:
        Read<BTreeMap<TransitGatewayAttachmentId, TransitGatewayAttachment>>,
    /// `ec2:DescribeTransitGatewayRouteTables`, with the routes of `ec2:SearchTransitGatewayRoutes`.
    pub transit_gateway_route_tables:
        Read<BTreeMap<TransitGatewayRouteTableId, TransitGatewayRouteTable>>,
    /// `ec2:DescribeVpcEndpoints`.
    pub vpc_endpoints: Read<BTreeMap<VpcEndpointId, VpcEndpoint>>,
    /// `ec2:DescribeVpcBlockPublicAccessOptions`, with the exclusions of
    /// `ec2:DescribeVpcBlockPublicAccessExclusions`.
    pub block_public_access: Read<BlockPublicAccess>,
    /// `dms:DescribeReplicationInstances`, by identifier (lower case, as DMS keeps it).
    pub replication_instances: Read<BTreeMap<String, ReplicationInstance>>,
    /// `dms:DescribeReplicationSubnetGroups`, by identifier.
    pub replication_subnet_groups: Read<BTreeMap<String, ReplicationSubnetGroup>>,
    /// `dms:DescribeReplicationConfigs`.
    pub replication_configs: Read<BTreeMap<ReplicationConfigArn, ReplicationConfig>>,
    /// `dms:DescribeEndpoints`, by ARN.
    pub dms_endpoints: Read<BTreeMap<String, DmsEndpoint>>,
    /// The quotas in force.
    pub quotas: Quotas,
}

impl ScopeLists {
    /// Nothing read yet: what a snapshot folder without any file says.
    #[must_use]
    pub fn unread() -> Self {
        Self {
            account_id: None,
            region: None,
            vpcs: Read::not_in_snapshot("ec2:DescribeVpcs"),
            subnets: Read::not_in_snapshot("ec2:DescribeSubnets"),
            security_groups: Read::not_in_snapshot("ec2:DescribeSecurityGroups"),
            network_acls: Read::not_in_snapshot("ec2:DescribeNetworkAcls"),
            route_tables: Read::not_in_snapshot("ec2:DescribeRouteTables"),
            network_interfaces: Read::not_in_snapshot("ec2:DescribeNetworkInterfaces"),
            prefix_lists: Read::not_in_snapshot("ec2:DescribeManagedPrefixLists"),
            peerings: Read::not_in_snapshot("ec2:DescribeVpcPeeringConnections"),
            internet_gateways: Read::not_in_snapshot("ec2:DescribeInternetGateways"),
            egress_only_internet_gateways: Read::not_in_snapshot(
                "ec2:DescribeEgressOnlyInternetGateways",
            ),
            nat_gateways: Read::not_in_snapshot("ec2:DescribeNatGateways"),
            vpn_gateways: Read::not_in_snapshot("ec2:DescribeVpnGateways"),
            vpn_connections: Read::not_in_snapshot("ec2:DescribeVpnConnections"),
            transit_gateways: Read::not_in_snapshot("ec2:DescribeTransitGateways"),
            transit_gateway_attachments: Read::not_in_snapshot(
                "ec2:DescribeTransitGatewayAttachments",
            ),
            transit_gateway_route_tables: Read::not_in_snapshot(
                "ec2:DescribeTransitGatewayRouteTables",
            ),
            vpc_endpoints: Read::not_in_snapshot("ec2:DescribeVpcEndpoints"),
            block_public_access: Read::not_in_snapshot("ec2:DescribeVpcBlockPublicAccessOptions"),
            replication_instances: Read::not_in_snapshot("dms:DescribeReplicationInstances"),
            replication_subnet_groups: Read::not_in_snapshot("dms:DescribeReplicationSubnetGroups"),
            replication_configs: Read::not_in_snapshot("dms:DescribeReplicationConfigs"),
            dms_endpoints: Read::not_in_snapshot("dms:DescribeEndpoints"),
            quotas: Quotas::default(),
        }
    }
}

/// Quotas that bound what can be added, in AWS's own units. Amazon VPC User Guide, "Amazon VPC quotas".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Rules of a security group, per direction and address family: Service Quotas `L-0EA8095F`.
    pub rules_per_security_group: u32,
    /// Entries of a network ACL, per direction and address family, the default deny included: `L-2AEEBF1A`.
    pub entries_per_network_acl: u32,
}

impl Default for Quotas {
    /// What an account has until it asks for more.
    fn default() -> Self {
        Self {
            rules_per_security_group: 60,
            entries_per_network_acl: 20,
        }
    }
}

/// Tags that a resource can carry: EC2 User Guide, "Tag your Amazon EC2 resources", tag restrictions.
pub const TAGS_PER_RESOURCE: usize = 50;

/// One account and Region, indexed.
#[derive(Clone, Debug)]
pub struct ScopeSnapshot {
    lists: ScopeLists,
    network_acl_of: HashMap<SubnetId, NetworkAclId>,
    route_table_of: HashMap<SubnetId, RouteTableId>,
    main_route_table_of: HashMap<VpcId, RouteTableId>,
    interface_of: HashMap<(VpcId, IpAddr), NetworkInterfaceId>,
    subnets_of: HashMap<VpcId, Vec<SubnetId>>,
}

impl std::ops::Deref for ScopeSnapshot {
    type Target = ScopeLists;
    fn deref(&self) -> &ScopeLists {
        &self.lists
    }
}

impl From<ScopeLists> for ScopeSnapshot {
    fn from(lists: ScopeLists) -> Self {
        let mut index = Self {
            network_acl_of: HashMap::new(),
            route_table_of: HashMap::new(),
            main_route_table_of: HashMap::new(),
            interface_of: HashMap::new(),
            subnets_of: HashMap::new(),
            lists,
        };
        for acl in index
            .lists
            .network_acls
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for subnet in &acl.subnet_ids {
                index.network_acl_of.insert(subnet.clone(), acl.id.clone());
            }
        }
        for table in index
            .lists
            .route_tables
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for subnet in &table.subnet_ids {
                index
                    .route_table_of
                    .insert(subnet.clone(), table.id.clone());
            }
            if table.is_main {
                index
                    .main_route_table_of
                    .insert(table.vpc_id.clone(), table.id.clone());
            }
        }
        for interface in index
            .lists
            .network_interfaces
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            for address in &interface.addresses {
                index.interface_of.insert(
                    (interface.vpc_id.clone(), address.address),
                    interface.id.clone(),
                );
            }
        }
        for subnet in index
            .lists
            .subnets
            .known()
            .into_iter()
            .flat_map(BTreeMap::values)
        {
            index
                .subnets_of
                .entry(subnet.vpc_id.clone())
                .or_default()
                .push(subnet.id.clone());
        }
        index
    }
}

impl ScopeSnapshot {
    /// The network ACL of a subnet, where it was read. A subnet always has one; none here means that the list of
    /// ACLs did not show it.
    pub fn network_acl_of(&self, subnet: &SubnetId) -> Result<Option<&NetworkAcl>, &Unread> {
        let acls = self.lists.network_acls.known()?;
        Ok(self.network_acl_of.get(subnet).and_then(|id| acls.get(id)))
    }

    /// The route table that a subnet uses: its own, else its VPC's main one (VPC User Guide, "Route tables").
    pub fn route_table_of(&self, subnet: &Subnet) -> Result<Option<&RouteTable>, &Unread> {
        let tables = self.lists.route_tables.known()?;
        let id = self
            .route_table_of
            .get(&subnet.id)
            .or_else(|| self.main_route_table_of.get(&subnet.vpc_id));
        Ok(id.and_then(|id| tables.get(id)))
    }

    /// The interface that holds a private address in a VPC; none also where interfaces were not read.
    #[must_use]
    pub fn interface_at(&self, vpc: &VpcId, address: IpAddr) -> Option<&NetworkInterface> {
        let id = self.interface_of.get(&(vpc.clone(), address))?;
        self.lists.network_interfaces.known().ok()?.get(id)
    }

    /// The subnets of a VPC, in the order of their ids.
    pub fn subnets_of(&self, vpc: &VpcId) -> Result<impl Iterator<Item = &Subnet>, &Unread> {
        let subnets = self.lists.subnets.known()?;
        Ok(self
            .subnets_of
            .get(vpc)
            .into_iter()
            .flatten()
            .filter_map(|id| subnets.get(id)))
    }

    /// Takes the index off again, to change a list.
    #[must_use]
    pub fn into_lists(self) -> ScopeLists {
        self.lists
    }

    /// The lists, to change the rules, entries and tags of what is there: the indexes know nothing of these.
    pub(crate) fn rules_mut(&mut self) -> &mut ScopeLists {
        &mut self.lists
    }
}

/// Everything that was read, by account and Region.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The scopes, sorted by account and Region.
    pub scopes: Vec<ScopeSnapshot>,
}

impl Snapshot {
    /// The scope of an account and Region. A folder that does not tell its account or Region answers for any; where
    /// several would do, the one that holds the VPC.
    #[must_use]
    pub fn scope(
        &self,
        account: Option<&AccountId>,
        region: &Region,
        vpc: Option<&VpcId>,
    ) -> Option<&ScopeSnapshot> {
        let fits = |scope: &&ScopeSnapshot| {
            scope.region.as_ref().is_none_or(|r| r == region)
                && (account.is_none()
                    || scope.account_id.is_none()
                    || scope.account_id.as_ref() == account)
        };
        let holds = |scope: &&ScopeSnapshot| {
            vpc.is_some_and(|vpc| scope.vpcs.known().is_ok_and(|vpcs| vpcs.contains_key(vpc)))
        };
        self.scopes
            .iter()
            .filter(fits)
            .find(holds)
            .or_else(|| self.scopes.iter().find(fits))
    }
}
