//! The controller's own decisions, asked once for each different question: each answer is a function of what is asked.
//!
//! Everything here comes from `dms_network_core`: `plan`, `outlook`, `called_for`, the ledger before and after a pass,
//! the calls of a section, the effects that are laid over reads. The search asks the same questions millions of times;
//! the answers are kept by number.

use crate::{
    aws::{ClaimTag, Item, Op, OwnerId, UnitId},
    network::{Network, RELEASING},
};
use dms_network_core::{
    api::{MigrationNetworkSpec, Scope, Unit},
    claims::{
        Call, Calm, Came, Effect, Held, Ledger, Ledgered, NeededUnit, Pass, Section, Step,
        ledgered::{self, Whereabouts},
        rule_claims,
        section::{Outcome, RuleClaim},
    },
    plan::{self, Input, Plan},
    scopes::{ScopeView, Scopes},
};
use std::{collections::HashMap, hash::Hash, rc::Rc};

/// A set of units or of marks.
pub type Mask = u32;

/// Numbers for values.
struct Numbers<T> {
    of: HashMap<T, u16>,
    all: Vec<T>,
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn new() -> Self {
        Self {
            of: HashMap::new(),
            all: Vec::new(),
        }
    }

    fn of(&mut self, value: &T) -> u16 {
        if let Some(number) = self.of.get(value) {
            return *number;
        }
        let number = u16::try_from(self.all.len()).expect("a case has few different values");
        self.of.insert(value.clone(), number);
        self.all.push(value.clone());
        number
    }
}

/// What a plan comes to.
pub struct Planning {
    /// The plan.
    pub plan: Plan,
    /// The units that it holds or will hold.
    pub units: Mask,
    /// The units that it lets go.
    pub releases: Mask,
    /// Whether it adds anything.
    pub adds: bool,
    /// Whether every path passes.
    pub ready: bool,
}

/// A ledger.
pub struct LedgerKept {
    ledgered: Ledgered,
    ledger: Ledger,
    /// The units in it.
    pub units: Mask,
    /// The rules in it.
    pub rules: Vec<(UnitId, u8)>,
}

/// The number of a ledger.
pub type LedgerId = u16;
/// The number of a call.
pub type CallId = u16;
/// The number of what became of a unit; 0 where nothing is known.
pub type CameId = u8;

/// A call.
pub struct CallKept {
    call: Call,
    /// What it does.
    pub op: Op,
    /// Whose it is.
    pub owner: OwnerId,
}

/// A step of a section.
pub struct StepKept {
    /// The call.
    pub call: CallId,
    /// The marks that are relied on no more once it is made.
    pub lets_go: Mask,
    /// The marks that are relied on once it is done.
    pub relied_on: Mask,
    /// What becomes of units once it is done.
    pub then: Vec<(UnitId, CameId)>,
}

/// What a section comes to.
pub struct Sectioned {
    /// What is known without a call.
    pub known: Vec<(UnitId, CameId)>,
    /// The marks that are relied on.
    pub relied_on: Mask,
    /// The calls.
    pub steps: Vec<StepKept>,
    /// Whether the plan is to be made again after them.
    pub again: bool,
}

/// The question of a section.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    owner: OwnerId,
    shown: Vec<Item>,
    /// The units to let go, or the plan and ledger by which units are added.
    what: What,
    calm: u8,
    relied_on: Mask,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum What {
    Add(u16, LedgerId),
    Release(Mask),
}

/// A call that was done, with the rules that it added.
type Done = (CallId, Vec<(UnitId, u8)>);

