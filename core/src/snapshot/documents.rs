//! The answers of AWS in the form in which the AWS CLI prints them, and their conversion into typed lists.
//!
//! The same structs read a snapshot folder, hold what a live account answered, and write a snapshot folder. They
//! name the members that this program uses; members that they do not name are ignored when read. Members that may
//! hold secrets are named nowhere, so that they can be neither kept nor written.
//!
//! A list more is one struct that is an [`Item`] and one line in the table of [`Documents`].

mod block_public_access;
mod dms;
mod error;
mod field;
mod internet_gateway;
mod lists;
mod nat_gateway;
mod network_acl;
mod network_interface;
mod prefix_list;
mod route_table;
mod security_group;
mod tells;
mod transit_gateway;
mod transit_gateway_attachment;
mod vpc;
mod vpc_endpoint;
mod vpc_peering_connection;
mod vpn;

pub use block_public_access::{VpcBlockPublicAccessExclusion, VpcBlockPublicAccessOptions};
pub use dms::{
    AvailabilityZoneName, ComputeConfig, Endpoint, ReplicationConfig, ReplicationInstance,
    ReplicationInstanceSubnetGroup, ReplicationSubnet, ReplicationSubnetGroup,
    VpcSecurityGroupMembership,
};
pub use error::DocumentError;
pub use field::{StateCode, Tag};
pub use internet_gateway::{EgressOnlyInternetGateway, GatewayAttachment, InternetGateway};
pub use nat_gateway::{AttachedAppliance, NatGateway, NatGatewayAddress};
pub use network_acl::{
    IcmpTypeCode, NetworkAcl, NetworkAclAssociation, NetworkAclEntry, PortRange,
};
pub use network_interface::{
    Address, Association, Attachment, Instance, InstanceState, Ipv6Address, NetworkInterface,
    Placement, PrivateIpAddress, Reservation,
};
pub use prefix_list::{PrefixList, PrefixListEntry};
pub use route_table::{PropagatingVgw, Route, RouteTable, RouteTableAssociation};
pub use security_group::{
    GroupIdentifier, IpPermission, IpRange, Ipv6Range, PrefixListPeer, ReferencedGroup,
    SecurityGroup, SecurityGroupRule, UserIdGroupPair,
};
pub use tells::{Side, Tells};
pub use transit_gateway::{
    TransitGateway, TransitGatewayOptions, TransitGatewayRoute, TransitGatewayRouteAttachment,
    TransitGatewayRouteTable, TransitGatewayRoutes,
};
pub use transit_gateway_attachment::{
    PeeringTgwInfo, TransitGatewayAssociation, TransitGatewayAttachment,
    TransitGatewayPeeringAttachment, TransitGatewayVpcAttachment,
    TransitGatewayVpcAttachmentOptions,
};
pub use vpc::{Subnet, SubnetIpv6CidrAssociation, Vpc, VpcCidrAssociation, VpcIpv6CidrAssociation};
pub use vpc_endpoint::VpcEndpoint;
pub use vpc_peering_connection::{
    PeeredCidrBlock, PeeredIpv6CidrBlock, VpcPeeringConnection, VpcPeeringConnectionStatus,
    VpcPeeringConnectionVpcInfo,
};
pub use vpn::{VpnConnection, VpnGateway};

pub(super) use error::FieldError;

