//! The calls of an observation, in the order in which one answer says what to ask next.

use super::{
    calls, dms, filters,
    refused::{Answer, Key, Refused, add_new, answer},
    ways::Ways,
};
use crate::aws::{AwsError, Session};
use dms_network_core::{
    api::{ACL_CLAIM_TAG_PREFIX, MANAGED_TAG, PrefixListId, SecurityGroupId},
    snapshot::{
        Peer, RouteDestination, ScopeLists, Unread,
        documents::{Documents, Item},
        wanted::Wanted,
    },
};
use futures::{future::try_join_all, join, try_join};
use std::collections::{BTreeSet, HashSet};

/// Reads what is wanted and what is claimed.
pub(super) async fn gather(session: &Session, wanted: &Wanted) -> Result<ScopeLists, AwsError> {
    let (claimed, mut need) = (claimed(session), wanted.clone());
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
    add_dms(&mut need, &typed(session, &documents)?, wanted);
    if !wanted.dms_endpoints.is_empty() {
        let read = dms::endpoints(session, &wanted.dms_endpoints).await;
        let read = answer("dms:DescribeEndpoints", read)?;
        documents.endpoints = refused.keep(Key::DmsEndpoints, read);
    }
    read_vpcs(session, &need, claimed.acls, &mut documents, &mut refused).await?;
    if let Some(unread) = claimed.refused_rules {
        refused.list(Key::SecurityGroups, unread);
    }
    let mut ways = Ways::default();
    ways.follow(session, &need, &mut documents, &mut refused)
        .await?;
    need.security_groups.extend(claimed.groups);
    read_groups(session, &mut need, &mut documents, &mut refused).await?;
    read_prefix_lists(session, &mut documents, &mut refused).await?;
    // What a route's prefix list holds may lead on.
    ways.follow(session, &need, &mut documents, &mut refused)
        .await?;
    let mut lists = typed(session, &documents)?;
    refused.mark(&mut lists);
    lists.quotas = quotas;
    Ok(lists)
}

/// Adds where the wanted DMS objects are.
fn add_dms(need: &mut Wanted, lists: &ScopeLists, wanted: &Wanted) {
    if let Ok(instances) = lists.replication_instances.known() {
        for identifier in &wanted.replication_instances {
            let Some(instance) = instances.get(identifier) else {
                continue;
            };
            need.vpcs.extend(instance.vpc_id.clone());
            let subnets = instance.subnets.iter().map(|(subnet, _)| subnet.clone());
            need.subnets.extend(subnets);
            need.security_groups
                .extend(instance.security_group_ids.iter().cloned());
            need.addresses.extend(&instance.private_ips);
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
        need.security_groups
            .extend(config.security_group_ids.iter().cloned());
        let group = config.subnet_group.as_ref();
        if let Some(group) = group.and_then(|identifier| groups.get(identifier)) {
            need.vpcs.extend(group.vpc_id.clone());
            need.subnets.extend(group.subnet_ids.iter().cloned());
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
    need: &Wanted,
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
    need: &Wanted,
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
fn interface_filters(need: &Wanted) -> Vec<filters::Filters> {
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
    need: &mut Wanted,
    documents: &mut Documents,
    refused: &mut Refused,
) -> Result<(), AwsError> {
    let on_interfaces = documents.network_interfaces.iter().flatten();
    let on_interfaces = on_interfaces.flat_map(|interface| &interface.groups);
    need.security_groups
        .extend(on_interfaces.filter_map(|group| group.group_id.parse().ok()));
    let by_group = filters::by("group-id", &need.security_groups);
    let groups = calls::security_groups(session, by_group).await;
    let groups = answer("ec2:DescribeSecurityGroups", groups)?;
    documents.security_groups = refused.keep(Key::SecurityGroups, groups);
    // Only those that are there: an id of a form that EC2 does not know fails the whole call for rules, and with it
    // the read of everybody else.
    let there = documents.security_groups.iter().flatten().map(Item::id);
    let rules = calls::security_group_rules(session, filters::by("group-id", there)).await;
    let rules = answer("ec2:DescribeSecurityGroupRules", rules)?;
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
                refused.entries(id, unread);
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

pub(super) fn typed(session: &Session, documents: &Documents) -> Result<ScopeLists, AwsError> {
    let (account, region) = (session.account_id().clone(), session.region().clone());
    documents
        .lists(Some(account), Some(region))
        .map_err(|error| AwsError::unreadable("Describe", &error.to_string()))
}
