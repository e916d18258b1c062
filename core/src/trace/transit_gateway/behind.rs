//! From the subnet of an attachment where packets leave a transit gateway to that of their destination.

use crate::{
    api::{Gate, GateKind, PathDirection, Reason},
    trace::{
        routes::{Leading, Within, follow, within_vpc},
        say,
        side::Place,
    },
};
use ipnet::IpNet;

/// Packets that leave the gateway in another subnet than their destination's follow that subnet's route table from
/// there (VPC Transit Gateways, "Transit gateway attachments to a VPC"): each gate that is not the direct way.
pub(super) fn gates(
    exits: &[Place<'_>],
    far: Place<'_>,
    blocks: &[IpNet],
    direction: PathDirection,
) -> Vec<Gate> {
    let mut gates: Vec<Gate> = Vec::new();
    // Where its table is not shown, the route that every VPC has to itself is believed.
    let is_shown = |exit: &&Place<'_>| {
        let table = exit.side.scope.route_table_of(exit.subnet);
        exit.subnet.id != far.subnet.id && table.is_ok_and(|table| table.is_some())
    };
    for exit in exits.iter().filter(is_shown) {
        for routed in follow(exit.subnet, blocks, direction, exit.side.scope) {
            let found = routed.by.map(|by| (by, within_vpc(by.route, direction)));
            let gate = match found {
                Ok((_, Within::Direct)) => continue,
                Err(gate) | Ok((_, Within::Through(gate))) => gate,
                Ok((by, Within::Elsewhere)) => astray(*exit, by, &routed.blocks, direction),
            };
            if !gates.contains(&gate) {
                gates.push(gate);
            }
        }
    }
    gates
}

fn astray(exit: Place<'_>, by: Leading<'_>, blocks: &[IpNet], direction: PathDirection) -> Gate {
    let message = format!(
        "from {} of the attachment, {} takes {} out of {} again",
        exit.subnet.id,
        say::route(by.route),
        say::blocks(blocks.iter().copied()),
        exit.side.vpc_id
    );
    let (kind, reason) = (GateKind::Route, Reason::RouteGoesElsewhere);
    say::blocked(kind, by.table.id.as_str(), direction, reason, message)
}
