//! Everything of some VPCs, as documents: what a snapshot folder holds.

use super::{calls, dms, filters};
use crate::aws::{AwsError, Class, Session};
use dms_network_core::{
    api::{PrefixListId, VpcId},
    snapshot::documents::{Documents, Item},
};
use futures::{future::join_all, join};
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

/// VPCs as documents, in the order of ids.
#[derive(Debug)]
pub struct Saved {
    /// The lists that were read.
    pub documents: Documents,
    /// The calls that were refused or are not served: their lists are unread.
    pub unread: Vec<AwsError>,
}

/// Reads everything of some VPCs, and the DMS objects of the account and Region.
///
/// # Errors
/// Where EC2 does not answer, or a VPC is not there. A call that is refused, and DMS where it does not answer, leaves
/// its list unread.
pub async fn whole_vpcs(session: &Session, vpcs: &BTreeSet<VpcId>) -> Result<Saved, NoSuchVpcs> {
    let by_vpc = || filters::by("vpc-id", vpcs);
    let ec2 = async {
        join!(
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
        join!(
            dms::replication_instances(session),
            dms::replication_subnet_groups(session),
            dms::replication_configs(session),
            dms::all_endpoints(session),
        )
    };
    let (ec2, dms) = join!(ec2, dms);
    let mut unread = Unread(Vec::new());
    let found = ec2.0?;
    let there: BTreeSet<&str> = found.iter().map(Item::id).collect();
    if let Some(missing) = vpcs.iter().find(|vpc| !there.contains(vpc.as_str())) {
        return Err(NoSuchVpcs::NotThere(missing.clone()));
    }
    let mut documents = Documents {
        vpcs: Some(found),
        subnets: unread.refused(ec2.1)?,
        security_groups: unread.refused(ec2.2)?,
        network_acls: unread.refused(ec2.3)?,
        route_tables: unread.refused(ec2.4)?,
        network_interfaces: unread.refused(ec2.5)?,
        reservations: unread.refused(ec2.6)?,
        addresses: unread.refused(ec2.7)?,
        replication_instances: unread.failed(dms.0),
        replication_subnet_groups: unread.failed(dms.1),
        replication_configs: unread.failed(dms.2),
        endpoints: unread.failed(dms.3),
        ..Documents::default()
    };
    let groups = documents.security_groups.iter().flatten().map(Item::id);
    let rules = calls::security_group_rules(session, filters::by("group-id", groups)).await;
    documents.security_group_rules = unread.refused(rules)?;
    add_prefix_lists(session, &mut documents, &mut unread).await?;
    Ok(Saved {
        documents: documents.sorted(),
        unread: unread.0,
    })
}

/// The calls whose lists are left out.
struct Unread(Vec<AwsError>);

impl Unread {
    /// A list whose call may be refused, but must be answered.
    fn refused<T>(&mut self, result: Result<Vec<T>, AwsError>) -> Result<Option<Vec<T>>, AwsError> {
        match result {
            Err(error) if error.class() != Class::AccessDenied => Err(error),
            result => Ok(self.failed(result)),
        }
    }

    /// A list whose call may fail in any way.
    fn failed<T>(&mut self, result: Result<Vec<T>, AwsError>) -> Option<Vec<T>> {
        result.map_err(|error| self.0.push(error)).ok()
    }
}

/// The prefix lists that a rule or route names, whole.
async fn add_prefix_lists(
    session: &Session,
    documents: &mut Documents,
    unread: &mut Unread,
) -> Result<(), AwsError> {
    let groups = documents.security_groups.iter().flatten();
    let permissions = groups.flat_map(|group| {
        group
            .ip_permissions
            .iter()
            .chain(&group.ip_permissions_egress)
    });
    let by_rules = permissions
        .flat_map(|permission| &permission.prefix_list_ids)
        .map(|list| list.prefix_list_id.as_str());
    let tables = documents.route_tables.iter().flatten();
    let routes = tables.flat_map(|table| &table.routes);
    let by_routes = routes.filter_map(|route| route.destination_prefix_list_id.as_deref());
    let named: BTreeSet<&str> = by_rules.chain(by_routes).collect();
    let lists = calls::managed_prefix_lists(session, filters::by("prefix-list-id", named)).await;
    let Some(lists) = unread.refused(lists)? else {
        return Ok(());
    };
    let ids = lists.iter().map(|list| list.prefix_list_id.as_str());
    let reads = ids.filter_map(|id| id.parse::<PrefixListId>().ok());
    let reads = reads.map(|id| async move {
        let entries = calls::prefix_list_entries(session, &id).await;
        (id, entries)
    });
    for (id, entries) in join_all(reads).await {
        if let Some(entries) = unread.refused(entries)? {
            documents
                .prefix_list_entries
                .insert(id.to_string(), entries);
        }
    }
    documents.prefix_lists = Some(lists);
    Ok(())
}