/// The memory of decisions.
pub struct Brain {
    /// The network.
    pub network: Network,
    specs: Vec<MigrationNetworkSpec>,
    /// The units that each declaration calls for.
    pub called: Vec<Mask>,
    planned: HashMap<(OwnerId, Vec<Item>, LedgerId, u8), u16>,
    plans: Vec<Rc<Planning>>,
    ledger_numbers: HashMap<Vec<String>, LedgerId>,
    ledgers: Vec<Rc<LedgerKept>>,
    ahead: HashMap<(LedgerId, u16), LedgerId>,
    after: HashMap<(LedgerId, u16, Vec<CameId>), LedgerId>,
    removed: HashMap<(LedgerId, Mask), LedgerId>,
    calls: Numbers<(OwnerId, String)>,
    calls_kept: Vec<Rc<CallKept>>,
    came: Numbers<Came>,
    marks: Numbers<String>,
    effects: Vec<Effect>,
    effects_of: HashMap<Done, Vec<u16>>,
    laid: HashMap<(Vec<Item>, u16), Vec<Item>>,
    sections: HashMap<Question, u16>,
    sectioned: Vec<Rc<Sectioned>>,
    lost: HashMap<(OwnerId, Vec<Item>, u8), Mask>,
    /// How many questions were asked of the core.
    pub asked: u64,
    /// For a seeded bug: the claim to an entry is written after it.
    pub claims_after_entry: bool,
}

/// The one account and Region.
struct Here<'a>(&'a Scope);

impl Whereabouts for Here<'_> {
    fn scope(&self, _: &Unit) -> &Scope {
        self.0
    }

    fn are_in(&self, scope: &Scope) -> bool {
        ledgered::same_place(scope, self.0)
    }
}

impl Brain {
    /// The decisions on a network, for declarations that call for some units each.
    pub fn new(network: Network, specs: &[&[UnitId]]) -> Self {
        let mut came = Numbers::new();
        // Number 0 is kept for nothing known.
        came.all.push(Came::Gone);
        let mut brain = Self {
            specs: specs.iter().map(|units| network.spec(units)).collect(),
            called: specs.iter().map(|units| mask(units.iter())).collect(),
            network,
            planned: HashMap::new(),
            plans: Vec::new(),
            ledger_numbers: HashMap::new(),
            ledgers: Vec::new(),
            ahead: HashMap::new(),
            after: HashMap::new(),
            removed: HashMap::new(),
            calls: Numbers::new(),
            calls_kept: Vec::new(),
            came,
            marks: Numbers::new(),
            effects: Vec::new(),
            effects_of: HashMap::new(),
            laid: HashMap::new(),
            sections: HashMap::new(),
            sectioned: Vec::new(),
            lost: HashMap::new(),
            asked: 0,
            claims_after_entry: false,
        };
        brain.keep_ledger(Ledgered::default());
        brain
    }

    /// The plan of an object on what a read shows.
    pub fn plan(
        &mut self,
        owner: OwnerId,
        shown: &[Item],
        ledger: LedgerId,
        spec: u8,
    ) -> (u16, Rc<Planning>) {
        let question = (owner, shown.to_vec(), ledger, spec);
        if let Some(number) = self.planned.get(&question) {
            return (*number, Rc::clone(&self.plans[usize::from(*number)]));
        }
        self.asked += 1;
        let snapshot = self.network.snapshot(shown);
        let scopes = Scopes::only(ScopeView::unguarded(&snapshot));
        let kept = self.ledger(ledger);
        let input = Input {
            namespace: "migrations",
            name: "orders",
            spec: &self.specs[usize::from(spec)],
            ledger: &kept.ledger,
            owner: &self.network.owners[usize::from(owner)],
            scopes: &scopes,
            ended: false,
        };
        let plan = plan::plan(&input);
        let adds = plan.additions().next().is_some();
        let ready = plan::outlook(&plan, &input).ready();
        let planning = Planning {
            units: self.units(plan.units.keys()),
            releases: self.units(plan.releases.keys()),
            adds,
            ready,
            plan,
        };
        let number = u16::try_from(self.plans.len()).expect("a case has few different plans");
        self.plans.push(Rc::new(planning));
        self.planned.insert(question, number);
        (number, Rc::clone(&self.plans[usize::from(number)]))
    }

    /// The plan of a number.
    #[must_use]
    pub fn planning(&self, number: u16) -> Rc<Planning> {
        Rc::clone(&self.plans[usize::from(number)])
    }

    /// The units that a plan lets go, as far as the ledger calls them permitted no more.
    #[must_use]
    pub fn releasable(&self, plan: u16, ledger: LedgerId) -> Mask {
        let planning = self.planning(plan);
        let kept = self.ledger(ledger);
        self.units(ledgered::releasable(&planning.plan, &kept.ledger))
    }

