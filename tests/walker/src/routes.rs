//! Route tables. VPC User Guide, "Route tables", route priority: the longest prefix wins, whatever its state; at equal
//! length the local route, a static one, one by prefix list, a propagated one; two prefix lists: AWS takes either.
//! [aws-facts 4.1]

use crate::{
    internet::is_private,
    trip::{End, Trip},
};
use dms_network_core::snapshot::{
    Read, Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget,
};
use std::{cmp::Reverse, net::IpAddr};

impl<'a> Trip<'a> {
    /// Where a table sends a packet.
    pub(crate) fn target(
        &mut self,
        table: &'a RouteTable,
        destination: IpAddr,
    ) -> Result<&'a RouteTarget, End> {
        let mut best: Option<(Reverse<u8>, u8)> = None;
        let mut winners: Vec<&'a Route> = Vec::new();
        let mut unread = None;
        let is_local = |route: &Route| route.target == RouteTarget::Local;
        let mut locals = table.routes.iter().filter(|route| is_local(route));
        let stays = locals.any(|route| matches!(self.length(route, destination), Ok(Some(_))));
        for route in &table.routes {
            if stays && is_from_vpn(route) {
                continue;
            }
            let length = match self.length(route, destination) {
                Ok(Some(length)) => length,
                Ok(None) => continue,
                Err(end) => {
                    unread = Some(end);
                    continue;
                }
            };
            let place = (Reverse(length), rank(route));
            if best.is_none_or(|best| place < best) {
                best = Some(place);
                winners.clear();
            }
            if best == Some(place) {
                winners.push(route);
            }
        }
        // What was not read could win over all but a static route to the very address.
        let host = if destination.is_ipv4() { 32 } else { 128 };
        if let Some(end) = unread
            && best.is_none_or(|best| best > (Reverse(host), 1))
        {
            return Err(end);
        }
        let Some(winner) = self.either(&winners, table, destination) else {
            return Err(self.dropped(&table.id, "no route"));
        };
        if winner.state != RouteState::Active {
            return Err(self.dropped(&table.id, "the route is a black hole"));
        }
        self.note(format!("{} to {:?}", table.id, winner.target));
        Ok(&winner.target)
    }

    /// Of several prefix lists AWS takes any, and stays with it.
    fn either(
        &mut self,
        winners: &[&'a Route],
        table: &RouteTable,
        destination: IpAddr,
    ) -> Option<&'a Route> {
        let place = (table.id.clone(), destination);
        if winners.len() < 2 {
            return winners.first().copied();
        }
        if let Some(taken) = self.taken_routes.get(&place) {
            return Some(taken);
        }
        let taken = self.choices.among(winners).copied()?;
        self.taken_routes.insert(place, taken);
        Some(taken)
    }

    /// How long the prefix is by which a route holds an address; none where it does not.
    fn length(&self, route: &Route, address: IpAddr) -> Result<Option<u8>, End> {
        match &route.destination {
            RouteDestination::Cidr(block) => {
                Ok(block.contains(&address).then_some(block.prefix_len()))
            }
            RouteDestination::PrefixList(id) => {
                let list = self.atlas().prefix_list(id)?;
                let list = list.ok_or_else(|| End::not_known(id))?;
                match &list.entries {
                    Read::Known(entries) => {
                        let holding = entries.iter().filter(|block| block.contains(&address));
                        Ok(holding.map(|block| block.prefix_len()).max())
                    }
                    // AWS's own lists hold public addresses of its services.
                    Read::Unread(_) if list.aws_owned && is_private(address) => Ok(None),
                    Read::Unread(unread) => Err(End::not_known(unread.call)),
                }
            }
        }
    }
}

/// What a VPN or Direct Connect connection propagates never wins over the local route, however specific it is
/// (Site-to-Site VPN User Guide, "Route tables and AWS Site-to-Site VPN route priority").
fn is_from_vpn(route: &Route) -> bool {
    let by_gateway = matches!(route.target, RouteTarget::VpnGateway(_));
    by_gateway && route.origin == RouteOrigin::Propagated
}

fn rank(route: &Route) -> u8 {
    match (&route.target, &route.destination, route.origin) {
        (RouteTarget::Local, ..) => 0,
        (_, RouteDestination::PrefixList(_), _) => 2,
        (.., RouteOrigin::Static) => 1,
        (.., RouteOrigin::Propagated) => 3,
    }
}
