//! Calls that were refused: their lists are unread, and the rest of the observation goes on.

use crate::aws::{AwsError, Class};
use dms_network_core::{
    api::{PrefixListId, TransitGatewayRouteTableId},
    snapshot::{Read, ScopeLists, Unread, UnreadCause, documents::Item},
};
use std::collections::{BTreeMap, HashSet};

/// A list, or the refusal of its call.
pub(super) type Answer<T> = Result<Vec<T>, Unread>;

/// Turns a refusal into an unread list; every other error fails the observation.
pub(super) fn answer<T>(
    call: &'static str,
    result: Result<Vec<T>, AwsError>,
) -> Result<Answer<T>, AwsError> {
    match result {
        Ok(items) => Ok(Ok(items)),
        Err(error) if error.class() == Class::AccessDenied => Ok(Err(denied(call, &error))),
        Err(error) => Err(error),
    }
}

pub(super) fn denied(call: &'static str, error: &AwsError) -> Unread {
    Unread {
        call,
        cause: UnreadCause::Denied(error.to_string()),
    }
}

/// A list of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Vpcs,
    Subnets,
    SecurityGroups,
    NetworkAcls,
    RouteTables,
    NetworkInterfaces,
    PrefixLists,
    Peerings,
    InternetGateways,
    EgressOnlyInternetGateways,
    NatGateways,
    VpnGateways,
    VpnConnections,
    TransitGateways,
    TransitGatewayAttachments,
    TransitGatewayRouteTables,
    VpcEndpoints,
    BlockPublicAccess,
    ReplicationInstances,
    ReplicationSubnetGroups,
    ReplicationConfigs,
    DmsEndpoints,
}

/// The lists whose calls were refused.
#[derive(Default)]
pub(super) struct Refused {
    lists: BTreeMap<Key, Unread>,
    entries: BTreeMap<PrefixListId, Unread>,
    routes: BTreeMap<TransitGatewayRouteTableId, Unread>,
    exclusions: Option<Unread>,
}

impl Refused {
    pub(super) fn keep<T>(&mut self, key: Key, answer: Answer<T>) -> Option<Vec<T>> {
        match answer {
            Ok(items) => Some(items),
            Err(unread) => {
                self.list(key, unread);
                None
            }
        }
    }

    /// Adds what a call gave to what others gave of the same list; nothing where nobody asked.
    pub(super) fn add<T: Item>(
        &mut self,
        key: Key,
        call: &'static str,
        result: Result<Option<Vec<T>>, AwsError>,
        items: &mut Option<Vec<T>>,
    ) -> Result<(), AwsError> {
        let Some(result) = result.transpose() else {
            return Ok(());
        };
        if let Some(found) = self.keep(key, answer(call, result)?) {
            add_new(items.get_or_insert_default(), found);
        }
        Ok(())
    }

    pub(super) fn list(&mut self, key: Key, unread: Unread) {
        self.lists.insert(key, unread);
    }

    pub(super) fn entries(&mut self, list: PrefixListId, unread: Unread) {
        self.entries.insert(list, unread);
    }

    pub(super) fn routes(&mut self, table: TransitGatewayRouteTableId, unread: Unread) {
        self.routes.insert(table, unread);
    }

    pub(super) fn exclusions(&mut self, unread: Unread) {
        self.exclusions = Some(unread);
    }

    pub(super) fn mark(self, lists: &mut ScopeLists) {
        for (key, unread) in self.lists {
            match key {
                Key::Vpcs => lists.vpcs = Read::Unread(unread),
                Key::Subnets => lists.subnets = Read::Unread(unread),
                Key::SecurityGroups => lists.security_groups = Read::Unread(unread),
                Key::NetworkAcls => lists.network_acls = Read::Unread(unread),
                Key::RouteTables => lists.route_tables = Read::Unread(unread),
                Key::NetworkInterfaces => lists.network_interfaces = Read::Unread(unread),
                Key::PrefixLists => lists.prefix_lists = Read::Unread(unread),
                Key::Peerings => lists.peerings = Read::Unread(unread),
                Key::InternetGateways => lists.internet_gateways = Read::Unread(unread),
                Key::EgressOnlyInternetGateways => {
                    lists.egress_only_internet_gateways = Read::Unread(unread);
                }
                Key::NatGateways => lists.nat_gateways = Read::Unread(unread),
                Key::VpnGateways => lists.vpn_gateways = Read::Unread(unread),
                Key::VpnConnections => lists.vpn_connections = Read::Unread(unread),
                Key::TransitGateways => lists.transit_gateways = Read::Unread(unread),
                Key::TransitGatewayAttachments => {
                    lists.transit_gateway_attachments = Read::Unread(unread);
                }
                Key::TransitGatewayRouteTables => {
                    lists.transit_gateway_route_tables = Read::Unread(unread);
                }
                Key::VpcEndpoints => lists.vpc_endpoints = Read::Unread(unread),
                Key::BlockPublicAccess => lists.block_public_access = Read::Unread(unread),
                Key::ReplicationInstances => lists.replication_instances = Read::Unread(unread),
                Key::ReplicationSubnetGroups => {
                    lists.replication_subnet_groups = Read::Unread(unread);
                }
                Key::ReplicationConfigs => lists.replication_configs = Read::Unread(unread),
                Key::DmsEndpoints => lists.dms_endpoints = Read::Unread(unread),
            }
        }
        if let Read::Known(known) = &mut lists.prefix_lists {
            for (id, unread) in self.entries {
                if let Some(list) = known.get_mut(&id) {
                    list.entries = Read::Unread(unread);
                }
            }
        }
        if let Read::Known(known) = &mut lists.transit_gateway_route_tables {
            for (id, unread) in self.routes {
                if let Some(table) = known.get_mut(&id) {
                    table.routes = Read::Unread(unread);
                }
            }
        }
        if let (Read::Known(known), Some(unread)) =
            (&mut lists.block_public_access, self.exclusions)
        {
            known.exclusions = Read::Unread(unread);
        }
    }
}

/// Adds the items that are not there yet.
pub(super) fn add_new<T: Item>(items: &mut Vec<T>, more: Vec<T>) {
    let mut there: HashSet<String> = items.iter().map(|item| item.id().to_owned()).collect();
    let new = more.into_iter();
    items.extend(new.filter(|item| there.insert(item.id().to_owned())));
}
