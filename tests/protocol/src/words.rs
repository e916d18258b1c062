//! Runs in words.

use crate::{
    aws::{ClaimTag, Content, Item, Op},
    brain::bits,
    network::Network,
    state::{Life, State},
    system::{Action, System},
};
use std::fmt;

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |rules: &[(u8, u8)]| {
            let rules = rules.iter();
            let names: Vec<String> = rules.map(|(unit, id)| format!("sgr-{unit}x{id}")).collect();
            names.join(", ")
        };
        match self {
            Self::Authorize(units) => write!(f, "Authorize of units {units:?}"),
            Self::Tag(rules, ClaimTag::Absent) => write!(f, "DeleteTags on {}", names(rules)),
            Self::Tag(rules, tag) => write!(f, "CreateTags {tag:?} on {}", names(rules)),
            Self::Revoke(rules) => write!(f, "Revoke of {}", names(rules)),
            Self::Claim(number, unit) => {
                write!(
                    f,
                    "CreateTags: the claim for number {number} to unit {unit}"
                )
            }
            Self::CreateEntry(number, unit) => {
                write!(f, "CreateNetworkAclEntry of unit {unit} under {number}")
            }
            Self::DeleteEntry(number, _) => write!(f, "DeleteNetworkAclEntry under {number}"),
            Self::Unclaim(number, unit) => {
                write!(
                    f,
                    "DeleteTags: the claim for number {number} to unit {unit}"
                )
            }
        }
    }
}

/// One step of a run, and what is there after it.
#[must_use]
pub fn step(system: &System, before: &State, action: Action, after: &State) -> String {
    let object = |number: u8| format!("{}'s object {number}", who(system, number));
    let happened = match action {
        Action::Declare(number) => format!("{} is declared", object(number)),
        Action::Change(number) => {
            let called = system.called(&after.objects[usize::from(number)]);
            let units: Vec<u8> = bits(called).collect();
            format!("{} is changed to call for units {units:?}", object(number))
        }
        Action::Delete(number) => format!("{} is deleted", object(number)),
        Action::AddRule(unit) => format!("a person adds a rule equal to that of unit {unit}"),
        Action::RemoveRule(unit) => format!("a person removes the rule of unit {unit}"),
        Action::AddEntry(number, content) => {
            let what = match content {
                Content::Unit(unit) => format!("an allow equal to unit {unit}"),
                Content::Other => "another allow".to_owned(),
                Content::Deny => "a deny".to_owned(),
            };
            format!("a person writes {what} under number {number}")
        }
        Action::RemoveEntry(number) => format!("a person removes the entry under number {number}"),
        Action::Tick => "time passes".to_owned(),
        Action::Begin(number, choice) => {
            let age = if choice == 0 {
                "the newest"
            } else {
                "something older"
            };
            format!(
                "a pass over {} begins: its read shows {age}",
                object(number)
            )
        }
        Action::Enter(number) => format!("the pass over {} enters the section", object(number)),
        Action::Look(number, version) => {
            let age = if version == 0 { "newest" } else { "older" };
            format!(
                "the pass over {} looks before {}, and sees the {age} content",
                object(number),
                system.next_call(before, number)
            )
        }
        Action::Call(number) => {
            let call = system.next_call(before, number);
            format!("the pass over {} makes {call}", object(number))
        }
        Action::Lose(number) => {
            let call = system.next_call(before, number);
            format!(
                "the pass over {} loses the answer to {call}, which may land later",
                object(number)
            )
        }
        Action::Land(place) | Action::Vanish(place) => {
            let call = before.under_way[usize::from(place)].call;
            let kept = system.brain.call_of(call);
            let lands = if matches!(action, Action::Land(_)) {
                "lands"
            } else {
                "never lands"
            };
            format!("{}'s {} {lands}", Network::owner_name(kept.owner), kept.op)
        }
        Action::Crash(owner) => format!(
            "{}'s process ends and starts anew",
            Network::owner_name(owner)
        ),
        Action::CrashInCall(number) => format!(
            "{}'s process ends just after {} left it, and starts anew",
            who(system, number),
            system.next_call(before, number)
        ),
    };
    format!("{happened}\n       {}", scene(system, after))
}

fn who(system: &System, object: u8) -> char {
    Network::owner_name(system.owner(object))
}

/// What is there.
fn scene(system: &System, state: &State) -> String {
    let mut parts = Vec::new();
    for (item, place) in state.aws.now.iter().zip(0u8..) {
        match item {
            Item::Nothing => {}
            Item::Rule(rule) if !rule.managed => {
                parts.push(format!("foreign rule sgr-{place}x{}", rule.id));
            }
            Item::Rule(rule) => {
                let claims = rule.claims.iter().zip(0u8..);
                let claims = claims.filter(|(claim, _)| **claim != ClaimTag::Absent);
                let claims = claims
                    .map(|(claim, owner)| format!("{} {claim:?}", Network::owner_name(owner)));
                let claims: Vec<String> = claims.collect();
                parts.push(format!("sgr-{place}x{} [{}]", rule.id, claims.join(", ")));
            }
            Item::Entry(entry) => {
                let by = if entry.by_person.is_some() {
                    "foreign "
                } else {
                    ""
                };
                parts.push(format!("{by}entry {place} {:?}", entry.content));
            }
            Item::Claim => {
                let of = usize::from(place) - usize::from(system.case.layout.entries());
                let units = usize::from(system.case.layout.units());
                parts.push(format!("claim for {} to unit {}", of / units, of % units));
            }
        }
    }
    let objects = state.objects.iter().zip(0u8..);
    for (object, number) in objects.filter(|(object, _)| object.life != Life::Absent) {
        let ledger = system.brain.ledger(object.ledger);
        let units: Vec<u8> = bits(ledger.units).collect();
        let life = if object.life == Life::Deleting {
            ", deleting"
        } else {
            ""
        };
        let ready = if object.ready { ", Ready" } else { "" };
        parts.push(format!("object {number} ledger {units:?}{ready}{life}"));
    }
    parts.join("; ")
}

/// A number with its thousands apart.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
