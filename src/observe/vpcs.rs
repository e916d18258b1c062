//! Everything of some VPCs, as documents: what a snapshot folder holds.

use super::{calls, dms, filters, refused::add_new};
use crate::aws::{AwsError, Class, Session};
use dms_network_core::{
    api::{PrefixListId, TransitGatewayRouteTableId, VpcId},
    snapshot::documents::{Documents, GatewayAttachment, Item, Route},
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

/// Reads everything of some VPCs, the gateways that lead out of them, and the DMS objects of the account and Region.
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
            calls::addresses(session, vec![Vec::new()]),
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
    add_gateways(session, vpcs, &mut documents, &mut unread).await?;
    add_transit_gateways(session, vpcs, &mut documents, &mut unread).await?;
    add_prefix_lists(session, &mut documents, &mut unread).await?;
    Ok(Saved {
        documents: documents.sorted(),
        unread: unread.0,
    })
}

/// The gateways and peerings of the VPCs, and those that a route names although they are gone from there.
async fn add_gateways(
    session: &Session,
    vpcs: &BTreeSet<VpcId>,
    documents: &mut Documents,
    unread: &mut Unread,
) -> Result<(), AwsError> {
    let tables = documents.route_tables.iter().flatten();
    let routes: Vec<&Route> = tables.flat_map(|table| &table.routes).collect();
    let gateways = |kind: &'static str| {
        let targets = routes
            .iter()
            .filter_map(|route| route.gateway_id.as_deref());
        let named: BTreeSet<&str> = targets.filter(|id| id.starts_with(kind)).collect();
        named
    };
    let peerings = routes.iter();
    let peerings: BTreeSet<&str> = peerings
        .filter_map(|route| route.vpc_peering_connection_id.as_deref())
        .collect();
    let nats = routes.iter();
    let nats: BTreeSet<&str> = nats
        .filter_map(|route| route.nat_gateway_id.as_deref())
        .collect();
    let of_vpcs_and = |filter: &str, by_id: &str, ids: BTreeSet<&str>| {
        let mut requests = filters::by(filter, vpcs);
        requests.extend(filters::by(by_id, ids));
        requests
    };
    let mut by_peering = of_vpcs_and(
        "requester-vpc-info.vpc-id",
        "vpc-peering-connection-id",
        peerings,
    );
    by_peering.extend(filters::by("accepter-vpc-info.vpc-id", vpcs));
    let attached = "attachment.vpc-id";
    let by_internet = of_vpcs_and(attached, "internet-gateway-id", gateways("igw-"));
    let by_vpn = of_vpcs_and(attached, "vpn-gateway-id", gateways("vgw-"));
    let by_nat = of_vpcs_and("vpc-id", "nat-gateway-id", nats);
    let (peerings, internet, egress_only, nat, vpn, endpoints, options, exclusions) = join!(
        calls::vpc_peering_connections(session, by_peering),
        calls::internet_gateways(session, by_internet),
        calls::egress_only_internet_gateways(session, vec![Vec::new()]),
        calls::nat_gateways(session, by_nat),
        calls::vpn_gateways(session, by_vpn),
        calls::vpc_endpoints(session, filters::by("vpc-id", vpcs)),
        calls::block_public_access_options(session),
        calls::block_public_access_exclusions(session),
    );
    documents.vpc_peering_connections = unread.refused(peerings.map(once))?;
    documents.internet_gateways = unread.refused(internet.map(once))?;
    let egress_only = unread.refused(egress_only)?;
    documents.egress_only_internet_gateways = egress_only.map(|mut gateways| {
        let of_vpcs = |attachment: &GatewayAttachment| {
            vpcs.iter().any(|vpc| vpc.as_str() == attachment.vpc_id)
        };
        gateways.retain(|gateway| gateway.attachments.iter().any(of_vpcs));
        gateways
    });
    documents.nat_gateways = unread.refused(nat.map(once))?;
    documents.vpn_gateways = unread.refused(vpn.map(once))?;
    documents.vpc_endpoints = unread.refused(endpoints)?;
    documents.block_public_access_options = unread.failed(options);
    documents.block_public_access_exclusions = unread.failed(exclusions);
    Ok(())
}

/// The transit gateways that the VPCs are attached to or that a route names, whole; and the VPN connections of these
/// and of the virtual private gateways.
async fn add_transit_gateways(
    session: &Session,
    vpcs: &BTreeSet<VpcId>,
    documents: &mut Documents,
    unread: &mut Unread,
) -> Result<(), AwsError> {
    const FILTER: &str = "transit-gateway-id";
    let attachments =
        calls::transit_gateway_vpc_attachments(session, filters::by("vpc-id", vpcs)).await;
    let attachments = unread.refused(attachments)?;
    let tables = documents.route_tables.iter().flatten();
    let routes = tables.flat_map(|table| &table.routes);
    let routed = routes.filter_map(|route| route.transit_gateway_id.clone());
    let attached = attachments.into_iter().flatten();
    let attached = attached.map(|attachment| attachment.transit_gateway_id);
    let ids: BTreeSet<String> = routed.chain(attached).collect();
    let of = || filters::by(FILTER, &ids);
    let vpn_gateways = documents.vpn_gateways.iter().flatten();
    let mut by_connection = filters::by("vpn-gateway-id", vpn_gateways.map(Item::id));
    by_connection.extend(of());
    let (gateways, all, of_vpcs, peerings, tables, connections) = join!(
        calls::transit_gateways(session, of()),
        calls::transit_gateway_attachments(session, of()),
        calls::transit_gateway_vpc_attachments(session, of()),
        calls::transit_gateway_peering_attachments(session, of()),
        calls::transit_gateway_route_tables(session, of()),
        calls::vpn_connections(session, by_connection),
    );
    documents.transit_gateways = unread.refused(gateways)?;
    documents.transit_gateway_attachments = unread.refused(all)?;
    documents.transit_gateway_vpc_attachments = unread.refused(of_vpcs)?;
    documents.transit_gateway_peering_attachments = unread.refused(peerings)?;
    documents.transit_gateway_route_tables = unread.refused(tables)?;
    documents.vpn_connections = unread.failed(connections.map(once));
    let tables = documents.transit_gateway_route_tables.iter().flatten();
    let tables = tables.filter_map(|table| table.id().parse::<TransitGatewayRouteTableId>().ok());
    let searches = tables.map(|table| async move {
        let routes = calls::transit_gateway_routes(session, &table).await;
        (table, routes)
    });
    for (table, routes) in join_all(searches).await {
        if let Some(routes) = unread.refused(routes)? {
            documents
                .transit_gateway_routes
                .insert(table.to_string(), routes);
        }
    }
    Ok(())
}

/// Each item once, where it answers to several filters.
fn once<T: Item>(items: Vec<T>) -> Vec<T> {
    let mut found = Vec::new();
    add_new(&mut found, items);
    found
}

/// The calls whose lists are left out.
struct Unread(Vec<AwsError>);

impl Unread {
    /// An answer whose call may be refused, but must be given.
    fn refused<T>(&mut self, result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
        match result {
            Err(error) if error.class() != Class::AccessDenied => Err(error),
            result => Ok(self.failed(result)),
        }
    }

    /// An answer whose call may fail in any way.
    fn failed<T>(&mut self, result: Result<T, AwsError>) -> Option<T> {
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
