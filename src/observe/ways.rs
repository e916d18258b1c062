//! What is on the way: the gateways, peerings and hosts that routes and declarations name are read, then what those
//! lead to, until nothing new is named. A kind that nothing names is not asked for.

mod hops;

use super::{
    calls,
    filters::{self, Filters},
    gather::typed,
    refused::{Key, Refused, denied},
};
use crate::aws::{AwsError, Class, Session};
use dms_network_core::{
    api::TransitGatewayRouteTableId,
    snapshot::{
        ScopeSnapshot,
        documents::{self as doc, Documents},
        wanted::Wanted,
    },
};
use futures::{future::join_all, join};
use hops::{Hop, hops};
use std::{collections::BTreeSet, future::Future};

/// The hops that were asked for.
#[derive(Default)]
pub(super) struct Ways {
    asked: BTreeSet<Hop>,
}

impl Ways {
    /// Reads every hop that is named and was not asked for yet.
    pub(super) async fn follow(
        &mut self,
        session: &Session,
        need: &Wanted,
        documents: &mut Documents,
        refused: &mut Refused,
    ) -> Result<(), AwsError> {
        loop {
            let scope = ScopeSnapshot::from(typed(session, documents)?);
            let named = hops(&scope, need, &searchable(documents));
            let new: BTreeSet<Hop> = named.difference(&self.asked).cloned().collect();
            if new.is_empty() {
                return Ok(());
            }
            read(session, &new, documents, refused).await?;
            self.asked.extend(new);
        }
    }
}

/// The tables that AWS lists to this account: it shows nobody else their routes.
fn searchable(documents: &Documents) -> BTreeSet<TransitGatewayRouteTableId> {
    let tables = documents.transit_gateway_route_tables.iter().flatten();
    tables
        .filter_map(|table| table.transit_gateway_route_table_id.parse().ok())
        .collect()
}

/// The ids of the hops of one kind.
macro_rules! ids {
    ($hops:expr, $kind:ident) => {
        $hops.iter().filter_map(|hop| match hop {
            Hop::$kind(id) => Some(id),
            _ => None,
        })
    };
}

/// Asks only where something is asked for.
async fn ask<T, F>(
    filters: Vec<Filters>,
    call: impl FnOnce(Vec<Filters>) -> F,
) -> Result<Option<Vec<T>>, AwsError>
where
    F: Future<Output = Result<Vec<T>, AwsError>>,
{
    if filters.is_empty() {
        return Ok(None);
    }
    call(filters).await.map(Some)
}

