//! What a person does where a transit gateway does not carry packets from one of its attachments to another.

use super::{endpoint::cidrs_of, side::Place, transit_gateway::is_site};
use crate::{
    api::{Gate, Reason, TransitGatewayId, TransitGatewayRouteTableId},
    network::covers,
    scopes::Scopes,
    snapshot::{
        AttachedResource, TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable,
    },
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// What is attached at an end.
#[derive(Clone, Copy)]
pub(super) enum End<'a> {
    /// A VPC, by one of its subnets.
    Vpc(Place<'a>),
    /// A site, by a VPN connection or a Direct Connect gateway.
    Site,
}

/// Some packets that are to pass a transit gateway.
pub(super) struct Transfer<'t, 'a> {
    pub(super) gateway: &'t TransitGatewayId,
    pub(super) scopes: &'a Scopes<'a>,
    pub(super) from: End<'a>,
    pub(super) to: End<'a>,
    pub(super) blocks: &'t [IpNet],
}

impl<'a> Transfer<'_, 'a> {
    /// The gate at which they were judged, with what a person does where both ends are known to be attached to this
    /// gateway, or are to be attached to it.
    pub(super) fn mended(&self, mut gate: Gate) -> Gate {
        let remedy = match gate.reason {
            Reason::AttachmentNotAvailable => [self.from, self.to]
                .into_iter()
                .find_map(|end| self.attach(end)),
            Reason::TransitGatewayNoRoute => self.add_route(),
            Reason::RouteNotActive | Reason::RouteGoesElsewhere => self.replace_route(),
            _ => None,
        };
        gate.remedy = remedy.or(gate.remedy);
        gate
    }

    fn attachments(&self) -> impl Iterator<Item = &'a TransitGatewayAttachment> {
        let lists = self.scopes.views();
        let lists = lists.flat_map(|view| view.snapshot.transit_gateway_attachments.known());
        let attachments = lists.flat_map(BTreeMap::values);
        attachments.filter(|it| it.transit_gateway_id == *self.gateway)
    }

    /// The attachments of an end, each once.
    fn of(&self, end: End<'_>) -> Vec<&'a TransitGatewayAttachment> {
        let of_end = self.attachments().filter(|it| match (end, &it.resource) {
            (End::Vpc(place), AttachedResource::Vpc { id, .. }) => id == place.side.vpc_id,
            (End::Site, _) => is_site(it),
            _ => false,
        });
        let mut found: Vec<_> = of_end.collect();
        found.sort_by_key(|it| (it.state != "available", &it.id));
        found.dedup_by_key(|it| &it.id);
        found
    }

    /// The only available attachment of an end.
    fn only(&self, end: End<'_>) -> Option<&'a TransitGatewayAttachment> {
        let available = self
            .of(end)
            .into_iter()
            .filter(|it| it.state == "available");
        match available.collect::<Vec<_>>()[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// How a VPC gets an attachment that is available, where it has none.
    fn attach(&self, end: End<'_>) -> Option<String> {
        let End::Vpc(place) = end else { return None };
        match self.of(end).first() {
            Some(found) if found.state == "available" => None,
            Some(found) if found.state == "pendingAcceptance" => Some(self.told(format!(
                "aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id {}",
                found.id
            ))),
            Some(found) if matches!(found.state.as_str(), "initiating" | "pending" | "modifying") => {
                Some(format!("wait until {} is available", found.id))
            }
            _ => Some(place.side.told(format!(
                "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id {} --vpc-id {} --subnet-ids {}",
                self.gateway, place.side.vpc_id, place.subnet.id
            ))),
        }
    }

    /// How the table of the first attachment gets a route to the second.
    fn add_route(&self) -> Option<String> {
        let (from, to) = (self.only(self.from)?, self.only(self.to)?);
        let command = match (&from.associated_route_table, self.to) {
            (None, _) => format!(
                "aws ec2 associate-transit-gateway-route-table --transit-gateway-route-table-id {} \
                 --transit-gateway-attachment-id {}",
                self.only_table()?,
                from.id
            ),
            // All of a VPC's blocks come by propagation, also those that it gets later.
            (Some(table), End::Vpc(_)) => format!(
                "aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id {table} \
                 --transit-gateway-attachment-id {}",
                to.id
            ),
            (Some(table), End::Site) => self.routes("create", table, self.blocks, to),
        };
        Some(self.told(command))
    }

    /// How the table of the first attachment leads to the second in place of what its route does.
    fn replace_route(&self) -> Option<String> {
        let (from, to) = (self.only(self.from)?, self.only(self.to)?);
        let table = from.associated_route_table.as_ref()?;
        let now = self.decisive(table)?;
        let needed: Vec<IpNet> = match self.to {
            End::Site => self.blocks.to_vec(),
            End::Vpc(place) => {
                let cidrs = cidrs_of(place.side.vpc_id, place.side.scope).unwrap_or_default();
                let blocks = self.blocks.iter();
                let holders = blocks.map(|block| {
                    let holder = cidrs.iter().find(|cidr| covers(cidr, block));
                    *holder.unwrap_or(block)
                });
                IpNet::aggregate(&holders.collect())
            }
        };
        let is_wider = needed
            .iter()
            .all(|it| covers(&now.destination, it) && *it != now.destination);
        let command = match now.is_static && !is_wider {
            true => self.routes("replace", table, &[now.destination], to),
            // A narrower route wins, and a static one over a propagated one.
            false if is_wider => self.routes("create", table, &needed, to),
            false => self.routes("create", table, &[now.destination], to),
        };
        Some(self.told(command))
    }

    /// The route that takes the packets: the longest prefix, then static before propagated.
    fn decisive(&self, table: &TransitGatewayRouteTableId) -> Option<&'a TransitGatewayRoute> {
        let routes = self
            .tables()
            .find(|it| it.id == *table)?
            .routes
            .known()
            .ok()?;
        let takes = |it: &&TransitGatewayRoute| {
            let blocks = self.blocks.iter();
            blocks.clone().next().is_some()
                && blocks.clone().all(|block| covers(&it.destination, block))
        };
        let taking = routes.iter().filter(takes);
        taking.max_by_key(|it| (it.destination.prefix_len(), it.is_static))
    }

    fn tables(&self) -> impl Iterator<Item = &'a TransitGatewayRouteTable> {
        let lists = self.scopes.views();
        let lists = lists.flat_map(|view| view.snapshot.transit_gateway_route_tables.known());
        let tables = lists.flat_map(BTreeMap::values);
        tables.filter(|it| it.transit_gateway_id == *self.gateway)
    }

    fn only_table(&self) -> Option<&'a TransitGatewayRouteTableId> {
        let mut ids: Vec<_> = self.tables().map(|table| &table.id).collect();
        ids.sort();
        ids.dedup();
        match ids[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    fn routes(
        &self,
        verb: &str,
        table: &TransitGatewayRouteTableId,
        to: &[IpNet],
        by: &TransitGatewayAttachment,
    ) -> String {
        let commands = to.iter().map(|block| {
            format!(
                "aws ec2 {verb}-transit-gateway-route --transit-gateway-route-table-id {table} \
                 --destination-cidr-block {block} --transit-gateway-attachment-id {}",
                by.id
            )
        });
        commands.collect::<Vec<_>>().join("; ")
    }

    /// What is done by whoever owns the gateway.
    fn told(&self, remedy: String) -> String {
        let owner = self
            .attachments()
            .find_map(|it| it.transit_gateway_owner_id.as_ref());
        let home = self.scopes.views().next();
        match (owner, home.and_then(|home| home.account_id())) {
            (Some(owner), Some(home)) if owner != home => {
                format!("in account {owner}, which owns {}: {remedy}", self.gateway)
            }
            _ => remedy,
        }
    }
}
