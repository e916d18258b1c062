//! The calls of an observation, in the order in which one answer says what to ask next.

use super::{calls, dms, filters};
use crate::aws::{AwsError, Class, Session};
use dms_network_core::{
    api::{ACL_CLAIM_TAG_PREFIX, MANAGED_TAG, PrefixListId, SecurityGroupId, SubnetId, VpcId},
    snapshot::{
        Peer, Read, RouteDestination, ScopeLists, Unread, UnreadCause,
        documents::{Documents, Item},
        wanted::Wanted,
    },
};
use futures::{future::try_join_all, join, try_join};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    net::IpAddr,
};

/// A list, or the refusal of its call.
type Answer<T> = Result<Vec<T>, Unread>;

/// Turns a refusal into an unread list; every other error fails the observation.
fn answer<T>(call: &'static str, result: Result<Vec<T>, AwsError>) -> Result<Answer<T>, AwsError> {
    match result {
        Ok(items) => Ok(Ok(items)),
        Err(error) if error.class() == Class::AccessDenied => Ok(Err(Unread {
            call,
            cause: UnreadCause::Denied(error.to_string()),
        })),
        Err(error) => Err(error),
    }
}

/// Reads what is wanted and what is claimed.
pub(super) async fn gather(session: &Session, wanted: &Wanted) -> Result<ScopeLists, AwsError> {
    let (claimed, mut need) = (claimed(session), Need::of(wanted));
    let (instances, configs, claimed, quotas) = {
        let dms = async {
            try_join!(
                replication_instances(session, wanted),
                replication_configs(session, wanted)
            )
        };
        let (dms, claimed, quotas) = join!(dms, claimed, session.quotas());
        let (instances, configs) = dms?;
        (instances, configs, claimed?, quotas)
    };
    let mut refused = Refused::default();
    let mut documents = Documents::default();
    if let Some(read) = instances {
        documents.replication_instances = refused.keep(Key::ReplicationInstances, read);
    }
    if let Some((configs, groups)) = configs {
        documents.replication_configs = refused.keep(Key::ReplicationConfigs, configs);
        documents.replication_subnet_groups = refused.keep(Key::ReplicationSubnetGroups, groups);
    }
    need.add_dms(&typed(session, &documents)?, wanted);
    if !wanted.dms_endpoints.is_empty() {
        let read = dms::endpoints(session, &wanted.dms_endpoints).await;
        let read = answer("dms:DescribeEndpoints", read)?;
        documents.endpoints = refused.keep(Key::DmsEndpoints, read);
    }
    read_vpcs(session, &need, claimed.acls, &mut documents, &mut refused).await?;
    if let Some(unread) = claimed.refused_rules {
        refused.lists.insert(Key::SecurityGroups, unread);
    }
    need.groups.extend(claimed.groups);
    read_groups(session, &mut need, &mut documents, &mut refused).await?;
    read_prefix_lists(session, &mut documents, &mut refused).await?;
    let mut lists = typed(session, &documents)?;
    refused.mark(&mut lists);
    lists.quotas = quotas;
    Ok(lists)
}

/// What is to be read of EC2.
struct Need {
    vpcs: BTreeSet<VpcId>,
    subnets: BTreeSet<SubnetId>,
    groups: BTreeSet<SecurityGroupId>,
    addresses: BTreeSet<IpAddr>,
}

impl Need {
    fn of(wanted: &Wanted) -> Self {
        Self {
            vpcs: wanted.vpcs.clone(),
            subnets: wanted.subnets.clone(),
            groups: wanted.security_groups.clone(),
            addresses: wanted.addresses.clone(),
        }
    }

