//! What a person must do: each act once, wherever it is called for.

use crate::cli::words;
use dms_network_core::api::{Gate, NetworkPlan, Reason, Refusal, Verdict};

/// One act, with a number by which gates refer to it.
pub(super) struct Act<'a> {
    /// From 1, in the order in which the paths call for it.
    pub(super) number: usize,
    /// Why.
    pub(super) reason: Reason,
    /// What is to be done.
    pub(super) remedy: &'a str,
    /// Where: resources with the kind of their gate.
    pub(super) places: Vec<String>,
    /// For which endpoints.
    pub(super) endpoints: Vec<String>,
}

/// All of them.
pub(super) struct Acts<'a>(Vec<Act<'a>>);

impl<'a> Acts<'a> {
    /// The acts that some plans call for.
    pub(super) fn of(networks: &'a [NetworkPlan]) -> Self {
        let mut acts = Self(Vec::new());
        for plan in networks {
            for path in &plan.paths {
                let endpoint = match networks {
                    [_] => path.endpoint.to_string(),
                    _ => format!("{} of {}", path.endpoint, words::name(plan)),
                };
                for gate in &path.gates {
                    if let Some(remedy) = remedy(gate) {
                        let place = format!("{} {}", gate.gate, gate.resource);
                        acts.add(gate.reason, remedy, place, Some(&endpoint));
                    }
                }
            }
            for refusal in &plan.refusals {
                if let Some(remedy) = &refusal.remedy
                    && !is_said_at_a_gate(plan, refusal)
                {
                    acts.add(refusal.reason, remedy, refusal.resource.clone(), None);
                }
            }
        }
        acts
    }

    fn add(&mut self, reason: Reason, remedy: &'a str, place: String, endpoint: Option<&str>) {
        let known = self
            .0
            .iter()
            .position(|act| act.reason == reason && act.remedy == remedy);
        let known = known.unwrap_or_else(|| {
            self.0.push(Act {
                number: self.0.len() + 1,
                reason,
                remedy,
                places: Vec::new(),
                endpoints: Vec::new(),
            });
            self.0.len() - 1
        });
        let act = &mut self.0[known];
        add(&mut act.places, &place);
        if let Some(endpoint) = endpoint {
            add(&mut act.endpoints, endpoint);
        }
    }

    /// In the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Act<'a>> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of what opens a gate.
    pub(super) fn at(&self, gate: &Gate) -> Option<usize> {
        self.number(gate.reason, remedy(gate)?)
    }

    /// The number of what lifts a refusal.
    pub(super) fn against(&self, refusal: &Refusal) -> Option<usize> {
        self.number(refusal.reason, refusal.remedy.as_deref()?)
    }

    fn number(&self, reason: Reason, remedy: &str) -> Option<usize> {
        let mut acts = self.0.iter();
        let act = acts.find(|act| act.reason == reason && act.remedy == remedy)?;
        Some(act.number)
    }
}

impl Act<'_> {
    /// Why, where and for whom, in one line.
    pub(super) fn about(&self) -> String {
        let mut about = format!("{}: {}", self.reason, self.places.join(", "));
        if !self.endpoints.is_empty() {
            about.push_str(&format!("; for {}", self.endpoints.join(", ")));
        }
        about
    }
}

fn add(list: &mut Vec<String>, item: &str) {
    if !list.iter().any(|known| known == item) {
        list.push(item.to_owned());
    }
}

/// What a person can do at a gate. What opens a missing one is an addition, or refused with a remedy of its own.
fn remedy(gate: &Gate) -> Option<&str> {
    match gate.verdict {
        Verdict::Permitted | Verdict::Missing => None,
        Verdict::External | Verdict::Unknown | Verdict::Blocked => gate.remedy.as_deref(),
    }
}

/// Whether a refusal repeats what stands at a gate that is shown.
pub(super) fn is_said_at_a_gate(plan: &NetworkPlan, refusal: &Refusal) -> bool {
    let mut gates = plan.paths.iter().flat_map(|path| &path.gates);
    gates.any(|gate| {
        gate.resource == refusal.resource
            && gate.reason == refusal.reason
            && gate.message == refusal.message
            && gate.remedy == refusal.remedy
    })
}
