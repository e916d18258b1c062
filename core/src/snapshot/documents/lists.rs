//! From answers to typed lists: the one conversion for snapshot folders and live accounts.

mod transit_gateways;

use super::{
    DocumentError, Documents, Item,
    prefix_list::{ENTRIES_CALL, entries},
};
use crate::{
    api::{AccountId, PrefixListId, Region, SecurityGroupId},
    snapshot::{
        BlockPublicAccess, NetworkAcl, Peer, PrefixList, Quotas, Read, RouteDestination,
        RouteTable, ScopeLists, SecurityGroup, SecurityGroupRule, Tags,
    },
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Types a list where it was read, each item by its id.
macro_rules! typed {
    ($documents:ident.$items:ident = $key:literal => $lists:ident.$list:ident by $id:ident, $merge:expr) => {
        if let Some(items) = &$documents.$items {
            let typed = items.iter().map(|item| item.resource());
            $lists.$list = Read::Known(index($key, typed, |item| item.$id.clone(), $merge)?);
        }
    };
}

impl Documents {
    /// The typed lists of an account and Region. The order of items, files and pages does not matter, and an item
    /// that several of them repeat is there once; two that contradict each other are an error.
    ///
    /// The rules of a group come from `SecurityGroupRules` where that holds any of the group's, else from its
    /// grouped permissions, which have no ids.
    pub fn lists(
        &self,
        account_id: Option<AccountId>,
        region: Option<Region>,
    ) -> Result<ScopeLists, DocumentError> {
        let mut lists = ScopeLists {
            account_id,
            region,
            quotas: Quotas::default(),
            ..ScopeLists::unread()
        };
        if self.security_groups.is_some() {
            lists.security_groups = Read::Known(self.security_groups()?);
        }
        typed!(self.vpcs = "Vpcs" => lists.vpcs by id, same);
        typed!(self.subnets = "Subnets" => lists.subnets by id, same);
        typed!(self.network_acls = "NetworkAcls" => lists.network_acls by id, same_but_for_tags);
        typed!(self.route_tables = "RouteTables" => lists.route_tables by id, same);
        typed!(self.network_interfaces = "NetworkInterfaces" => lists.network_interfaces by id, same);
        typed!(self.vpc_peering_connections = "VpcPeeringConnections" => lists.peerings by id, same);
        typed!(self.internet_gateways = "InternetGateways" => lists.internet_gateways by id, same);
        typed!(self.egress_only_internet_gateways = "EgressOnlyInternetGateways"
            => lists.egress_only_internet_gateways by id, same);
        typed!(self.nat_gateways = "NatGateways" => lists.nat_gateways by id, same);
        typed!(self.vpn_gateways = "VpnGateways" => lists.vpn_gateways by id, same);
        typed!(self.vpn_connections = "VpnConnections" => lists.vpn_connections by id, same);
        typed!(self.transit_gateways = "TransitGateways" => lists.transit_gateways by id, same);
        typed!(self.vpc_endpoints = "VpcEndpoints" => lists.vpc_endpoints by id, same);
        typed!(self.replication_instances = "ReplicationInstances"
            => lists.replication_instances by identifier, same);
        typed!(self.replication_subnet_groups = "ReplicationSubnetGroups"
            => lists.replication_subnet_groups by identifier, same);
        typed!(self.replication_configs = "ReplicationConfigs" => lists.replication_configs by arn, same);
        typed!(self.endpoints = "Endpoints" => lists.dms_endpoints by arn, same);
        if let Some(read) = self.block_public_access()? {
            lists.block_public_access = Read::Known(read);
        }
        self.add_transit_gateways(&mut lists)?;
        if self.prefix_lists.is_some() || !self.prefix_list_entries.is_empty() {
            let named = named_prefix_lists(&lists.security_groups, &lists.route_tables);
            lists.prefix_lists = Read::Known(self.prefix_lists(named)?);
        }
        Ok(lists)
    }

    /// VPC Block Public Access, where its options were read: without them its exclusions say nothing.
    fn block_public_access(&self) -> Result<Option<BlockPublicAccess>, DocumentError> {
        const OPTIONS: &str = "VpcBlockPublicAccessOptions";
        let mut modes = self.block_public_access_options.iter().flatten();
        let Some(options) = modes.next() else {
            return Ok(None);
        };
        let mode = options.mode();
        if modes.any(|other| other.mode() != mode) {
            return Err(DocumentError::contradiction(OPTIONS, options.id()));
        }
        let exclusions = match &self.block_public_access_exclusions {
            Some(items) => {
                let typed = items.iter().filter_map(|item| item.resource().transpose());
                let mut exclusions = typed.collect::<Result<Vec<_>, _>>()?;
                exclusions.sort_unstable();
                exclusions.dedup();
                Read::Known(exclusions)
            }
            None => Read::not_in_snapshot("ec2:DescribeVpcBlockPublicAccessExclusions"),
        };
        Ok(Some(BlockPublicAccess { mode, exclusions }))
    }

    fn security_groups(&self) -> Result<BTreeMap<SecurityGroupId, SecurityGroup>, DocumentError> {
        let typed = self
            .security_groups
            .iter()
            .flatten()
            .filter_map(|item| item.resource().transpose());
        let mut groups = index(
            "SecurityGroups",
            typed,
            |group| group.id.clone(),
            same_but_for_tags,
        )?;
        let rows = self.security_group_rules.iter().flatten();
        let rows = rows.map(|item| item.resource());
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        // The id comes first in the order of a group's rules, too.
        rows.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        rows.dedup();
        let clash = rows.windows(2).find(|pair| pair[0].1.id == pair[1].1.id);
        if let Some(id) = clash.and_then(|pair| pair[0].1.id.as_ref()) {
            let key = "SecurityGroupRules";
            return Err(DocumentError::contradiction(key, id.as_str()));
        }
        let mut rules: BTreeMap<SecurityGroupId, Vec<SecurityGroupRule>> = BTreeMap::new();
        for (group, rule) in rows {
            rules.entry(group).or_default().push(rule);
        }
        for (id, rules) in rules {
            if let Some(group) = groups.get_mut(&id) {
                group.rules = rules;
            }
        }
        Ok(groups)
    }

    /// The lists that were read, and those that a rule or route names: AWS lets none go that is named somewhere, so
    /// one that was not shown exists, and its entries are unread.
    fn prefix_lists(
        &self,
        named: Vec<PrefixListId>,
    ) -> Result<BTreeMap<PrefixListId, PrefixList>, DocumentError> {
        let typed = self
            .prefix_lists
            .iter()
            .flatten()
            .map(|item| item.resource());
        let mut lists = index("PrefixLists", typed, |list| list.id.clone(), complete)?;
        let unread = |id: PrefixListId| PrefixList {
            id,
            name: None,
            aws_owned: false,
            weight: None,
            entries: Read::not_in_snapshot(ENTRIES_CALL),
        };
        for id in named {
            lists.entry(id.clone()).or_insert_with(|| unread(id));
        }
        for (id, answer) in &self.prefix_list_entries {
            let entries = entries(id, answer)?;
            let Ok(id) = id.parse::<PrefixListId>() else {
                continue;
            };
            let list = lists.entry(id.clone()).or_insert_with(|| unread(id));
            list.entries = Read::Known(entries);
        }
        Ok(lists)
    }
}

/// Items by id. `merge` says whether an item that is there already is the same, and may complete it.
fn index<K: Ord + AsRef<str>, V>(
    key: &'static str,
    items: impl Iterator<Item = Result<V, DocumentError>>,
    id: impl Fn(&V) -> K,
    merge: impl Fn(&mut V, V) -> bool,
) -> Result<BTreeMap<K, V>, DocumentError> {
    let mut map = BTreeMap::new();
    for item in items {
        let item = item?;
        match map.entry(id(&item)) {
            Entry::Vacant(place) => {
                place.insert(item);
            }
            Entry::Occupied(mut place) => {
                if !merge(place.get_mut(), item) {
                    return Err(DocumentError::contradiction(key, place.key().as_ref()));
                }
            }
        }
    }
    Ok(map)
}

fn same<V: PartialEq>(there: &mut V, item: V) -> bool {
    *there == item
}

/// The same but for tags, which only the owner of a shared resource is shown: those of both are kept.
fn same_but_for_tags<V: Tagged + PartialEq>(there: &mut V, mut item: V) -> bool {
    let tags = std::mem::take(item.tags());
    let kept = std::mem::take(there.tags());
    let agree = tags
        .iter()
        .all(|(key, value)| kept.get(key).is_none_or(|other| other == value));
    let same = agree && *there == item;
    *there.tags() = kept;
    there.tags().extend(tags);
    same
}

/// The same list, as `describe-managed-prefix-lists` and `describe-prefix-lists` print it.
fn complete(there: &mut PrefixList, item: PrefixList) -> bool {
    there.name = there.name.take().or(item.name);
    there.aws_owned |= item.aws_owned;
    there.weight = there.weight.or(item.weight);
    match (&there.entries, item.entries) {
        (Read::Known(entries), Read::Known(others)) => *entries == others,
        (_, Read::Known(entries)) => {
            there.entries = Read::Known(entries);
            true
        }
        (_, Read::Unread(_)) => true,
    }
}

fn named_prefix_lists(
    groups: &Read<BTreeMap<SecurityGroupId, SecurityGroup>>,
    tables: &Read<BTreeMap<crate::api::RouteTableId, RouteTable>>,
) -> Vec<PrefixListId> {
    let groups = groups.known().into_iter().flat_map(BTreeMap::values);
    let by_rules = groups.flat_map(|group| &group.rules).filter_map(|rule| {
        if let Peer::PrefixList(list) = &rule.peer {
            return Some(list.clone());
        }
        None
    });
    let tables = tables.known().into_iter().flat_map(BTreeMap::values);
    let by_routes = tables.flat_map(|table| &table.routes).filter_map(|route| {
        if let RouteDestination::PrefixList(list) = &route.destination {
            return Some(list.clone());
        }
        None
    });
    by_rules.chain(by_routes).collect()
}

/// A resource that carries tags.
trait Tagged {
    fn tags(&mut self) -> &mut Tags;
}

impl Tagged for SecurityGroup {
    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

impl Tagged for NetworkAcl {
    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}
