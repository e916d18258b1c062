//! What one account has in one Region.
//!
//! Handlers never write here: they say which resources are to be what ([`Change`]), and all changes
//! of a call are applied together, or none. The same changes, applied later to a second state, are
//! what a stale read shows.

mod index;
mod table;

pub(crate) use index::Index;
pub(crate) use table::{Held, Resource, Table};

use crate::{
    ec2::{
        address::Address,
        block_public_access::VpcBlockPublicAccessExclusion,
        egress_only_internet_gateway::EgressOnlyInternetGateway,
        instance::Instance,
        internet_gateway::InternetGateway,
        nat_gateway::NatGateway,
        network_acl::NetworkAcl,
        network_interface::NetworkInterface,
        prefix_list::PrefixList,
        route_table::RouteTable,
        security_group::SecurityGroup,
        security_group_rule::SecurityGroupRule,
        subnet::Subnet,
        transit_gateway::TransitGateway,
        transit_gateway_attachment::{
            TransitGatewayAttachment, TransitGatewayPeeringAttachment, TransitGatewayVpcAttachment,
        },
        transit_gateway_route_table::TransitGatewayRouteTable,
        vpc::Vpc,
        vpc_endpoint::VpcEndpoint,
        vpc_peering_connection::VpcPeeringConnection,
        vpn::{VpnConnection, VpnGateway},
    },
    error::ApiError,
    id::Kind,
    tags::Tags,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// All that is to be said once for each kind of resource: its name, and the table that holds it.
macro_rules! kinds {
    ($($kind:ident: $table:ident,)*) => {
        /// The resources of one account and Region.
        #[derive(Debug, Default)]
        pub(crate) struct State {
            $(pub(crate) $table: Table<$kind>,)*
            /// What was loaded and is served or saved as it is, by its top-level key: DMS objects,
            /// Availability Zones, and what no call here knows.
            pub(crate) documents: BTreeMap<String, Vec<Value>>,
            pub(crate) index: Index,
        }

        /// A new value of a resource.
        #[derive(Debug, Clone)]
        pub(crate) enum Any {
            $($kind(Arc<$kind>),)*
        }

        $(impl Held for $kind {
            fn table(state: &State) -> &Table<Self> {
                &state.$table
            }
            fn table_mut(state: &mut State) -> &mut Table<Self> {
                &mut state.$table
            }
            fn any(resource: Arc<Self>) -> Any {
                Any::$kind(resource)
            }
        })*

        impl State {
            /// Applies a change.
            pub(crate) fn apply(&mut self, change: &Change) {
                match change {
                    Change::Put(any) => match any.clone() {
                        $(Any::$kind(resource) => self.put(resource),)*
                    },
                    Change::Delete(kind, id) => match kind {
                        $(Kind::$kind => self.delete::<$kind>(id),)*
                    },
                }
            }

            /// The change that gives a resource other tags; none where it does not exist.
            pub(crate) fn retagged(
                &self,
                kind: Kind,
                id: &str,
                with: &dyn Fn(&Tags) -> Result<Tags, ApiError>,
            ) -> Option<Result<Change, ApiError>> {
                match kind {
                    $(Kind::$kind => {
                        let mut resource = $kind::clone(self.$table.get(id)?);
                        Some(with(resource.tags()).map(|tags| {
                            *resource.tags_mut() = tags;
                            Change::put(resource)
                        }))
                    })*
                }
            }

            /// Kind, id and tags of every resource.
            pub(crate) fn tagged(&self) -> impl Iterator<Item = (Kind, &str, &Tags)> {
                std::iter::empty()
                    $(.chain(self.$table.iter().map(|one| (Kind::$kind, one.id(), one.tags()))))*
            }
        }
    };
}

kinds! {
    Vpc: vpcs,
    Subnet: subnets,
    SecurityGroup: security_groups,
    SecurityGroupRule: security_group_rules,
    NetworkAcl: network_acls,
    RouteTable: route_tables,
    NetworkInterface: network_interfaces,
    Instance: instances,
    Address: addresses,
    PrefixList: prefix_lists,
    VpcPeeringConnection: vpc_peering_connections,
    InternetGateway: internet_gateways,
    EgressOnlyInternetGateway: egress_only_internet_gateways,
    NatGateway: nat_gateways,
    VpnGateway: vpn_gateways,
    VpnConnection: vpn_connections,
    TransitGateway: transit_gateways,
    TransitGatewayAttachment: transit_gateway_attachments,
    TransitGatewayVpcAttachment: transit_gateway_vpc_attachments,
    TransitGatewayPeeringAttachment: transit_gateway_peering_attachments,
    TransitGatewayRouteTable: transit_gateway_route_tables,
    VpcEndpoint: vpc_endpoints,
    VpcBlockPublicAccessExclusion: vpc_block_public_access_exclusions,
}

/// One resource made, changed or deleted.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(Any),
    Delete(Kind, String),
}

impl Change {
    /// The resource is to be this.
    pub(crate) fn put<T: Resource>(resource: T) -> Self {
        Change::Put(T::any(Arc::new(resource)))
    }
}

impl State {
    /// The rules of a group, in the order of their ids.
    pub(crate) fn rules_of(&self, group: &str) -> impl Iterator<Item = &Arc<SecurityGroupRule>> {
        self.index
            .rules_by_group
            .of(group)
            .filter_map(|id| self.security_group_rules.get(id))
    }

    fn put<T: Resource>(&mut self, resource: Arc<T>) {
        if let Some(old) = T::table_mut(self).put(Arc::clone(&resource)) {
            old.unindex(&mut self.index);
        }
        resource.index(&mut self.index);
        self.show_anew(&*resource);
    }

    fn delete<T: Resource>(&mut self, id: &str) {
        if let Some(old) = T::table_mut(self).remove(id) {
            old.unindex(&mut self.index);
            self.show_anew(&*old);
        }
    }

    fn show_anew<T: Resource>(&mut self, resource: &T) {
        if let Some(group) = resource.shown_in_group() {
            self.security_groups.show_anew(group);
        }
    }
}