use serde::{
    Serialize,
    de::{DeserializeOwned, Error, MapAccess},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// One resource of an answer.
pub trait Item: Clone + Serialize + DeserializeOwned {
    /// Whether an answer has just one of it, in place of a list.
    const IS_ONE: bool = false;

    /// Its id (or ARN), by which items of an answer are sorted and errors name it.
    fn id(&self) -> &str;

    /// What it tells about its account, Region and VPC.
    fn tells(&self) -> Tells<'_>;

    /// Whether it can be typed.
    fn check(&self) -> Result<(), DocumentError>;
}

/// Declares the lists: a member, its type, and the top-level key by which a file is known.
macro_rules! documents {
    ($($(#[$doc:meta])* $field:ident: $item:ty = $key:literal;)*) => {
        /// The answers of one account and Region. A list is none where no answer had it, and empty where an answer
        /// had nothing in it.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Documents {
            $(
                $(#[$doc])*
                pub $field: Option<Vec<$item>>,
            )*
            /// `ec2 get-managed-prefix-list-entries`, by the id of the list: the answer does not print it.
            pub prefix_list_entries: BTreeMap<String, Vec<PrefixListEntry>>,
            /// `ec2 search-transit-gateway-routes`, by the id of the table: the answer does not print it.
            pub transit_gateway_routes: BTreeMap<String, TransitGatewayRoutes>,
        }

        impl Documents {
            /// Reads what a top-level key of an answer holds, straight from its text, and says whether it is one of
            /// [`Self::KEYS`]. An error here does not say where it is: [`Self::add_key`] does.
            pub(super) fn read_key<'de, A: MapAccess<'de>>(
                &mut self,
                key: &str,
                answer: &mut A,
            ) -> Result<bool, A::Error> {
                match key {
                    $($key => read_list(&mut self.$field, answer)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            /// The keys of the lists that are there.
            pub(super) fn keys(&self) -> Vec<&'static str> {
                [$(self.$field.as_ref().map(|_| $key)),*].into_iter().flatten().collect()
            }

            /// Adds what a top-level key of an answer holds; nothing where the key is none of [`Self::KEYS`].
            pub(super) fn add_key(&mut self, key: &'static str, value: Value) -> Result<(), DocumentError> {
                match key {
                    $($key => append(&mut self.$field, checked(key, value)?),)*
                    _ => {}
                }
                Ok(())
            }

            /// The keys by which an answer is known.
            pub const KEYS: &[&str] = &[$($key),*];

            /// What every item tells.
            pub(super) fn tells(&self) -> impl Iterator<Item = Tells<'_>> {
                std::iter::empty()$(.chain(self.$field.iter().flatten().map(Item::tells)))*
            }

            /// A copy with those items for which `keep` holds. A list of which it holds for none is not there, unless it
            /// is empty by itself.
            pub(super) fn part(&self, keep: &impl Fn(&Tells<'_>) -> bool) -> Self {
                Self {
                    $($field: self.$field.as_ref().and_then(|items| part_of(items, keep)),)*
                    prefix_list_entries: self.prefix_list_entries.clone(),
                    transit_gateway_routes: self.transit_gateway_routes.clone(),
                }
            }

            /// As [`Self::part`], without a copy.
            pub(super) fn into_part(self, keep: &impl Fn(&Tells<'_>) -> bool) -> Self {
                Self {
                    $($field: self.$field.and_then(|items| into_part_of(items, keep)),)*
                    ..self
                }
            }

            /// Adds the items of `other`; lists that are empty only where `with_empty` is true.
            pub(super) fn extend(&mut self, other: Self, with_empty: bool) {
                $(
                    if let Some(items) = other.$field.filter(|items| with_empty || !items.is_empty()) {
                        append(&mut self.$field, items);
                    }
                )*
                for (id, entries) in other.prefix_list_entries {
                    self.prefix_list_entries.entry(id).or_default().extend(entries);
                }
                for (id, routes) in other.transit_gateway_routes {
                    self.transit_gateway_routes.entry(id).or_default().join(routes);
                }
            }

            /// The same answers with the items of each list in the order of their ids.
            #[must_use]
            pub fn sorted(mut self) -> Self {
                $(
                    if let Some(items) = &mut self.$field {
                        items.sort_by(|a, b| a.id().cmp(b.id()));
                    }
                )*
                self
            }

            /// Each list that was read as the AWS CLI prints it: its key, and the JSON object of that key alone.
            pub fn answers(&self) -> impl Iterator<Item = (&'static str, Result<Value, serde_json::Error>)> {
                [$(self.$field.as_deref().and_then(|items| one_key($key, items))),*].into_iter().flatten()
            }
        }
    };
}

documents! {
    /// `ec2 describe-vpcs`.
    vpcs: Vpc = "Vpcs";
    /// `ec2 describe-subnets`.
    subnets: Subnet = "Subnets";
    /// `ec2 describe-security-groups`.
    security_groups: SecurityGroup = "SecurityGroups";
    /// `ec2 describe-security-group-rules`.
    security_group_rules: SecurityGroupRule = "SecurityGroupRules";
    /// `ec2 describe-network-acls`.
    network_acls: NetworkAcl = "NetworkAcls";
    /// `ec2 describe-route-tables`.
    route_tables: RouteTable = "RouteTables";
    /// `ec2 describe-network-interfaces`.
    network_interfaces: NetworkInterface = "NetworkInterfaces";
    /// `ec2 describe-instances`.
    reservations: Reservation = "Reservations";
    /// `ec2 describe-addresses`.
    addresses: Address = "Addresses";
    /// `ec2 describe-managed-prefix-lists` and `ec2 describe-prefix-lists`, which share their key.
    prefix_lists: PrefixList = "PrefixLists";
    /// `ec2 describe-vpc-peering-connections`.
    vpc_peering_connections: VpcPeeringConnection = "VpcPeeringConnections";
    /// `ec2 describe-internet-gateways`.
    internet_gateways: InternetGateway = "InternetGateways";
    /// `ec2 describe-egress-only-internet-gateways`.
    egress_only_internet_gateways: EgressOnlyInternetGateway = "EgressOnlyInternetGateways";
    /// `ec2 describe-nat-gateways`.
    nat_gateways: NatGateway = "NatGateways";
    /// `ec2 describe-vpn-gateways`.
    vpn_gateways: VpnGateway = "VpnGateways";
    /// `ec2 describe-vpn-connections`.
    vpn_connections: VpnConnection = "VpnConnections";
    /// `ec2 describe-transit-gateways`.
    transit_gateways: TransitGateway = "TransitGateways";
    /// `ec2 describe-transit-gateway-attachments`.
    transit_gateway_attachments: TransitGatewayAttachment = "TransitGatewayAttachments";
    /// `ec2 describe-transit-gateway-vpc-attachments`.
    transit_gateway_vpc_attachments: TransitGatewayVpcAttachment = "TransitGatewayVpcAttachments";
    /// `ec2 describe-transit-gateway-peering-attachments`.
    transit_gateway_peering_attachments: TransitGatewayPeeringAttachment = "TransitGatewayPeeringAttachments";
    /// `ec2 describe-transit-gateway-route-tables`.
    transit_gateway_route_tables: TransitGatewayRouteTable = "TransitGatewayRouteTables";
    /// `ec2 describe-vpc-endpoints`.
    vpc_endpoints: VpcEndpoint = "VpcEndpoints";
    /// `ec2 describe-vpc-block-public-access-options`: one, in place of a list.
    block_public_access_options: VpcBlockPublicAccessOptions = "VpcBlockPublicAccessOptions";
    /// `ec2 describe-vpc-block-public-access-exclusions`.
    block_public_access_exclusions: VpcBlockPublicAccessExclusion = "VpcBlockPublicAccessExclusions";
    /// `dms describe-replication-instances`.
    replication_instances: ReplicationInstance = "ReplicationInstances";
    /// `dms describe-replication-subnet-groups`.
    replication_subnet_groups: ReplicationSubnetGroup = "ReplicationSubnetGroups";
    /// `dms describe-replication-configs`.
    replication_configs: ReplicationConfig = "ReplicationConfigs";
    /// `dms describe-endpoints`.
    endpoints: Endpoint = "Endpoints";
}

fn append<T>(list: &mut Option<Vec<T>>, items: Vec<T>) {
    list.get_or_insert_default().extend(items);
}

fn part_of<T: Item>(items: &[T], keep: &impl Fn(&Tells<'_>) -> bool) -> Option<Vec<T>> {
    let kept = items.iter().filter(|item| keep(&item.tells()));
    let kept: Vec<T> = kept.cloned().collect();
    (items.is_empty() || !kept.is_empty()).then_some(kept)
}

fn into_part_of<T: Item>(mut items: Vec<T>, keep: &impl Fn(&Tells<'_>) -> bool) -> Option<Vec<T>> {
    let was_empty = items.is_empty();
    items.retain(|item| keep(&item.tells()));
    (was_empty || !items.is_empty()).then_some(items)
}

/// Reads a list that is not there yet, each item of which can be typed; nothing for `null`.
fn read_list<'de, A: MapAccess<'de>, T: Item>(
    list: &mut Option<Vec<T>>,
    answer: &mut A,
) -> Result<(), A::Error> {
    if list.is_some() {
        return Err(A::Error::custom("a key that is there twice"));
    }
    *list = if T::IS_ONE {
        answer.next_value::<Option<T>>()?.map(|item| vec![item])
    } else {
        answer.next_value()?
    };
    let mut items = list.iter().flatten();
    items.try_for_each(T::check).map_err(A::Error::custom)
}

/// The items of a list, each of which can be typed.
fn checked<T: Item>(key: &'static str, value: Value) -> Result<Vec<T>, DocumentError> {
    let values = match value {
        Value::Object(_) if T::IS_ONE => vec![value],
        other if T::IS_ONE => return Err(DocumentError::not_an_object(key, &other)),
        Value::Array(values) => values,
        other => return Err(DocumentError::not_a_list(key, &other)),
    };
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            let item: T = serde_path_to_error::deserialize(value)
                .map_err(|error| DocumentError::shape(key, index, &error))?;
            item.check()?;
            Ok(item)
        })
        .collect()
}

/// A list as an answer of its own; none where there is nothing of which an answer has just one.
fn one_key<T: Item>(
    key: &'static str,
    items: &[T],
) -> Option<(&'static str, Result<Value, serde_json::Error>)> {
    let value = if T::IS_ONE {
        serde_json::to_value(items.first()?)
    } else {
        serde_json::to_value(items)
    };
    let answer = |value| Value::Object([(key.to_owned(), value)].into_iter().collect());
    Some((key, value.map(answer)))
}
