//! The far VPCs in an account of their own.

use crate::{
    net::{Net, parse},
    world::{Other, World},
};
use dms_network_core::snapshot::{
    AttachedResource, Read, Route, RouteTarget, ScopeLists, ScopeSnapshot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the far VPCs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounts {
    /// With the client.
    One,
    /// `vpc-0b` and `vpc-0c` in the account of AWSAccount `partner`.
    Two,
    /// The same, with a transit gateway of the partner's for `vpc-0c`, which is peered with ours.
    TwoGateways,
    /// `vpc-0b` in the account of AWSAccount `partner` and in another Region: no transit gateway attaches across Regions.
    TwoRegions,
}

const FAR: &str = "444455556666";

impl Accounts {
    pub(crate) fn region(self) -> &'static str {
        match self {
            Self::One | Self::Two | Self::TwoGateways => "eu-west-1",
            Self::TwoRegions => "eu-central-1",
        }
    }

    pub(crate) fn moves(self, vpc: &str) -> bool {
        match self {
            Self::One => false,
            Self::Two | Self::TwoGateways => ["vpc-0b", "vpc-0c"].contains(&vpc),
            Self::TwoRegions => vpc == "vpc-0b",
        }
    }

    /// A placement in a VPC, with the account and Region where that is needed.
    pub(crate) fn declared(self, mut placement: Value) -> Value {
        let vpc = placement["vpcID"].as_str().unwrap_or_default().to_owned();
        if self.moves(&vpc) {
            placement["accountRef"] = json!({"name": "partner"});
            placement["region"] = json!(self.region());
        }
        placement
    }

    /// The network as the two accounts are shown it.
    pub(crate) fn apart(self, net: Net) -> (Net, Option<Net>) {
        if self == Self::One {
            return (net, None);
        }
        let (mut near, mut far) = (net.lists.clone(), net.lists);
        far.account_id = Some(parse(FAR));
        far.region = Some(parse(self.region()));
        far.block_public_access = ScopeLists::unread().block_public_access;
        for lists in [&mut near, &mut far] {
            if let Read::Known(peerings) = &mut lists.peerings {
                for peering in peerings.values_mut() {
                    peering.accepter.owner_id = Some(parse(FAR));
                    peering.accepter.region = Some(parse(self.region()));
                }
            }
            if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
                for attachment in attachments.values_mut() {
                    if let AttachedResource::Vpc { id, .. } = &attachment.resource
                        && self.moves(id.as_str())
                    {
                        attachment.resource_owner_id = Some(parse(FAR));
                    }
                }
            }
        }
        keep(&mut near, |vpc| !self.moves(vpc));
        keep(&mut far, |vpc| self.moves(vpc));
        if self == Self::TwoGateways {
            peer(&mut near, "tgw-0b", "tgw-attach-c");
            with_gateway_of_its_own(&mut far);
            peer(&mut far, "tgw-0a", "tgw-attach-a");
        }
        (Net { lists: near }, Some(Net { lists: far }))
    }
}

fn keep(lists: &mut ScopeLists, here: impl Fn(&str) -> bool) {
    fn retain<K: Ord, V>(list: &mut Read<BTreeMap<K, V>>, keep: impl Fn(&K, &V) -> bool) {
        if let Read::Known(list) = list {
            list.retain(|key, value| keep(key, value));
        }
    }
    retain(&mut lists.vpcs, |id, _| here(id.as_str()));
    retain(&mut lists.subnets, |_, it| here(it.vpc_id.as_str()));
    retain(&mut lists.security_groups, |_, it| here(it.vpc_id.as_str()));
    retain(&mut lists.network_acls, |_, it| here(it.vpc_id.as_str()));
    retain(&mut lists.route_tables, |_, it| here(it.vpc_id.as_str()));
    retain(&mut lists.network_interfaces, |_, it| {
        here(it.vpc_id.as_str())
    });
    retain(&mut lists.nat_gateways, |_, it| here(it.vpc_id.as_str()));
    let attached = |ids: &[dms_network_core::api::VpcId]| ids.iter().all(|id| here(id.as_str()));
    retain(&mut lists.internet_gateways, |_, it| attached(&it.vpc_ids));
    retain(&mut lists.egress_only_internet_gateways, |_, it| {
        attached(&it.vpc_ids)
    });
    retain(&mut lists.vpn_gateways, |_, it| attached(&it.vpc_ids));
}