    /// Adds where the wanted DMS objects are.
    fn add_dms(&mut self, lists: &ScopeLists, wanted: &Wanted) {
        if let Ok(instances) = lists.replication_instances.known() {
            for identifier in &wanted.replication_instances {
                let Some(instance) = instances.get(identifier) else {
                    continue;
                };
                self.vpcs.extend(instance.vpc_id.clone());
                let subnets = instance.subnets.iter().map(|(subnet, _)| subnet.clone());
                self.subnets.extend(subnets);
                self.groups
                    .extend(instance.security_group_ids.iter().cloned());
                self.addresses.extend(&instance.private_ips);
            }
        }
        let (Ok(configs), Ok(groups)) = (
            lists.replication_configs.known(),
            lists.replication_subnet_groups.known(),
        ) else {
            return;
        };
        for arn in &wanted.replication_configs {
            let Some(config) = configs.get(arn) else {
                continue;
            };
            self.groups
                .extend(config.security_group_ids.iter().cloned());
            let group = config.subnet_group.as_ref();
            if let Some(group) = group.and_then(|identifier| groups.get(identifier)) {
                self.vpcs.extend(group.vpc_id.clone());
                self.subnets.extend(group.subnet_ids.iter().cloned());
            }
        }
    }
}

async fn replication_instances(
    session: &Session,
    wanted: &Wanted,
) -> Result<Option<Answer<dms_network_core::snapshot::documents::ReplicationInstance>>, AwsError> {
    if wanted.replication_instances.is_empty() {
        return Ok(None);
    }
    let read = dms::replication_instances(session).await;
    answer("dms:DescribeReplicationInstances", read).map(Some)
}

type Configs = (
    Answer<dms_network_core::snapshot::documents::ReplicationConfig>,
    Answer<dms_network_core::snapshot::documents::ReplicationSubnetGroup>,
);

async fn replication_configs(
    session: &Session,
    wanted: &Wanted,
) -> Result<Option<Configs>, AwsError> {
    if wanted.replication_configs.is_empty() {
        return Ok(None);
    }
    let (configs, groups) = join!(
        dms::replication_configs(session),
        dms::replication_subnet_groups(session)
    );
    Ok(Some((
        answer("dms:DescribeReplicationConfigs", configs)?,
        answer("dms:DescribeReplicationSubnetGroups", groups)?,
    )))
}

/// Where claims of a controller are, whether anybody still declares them or not.
struct Claimed {
    groups: BTreeSet<SecurityGroupId>,
    acls: Answer<dms_network_core::snapshot::documents::NetworkAcl>,
    refused_rules: Option<Unread>,
}

/// Claimed groups are where a rule carries the mark of a controller, claimed ACLs where a tag names an entry.
async fn claimed(session: &Session) -> Result<Claimed, AwsError> {
    let managed = filters::by(&format!("tag:{MANAGED_TAG}"), ["true"]);
    let by_tag = filters::by("tag-key", [format!("{ACL_CLAIM_TAG_PREFIX}*")]);
    let (rules, acls) = join!(
        calls::security_group_rules(session, managed),
        calls::network_acls(session, by_tag)
    );
    let (rules, refused_rules) = match answer("ec2:DescribeSecurityGroupRules", rules)? {
        Ok(rules) => (rules, None),
        Err(unread) => (Vec::new(), Some(unread)),
    };
    Ok(Claimed {
        groups: rules
            .iter()
            .filter_map(|rule| rule.group_id.parse().ok())
            .collect(),
        acls: answer("ec2:DescribeNetworkAcls", acls)?,
        refused_rules,
    })
}

async fn read_vpcs(
    session: &Session,
    need: &Need,
    claimed_acls: Answer<dms_network_core::snapshot::documents::NetworkAcl>,
    documents: &mut Documents,
    refused: &mut Refused,
) -> Result<(), AwsError> {
    let by_vpc = || filters::by("vpc-id", &need.vpcs);
    let (vpcs, subnets, acls, tables, interfaces) = join!(
        calls::vpcs(session, by_vpc()),
        calls::subnets(session, by_vpc()),
        calls::network_acls(session, by_vpc()),
        calls::route_tables(session, by_vpc()),
        calls::network_interfaces(session, interface_filters(need)),
    );
    documents.vpcs = refused.keep(Key::Vpcs, answer("ec2:DescribeVpcs", vpcs)?);
    let subnets = answer("ec2:DescribeSubnets", subnets)?;
    documents.subnets = refused.keep(Key::Subnets, subnets);
    let acls = answer("ec2:DescribeNetworkAcls", acls)?;
    documents.network_acls = refused.keep(Key::NetworkAcls, acls);
    let tables = answer("ec2:DescribeRouteTables", tables)?;
    documents.route_tables = refused.keep(Key::RouteTables, tables);
    let interfaces = answer("ec2:DescribeNetworkInterfaces", interfaces)?;
    documents.network_interfaces = refused.keep(Key::NetworkInterfaces, interfaces);
    // A list from which what we claimed may be lacking was not read: nothing may be taken for gone by it.
    let claimed_acls = refused.keep(Key::NetworkAcls, claimed_acls);
    if let (Some(acls), Some(claimed)) = (&mut documents.network_acls, claimed_acls) {
        add_new(acls, claimed);
    }
    add_subnets_elsewhere(session, need, documents).await
}