    fn units<'u>(&self, units: impl Iterator<Item = &'u Unit>) -> Mask {
        let units: Vec<UnitId> = units.map(|unit| self.network.unit_id(unit)).collect();
        mask(units.iter())
    }

    /// What a declaration calls for and a deployment holds, by what a read shows.
    pub fn lost_units(&mut self, owner: OwnerId, shown: &[Item], spec: u8) -> Mask {
        let question = (owner, shown.to_vec(), spec);
        if let Some(lost) = self.lost.get(&question) {
            return *lost;
        }
        self.asked += 1;
        let snapshot = self.network.snapshot(shown);
        let scopes = Scopes::only(ScopeView::unguarded(&snapshot));
        let of = &self.network.owners[usize::from(owner)];
        let spec = &self.specs[usize::from(spec)];
        let called = plan::called_for("migrations", spec, of, &scopes);
        let lost = called
            .iter()
            .filter(|unit| ledgered::is_there(unit, &snapshot, of) == Some(true));
        let lost = self.units(lost);
        self.lost.insert(question, lost);
        lost
    }

    fn keep_ledger(&mut self, ledgered: Ledgered) -> LedgerId {
        // What is pending is for people: plans look at what is held alone.
        let ledgered = Ledgered::of_rules(ledgered.managed_rules);
        let rules = ledgered.managed_rules.iter();
        let key: Vec<String> = rules.map(|rule| format!("{rule:?}")).collect();
        if let Some(number) = self.ledger_numbers.get(&key) {
            return *number;
        }
        let ids = ledgered.managed_rules.iter();
        let ids = ids.filter_map(|rule| rule.rule_id.as_ref());
        let kept = LedgerKept {
            ledger: ledgered.ledger(|_| true),
            units: self.units(ledgered.managed_rules.iter().map(|rule| &rule.unit)),
            rules: ids.map(|id| Network::rule_id(id.as_str())).collect(),
            ledgered,
        };
        let number = u16::try_from(self.ledgers.len()).expect("a case has few different ledgers");
        self.ledgers.push(Rc::new(kept));
        self.ledger_numbers.insert(key, number);
        number
    }

    /// A ledger.
    #[must_use]
    pub fn ledger(&self, number: LedgerId) -> Rc<LedgerKept> {
        Rc::clone(&self.ledgers[usize::from(number)])
    }

    /// The ledger before the first call of a pass that adds.
    pub fn ahead(&mut self, before: LedgerId, plan: u16) -> LedgerId {
        if let Some(ahead) = self.ahead.get(&(before, plan)) {
            return *ahead;
        }
        let kept = self.ledger(before);
        let here = Here(&self.network.scope);
        let ahead = ledgered::ahead(&kept.ledgered, &self.planning(plan).plan, &here);
        let ahead = self.keep_ledger(ahead);
        self.ahead.insert((before, plan), ahead);
        ahead
    }

    /// The ledger after a pass.
    pub fn after(&mut self, before: LedgerId, plan: u16, came: &[CameId]) -> LedgerId {
        let question = (before, plan, came.to_vec());
        if let Some(after) = self.after.get(&question) {
            return *after;
        }
        let mut pass: Pass<()> = Pass::default();
        for (unit, came) in self.network.units.iter().zip(came) {
            if *came != 0 {
                let came = self.came.all[usize::from(*came)].clone();
                pass.came(unit.clone(), came, |_| ());
            }
        }
        let kept = self.ledger(before);
        let here = Here(&self.network.scope);
        let after = ledgered::after(&kept.ledgered, &self.planning(plan).plan, &pass, &here);
        let after = self.keep_ledger(after);
        self.after.insert(question, after);
        after
    }

    /// The ledger without some units.
    pub fn without(&mut self, before: LedgerId, units: Mask) -> LedgerId {
        if let Some(after) = self.removed.get(&(before, units)) {
            return *after;
        }
        let mut ledgered = self.ledger(before).ledgered.clone();
        for unit in bits(units) {
            ledgered.remove(&self.network.units[usize::from(unit)], &self.network.scope);
        }
        let after = self.keep_ledger(ledgered);
        self.removed.insert((before, units), after);
        after
    }

    /// What a section does to add the units of a plan.
    pub fn to_add(
        &mut self,
        owner: OwnerId,
        shown: &[Item],
        (plan, ledger): (u16, LedgerId),
        calm: Calm,
        relied_on: Mask,
    ) -> u16 {
        self.section(Question {
            owner,
            shown: shown.to_vec(),
            what: What::Add(plan, ledger),
            calm: calm as u8,
            relied_on,
        })
    }

    /// What a section does to let go of units.
    pub fn to_release(
        &mut self,
        owner: OwnerId,
        shown: &[Item],
        units: Mask,
        calm: Calm,
        relied_on: Mask,
    ) -> u16 {
        self.section(Question {
            owner,
            shown: shown.to_vec(),
            what: What::Release(units),
            calm: calm as u8,
            relied_on,
        })
    }

    /// What a section comes to, by its number.
    #[must_use]
    pub fn sectioned(&self, number: u16) -> Rc<Sectioned> {
        Rc::clone(&self.sectioned[usize::from(number)])
    }

    fn section(&mut self, question: Question) -> u16 {
        if let Some(known) = self.sections.get(&question) {
            return *known;
        }
        self.asked += 1;
        let calm = [Calm::No, Calm::Yes, Calm::Long][usize::from(question.calm)];
        let snapshot = self.network.snapshot(&question.shown);
        let relied_on = bits(question.relied_on);
        let relied_on: Vec<&str> = relied_on
            .map(|mark| self.marks.all[usize::from(mark)].as_str())
            .collect();
        let relies_on = |mark: &str| relied_on.contains(&mark);
        let section = Section {
            owner: &self.network.owners[usize::from(question.owner)],
            calm,
            relies_on: &relies_on,
        };
        let (outcome, known, again) = match &question.what {
            What::Release(units) => {
                let units = bits(*units).map(|unit| &self.network.units[usize::from(unit)]);
                let units: Vec<&Unit> = units.collect();
                let outcome = release(&section, &snapshot, &units);
                (outcome, Vec::new(), false)
            }
            What::Add(plan, ledger) => {
                let planning = self.planning(*plan);
                let ledger = self.ledger(*ledger);
                let (needed, known) = needed(&planning.plan, &ledger.ledger);
                let (outcome, again) = if needed.is_empty() {
                    (Outcome::default(), false)
                } else {
                    add(&section, &snapshot, &needed, &ledger.ledger)
                };
                (outcome, known, again)
            }
        };
        let sectioned = self.keep(question.owner, outcome, known, again);
        let number = u16::try_from(self.sectioned.len()).expect("a case has few sections");
        self.sectioned.push(Rc::new(sectioned));
        self.sections.insert(question, number);
        number
    }

    fn keep(
        &mut self,
        owner: OwnerId,
        outcome: Outcome,
        known: Vec<(Unit, Came)>,
        again: bool,
    ) -> Sectioned {
        let known = known.into_iter().chain(outcome.known);
        let known = known.map(|(unit, came)| (self.network.unit_id(&unit), self.came(&came)));
        let known = known.collect();
        let relied_on = self.marks(&outcome.relied_on);
        let mut steps = outcome.steps;
        if self.claims_after_entry {
            let claims = |step: &Step| matches!(step.call, Call::Claim(..));
            let places: Vec<usize> = (0..steps.len()).filter(|at| claims(&steps[*at])).collect();
            places.into_iter().for_each(|at| steps.swap(at, at + 1));
        }
        let steps = steps.into_iter().map(|step| {
            let (relied_on, then) = step.done(&Vec::new());
            let then = then.iter();
            let then = then.map(|(unit, came)| (self.network.unit_id(unit), self.came(came)));
            StepKept {
                then: then.collect(),
                relied_on: self.marks(&relied_on),
                lets_go: self.marks(&step.lets_go),
                call: self.call(owner, step.call),
            }
        });
        Sectioned {
            known,
            relied_on,
            steps: steps.collect(),
            again,
        }
    }

    fn came(&mut self, came: &Came) -> CameId {
        u8::try_from(self.came.of(came)).expect("units come to few different things")
    }

    fn marks(&mut self, marks: &[String]) -> Mask {
        let numbers = marks.iter().map(|mark| self.marks.of(mark) as u8);
        let numbers: Vec<u8> = numbers.collect();
        mask(numbers.iter())
    }

    /// The mark of a rule.
    pub fn mark_of_rule(&mut self, unit: UnitId, id: u8) -> Mask {
        self.marks(&[format!("sgr-{unit}x{id}")])
    }

    /// The rules among marks.
    pub fn rules_of_marks(&self, marks: Mask) -> impl Iterator<Item = (UnitId, u8)> {
        let marks = bits(marks).map(|mark| self.marks.all[usize::from(mark)].as_str());
        marks
            .filter(|mark| mark.starts_with("sgr-"))
            .map(Network::rule_id)
    }

    /// What became of a unit: it is held as a rule.
    pub fn held_as(&mut self, unit: UnitId, id: u8) -> CameId {
        let id = format!("sgr-{unit}x{id}").parse().ok();
        self.came(&Came::Held(Held::rule(id)))
    }

    /// The rule that a unit is held as.
    #[must_use]
    pub fn rule_held(&self, came: CameId) -> Option<(UnitId, u8)> {
        match self.came.all.get(usize::from(came)) {
            Some(Came::Held(held)) if came != 0 => held
                .rule_id
                .as_ref()
                .map(|id| Network::rule_id(id.as_str())),
            _ => None,
        }
    }

    /// Whether a unit waits, of what became of it.
    #[must_use]
    pub fn waits(&self, came: CameId) -> bool {
        came != 0 && matches!(self.came.all[usize::from(came)], Came::Waiting(_))
    }

    /// Whether a unit is gone, of what became of it.
    #[must_use]
    pub fn gone(&self, came: CameId) -> bool {
        came != 0 && self.came.all[usize::from(came)] == Came::Gone
    }

    /// Something that became of a unit.
    pub fn came_to(&mut self, came: &Came) -> CameId {
        self.came(came)
    }

    fn call(&mut self, owner: OwnerId, call: Call) -> CallId {
        let number = self.calls.of(&(owner, format!("{call:?}")));
        if usize::from(number) == self.calls_kept.len() {
            let op = self.op(&call);
            self.calls_kept.push(Rc::new(CallKept { call, op, owner }));
        }
        number
    }

    /// A call of a number.
    #[must_use]
    pub fn call_of(&self, number: CallId) -> Rc<CallKept> {
        Rc::clone(&self.calls_kept[usize::from(number)])
    }

    fn op(&self, call: &Call) -> Op {
        let ids = |rules: &[dms_network_core::api::SecurityGroupRuleId]| {
            let rules = rules.iter();
            rules.map(|id| Network::rule_id(id.as_str())).collect()
        };
        let entry = |claim: &dms_network_core::claims::AclClaim| {
            let number = self.network.number(claim.number);
            (number, self.network.unit_id(&claim.unit))
        };
        match call {
            Call::Authorize { rules, .. } => {
                let units = rules.iter();
                let units = units.map(|(unit, _)| self.network.unit_id(unit));
                Op::Authorize(units.collect())
            }
            Call::TagRules { rules, claim, .. } => {
                let tag = match claim {
                    RuleClaim::Active => ClaimTag::Active,
                    RuleClaim::Releasing => ClaimTag::Releasing,
                };
                Op::Tag(ids(rules), tag)
            }
            Call::UntagRules { rules, .. } => Op::Tag(ids(rules), ClaimTag::Absent),
            Call::Revoke { rules, .. } => Op::Revoke(ids(rules)),
            Call::Claim(_, claim) => {
                let (number, unit) = entry(claim);
                Op::Claim(number, unit)
            }
            Call::CreateEntry(_, claim) => {
                let (number, unit) = entry(claim);
                Op::CreateEntry(number, unit)
            }
            Call::DeleteEntry(_, claim) => {
                let (number, unit) = entry(claim);
                Op::DeleteEntry(number, unit)
            }
            Call::Unclaim(_, claim) => {
                let (number, unit) = entry(claim);
                Op::Unclaim(number, unit)
            }
        }
    }

    /// The effects of a call that was done.
    pub fn effects(&mut self, call: CallId, added: &[(UnitId, u8)]) -> Vec<u16> {
        let question = (call, added.to_vec());
        if let Some(effects) = self.effects_of.get(&question) {
            return effects.clone();
        }
        let kept = self.call_of(call);
        let units = &self.network.units;
        let named = added.iter().map(|(unit, id)| {
            let of = units[usize::from(*unit)].clone();
            (of, format!("sgr-{unit}x{id}").parse().ok())
        });
        let value = match kept.op {
            Op::Tag(_, ClaimTag::Releasing) => RELEASING,
            _ => rule_claims::ACTIVE,
        };
        let effects = kept.call.effects(&named.collect(), value);
        let numbers: Vec<u16> = effects
            .into_iter()
            .map(|effect| {
                let known = self.effects.iter().position(|known| *known == effect);
                let number = known.unwrap_or(self.effects.len());
                if number == self.effects.len() {
                    self.effects.push(effect);
                }
                number as u16
            })
            .collect();
        self.effects_of.insert(question, numbers.clone());
        numbers
    }

    /// The rules that an effect names.
    pub fn rules_of_effect(&self, effect: u16) -> Option<(UnitId, u8)> {
        use dms_network_core::claims::GroupEffect;
        let Effect::Group(_, effect) = &self.effects[usize::from(effect)] else {
            return None;
        };
        let id = match effect {
            GroupEffect::RuleAdded(rule) => rule.id.as_ref()?,
            GroupEffect::RuleTagged { rule, .. } | GroupEffect::RuleUntagged { rule, .. } => rule,
            GroupEffect::RuleRevoked(rule) => rule,
        };
        Some(Network::rule_id(id.as_str()))
    }

    /// What a read shows with an effect laid over it.
    pub fn lay_over(&mut self, shown: &[Item], effect: u16) -> Vec<Item> {
        let question = (shown.to_vec(), effect);
        if let Some(laid) = self.laid.get(&question) {
            return laid.clone();
        }
        let mut snapshot = self.network.snapshot(shown);
        self.effects[usize::from(effect)].lay_over(&mut snapshot);
        let laid = self.network.shown(&snapshot);
        self.laid.insert(question, laid.clone());
        laid
    }
}

