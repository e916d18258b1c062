//! The far VPCs in an account of their own.

use crate::{
    net::{Net, parse},
    world::{Other, World},
};
use dms_network_core::snapshot::{AttachedResource, Read, ScopeLists, ScopeSnapshot};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the far VPCs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounts {
    /// With the client.
    One,
    /// `vpc-0b` and `vpc-0c` in the account of AWSAccount `partner`.
    Two,
    /// `vpc-0b` in the account of AWSAccount `partner` and in another Region: no transit gateway attaches across Regions.
    TwoRegions,
}

const FAR: &str = "444455556666";

impl Accounts {
    pub(crate) fn region(self) -> &'static str {
        match self {
            Self::One | Self::Two => "eu-west-1",
            Self::TwoRegions => "eu-central-1",
        }
    }

    pub(crate) fn moves(self, vpc: &str) -> bool {
        match self {
            Self::One => false,
            Self::Two => ["vpc-0b", "vpc-0c"].contains(&vpc),
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
