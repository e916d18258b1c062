//! The route tables of a transit gateway: where packets from an attachment go.

use super::Meeting;
use crate::{
    api::{AccountId, Gate, Reason, TransitGatewayAttachmentId, TransitGatewayId, Verdict},
    network::divide,
    snapshot::{
        AttachedResource, TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable,
    },
    trace::say,
};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Meeting<'_, 'a> {
    /// The table that packets from an attachment are looked up in. The gateway's owner alone is shown it.
    fn table(
        &self,
        attachment: &TransitGatewayAttachment,
    ) -> Result<(&'a TransitGatewayRouteTable, &'a [TransitGatewayRoute]), Box<Gate>> {
        let mut shown = self.shown(&attachment.id);
        let associated = shown.find_map(|it| it.associated_route_table.as_ref());
        let lists = || {
            let views = self.scopes.views();
            views.map(|view| view.snapshot.transit_gateway_route_tables.known())
        };
        let mut tables = lists().filter_map(Result::ok);
        let found = associated.and_then(|id| tables.find_map(|tables| tables.get(id)));
        let Some(table) = found else {
            if let Some(owner) = self.foreign_owner() {
                let message = format!(
                    "{} belongs to account {owner}, which alone is shown its route tables",
                    self.id
                );
                return Err(self.gate(Verdict::External, Reason::NotSeenThrough, message));
            }
            // Read everywhere, or the first list that is lacking is the reason.
            let unread = lists().find_map(Result::err);
            return Err(match (associated, unread) {
                (_, Some(list)) => self.unread(list),
                (None, None) => {
                    let message = format!(
                        "{} is associated with no route table of {}",
                        attachment.id, self.id
                    );
                    self.blocked(Reason::TransitGatewayNoRoute, message)
                }
                (Some(id), None) => {
                    let message = format!(
                        "{id}, with which {} is associated, was not read (ec2:DescribeTransitGatewayRouteTables)",
                        attachment.id
                    );
                    self.gate(Verdict::Unknown, Reason::NotObserved, message)
                }
            });
        };
        let routes = table.routes.known().map_err(|list| self.unread(list))?;
        Ok((table, routes))
    }

    /// The account that owns the gateway, where it is none of ours.
    fn foreign_owner(&self) -> Option<&'a AccountId> {
        let mut views = self.scopes.views();
        let declared = views.find_map(|view| {
            let gateways = view.snapshot.transit_gateways.known().ok()?;
            gateways.get(self.id)?.owner_id.as_ref()
        });
        let shown = || {
            self.attachments()
                .find_map(|it| it.transit_gateway_owner_id.as_ref())
        };
        let owner = declared.or_else(shown)?;
        let accounts: Vec<_> = self.scopes.views().map(|view| view.account_id()).collect();
        let is_ours = accounts.contains(&Some(owner)) || accounts.contains(&None);
        (!is_ours).then_some(owner)
    }

    /// The attachments by which packets for some blocks leave.
    pub(super) fn leaving_by(
        &self,
        from: &TransitGatewayAttachment,
        blocks: &[IpNet],
    ) -> Vec<&'a TransitGatewayAttachment> {
        let Ok((_, routes)) = self.table(from) else {
            return Vec::new();
        };
        let parts = choose(routes, blocks);
        let ids: BTreeSet<_> = parts
            .keys()
            .flatten()
            .flat_map(|route| &route.attachment_ids)
            .collect();
        let mut found: Vec<_> = self
            .attachments()
            .filter(|it| ids.contains(&it.id))
            .collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }

    /// Looks some blocks up in the table of an attachment: each part must lead to an attachment that `leads` accepts.
    /// Gives the routes that do it.
    pub(super) fn look_up(
        &self,
        from: &TransitGatewayAttachment,
        blocks: &[IpNet],
        leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
    ) -> Result<BTreeSet<String>, Box<Gate>> {
        let (table, routes) = self.table(from)?;
        let mut evidence = BTreeSet::new();
        for (route, parts) in choose(routes, blocks) {
            let to = say::blocks(parts.iter().copied());
            let Some(route) = route else {
                let message = format!("{} of {} has no route to {to}", table.id, self.id);
                let mut gate = self.blocked(Reason::TransitGatewayNoRoute, message);
                gate.remedy = Some(format!(
                    "propagate the routes of the attachment behind which {to} is, or add one: aws ec2 \
                     create-transit-gateway-route --transit-gateway-route-table-id {} \
                     --destination-cidr-block {} --transit-gateway-attachment-id <its attachment>",
                    table.id,
                    parts.first().map_or_else(String::new, ToString::to_string)
                ));
                return Err(gate);
            };
            if !route.is_active {
                let message = format!(
                    "{} of {} takes {to} into a black hole",
                    route.destination, table.id
                );
                let mut gate = self.blocked(Reason::RouteNotActive, message);
                gate.evidence = vec![say_route(route)];
                return Err(gate);
            }
            evidence.extend(self.targets(route, &parts, table.id.as_ref(), leads)?);
        }
        Ok(evidence)
    }

    /// Every attachment that a route names must lead there.
    fn targets(
        &self,
        route: &TransitGatewayRoute,
        parts: &[IpNet],
        table: &str,
        leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
    ) -> Result<BTreeSet<String>, Box<Gate>> {
        let to = say::blocks(parts.iter().copied());
        let mut evidence = BTreeSet::from([say_route(route)]);
        for id in &route.attachment_ids {
            let Some(attachment) = self.shown(id).next() else {
                let message = format!("{id}, to which {table} takes {to}, was not read");
                return Err(self.gate(Verdict::Unknown, Reason::NotObserved, message));
            };
            let hidden = || {
                let message = format!("{table} takes {to} to {id}, which is not seen through");
                self.gate(Verdict::External, Reason::NotSeenThrough, message)
            };
            if self.shown(id).any(|it| it.translates) {
                return Err(hidden());
            }
            if attachment.state != "available" {
                let message = format!("{id}, to which {table} takes {to}, is {}", attachment.state);
                return Err(self.blocked(Reason::AttachmentNotAvailable, message));
            }
            match &attachment.resource {
                AttachedResource::Other(_) => return Err(hidden()),
                AttachedResource::Peering { peer, .. } => {
                    let beyond = peer.as_ref().map(|id| Meeting { id, ..*self });
                    let arrival = beyond.and_then(|beyond| beyond.arrival(self.id, id));
                    let (Some(beyond), Some(arrival)) = (beyond, arrival) else {
                        return Err(hidden());
                    };
                    evidence.extend(beyond.look_up_behind(arrival, parts, leads)?);
                }
                _ if !leads(attachment) => {
                    let message = format!("{table} takes {to} to {id}, which leads elsewhere");
                    let mut gate = self.blocked(Reason::RouteGoesElsewhere, message);
                    gate.evidence = vec![say_route(route)];
                    return Err(gate);
                }
                _ => {}
            }
        }
        Ok(evidence)
    }

    /// The attachment by which packets from a peered gateway arrive, where this one was read. Both may have one id.
    fn arrival(
        &self,
        from: &TransitGatewayId,
        id: &TransitGatewayAttachmentId,
    ) -> Option<&'a TransitGatewayAttachment> {
        let leads_there = |it: &&TransitGatewayAttachment| matches!(&it.resource, AttachedResource::Peering { peer: Some(peer), .. } if peer == from);
        let mut arrivals: Vec<_> = self.attachments().filter(leads_there).collect();
        arrivals.sort_by_key(|it| it.id != *id);
        arrivals.first().copied()
    }

    /// Looks blocks up behind a peering: packets that would go on to a third gateway come round, or are not followed.
    fn look_up_behind(
        &self,
        arrival: &TransitGatewayAttachment,
        blocks: &[IpNet],
        leads: &dyn Fn(&TransitGatewayAttachment) -> bool,
    ) -> Result<BTreeSet<String>, Box<Gate>> {
        let (table, routes) = self.table(arrival)?;
        for (route, parts) in choose(routes, blocks) {
            let ids = route.into_iter().flat_map(|route| &route.attachment_ids);
            let mut onward = ids.filter_map(|id| self.shown(id).next());
            let peered = onward.find(|it| matches!(it.resource, AttachedResource::Peering { .. }));
            if let Some(peered) = peered {
                let to = say::blocks(parts);
                let message = format!(
                    "{} takes {to} on to {}, a peered transit gateway behind another",
                    table.id, peered.id
                );
                return Err(match peered.id == arrival.id {
                    true => self.blocked(Reason::RoutingLoop, message),
                    false => self.gate(Verdict::External, Reason::NotSeenThrough, message),
                });
            }
        }
        self.look_up(arrival, blocks, leads)
    }
}

fn say_route(route: &TransitGatewayRoute) -> String {
    let targets = say::list(&route.attachment_ids);
    let target = if targets.is_empty() {
        "blackhole"
    } else {
        &targets
    };
    format!("{} -> {target}", route.destination)
}

/// Divides blocks by the route that takes them: the longest prefix, then static before propagated.
fn choose<'a>(
    routes: &'a [TransitGatewayRoute],
    blocks: &[IpNet],
) -> BTreeMap<Option<&'a TransitGatewayRoute>, Vec<IpNet>> {
    let mut sorted: Vec<&TransitGatewayRoute> = routes.iter().collect();
    sorted.sort_by_key(|route| {
        let length = std::cmp::Reverse(route.destination.prefix_len());
        (length, !route.is_static)
    });
    let mut parts: BTreeMap<Option<&TransitGatewayRoute>, Vec<IpNet>> = BTreeMap::new();
    for block in blocks {
        divide(
            *block,
            &sorted,
            &|route| route.destination,
            &|_| true,
            &mut |part, takers| {
                parts.entry(takers.first().copied()).or_default().push(part);
            },
        );
    }
    parts
        .into_iter()
        .map(|(route, blocks)| (route, IpNet::aggregate(&blocks)))
        .collect()
}
