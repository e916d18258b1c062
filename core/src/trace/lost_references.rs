//! Rules that name the other end by its group on a path on which such a reference works for nothing: people believe
//! that they admit, so they are noted.

use super::{End, admit::References, hop::Hop, judge_group::opens, leg::Leg, say, side::Side};
use crate::{
    api::{
        Gate, GateKind, Note, Reason, RuleDirection, SecurityGroupId, TransitGatewayId, Verdict,
        VpcId,
    },
    claims::RuleClaims,
    scopes::Scopes,
    snapshot::{AttachedResource, Peer},
};
use std::collections::{BTreeMap, BTreeSet};

/// Why references work for nothing on a path.
pub(super) struct Lost {
    pub(super) reason: Reason,
    pub(super) why: String,
}

impl Lost {
    /// What a hop that packets pass does to the references of a direction.
    pub(super) fn on(
        hop: &Hop<'_>,
        near: Side<'_>,
        far: Side<'_>,
        way: RuleDirection,
    ) -> Option<Self> {
        let mut gates = hop.route.iter().chain(&hop.gates);
        if gates.any(|gate| matches!(gate.verdict, Verdict::Blocked | Verdict::Unknown)) {
            return None;
        }
        let why = match (&hop.references, way) {
            (References::Preferred, _) | (References::Inbound, RuleDirection::Ingress) => {
                return None;
            }
            (References::Inbound, RuleDirection::Egress) => {
                "references work inbound alone over a transit gateway".to_owned()
            }
            (References::Lost(why), _) => why.clone(),
        };
        let ends = [near.vpc_id, far.vpc_id];
        let gateways = hop.gates.iter();
        let gateways = gateways.filter(|gate| gate.gate == GateKind::TransitGateway);
        let switches: Vec<String> = gateways
            .flat_map(|gate| switches(gate, near.scopes, ends))
            .collect();
        Some(match switches.is_empty() {
            true => Self {
                reason: Reason::SecurityGroupReferenceNotPreserved,
                why,
            },
            false => Self {
                reason: Reason::SecurityGroupReferencingDisabled,
                why: format!("{why}: {}", switches.join("; ")),
            },
        })
    }

    /// The note of a form of admission that is asked for and cannot work.
    pub(super) fn note(self) -> Note {
        Note {
            reason: self.reason,
            message: format!("no rule can name the client's group here: {}", self.why),
        }
    }

    /// The notes of the rules, on groups of a side, that name a group of the other end and open the port of a leg.
    pub(super) fn notes<'e>(
        &self,
        leg: &Leg<'_, '_>,
        side: Side<'_>,
        groups: impl IntoIterator<Item = &'e SecurityGroupId>,
        direction: RuleDirection,
        others: impl IntoIterator<Item = &'e End>,
    ) -> Vec<Note> {
        let named: BTreeSet<&SecurityGroupId> =
            others.into_iter().flat_map(|end| &end.groups).collect();
        let known = side.scope.security_groups.known().ok();
        let groups: BTreeSet<&SecurityGroupId> = groups.into_iter().collect();
        let groups = groups.into_iter().filter_map(|id| known?.get(id));
        let notes = groups.flat_map(|group| {
            let rules = group.rules.iter().filter(|rule| {
                let foreign = !RuleClaims::of(rule, leg.subject.owner).managed;
                rule.direction == direction && foreign && opens(rule, leg.port)
            });
            rules.filter_map(|rule| match &rule.peer {
                Peer::SecurityGroup(other) if named.contains(other) => Some(Note {
                    reason: self.reason,
                    message: format!(
                        "{} of {} names {other}, and admits nothing on this path: {}",
                        say::rule(rule),
                        group.id,
                        self.why
                    ),
                }),
                _ => None,
            })
        });
        notes.collect()
    }
}

/// What switches references on at a transit gateway and its attachments of two VPCs, where they are off; nothing does
/// where one of the two is attached to another gateway.
fn switches(gate: &Gate, scopes: &Scopes<'_>, ends: [&VpcId; 2]) -> Vec<String> {
    const ON: &str = "--options SecurityGroupReferencingSupport=enable";
    let gateways = scopes
        .views()
        .flat_map(|view| view.snapshot.transit_gateways.known())
        .flat_map(BTreeMap::values);
    let attachments = scopes
        .views()
        .flat_map(|view| view.snapshot.transit_gateway_attachments.known())
        .flat_map(BTreeMap::values);
    let is_met = |id: &TransitGatewayId| id.as_str() == gate.resource;
    let mut commands = BTreeSet::new();
    for gateway in gateways.filter(|it| is_met(&it.id)) {
        if !gateway.security_group_referencing {
            let id = &gateway.id;
            commands.insert(format!(
                "aws ec2 modify-transit-gateway --transit-gateway-id {id} {ON}"
            ));
        }
    }
    let mut attached = BTreeSet::new();
    for attachment in attachments.filter(|it| is_met(&it.transit_gateway_id)) {
        let AttachedResource::Vpc {
            id,
            details: Some(details),
        } = &attachment.resource
        else {
            continue;
        };
        if !ends.contains(&id) {
            continue;
        }
        attached.insert(id);
        if !details.security_group_referencing {
            let id = &attachment.id;
            commands.insert(format!(
                "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id {id} {ON}"
            ));
        }
    }
    match attached.len() == ends.len() {
        true => commands.into_iter().collect(),
        false => Vec::new(),
    }
}
