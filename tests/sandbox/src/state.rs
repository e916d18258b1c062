//! What one account has in one Region.
//!
//! Handlers never write here: they say which resources are to be what ([`Change`]), and all changes
//! of a call are applied together, or none. The same changes, applied later to a second state, are
//! what a stale read shows.

mod index;
mod table;

pub(crate) use index::Index;
pub(crate) use table::{Resource, Table};

use crate::{
    ec2::{
        address::Address, instance::Instance, network_acl::NetworkAcl,
        network_interface::NetworkInterface, prefix_list::PrefixList, route_table::RouteTable,
        security_group::SecurityGroup, security_group_rule::SecurityGroupRule, subnet::Subnet,
        vpc::Vpc,
    },
    id::Kind,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The resources of one account and Region.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) vpcs: Table<Vpc>,
    pub(crate) subnets: Table<Subnet>,
    pub(crate) security_groups: Table<SecurityGroup>,
    pub(crate) security_group_rules: Table<SecurityGroupRule>,
    pub(crate) network_acls: Table<NetworkAcl>,
    pub(crate) route_tables: Table<RouteTable>,
    pub(crate) network_interfaces: Table<NetworkInterface>,
    pub(crate) instances: Table<Instance>,
    pub(crate) addresses: Table<Address>,
    pub(crate) prefix_lists: Table<PrefixList>,
    /// What was loaded and is served or saved as it is, by its top-level key: DMS objects,
    /// Availability Zones, and what no call here knows.
    pub(crate) documents: BTreeMap<String, Vec<Value>>,
    pub(crate) index: Index,
}

/// A new value of a resource.
#[derive(Debug, Clone)]
pub(crate) enum Any {
    Vpc(Arc<Vpc>),
    Subnet(Arc<Subnet>),
    SecurityGroup(Arc<SecurityGroup>),
    SecurityGroupRule(Arc<SecurityGroupRule>),
    NetworkAcl(Arc<NetworkAcl>),
    RouteTable(Arc<RouteTable>),
    NetworkInterface(Arc<NetworkInterface>),
    Instance(Arc<Instance>),
    Address(Arc<Address>),
    PrefixList(Arc<PrefixList>),
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
    /// Applies a change.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Put(any) => match any.clone() {
                Any::Vpc(resource) => self.put(resource),
                Any::Subnet(resource) => self.put(resource),
                Any::SecurityGroup(resource) => self.put(resource),
                Any::SecurityGroupRule(resource) => self.put(resource),
                Any::NetworkAcl(resource) => self.put(resource),
                Any::RouteTable(resource) => self.put(resource),
                Any::NetworkInterface(resource) => self.put(resource),
                Any::Instance(resource) => self.put(resource),
                Any::Address(resource) => self.put(resource),
                Any::PrefixList(resource) => self.put(resource),
            },
            Change::Delete(kind, id) => match kind {
                Kind::Vpc => self.delete::<Vpc>(id),
                Kind::Subnet => self.delete::<Subnet>(id),
                Kind::SecurityGroup => self.delete::<SecurityGroup>(id),
                Kind::SecurityGroupRule => self.delete::<SecurityGroupRule>(id),
                Kind::NetworkAcl => self.delete::<NetworkAcl>(id),
                Kind::RouteTable => self.delete::<RouteTable>(id),
                Kind::NetworkInterface => self.delete::<NetworkInterface>(id),
                Kind::Instance => self.delete::<Instance>(id),
                Kind::Address => self.delete::<Address>(id),
                Kind::PrefixList => self.delete::<PrefixList>(id),
            },
        }
    }

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
