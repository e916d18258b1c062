//! Blocks of addresses and their division.

use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

/// Whether `outer` holds every address of `inner`. Blocks of different families never hold each other.
#[must_use]
pub fn covers(outer: &IpNet, inner: &IpNet) -> bool {
    match (outer, inner) {
        (IpNet::V4(o), IpNet::V4(i)) => o.contains(i),
        (IpNet::V6(o), IpNet::V6(i)) => o.contains(i),
        _ => false,
    }
}

/// Whether two blocks are of one address family.
#[must_use]
pub fn same_family(a: &IpNet, b: &IpNet) -> bool {
    a.max_prefix_len() == b.max_prefix_len()
}

/// Whether two blocks share an address.
#[must_use]
pub fn overlaps(a: &IpNet, b: &IpNet) -> bool {
    covers(a, b) || covers(b, a)
}

/// Divides `block` so that each item's block either holds a part whole or misses it, and calls `part` with each
/// part, in address order, and the items that hold it, in the order in which they came.
///
/// An item for which `decisive` is true takes whatever it holds: items behind it are not looked at in its block.
pub fn divide<'a, T>(
    block: IpNet,
    items: &[&'a T],
    net: &impl Fn(&T) -> IpNet,
    decisive: &impl Fn(&T) -> bool,
    part: &mut impl FnMut(IpNet, &[&'a T]),
) {
    let mut here: Vec<&'a T> = Vec::new();
    let mut whole = true;
    for &item in items {
        let cidr = net(item);
        if covers(&cidr, &block) {
            here.push(item);
            if decisive(item) {
                break;
            }
        } else if covers(&block, &cidr) {
            whole = false;
            here.push(item);
        }
    }
    match halves(&block) {
        Some((low, high)) if !whole => {
            divide(low, &here, net, decisive, part);
            divide(high, &here, net, decisive, part);
        }
        _ => part(block, &here),
    }
}

fn halves(block: &IpNet) -> Option<(IpNet, IpNet)> {
    let mut both = block.subnets(block.prefix_len().checked_add(1)?).ok()?;
    Some((both.next()?, both.next()?))
}

/// The narrower of two blocks that overlap: what they share.
#[must_use]
pub fn narrower(a: IpNet, b: IpNet) -> IpNet {
    if covers(&a, &b) { b } else { a }
}

/// The parts of `block` that lie in none of `nets`, aggregated.
#[must_use]
pub fn subtract(block: IpNet, nets: &[IpNet]) -> Vec<IpNet> {
    let items: Vec<&IpNet> = nets.iter().collect();
    let mut left = Vec::new();
    divide(
        block,
        &items,
        &|net| *net,
        &|_| true,
        &mut |part, held_by| {
            if held_by.is_empty() {
                left.push(part);
            }
        },
    );
    IpNet::aggregate(&left)
}

/// The ranges of IPv4 that no internet gateway forwards to: RFC 1918 and RFC 6598.
const PRIVATE: [IpNet; 4] = [
    private(Ipv4Addr::new(10, 0, 0, 0), 8),
    private(Ipv4Addr::new(172, 16, 0, 0), 12),
    private(Ipv4Addr::new(192, 168, 0, 0), 16),
    private(Ipv4Addr::new(100, 64, 0, 0), 10),
];

const fn private(address: Ipv4Addr, length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(address, length))
}

/// The parts of a block in the private ranges of IPv4, and the rest.
#[must_use]
pub fn split_private(block: IpNet) -> (Vec<IpNet>, Vec<IpNet>) {
    let inside = PRIVATE.iter().filter(|range| overlaps(range, &block));
    let inside: Vec<IpNet> = inside.map(|range| narrower(block, *range)).collect();
    let outside = subtract(block, &PRIVATE);
    (inside, outside)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn families_never_hold_each_other() {
        assert!(!covers(&net("::/0"), &net("10.0.0.0/8")));
        assert!(!overlaps(&net("0.0.0.0/0"), &net("2001:db8::/32")));
    }

    #[test]
    fn what_is_left_of_a_block_is_aggregated() {
        assert_eq!(
            subtract(
                net("10.0.0.0/22"),
                &[net("10.0.1.0/24"), net("10.0.1.7/32")]
            ),
            [net("10.0.0.0/24"), net("10.0.2.0/23")]
        );
        assert_eq!(subtract(net("10.0.0.0/24"), &[net("0.0.0.0/0")]), []);
        assert_eq!(
            subtract(net("2001:db8::/127"), &[net("2001:db8::1/128")]),
            [net("2001:db8::/128")]
        );
    }

    #[test]
    fn parts_come_in_address_order_with_the_items_that_hold_them_in_theirs() {
        let items = [net("10.0.0.0/25"), net("10.0.0.0/24"), net("192.0.2.0/24")];
        let mut seen = Vec::new();
        divide(
            net("10.0.0.0/24"),
            &items.iter().collect::<Vec<_>>(),
            &|n| *n,
            &|_| false,
            &mut |part, held_by| {
                seen.push((part, held_by.len()));
            },
        );
        assert_eq!(seen, [(net("10.0.0.0/25"), 2), (net("10.0.0.128/25"), 1)]);
    }

    #[test]
    fn a_decisive_item_hides_those_behind_it() {
        let items = [net("10.0.0.0/24"), net("10.0.0.7/32")];
        let mut parts = 0;
        divide(
            net("10.0.0.0/24"),
            &items.iter().collect::<Vec<_>>(),
            &|n| *n,
            &|_| true,
            &mut |_, _| parts += 1,
        );
        assert_eq!(parts, 1);
    }

    #[test]
    fn shared_address_space_counts_as_private_and_its_neighbour_does_not() {
        let split = |block| split_private(net(block));
        assert_eq!(split("100.64.0.0/10"), (vec![net("100.64.0.0/10")], vec![]));
        assert_eq!(split("172.32.0.0/32"), (vec![], vec![net("172.32.0.0/32")]));
        let (inside, outside) = split("10.0.0.0/7");
        assert_eq!(inside, [net("10.0.0.0/8")]);
        assert_eq!(outside, [net("11.0.0.0/8")]);
    }
}
