//! A subnet of the same VPC that packets pass on their way: that of a NAT gateway or of a host.

use super::{
    check::Step,
    judge_acl::AclPorts,
    needed::Needed,
    routes::{Within, elsewhere, follow, passed, within_vpc},
    side::Place,
    way::Packets,
};
use crate::api::{Gate, PathDirection, Who};
use ipnet::IpNet;

/// The gates on the way to the middle and back from it.
pub(super) struct Bracket<'a> {
    pub(super) out: Vec<Step<'a>>,
    pub(super) back: Vec<Step<'a>>,
    pub(super) demands: Vec<Who>,
}

/// From a client's subnet by `route` to a middle, and from there back to `sources`. The packets keep the addresses of
/// the client and the database on both ways: a translation is undone before the last leg.
pub(super) fn bracket<'a>(
    near: Place<'a>,
    middle: Place<'a>,
    route: Gate,
    packets: &Packets<'_>,
    sources: &[IpNet],
    words: &str,
) -> Bracket<'a> {
    let answers = packets.answers(AclPorts::TO_LINUX);
    if near.subnet.id == middle.subnet.id {
        return Bracket {
            out: vec![Step::Gate(route)],
            back: Vec::new(),
            demands: Vec::new(),
        };
    }
    let mut back = vec![answers.leave(middle)];
    let mut demands = Vec::new();
    let direction = PathDirection::Return;
    let needed = Needed::within(middle.side, sources);
    for routed in follow(middle.subnet, sources, direction, middle.side.scope) {
        let routed = routed.needing(&needed);
        let by = match routed.by {
            Ok(by) => by,
            Err(gate) => {
                back.push(Step::Gate(gate));
                continue;
            }
        };
        match within_vpc(by.route, direction) {
            Within::Direct => back.push(Step::Gate(passed(&routed.blocks, by, direction))),
            Within::Through(hop) => {
                demands.push(super::hop::owner_of(&hop));
                back.push(Step::Gate(passed(&routed.blocks, by, direction)));
                back.push(Step::Gate(hop));
            }
            Within::Elsewhere => {
                let gate = elsewhere(&routed.blocks, by, direction, words, &needed);
                back.push(Step::Gate(gate));
            }
        }
    }
    back.push(answers.enter(near));
    Bracket {
        out: vec![
            packets.leave(near),
            Step::Gate(route),
            packets.enter(middle),
        ],
        back,
        demands,
    }
}
