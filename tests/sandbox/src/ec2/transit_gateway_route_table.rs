//! Route tables of transit gateways, and their routes.

use super::{
    Call,
    describe::Describe,
    document::{Document, Family},
    transit_gateway_attachment::TransitGatewayAttachment,
    vpc::Vpc,
};
use crate::{
    cidr,
    error::ApiError,
    filter::{Filters, Known, TagFilters},
    id::Kind,
    page::Page,
    reply::{Outcome, Reply},
    state::Change,
    wire::query::Params,
};
use ipnet::IpNet;
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc};

/// A route table, as DescribeTransitGatewayRouteTables shows it, and in the member `Routes` what
/// SearchTransitGatewayRoutes shows, which Describe does not.
pub(crate) type TransitGatewayRouteTable = Document<RouteTables>;

/// The family of route tables of transit gateways.
#[derive(Debug, Clone)]
pub(crate) enum RouteTables {}

impl Family for RouteTables {
    const KIND: Kind = Kind::TransitGatewayRouteTable;
    const ID: &'static str = "TransitGatewayRouteTableId";
    const DESCRIBE: Describe = Describe::new(
        "TransitGatewayRouteTables",
        "TransitGatewayRouteTableIds",
        &[
            (
                "default-association-route-table",
                "DefaultAssociationRouteTable",
            ),
            (
                "default-propagation-route-table",
                "DefaultPropagationRouteTable",
            ),
            ("state", "State"),
            ("transit-gateway-id", "TransitGatewayId"),
            (
                "transit-gateway-route-table-id",
                "TransitGatewayRouteTableId",
            ),
        ],
    );
}

/// The member that has the routes, and their key in a snapshot.
pub(crate) const ROUTES: &str = "Routes";

impl TransitGatewayRouteTable {
    /// Routes the blocks of a VPC to its attachment, as far as none overlaps one that is there.
    pub(super) fn propagate(&mut self, vpc: &Vpc, attachment: &str) {
        let ipv4 = vpc.ipv4_blocks().map(IpNet::V4);
        let blocks: Vec<_> = ipv4.chain(vpc.ipv6_blocks().map(IpNet::V6)).collect();
        let mut routes = self.items(ROUTES).to_vec();
        let overlaps = |block: &IpNet| {
            let mut propagated = routes.iter().filter(|route| route["Type"] == "propagated");
            propagated.any(|route| {
                block_of(route).is_some_and(|own| own.contains(block) || block.contains(&own))
            })
        };
        if blocks.iter().any(overlaps) {
            return;
        }
        let attachments = json!([{
            "ResourceId": vpc.vpc_id,
            "TransitGatewayAttachmentId": attachment,
            "ResourceType": "vpc",
        }]);
        routes.extend(blocks.iter().map(|block| {
            json!({
                "DestinationCidrBlock": block.to_string(),
                "TransitGatewayAttachments": attachments,
                "Type": "propagated",
                "State": "active",
            })
        }));
        self.json[ROUTES] = routes.into();
    }
}

fn block_of(route: &Value) -> Option<IpNet> {
    route["DestinationCidrBlock"].as_str()?.parse().ok()
}

/// CreateTransitGatewayRoute: a static route to an attachment, or one that drops.
///
/// Transit Gateways guide, "Route tables": a static route goes before a propagated one of the same
/// block, which then is not shown.
pub(super) fn create_route(call: &Call, params: &mut Params) -> Result<Outcome, ApiError> {
    let id = params.required("TransitGatewayRouteTableId")?;
    let table = call.find::<TransitGatewayRouteTable>(&id)?;
    let mut table = TransitGatewayRouteTable::clone(table);
    let text = params.required("DestinationCidrBlock")?;
    let block: IpNet = text
        .parse()
        .map_err(|_| ApiError::value(format!("{text} is not a valid CIDR block.")))?;
    let block = cidr::canonical(&block.to_string());
    let attachment = params.text("TransitGatewayAttachmentId")?;
    let drops = params.flag("Blackhole")?.unwrap_or(false);
    let mut route = json!({
        "DestinationCidrBlock": block,
        "Type": "static",
        "State": if drops { "blackhole" } else { "active" },
    });
    match (attachment, drops) {
        (None, true) => {}
        (Some(id), false) => {
            let attachment = call.find::<TransitGatewayAttachment>(&id)?;
            if attachment.text("/State") != "available" {
                let message = format!("{id} is in invalid state");
                return Err(ApiError::new("IncorrectState", message));
            }
            route["TransitGatewayAttachments"] = json!([{
                "ResourceId": attachment.text("/ResourceId"),
                "TransitGatewayAttachmentId": id,
                "ResourceType": attachment.text("/ResourceType"),
            }]);
        }
        (None, false) => return Err(ApiError::missing("TransitGatewayAttachmentId")),
        (Some(_), true) => {
            return Err(ApiError::combination(
                "The parameters Blackhole and TransitGatewayAttachmentId exclude each other",
            ));
        }
    }
    let same = |other: &Value| other["DestinationCidrBlock"] == block.as_str();
    let mut routes = table.items(ROUTES).to_vec();
    if routes
        .iter()
        .any(|other| same(other) && other["Type"] == "static")
    {
        let message = format!("Route {block} already exists in {id}");
        return Err(ApiError::new("RouteAlreadyExists", message));
    }
    routes.retain(|other| !same(other));
    routes.push(route.clone());
    table.json[ROUTES] = routes.into();
    Ok(Outcome {
        changes: vec![Change::put(table)],
        reply: Reply::with("Route", route),
    })
}

