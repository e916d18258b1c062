//! Who belongs to whom, so that no call has to look at everything.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

/// Sets of ids by a key.
#[derive(Debug, Default)]
pub(crate) struct Sets(HashMap<String, BTreeSet<String>>);

impl Sets {
    /// The ids under a key, in order.
    pub(crate) fn of(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.get(key).into_iter().flatten().map(String::as_str)
    }

    pub(crate) fn insert(&mut self, key: &str, id: &str) {
        self.0
            .entry(key.to_owned())
            .or_default()
            .insert(id.to_owned());
    }

    pub(crate) fn remove(&mut self, key: &str, id: &str) {
        if let Some(ids) = self.0.get_mut(key) {
            ids.remove(id);
            if ids.is_empty() {
                self.0.remove(key);
            }
        }
    }
}

/// The index of a state; each resource enters itself.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Rules by the group that has them.
    pub(crate) rules_by_group: Sets,
    /// Rules by the group that they reference.
    pub(crate) rules_by_reference: Sets,
    /// Rules by what makes two rules the same.
    pub(crate) rule_by_identity: HashMap<String, String>,
    /// Groups by VPC.
    pub(crate) groups_by_vpc: Sets,
    /// Groups by VPC and name, as `vpc-0a/name`.
    pub(crate) groups_by_name: Sets,
    /// Subnets by VPC.
    pub(crate) subnets_by_vpc: Sets,
    /// Network ACLs by VPC.
    pub(crate) network_acls_by_vpc: Sets,
    /// Network ACLs by association.
    pub(crate) network_acl_by_association: HashMap<String, String>,
    /// Route tables by VPC.
    pub(crate) route_tables_by_vpc: Sets,
    /// Route tables by the subnet that is explicitly associated.
    pub(crate) route_table_by_subnet: HashMap<String, String>,
    /// Network interfaces by group.
    pub(crate) interfaces_by_group: Sets,
    /// The addresses in use in a subnet.
    pub(crate) addresses_by_subnet: HashMap<String, BTreeMap<IpAddr, String>>,
}
