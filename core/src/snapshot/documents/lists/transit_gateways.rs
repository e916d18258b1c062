//! Transit gateways: several lists tell of one attachment, and a route table and its routes are read apart.

use super::{index, same};
use crate::{
    api::{AccountId, Region, TransitGatewayAttachmentId, TransitGatewayRouteTableId},
    snapshot::{
        AttachedResource, Read, ScopeLists, TransitGatewayAttachment, TransitGatewayRouteTable,
        documents::{
            DocumentError, Documents,
            transit_gateway::ROUTES_CALL,
            transit_gateway_attachment::{PeeringEnd, PeeringEnds},
        },
    },
};
use std::collections::{BTreeMap, btree_map::Entry};

type Attachments = BTreeMap<TransitGatewayAttachmentId, TransitGatewayAttachment>;
type Tables = BTreeMap<TransitGatewayRouteTableId, TransitGatewayRouteTable>;

impl Documents {
    /// Adds attachments and route tables, once the transit gateways are there.
    pub(super) fn add_transit_gateways(&self, lists: &mut ScopeLists) -> Result<(), DocumentError> {
        let any_list = self.transit_gateway_attachments.is_some()
            || self.transit_gateway_vpc_attachments.is_some()
            || self.transit_gateway_peering_attachments.is_some();
        if any_list {
            let attachments = self.attachments(lists)?;
            lists.transit_gateway_attachments = Read::Known(attachments);
        }
        if self.transit_gateway_route_tables.is_some() || !self.transit_gateway_routes.is_empty() {
            let tables = self.route_tables_of_gateways(lists)?;
            lists.transit_gateway_route_tables = Read::Known(tables);
        }
        Ok(())
    }

    fn attachments(&self, lists: &ScopeLists) -> Result<Attachments, DocumentError> {
        let all = self.transit_gateway_attachments.iter().flatten();
        let all = all.map(|item| item.resource());
        let of_vpcs = self.transit_gateway_vpc_attachments.iter().flatten();
        let of_vpcs = of_vpcs.filter_map(|item| item.resource().transpose());
        let mut attachments = index(
            "TransitGatewayAttachments",
            all.chain(of_vpcs),
            |attachment| attachment.id.clone(),
            complete,
        )?;
        for item in self.transit_gateway_peering_attachments.iter().flatten() {
            let ends = item.resource()?;
            add_peering(&mut attachments, &ends, lists);
        }
        Ok(attachments)
    }

    /// The tables that were read, and those that an attachment is associated with: these exist, whether they were
    /// shown or not. A table that only its routes tell of is there if something tells its gateway.
    fn route_tables_of_gateways(&self, lists: &ScopeLists) -> Result<Tables, DocumentError> {
        let there = self.transit_gateway_route_tables.iter().flatten();
        let there = there.filter(|table| table.state.as_deref() != Some("deleted"));
        let typed = there.map(|item| item.resource());
        let key = "TransitGatewayRouteTables";
        let mut tables = index(key, typed, |table| table.id.clone(), same)?;
        let attachments = lists.transit_gateway_attachments.known();
        for attachment in attachments.into_iter().flat_map(BTreeMap::values) {
            if let Some(id) = &attachment.associated_route_table {
                let table = || TransitGatewayRouteTable {
                    id: id.clone(),
                    transit_gateway_id: attachment.transit_gateway_id.clone(),
                    routes: Read::not_in_snapshot(ROUTES_CALL),
                };
                tables.entry(id.clone()).or_insert_with(table);
            }
        }
        for (id, answer) in &self.transit_gateway_routes {
            let routes = answer.typed(id)?;
            let Ok(id) = id.parse::<TransitGatewayRouteTableId>() else {
                continue;
            };
            match tables.entry(id) {
                Entry::Occupied(mut table) => table.get_mut().routes = routes,
                Entry::Vacant(place) => {
                    let gateways = self.transit_gateways.iter().flatten();
                    let gateway = gateways
                        .filter(|gateway| gateway.has_default(place.key()))
                        .find_map(|gateway| gateway.transit_gateway_id.parse().ok());
                    if let Some(transit_gateway_id) = gateway {
                        let id = place.key().clone();
                        place.insert(TransitGatewayRouteTable {
                            id,
                            transit_gateway_id,
                            routes,
                        });
                    }
                }
            }
        }
        Ok(tables)
    }
}

/// Completes an attachment by what another answer tells of it: the lists tell different things, and the owners of the
/// gateway and of what is attached are shown different things.
fn complete(there: &mut TransitGatewayAttachment, item: TransitGatewayAttachment) -> bool {
    if there.transit_gateway_id != item.transit_gateway_id {
        return false;
    }
    // Read at two moments, in which it came up or went down: it is not sure to be available.
    if there.state == "available" {
        there.state = item.state;
    }
    let association = there.associated_route_table.take();
    there.associated_route_table = association.or(item.associated_route_table);
    let owner = there.transit_gateway_owner_id.take();
    there.transit_gateway_owner_id = owner.or(item.transit_gateway_owner_id);
    let owner = there.resource_owner_id.take();
    there.resource_owner_id = owner.or(item.resource_owner_id);
    there.translates |= item.translates;
    complete_resource(&mut there.resource, item.resource)
}

fn complete_resource(there: &mut AttachedResource, item: AttachedResource) -> bool {
    use AttachedResource::{Peering, Vpc};
    match (there, item) {
        (
            Vpc { id, details },
            Vpc {
                id: other,
                details: more,
            },
        ) => {
            let agree = details.is_none() || more.is_none() || *details == more;
            *details = details.take().or(more);
            *id == other && agree
        }
        (
            Peering { peer, region },
            Peering {
                peer: other,
                region: more,
            },
        ) => {
            *peer = peer.take().or(other);
            *region = region.take().or(more);
            true
        }
        (there, item) => *there == item,
    }
}

/// Adds what this scope's ends of a peering see. An end that is in the list of all attachments is completed; else
/// the end is one of this scope's gateways, as far as anything tells which they are.
fn add_peering(attachments: &mut Attachments, ends: &PeeringEnds, lists: &ScopeLists) {
    let both = [&ends.requester, &ends.accepter];
    for end in both.into_iter().flatten() {
        match attachments.get_mut(&end.attachment.id) {
            Some(there) if there.transit_gateway_id == end.attachment.transit_gateway_id => {
                complete_resource(&mut there.resource, end.attachment.resource.clone());
            }
            Some(_) => {}
            None if is_here(end, lists) => {
                let id = end.attachment.id.clone();
                attachments.insert(id, end.attachment.clone());
            }
            None => {}
        }
    }
}

/// Whether an end of a peering is a gateway of this scope.
fn is_here(end: &PeeringEnd, lists: &ScopeLists) -> bool {
    if let Ok(gateways) = lists.transit_gateways.known()
        && gateways.contains_key(&end.attachment.transit_gateway_id)
    {
        return true;
    }
    let fits =
        |told: Option<&str>, own: Option<&str>| told.is_none() || own.is_none() || told == own;
    let owner = end.attachment.transit_gateway_owner_id.as_ref();
    let is_scope = fits(
        end.region.as_ref().map(Region::as_str),
        lists.region.as_ref().map(Region::as_str),
    ) && fits(
        owner.map(AccountId::as_str),
        lists.account_id.as_ref().map(AccountId::as_str),
    );
    // Where both ends have one id and both could be here, nothing tells which is.
    is_scope && !(end.shares_id && lists.region.is_none())
}