const FILTERS: Known = &[
    (
        "attachment.resource-id",
        "TransitGatewayAttachments.ResourceId",
    ),
    (
        "attachment.resource-type",
        "TransitGatewayAttachments.ResourceType",
    ),
    (
        "attachment.transit-gateway-attachment-id",
        "TransitGatewayAttachments.TransitGatewayAttachmentId",
    ),
    ("prefix-list-id", "PrefixListId"),
    ("route-search.exact-match", ""),
    ("route-search.longest-prefix-match", ""),
    ("route-search.subnet-of-match", ""),
    ("route-search.supernet-of-match", ""),
    ("state", "State"),
    ("type", "Type"),
];

/// How a block of a route is compared with one that is searched for.
type Match = fn(&IpNet, &IpNet) -> bool;

const SEARCHES: [(&str, Match); 3] = [
    ("route-search.exact-match", |own, wanted| own == wanted),
    ("route-search.subnet-of-match", |own, wanted| {
        wanted.contains(own)
    }),
    ("route-search.supernet-of-match", |own, wanted| {
        own.contains(wanted)
    }),
];

/// SearchTransitGatewayRoutes.
///
/// API Reference: at least one filter; up to 1,000 routes, and a word whether there are more.
pub(super) fn search(call: &Call, params: &mut Params) -> Result<Reply, ApiError> {
    let page = Page::take(params, 5..=1000, ROUTES)?;
    let id = params.required("TransitGatewayRouteTableId")?;
    let table = call.find::<TransitGatewayRouteTable>(&id)?;
    let mut filters = Filters::take(params, FILTERS, TagFilters::None)?;
    if filters.is_empty() {
        return Err(ApiError::missing("Filters"));
    }
    let mut routes: Vec<&Value> = table.items(ROUTES).iter().collect();
    if let Some(wanted) = filters.take_out("route-search.longest-prefix-match") {
        let wanted = blocks(&wanted)?;
        let longest = |wanted: &IpNet| {
            let all = table.items(ROUTES).iter().filter_map(block_of);
            let containing = all.filter(|own| own.contains(wanted));
            containing.max_by_key(IpNet::prefix_len)
        };
        let best: Vec<_> = wanted.iter().filter_map(longest).collect();
        routes.retain(|route| block_of(route).is_some_and(|own| best.contains(&own)));
    }
    for (name, matches) in SEARCHES {
        if let Some(wanted) = filters.take_out(name) {
            let wanted = blocks(&wanted)?;
            let hit = |own: IpNet| wanted.iter().any(|wanted| matches(&own, wanted));
            routes.retain(|route| block_of(route).is_some_and(hit));
        }
    }
    routes.retain(|route| filters.pass(route));
    let start = page.after.as_deref().and_then(|after| after.parse().ok());
    let start: usize = start.unwrap_or(0);
    let end = routes.len().min(start.saturating_add(page.size));
    let found = routes.get(start..end).unwrap_or_default();
    let more = end < routes.len();
    let list = found.iter().map(|route| Arc::new((*route).clone()));
    let reply = Reply::list(ROUTES, list.collect()).and("AdditionalRoutesAvailable", more);
    Ok(if more {
        reply.and("NextToken", page.token(&end.to_string()))
    } else {
        reply
    })
}

/// Blocks that are searched for; a bare address is a block of one.
fn blocks(texts: &[String]) -> Result<Vec<IpNet>, ApiError> {
    let block = |text: &String| {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let block = text.parse::<IpNet>().or_else(|_| address());
        block.map(|block| block.trunc())
    };
    let read = |text| {
        block(text).map_err(|_| ApiError::value(format!("{text} is not a valid CIDR block.")))
    };
    texts.iter().map(read).collect()
}
