//! Everything of some VPCs, as documents: what a snapshot folder holds.

use super::{calls, dms, filters};
use crate::aws::{AwsError, Session};
use dms_network_core::{
    api::{PrefixListId, VpcId},
    snapshot::documents::{Documents, Item},
};
use futures::{future::try_join_all, try_join};
use std::collections::BTreeSet;

/// VPCs that cannot be read whole.
#[derive(Debug, thiserror::Error)]
pub enum NoSuchVpcs {
    /// A call failed.
    #[error("{0}")]
    Aws(#[from] AwsError),
    /// A VPC that is not in the account and Region.
    #[error("{0} is not in this account and Region: correct --vpc, --region or the credentials")]
    NotThere(VpcId),
}

/// Reads everything of some VPCs, and the DMS objects of the account and Region, in the order of ids.
///
/// # Errors
/// Where a call fails, a refused one too (a folder in which a list is lacking would be taken for the whole), or a VPC
/// is not there.
pub async fn whole_vpcs(
    session: &Session,
    vpcs: &BTreeSet<VpcId>,
) -> Result<Documents, NoSuchVpcs> {
    let by_vpc = || filters::by("vpc-id", vpcs);
    let ec2 = async {
        try_join!(
            calls::vpcs(session, by_vpc()),
            calls::subnets(session, by_vpc()),
            calls::security_groups(session, by_vpc()),
            calls::network_acls(session, by_vpc()),
            calls::route_tables(session, by_vpc()),
            calls::network_interfaces(session, by_vpc()),
            calls::instances(session, by_vpc()),
            calls::addresses(session, Vec::new()),
        )
    };
    let dms = async {
        try_join!(
            dms::replication_instances(session),
            dms::replication_subnet_groups(session),
            dms::replication_configs(session),
            dms::all_endpoints(session),
        )
    };
    let (ec2, dms) = try_join!(ec2, dms)?;
    let (found, subnets, groups, acls, tables, interfaces, reservations, addresses) = ec2;
    let (instances, subnet_groups, configs, endpoints) = dms;
    let there: BTreeSet<&str> = found.iter().map(Item::id).collect();
    if let Some(missing) = vpcs.iter().find(|vpc| !there.contains(vpc.as_str())) {
        return Err(NoSuchVpcs::NotThere(missing.clone()));
    }
    let by_group = filters::by("group-id", groups.iter().map(Item::id));
    let rules = calls::security_group_rules(session, by_group).await?;
    let mut documents = Documents {
        vpcs: Some(found),
        subnets: Some(subnets),
        security_groups: Some(groups),
        security_group_rules: Some(rules),
        network_acls: Some(acls),
        route_tables: Some(tables),
        network_interfaces: Some(interfaces),
        reservations: Some(reservations),
        addresses: Some(addresses),
        replication_instances: Some(instances),
        replication_subnet_groups: Some(subnet_groups),
        replication_configs: Some(configs),
        endpoints: Some(endpoints),
        ..Documents::default()
    };
    add_prefix_lists(session, &mut documents).await?;
    Ok(documents.sorted())
}

/// The prefix lists that a rule or route names, whole.
async fn add_prefix_lists(session: &Session, documents: &mut Documents) -> Result<(), AwsError> {
    let rules = documents.security_group_rules.iter().flatten();
    let by_rules = rules.filter_map(|rule| rule.prefix_list_id.as_deref());
    let tables = documents.route_tables.iter().flatten();
    let routes = tables.flat_map(|table| &table.routes);
    let by_routes = routes.filter_map(|route| route.destination_prefix_list_id.as_deref());
    let named: BTreeSet<&str> = by_rules.chain(by_routes).collect();
    let lists = calls::managed_prefix_lists(session, filters::by("prefix-list-id", named)).await?;
    let ids = lists
        .iter()
        .filter_map(|list| list.prefix_list_id.parse::<PrefixListId>().ok());
    let reads = ids.map(|id| async move {
        let entries = calls::prefix_list_entries(session, &id).await?;
        Ok::<_, AwsError>((id.to_string(), entries))
    });
    let entries = try_join_all(reads).await?;
    documents.prefix_list_entries.extend(entries);
    documents.prefix_lists = Some(lists);
    Ok(())
}