async fn read(
    session: &Session,
    hops: &BTreeSet<Hop>,
    documents: &mut Documents,
    refused: &mut Refused,
) -> Result<(), AwsError> {
    let gateways = read_gateways(session, hops);
    let transit = read_transit_gateways(session, hops);
    let routes = read_transit_gateway_routes(session, hops);
    let public_access = read_block_public_access(session, hops);
    let (gateways, transit, routes, public_access) =
        join!(gateways, transit, routes, public_access);
    gateways.add(documents, refused)?;
    transit.add(documents, refused)?;
    for (table, read) in routes {
        const CALL: &str = "ec2:SearchTransitGatewayRoutes";
        match read {
            Ok(read) => {
                let table = table.to_string();
                documents.transit_gateway_routes.insert(table, read);
            }
            // A table that was deleted since it was listed is not taken for an empty one.
            Err(error) if matches!(error.class(), Class::AccessDenied | Class::NotFound) => {
                refused.routes(table, denied(CALL, &error));
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(public_access) = public_access {
        public_access.add(documents, refused)?;
    }
    Ok(())
}

type Found<T> = Result<Option<Vec<T>>, AwsError>;

struct Gateways {
    peerings: Found<doc::VpcPeeringConnection>,
    internet_gateways: Found<doc::InternetGateway>,
    egress_only: Found<doc::EgressOnlyInternetGateway>,
    nat_gateways: Found<doc::NatGateway>,
    vpn_gateways: Found<doc::VpnGateway>,
    vpn_connections: Found<doc::VpnConnection>,
    vpc_endpoints: Found<doc::VpcEndpoint>,
    interfaces: Found<doc::NetworkInterface>,
}

async fn read_gateways(session: &Session, hops: &BTreeSet<Hop>) -> Gateways {
    let mut peerings = filters::by("vpc-peering-connection-id", ids!(hops, Peering));
    for filter in ["requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"] {
        peerings.extend(filters::by(filter, ids!(hops, PeeringsOf)));
    }
    let internet = filters::by("internet-gateway-id", ids!(hops, InternetGateway));
    // There is no filter but for tags.
    let egress_only = ids!(hops, EgressOnlyInternetGateway).take(1);
    let egress_only = egress_only.map(|_| Filters::new()).collect();
    let nat = filters::by("nat-gateway-id", ids!(hops, NatGateway));
    let vpn = || filters::by("vpn-gateway-id", ids!(hops, VpnGateway));
    let endpoints = filters::by("vpc-endpoint-id", ids!(hops, VpcEndpoint));
    let mut interfaces = filters::by("network-interface-id", ids!(hops, Interface));
    interfaces.extend(filters::by(
        "attachment.instance-id",
        ids!(hops, InterfacesOf),
    ));
    interfaces.extend(filters::by(
        "association.public-ip",
        ids!(hops, InterfaceAt),
    ));
    let (
        peerings,
        internet_gateways,
        egress_only,
        nat_gateways,
        vpn_gateways,
        vpn_connections,
        vpc_endpoints,
        interfaces,
    ) = join!(
        ask(peerings, |by| calls::vpc_peering_connections(session, by)),
        ask(internet, |by| calls::internet_gateways(session, by)),
        ask(egress_only, |by| calls::egress_only_internet_gateways(
            session, by
        )),
        ask(nat, |by| calls::nat_gateways(session, by)),
        ask(vpn(), |by| calls::vpn_gateways(session, by)),
        ask(vpn(), |by| calls::vpn_connections(session, by)),
        ask(endpoints, |by| calls::vpc_endpoints(session, by)),
        ask(interfaces, |by| calls::network_interfaces(session, by)),
    );
    Gateways {
        peerings,
        internet_gateways,
        egress_only,
        nat_gateways,
        vpn_gateways,
        vpn_connections: unsupported_is_unread(vpn_connections),
        vpc_endpoints,
        interfaces,
    }
}

impl Gateways {
    fn add(self, documents: &mut Documents, refused: &mut Refused) -> Result<(), AwsError> {
        refused.add(
            Key::Peerings,
            "ec2:DescribeVpcPeeringConnections",
            self.peerings,
            &mut documents.vpc_peering_connections,
        )?;
        refused.add(
            Key::InternetGateways,
            "ec2:DescribeInternetGateways",
            self.internet_gateways,
            &mut documents.internet_gateways,
        )?;
        refused.add(
            Key::EgressOnlyInternetGateways,
            "ec2:DescribeEgressOnlyInternetGateways",
            self.egress_only,
            &mut documents.egress_only_internet_gateways,
        )?;
        refused.add(
            Key::NatGateways,
            "ec2:DescribeNatGateways",
            self.nat_gateways,
            &mut documents.nat_gateways,
        )?;
        refused.add(
            Key::VpnGateways,
            "ec2:DescribeVpnGateways",
            self.vpn_gateways,
            &mut documents.vpn_gateways,
        )?;
        refused.add(
            Key::VpnConnections,
            "ec2:DescribeVpnConnections",
            self.vpn_connections,
            &mut documents.vpn_connections,
        )?;
        refused.add(
            Key::VpcEndpoints,
            "ec2:DescribeVpcEndpoints",
            self.vpc_endpoints,
            &mut documents.vpc_endpoints,
        )?;
        refused.add(
            Key::NetworkInterfaces,
            "ec2:DescribeNetworkInterfaces",
            self.interfaces,
            &mut documents.network_interfaces,
        )
    }
}

struct TransitGateways {
    gateways: Found<doc::TransitGateway>,
    attachments: Found<doc::TransitGatewayAttachment>,
    vpc_attachments: Found<doc::TransitGatewayVpcAttachment>,
    peering_attachments: Found<doc::TransitGatewayPeeringAttachment>,
    route_tables: Found<doc::TransitGatewayRouteTable>,
}

async fn read_transit_gateways(session: &Session, hops: &BTreeSet<Hop>) -> TransitGateways {
    const FILTER: &str = "transit-gateway-id";
    let of = || filters::by(FILTER, ids!(hops, TransitGateway));
    let peered = filters::by(FILTER, ids!(hops, TransitGatewayPeerings));
    let (gateways, attachments, vpc_attachments, peering_attachments, route_tables) = join!(
        ask(of(), |by| calls::transit_gateways(session, by)),
        ask(of(), |by| calls::transit_gateway_attachments(session, by)),
        ask(of(), |by| calls::transit_gateway_vpc_attachments(
            session, by
        )),
        ask(peered, |by| calls::transit_gateway_peering_attachments(
            session, by
        )),
        ask(of(), |by| calls::transit_gateway_route_tables(session, by)),
    );
    TransitGateways {
        gateways,
        attachments,
        vpc_attachments,
        peering_attachments,
        route_tables,
    }
}

impl TransitGateways {
    /// Attachments of which a part was refused are not whole, so the list is not.
    fn add(self, documents: &mut Documents, refused: &mut Refused) -> Result<(), AwsError> {
        refused.add(
            Key::TransitGateways,
            "ec2:DescribeTransitGateways",
            self.gateways,
            &mut documents.transit_gateways,
        )?;
        refused.add(
            Key::TransitGatewayAttachments,
            "ec2:DescribeTransitGatewayAttachments",
            self.attachments,
            &mut documents.transit_gateway_attachments,
        )?;
        refused.add(
            Key::TransitGatewayAttachments,
            "ec2:DescribeTransitGatewayVpcAttachments",
            self.vpc_attachments,
            &mut documents.transit_gateway_vpc_attachments,
        )?;
        refused.add(
            Key::TransitGatewayAttachments,
            "ec2:DescribeTransitGatewayPeeringAttachments",
            self.peering_attachments,
            &mut documents.transit_gateway_peering_attachments,
        )?;
        refused.add(
            Key::TransitGatewayRouteTables,
            "ec2:DescribeTransitGatewayRouteTables",
            self.route_tables,
            &mut documents.transit_gateway_route_tables,
        )
    }
}

type Searched = (
    TransitGatewayRouteTableId,
    Result<doc::TransitGatewayRoutes, AwsError>,
);

async fn read_transit_gateway_routes(session: &Session, hops: &BTreeSet<Hop>) -> Vec<Searched> {
    let searches = ids!(hops, TransitGatewayRoutes).map(|table| async move {
        let read = calls::transit_gateway_routes(session, table).await;
        (table.clone(), read)
    });
    join_all(searches).await
}

struct PublicAccess {
    options: Found<doc::VpcBlockPublicAccessOptions>,
    exclusions: Found<doc::VpcBlockPublicAccessExclusion>,
}

/// VPC Block Public Access, where a gateway to the internet is on the way.
async fn read_block_public_access(session: &Session, hops: &BTreeSet<Hop>) -> Option<PublicAccess> {
    let is_on_the_way = hops.iter().any(|hop| {
        matches!(
            hop,
            Hop::InternetGateway(_) | Hop::EgressOnlyInternetGateway(_)
        )
    });
    if !is_on_the_way {
        return None;
    }
    let (options, exclusions) = join!(
        calls::block_public_access_options(session),
        calls::block_public_access_exclusions(session),
    );
    Some(PublicAccess {
        options: unsupported_is_unread(options.map(Some)),
        exclusions: unsupported_is_unread(exclusions.map(Some)),
    })
}

impl PublicAccess {
    fn add(self, documents: &mut Documents, refused: &mut Refused) -> Result<(), AwsError> {
        const EXCLUSIONS: &str = "ec2:DescribeVpcBlockPublicAccessExclusions";
        // The same account and Region has them once, however often it is asked.
        documents.block_public_access_options = None;
        refused.add(
            Key::BlockPublicAccess,
            "ec2:DescribeVpcBlockPublicAccessOptions",
            self.options,
            &mut documents.block_public_access_options,
        )?;
        match self.exclusions {
            Ok(Some(exclusions)) => documents.block_public_access_exclusions = Some(exclusions),
            Ok(None) => {}
            Err(error) if error.class() == Class::AccessDenied => {
                refused.exclusions(denied(EXCLUSIONS, &error));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// A list that is judged only where it was read may be of a kind that this Region or counterpart does not serve.
fn unsupported_is_unread<T>(found: Found<T>) -> Found<T> {
    match found {
        Err(error) if error.is_unsupported() => Ok(None),
        found => found,
    }
}
