//! Whose the far side of a path is, and the gate at which a path ends where it is somebody else's.

use super::{check::Step, leg::Leg, say, side::Side};
use crate::{
    api::{AccountRef, Gate, GateKind, PathDirection, Reason, Region, Verdict, VpcId},
    scopes::Found,
    trace::Unresolved,
};
use ipnet::IpNet;

/// The VPC of the far side in the account and Region that the declaration names; none where these are not ours.
///
/// # Errors
/// Where the account that is named cannot be used.
pub(super) fn find<'a>(
    leg: &Leg<'_, 'a>,
    account_ref: Option<&AccountRef>,
    region: Option<&Region>,
    vpc: &'a VpcId,
) -> Result<Option<Side<'a>>, Box<Gate>> {
    let scopes = leg.subject.scopes;
    match scopes.find(leg.subject.spec, account_ref, region, vpc) {
        Found::Ours(view) => Ok(Some(Side::new(vpc, view, scopes))),
        Found::NotOurs => Ok(None),
        Found::Unusable(unresolved) => Err(Box::new(unusable(unresolved))),
        Found::NotGiven(given) => {
            let (message, remedy) = given.not_given_to(leg.subject.namespace);
            let mut gate = say::declaration(given.name, Reason::NotAllowedByAccount, message);
            gate.remedy = Some(remedy);
            Err(Box::new(gate))
        }
    }
}

/// An account of which nothing could be read is unknown; what is wrong with its declaration is a person's to mend.
fn unusable(unresolved: &Unresolved) -> Gate {
    let verdict = match unresolved.reason {
        Reason::AccountNotFound | Reason::AccountChanged | Reason::AccountMismatch => {
            Verdict::Blocked
        }
        _ => Verdict::Unknown,
    };
    say::gate(
        GateKind::Declaration,
        &unresolved.resource,
        PathDirection::Forward,
        verdict,
        unresolved.reason,
        &unresolved.message,
    )
}

/// The gate at which a path ends: `owner`, in words, decides there.
pub(super) fn gate<'a>(owner: &str, port: u16, from: &[IpNet], to: &[IpNet]) -> Step<'a> {
    let (from, to) = (
        say::blocks(from.iter().copied()),
        say::blocks(to.iter().copied()),
    );
    let message = format!("{owner} must admit tcp {port} from {from} to {to}");
    let remedy =
        format!("ask {owner} to let tcp {port} pass from {from} to {to}, and the answers back");
    let (kind, forward) = (GateKind::FarSide, PathDirection::Forward);
    let (verdict, reason) = (Verdict::External, Reason::FarSideNotOurs);
    let mut gate = say::gate(kind, to, forward, verdict, reason, message);
    gate.remedy = Some(remedy);
    Step::Gate(gate)
}