/// What was attached by `replaced` is behind a peering of gateways.
fn peer(lists: &mut ScopeLists, other: &str, replaced: &str) {
    let replaced = parse(replaced);
    if let Read::Known(attachments) = &mut lists.transit_gateway_attachments
        && let Some(mut attachment) = attachments.remove(&replaced)
    {
        attachment.id = parse("tgw-attach-p");
        attachment.state = "available".to_owned();
        attachment.resource = AttachedResource::Peering {
            peer: Some(parse(other)),
            region: Some(parse("eu-west-1")),
        };
        attachments.insert(attachment.id.clone(), attachment);
    }
    if let Read::Known(tables) = &mut lists.transit_gateway_route_tables {
        let routes = tables
            .values_mut()
            .flat_map(|table| match &mut table.routes {
                Read::Known(routes) => routes.as_mut_slice(),
                Read::Unread(_) => &mut [],
            });
        for route in routes.filter(|route| route.attachment_ids.contains(&replaced)) {
            route.attachment_ids = vec![parse("tgw-attach-p")];
            // Routes to a peered gateway are not propagated.
            route.is_static = true;
        }
    }
}

/// `tgw-0a` as a gateway `tgw-0b` of the partner's, with `vpc-0c` alone.
fn with_gateway_of_its_own(lists: &mut ScopeLists) {
    if let Read::Known(gateways) = &mut lists.transit_gateways
        && let Some(mut gateway) = gateways.remove(&parse("tgw-0a"))
    {
        gateway.id = parse("tgw-0b");
        gateway.owner_id = Some(parse(FAR));
        gateways.insert(gateway.id.clone(), gateway);
    }
    if let Read::Known(tables) = &mut lists.transit_gateway_route_tables
        && let Some((_, mut table)) = tables.pop_first()
    {
        table.id = parse("tgw-rtb-0b");
        table.transit_gateway_id = parse("tgw-0b");
        tables.insert(table.id.clone(), table);
    }
    if let Read::Known(attachments) = &mut lists.transit_gateway_attachments {
        attachments.remove(&parse("tgw-attach-vpn"));
        for attachment in attachments.values_mut() {
            attachment.transit_gateway_id = parse("tgw-0b");
            attachment.transit_gateway_owner_id = Some(parse(FAR));
            let associated = attachment.associated_route_table.as_mut();
            associated
                .into_iter()
                .for_each(|id| *id = parse("tgw-rtb-0b"));
        }
    }
    if let Read::Known(tables) = &mut lists.route_tables {
        let routes = tables.values_mut().flat_map(|table| &mut table.routes);
        let to_ours =
            |route: &&mut Route| route.target == RouteTarget::TransitGateway(parse("tgw-0a"));
        for route in routes.filter(to_ours) {
            route.target = RouteTarget::TransitGateway(parse("tgw-0b"));
        }
    }
}

/// The far account, as the controller is given it.
pub(crate) fn partner(accounts: Accounts, net: Net, members: &Value) -> Other {
    let mut account = json!({"accountID": FAR, "consent": "None"});
    for (key, value) in members.as_object().unwrap() {
        account[key] = value.clone();
    }
    Other {
        name: "partner",
        region: accounts.region(),
        account,
        given: true,
        found: Ok(net),
    }
}

/// The lists of all accounts of a world, the client's first.
pub(crate) fn all_lists(world: &World) -> Vec<&ScopeLists> {
    let others = world.elsewhere.iter();
    let others = others.filter_map(|other| other.found.as_ref().ok());
    [&world.net]
        .into_iter()
        .chain(others)
        .map(|net| &net.lists)
        .collect()
}

/// Changes the lists of all accounts of a world.
pub(crate) fn change_lists(world: &mut World, change: impl Fn(&mut ScopeLists)) {
    change(&mut world.net.lists);
    for other in &mut world.elsewhere {
        if let Ok(net) = &mut other.found {
            change(&mut net.lists);
        }
    }
}

/// What was read of all accounts of a world.
pub(crate) fn scopes(world: &World) -> Vec<ScopeSnapshot> {
    let lists = all_lists(world).into_iter();
    lists
        .map(|lists| ScopeSnapshot::from(lists.clone()))
        .collect()
}

/// The world's declaration on the networks of another one.
pub(crate) fn moved_to(world: &World, place: &World) -> World {
    let mut moved = world.moved(place.net.clone());
    moved.elsewhere.clone_from(&place.elsewhere);
    moved
}