/// Declared subnets that their VPC does not have: they are somewhere else, or nowhere.
async fn add_subnets_elsewhere(
    session: &Session,
    need: &Need,
    documents: &mut Documents,
) -> Result<(), AwsError> {
    let Some(subnets) = &mut documents.subnets else {
        return Ok(());
    };
    let found: HashSet<&str> = subnets.iter().map(Item::id).collect();
    let missing = need
        .subnets
        .iter()
        .filter(|id| !found.contains(id.as_str()));
    let missing = filters::by("subnet-id", missing);
    if !missing.is_empty() {
        let elsewhere = calls::subnets(session, missing).await?;
        add_new(subnets, elsewhere);
    }
    Ok(())
}

/// The interfaces of the wanted addresses, which may be there in several VPCs.
fn interface_filters(need: &Need) -> Vec<filters::Filters> {
    let of_family = |v4: bool| need.addresses.iter().filter(move |ip| ip.is_ipv4() == v4);
    let vpcs = || ("vpc-id", &need.vpcs);
    let mut requests = filters::by_both(vpcs(), ("addresses.private-ip-address", of_family(true)));
    requests.extend(filters::by_both(
        vpcs(),
        ("ipv6-addresses.ipv6-address", of_family(false)),
    ));
    requests
}

/// The declared groups, those that carry claims, and those on the interfaces that were found.
async fn read_groups(
    session: &Session,
    need: &mut Need,
    documents: &mut Documents,
    refused: &mut Refused,
) -> Result<(), AwsError> {
    let on_interfaces = documents.network_interfaces.iter().flatten();
    let on_interfaces = on_interfaces.flat_map(|interface| &interface.groups);
    need.groups
        .extend(on_interfaces.filter_map(|group| group.group_id.parse().ok()));
    let by_group = || filters::by("group-id", &need.groups);
    let (groups, rules) = join!(
        calls::security_groups(session, by_group()),
        calls::security_group_rules(session, by_group())
    );
    let groups = answer("ec2:DescribeSecurityGroups", groups)?;
    let rules = answer("ec2:DescribeSecurityGroupRules", rules)?;
    documents.security_groups = refused.keep(Key::SecurityGroups, groups);
    // Groups without the ids and tags of their rules would make every claim look like somebody else's rule.
    documents.security_group_rules = refused.keep(Key::SecurityGroups, rules);
    for group in documents.security_groups.iter_mut().flatten() {
        // The rules were read on their own, at another moment: what they do not show is not there.
        group.ip_permissions.clear();
        group.ip_permissions_egress.clear();
    }
    Ok(())
}

/// The prefix lists that a rule or route names, with the entries that decide something: of a rule's lists all, of a
/// route's the customer's (AWS's own hold public addresses).
async fn read_prefix_lists(
    session: &Session,
    documents: &mut Documents,
    refused: &mut Refused,
) -> Result<(), AwsError> {
    let (by_rules, by_routes) = named_prefix_lists(&typed(session, documents)?);
    let named: BTreeSet<&PrefixListId> = by_rules.iter().chain(&by_routes).collect();
    let lists = calls::managed_prefix_lists(session, filters::by("prefix-list-id", named)).await;
    let lists = answer("ec2:DescribeManagedPrefixLists", lists)?;
    documents.prefix_lists = refused.keep(Key::PrefixLists, lists);
    let decides = |id: &PrefixListId, owner: Option<&str>| {
        by_rules.contains(id) || owner.is_some_and(|owner| owner != "AWS")
    };
    let wanted = documents.prefix_lists.iter().flatten().filter_map(|list| {
        let id = list.prefix_list_id.parse::<PrefixListId>().ok()?;
        decides(&id, list.owner_id.as_deref()).then_some(id)
    });
    let reads = wanted.map(|id| async move {
        let entries = calls::prefix_list_entries(session, &id).await;
        Ok::<_, AwsError>((id, answer(ENTRIES_CALL, entries)?))
    });
    for (id, read) in try_join_all(reads).await? {
        match read {
            Ok(entries) => {
                documents
                    .prefix_list_entries
                    .insert(id.to_string(), entries);
            }
            Err(unread) => {
                refused.entries.insert(id, unread);
            }
        }
    }
    Ok(())
}

