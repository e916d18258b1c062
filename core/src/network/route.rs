//! Route tables: which route takes a block (VPC User Guide, "Route tables", route priority).

use super::{divide, overlaps};
use crate::{
    api::PrefixListId,
    snapshot::{PrefixList, Read, Route, RouteDestination, RouteOrigin, RouteTable, RouteTarget},
};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The route that takes a part of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice<'a> {
    /// This one, whatever its state.
    Route(&'a Route),
    /// Two prefix lists of equal length lead to different targets: AWS picks one at random.
    Ambiguous(&'a Route, &'a Route),
    /// A customer's prefix list whose entries were not read could take it.
    Unread(&'a PrefixListId),
    /// None.
    NoRoute,
}

/// The order between routes of equal length, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Local,
    Static,
    PrefixList,
    Propagated,
}

/// One block of one route.
struct Candidate<'a> {
    cidr: IpNet,
    rank: Rank,
    route: &'a Route,
}

/// The parts of `block` by the route that takes them, each part aggregated, in the order of their first address.
#[must_use]
pub fn choose<'a>(
    table: &'a RouteTable,
    lists: &'a Read<BTreeMap<PrefixListId, PrefixList>>,
    block: IpNet,
) -> Vec<(Vec<IpNet>, Choice<'a>)> {
    let mut candidates = Vec::new();
    let mut unread = None;
    let mut by_list: BTreeMap<&PrefixListId, Vec<&Route>> = BTreeMap::new();
    for route in &table.routes {
        match &route.destination {
            RouteDestination::Cidr(cidr) if !overlaps(cidr, &block) => {}
            RouteDestination::Cidr(cidr) => {
                candidates.push(Candidate {
                    cidr: *cidr,
                    rank: rank_of(route),
                    route,
                });
            }
            RouteDestination::PrefixList(id) => by_list.entry(id).or_default().push(route),
        }
    }
    for (id, routes) in by_list {
        match entries_of(id, lists) {
            Some(entries) => {
                let routes = first_two(&routes);
                let entries = entries.iter().filter(|cidr| overlaps(cidr, &block));
                let pairs = entries.flat_map(|cidr| routes.clone().map(move |route| (cidr, route)));
                candidates.extend(pairs.map(|(cidr, route)| Candidate {
                    cidr: *cidr,
                    rank: Rank::PrefixList,
                    route,
                }));
            }
            None if routes
                .iter()
                .any(|route| may_be_customers(id, route, lists)) =>
            {
                unread = unread.or(Some(id));
            }
            None => {}
        }
    }
    let refs: Vec<&Candidate<'_>> = candidates.iter().collect();
    let mut parts: Parts<'a> = Parts::default();
    divide(
        block,
        &refs,
        &|c| c.cidr,
        &|_| false,
        &mut |part, held_by| {
            let choice = best(part, held_by, unread);
            parts.add([part], choice);
        },
    );
    parts.aggregated()
}

/// Blocks by the route that takes them, in the order in which the routes were met.
#[derive(Default)]
pub struct Parts<'a> {
    blocks: Vec<(Vec<IpNet>, Choice<'a>)>,
    places: BTreeMap<Choice<'a>, usize>,
}

impl<'a> Parts<'a> {
    /// Adds blocks that a route takes.
    pub fn add(&mut self, blocks: impl IntoIterator<Item = IpNet>, choice: Choice<'a>) {
        match self
            .places
            .get(&choice)
            .and_then(|&place| self.blocks.get_mut(place))
        {
            Some((known, _)) => known.extend(blocks),
            None => {
                self.places.insert(choice.clone(), self.blocks.len());
                self.blocks.push((blocks.into_iter().collect(), choice));
            }
        }
    }

    /// What each route takes, aggregated.
    #[must_use]
    pub fn aggregated(self) -> Vec<(Vec<IpNet>, Choice<'a>)> {
        let parts = self.blocks.into_iter();
        let parts = parts.map(|(blocks, choice)| (IpNet::aggregate(&blocks), choice));
        parts.collect()
    }
}

/// The strongest of some routes to one list, and the strongest that leads elsewhere: no other is ever chosen.
fn first_two<'a>(routes: &[&'a Route]) -> impl Iterator<Item = &'a Route> + Clone {
    let first = routes.iter().copied().min();
    let elsewhere = routes.iter().copied();
    let elsewhere =
        elsewhere.filter(move |route| first.is_some_and(|first| route.target != first.target));
    first.into_iter().chain(elsewhere.min())
}