/// The units that must stand, and what of a plan needs no look.
fn needed<'p>(plan: &'p Plan, ledger: &Ledger) -> (Vec<NeededUnit<'p>>, Vec<(Unit, Came)>) {
    let (mut needed, mut known) = (Vec::new(), Vec::new());
    for (unit, planned) in &plan.units {
        match NeededUnit::of(unit, planned, ledger) {
            Ok(unit) => needed.push(unit),
            Err(held) => known.push((unit.clone(), Came::Held(held))),
        }
    }
    (needed, known)
}

fn add(
    section: &Section<'_>,
    snapshot: &dms_network_core::snapshot::ScopeSnapshot,
    needed: &[NeededUnit<'_>],
    ledger: &Ledger,
) -> (Outcome, bool) {
    use dms_network_core::api::Target;
    match &needed[0].unit.target {
        Target::SecurityGroupRule(id) => {
            let group = &snapshot.security_groups.known().unwrap()[id];
            (section.add_rules(group, needed, ledger), false)
        }
        Target::NetworkACLEntry(id) => {
            let acl = &snapshot.network_acls.known().unwrap()[id];
            let (outcome, fits) = section.add_entries(acl, needed, ledger);
            (outcome, fits.is_err())
        }
    }
}

fn release(
    section: &Section<'_>,
    snapshot: &dms_network_core::snapshot::ScopeSnapshot,
    units: &[&Unit],
) -> Outcome {
    use dms_network_core::api::Target;
    match units.first().map(|unit| &unit.target) {
        None => Outcome::default(),
        Some(Target::SecurityGroupRule(id)) => {
            let groups = snapshot.security_groups.known().unwrap();
            section.release_rules(id, groups.get(id), units)
        }
        Some(Target::NetworkACLEntry(id)) => {
            let acls = snapshot.network_acls.known().unwrap();
            section.release_entries(id, acls.get(id), units)
        }
    }
}

/// A set of small numbers.
pub fn mask<'n>(numbers: impl Iterator<Item = &'n u8>) -> Mask {
    numbers.fold(0, |mask, number| {
        assert!(*number < 32, "a set holds numbers below 32");
        mask | 1 << number
    })
}

/// The numbers of a set.
pub fn bits(mask: Mask) -> impl Iterator<Item = u8> {
    (0..32).filter(move |bit| mask & (1 << bit) != 0)
}