const ENTRIES_CALL: &str = "ec2:GetManagedPrefixListEntries";

fn named_prefix_lists(lists: &ScopeLists) -> (BTreeSet<PrefixListId>, BTreeSet<PrefixListId>) {
    let groups = lists.security_groups.known().into_iter().flatten();
    let by_rules = groups.flat_map(|(_, group)| &group.rules);
    let by_rules = by_rules.filter_map(|rule| match &rule.peer {
        Peer::PrefixList(list) => Some(list.clone()),
        Peer::Cidr(_) | Peer::SecurityGroup(_) => None,
    });
    let tables = lists.route_tables.known().into_iter().flatten();
    let by_routes = tables.flat_map(|(_, table)| &table.routes);
    let by_routes = by_routes.filter_map(|route| match &route.destination {
        RouteDestination::PrefixList(list) => Some(list.clone()),
        RouteDestination::Cidr(_) => None,
    });
    (by_rules.collect(), by_routes.collect())
}

fn typed(session: &Session, documents: &Documents) -> Result<ScopeLists, AwsError> {
    let (account, region) = (session.account_id().clone(), session.region().clone());
    documents
        .lists(Some(account), Some(region))
        .map_err(|error| AwsError::unreadable("Describe", &error.to_string()))
}

/// Adds the items that are not there yet.
fn add_new<T: Item>(items: &mut Vec<T>, more: Vec<T>) {
    let there: HashSet<String> = items.iter().map(|item| item.id().to_owned()).collect();
    items.extend(more.into_iter().filter(|item| !there.contains(item.id())));
}

/// A list of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Vpcs,
    Subnets,
    SecurityGroups,
    NetworkAcls,
    RouteTables,
    NetworkInterfaces,
    PrefixLists,
    ReplicationInstances,
    ReplicationSubnetGroups,
    ReplicationConfigs,
    DmsEndpoints,
}

/// The lists whose calls were refused.
#[derive(Default)]
struct Refused {
    lists: BTreeMap<Key, Unread>,
    entries: BTreeMap<PrefixListId, Unread>,
}

impl Refused {
    fn keep<T>(&mut self, key: Key, answer: Answer<T>) -> Option<Vec<T>> {
        match answer {
            Ok(items) => Some(items),
            Err(unread) => {
                self.lists.insert(key, unread);
                None
            }
        }
    }

    fn mark(self, lists: &mut ScopeLists) {
        for (key, unread) in self.lists {
            match key {
                Key::Vpcs => lists.vpcs = Read::Unread(unread),
                Key::Subnets => lists.subnets = Read::Unread(unread),
                Key::SecurityGroups => lists.security_groups = Read::Unread(unread),
                Key::NetworkAcls => lists.network_acls = Read::Unread(unread),
                Key::RouteTables => lists.route_tables = Read::Unread(unread),
                Key::NetworkInterfaces => lists.network_interfaces = Read::Unread(unread),
                Key::PrefixLists => lists.prefix_lists = Read::Unread(unread),
                Key::ReplicationInstances => lists.replication_instances = Read::Unread(unread),
                Key::ReplicationSubnetGroups => {
                    lists.replication_subnet_groups = Read::Unread(unread);
                }
                Key::ReplicationConfigs => lists.replication_configs = Read::Unread(unread),
                Key::DmsEndpoints => lists.dms_endpoints = Read::Unread(unread),
            }
        }
        let Read::Known(known) = &mut lists.prefix_lists else {
            return;
        };
        for (id, unread) in self.entries {
            if let Some(list) = known.get_mut(&id) {
                list.entries = Read::Unread(unread);
            }
        }
    }
}