fn rank_of(route: &Route) -> Rank {
    match (&route.target, route.origin) {
        (RouteTarget::Local, _) => Rank::Local,
        (_, RouteOrigin::Static) => Rank::Static,
        (_, RouteOrigin::Propagated) => Rank::Propagated,
    }
}

/// The entries of a prefix list, where they were read.
#[must_use]
pub fn entries_of<'a>(
    id: &PrefixListId,
    lists: &'a Read<BTreeMap<PrefixListId, PrefixList>>,
) -> Option<&'a Vec<IpNet>> {
    lists.known().ok()?.get(id)?.entries.known().ok()
}

/// AWS's own lists hold public addresses of services, and gateway endpoints take no others: no database is there.
fn may_be_customers(
    id: &PrefixListId,
    route: &Route,
    lists: &Read<BTreeMap<PrefixListId, PrefixList>>,
) -> bool {
    match lists.known().ok().and_then(|lists| lists.get(id)) {
        Some(list) => !list.aws_owned,
        None => !matches!(route.target, RouteTarget::VpcEndpoint(_)),
    }
}

fn best<'a>(
    part: IpNet,
    held_by: &[&Candidate<'a>],
    unread: Option<&'a PrefixListId>,
) -> Choice<'a> {
    // What a VPN or Direct Connect connection propagates never wins over the local route, however specific it is
    // (Site-to-Site VPN User Guide, "Route tables and AWS Site-to-Site VPN route priority").
    let is_local = held_by.iter().any(|c| c.rank == Rank::Local);
    let stands = |c: &&&Candidate<'a>| {
        let from_vpn = matches!(c.route.target, RouteTarget::VpnGateway(_));
        !(is_local && from_vpn && c.rank == Rank::Propagated)
    };
    let winner = held_by
        .iter()
        .filter(stands)
        .min_by_key(|c| (std::cmp::Reverse(c.cidr.prefix_len()), c.rank, c.route));
    let cannot_be_beaten = winner
        .is_some_and(|c| c.cidr.prefix_len() == part.max_prefix_len() && c.rank <= Rank::Static);
    match (winner, unread) {
        (_, Some(list)) if !cannot_be_beaten => Choice::Unread(list),
        (None, _) => Choice::NoRoute,
        (Some(winner), _) => {
            let rivals = held_by.iter().filter(|c| {
                c.rank == Rank::PrefixList
                    && winner.rank == Rank::PrefixList
                    && c.cidr == winner.cidr
                    && c.route.target != winner.route.target
            });
            match rivals.map(|c| c.route).min() {
                Some(rival) => Choice::Ambiguous(winner.route, rival),
                None => Choice::Route(winner.route),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::snapshot::RouteState;

    fn route(destination: &str, target: RouteTarget, origin: RouteOrigin) -> Route {
        let destination = match destination.parse() {
            Ok(cidr) => RouteDestination::Cidr(cidr),
            Err(_) => RouteDestination::PrefixList(destination.parse().unwrap()),
        };
        Route {
            destination,
            target,
            state: RouteState::Active,
            origin,
        }
    }

    fn interface(id: &str) -> RouteTarget {
        RouteTarget::NetworkInterface(id.parse().unwrap(), None)
    }

    fn table(routes: Vec<Route>) -> RouteTable {
        RouteTable {
            id: "rtb-0a".parse().unwrap(),
            vpc_id: "vpc-0a".parse().unwrap(),
            owner_id: None,
            is_main: true,
            subnet_ids: vec![],
            gateway_ids: vec![],
            routes,
        }
    }

    fn lists(lists: &[(&str, &[&str])]) -> Read<BTreeMap<PrefixListId, PrefixList>> {
        Read::Known(
            lists
                .iter()
                .map(|(id, entries)| {
                    let id: PrefixListId = id.parse().unwrap();
                    let entries = Read::Known(entries.iter().map(|e| e.parse().unwrap()).collect());
                    (
                        id.clone(),
                        PrefixList {
                            id,
                            name: None,
                            aws_owned: false,
                            weight: None,
                            entries,
                        },
                    )
                })
                .collect(),
        )
    }

    fn targets(
        table: &RouteTable,
        lists: &Read<BTreeMap<PrefixListId, PrefixList>>,
        block: &str,
    ) -> Vec<String> {
        choose(table, lists, block.parse().unwrap())
            .into_iter()
            .map(|(blocks, choice)| match choice {
                Choice::Route(r) => format!("{blocks:?} {:?}", r.target),
                Choice::Ambiguous(..) => format!("{blocks:?} ambiguous"),
                Choice::Unread(id) => format!("{blocks:?} unread {id}"),
                Choice::NoRoute => format!("{blocks:?} none"),
            })
            .collect()
    }

    #[test]
    fn a_route_more_specific_than_local_is_real() {
        let table = table(vec![
            route("10.0.0.0/16", RouteTarget::Local, RouteOrigin::Static),
            route("10.0.2.0/24", interface("eni-0f"), RouteOrigin::Static),
        ]);
        assert_eq!(
            targets(&table, &lists(&[]), "10.0.2.0/23"),
            [
                "[10.0.2.0/24] NetworkInterface(NetworkInterfaceId(\"eni-0f\"), None)",
                "[10.0.3.0/24] Local"
            ]
        );
    }

    #[test]
    fn at_equal_length_static_beats_a_prefix_list_and_that_beats_a_propagated_route() {
        let lists = lists(&[("pl-0a", &["192.0.2.0/24", "198.51.100.0/24"])]);
        let table = table(vec![
            route("192.0.2.0/24", interface("eni-0a"), RouteOrigin::Static),
            route(
                "198.51.100.0/24",
                interface("eni-0b"),
                RouteOrigin::Propagated,
            ),
            route("pl-0a", interface("eni-0c"), RouteOrigin::Static),
        ]);
        assert!(targets(&table, &lists, "192.0.2.1/32")[0].contains("eni-0a"));
        assert!(targets(&table, &lists, "198.51.100.1/32")[0].contains("eni-0c"));
    }

    #[test]
    fn two_prefix_lists_with_different_targets_are_ambiguous() {
        let lists = lists(&[("pl-0a", &["192.0.2.0/24"]), ("pl-0b", &["192.0.2.0/24"])]);
        let table = table(vec![
            route("pl-0a", interface("eni-0a"), RouteOrigin::Static),
            route("pl-0b", interface("eni-0b"), RouteOrigin::Static),
        ]);
        assert_eq!(
            targets(&table, &lists, "192.0.2.1/32"),
            ["[192.0.2.1/32] ambiguous"]
        );
    }

    #[test]
    fn a_customers_list_that_was_not_read_could_win() {
        let table = table(vec![
            route("10.0.0.0/16", RouteTarget::Local, RouteOrigin::Static),
            route("pl-0a", interface("eni-0a"), RouteOrigin::Static),
        ]);
        let unread = Read::not_in_snapshot("ec2:DescribeManagedPrefixLists");
        assert_eq!(
            targets(&table, &unread, "10.0.1.1/32"),
            ["[10.0.1.1/32] unread pl-0a"]
        );
        assert_eq!(
            targets(&table, &lists(&[("pl-0a", &[])]), "10.0.1.1/32"),
            ["[10.0.1.1/32] Local"]
        );
    }

    #[test]
    fn a_list_of_aws_s_own_wins_nothing_for_a_database_though_it_was_not_read() {
        let endpoint = RouteTarget::VpcEndpoint("vpce-0a".parse().unwrap());
        let to = |target| {
            table(vec![
                route("10.0.0.0/16", RouteTarget::Local, RouteOrigin::Static),
                route("pl-0a", target, RouteOrigin::Static),
            ])
        };
        let unread = Read::not_in_snapshot("ec2:DescribeManagedPrefixLists");
        let local = ["[10.0.1.1/32] Local"];
        assert_eq!(targets(&to(endpoint), &unread, "10.0.1.1/32"), local);
        let mut told = lists(&[("pl-0a", &[])]);
        if let Read::Known(lists) = &mut told {
            let list = lists.values_mut().next().unwrap();
            list.aws_owned = true;
            list.entries = Read::not_in_snapshot("ec2:GetManagedPrefixListEntries");
        }
        let table = to(interface("eni-0a"));
        assert_eq!(targets(&table, &told, "10.0.1.1/32"), local);
    }

    #[test]
    fn no_route_holds_what_no_destination_holds() {
        let table = table(vec![route(
            "10.0.0.0/16",
            RouteTarget::Local,
            RouteOrigin::Static,
        )]);
        assert_eq!(
            targets(&table, &lists(&[]), "2001:db8::1/128"),
            ["[2001:db8::1/128] none"]
        );
    }
}
