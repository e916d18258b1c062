//! What may happen in a state, and what comes of it.

use crate::{
    aws::{
        Answer, ClaimTag, Content, Entry, Item, LANDING, Layout, Op, OwnerId, Rule, SETTLE, UnitId,
    },
    brain::{Brain, Mask, bits},
    bug::Bug,
    laws::{self, Broken},
    network::Network,
    state::{Aim, Budget, Life, MOST_UNITS, Object, Process, Stage, State, UnderWay},
};

/// A case: who is there, and what may happen.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it is called.
    pub name: &'static str,
    /// Which place is which.
    pub layout: Layout,
    /// The deployment of each object.
    pub owners: &'static [OwnerId],
    /// The declarations: the units that each calls for.
    pub specs: &'static [&'static [UnitId]],
    /// The declarations of each object, in the order in which it takes them.
    pub declarations: &'static [&'static [u8]],
    /// What may happen.
    pub budget: Budget,
    /// What a person may write under a number, in an ACL.
    pub contents: &'static [Content],
    /// Whether the objects are declared at the start.
    pub declared: bool,
}

/// A case with the decisions on it.
pub struct System {
    /// The case.
    pub case: Case,
    /// The decisions.
    pub brain: Brain,
    /// What is seeded.
    pub bug: Option<Bug>,
    /// Whether it is judged how runs end, too, and not their steps alone.
    pub ends: bool,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An object is declared.
    Declare(u8),
    /// An object's declaration changes.
    Change(u8),
    /// An object is deleted.
    Delete(u8),
    /// A person adds a rule that is equal to ours.
    AddRule(UnitId),
    /// A person removes a rule.
    RemoveRule(UnitId),
    /// A person adds an entry.
    AddEntry(u8, Content),
    /// A person removes an entry.
    RemoveEntry(u8),
    /// Time passes.
    Tick,
    /// A pass over an object begins with a read, of that choice of versions.
    Begin(u8, u16),
    /// A pass goes on to its critical section.
    Enter(u8),
    /// A pass looks at the content under a number, of that choice of versions.
    Look(u8, u8),
    /// The next call of a pass is made, lands and is answered.
    Call(u8),
    /// The answer to the next call of a pass is lost; the call may land later.
    Lose(u8),
    /// A call under way lands.
    Land(u8),
    /// A call under way never lands.
    Vanish(u8),
    /// A process ends and starts anew.
    Crash(OwnerId),
    /// A process ends just after the next call of that object's pass left it.
    CrashInCall(u8),
}

impl Action {
    /// Whether it comes from outside of what the controller and AWS do by themselves when all goes well.
    #[must_use]
    pub fn disturbs(self) -> bool {
        match self {
            Self::Tick
            | Self::Begin(..)
            | Self::Enter(_)
            | Self::Look(..)
            | Self::Call(_)
            | Self::Land(_)
            | Self::Vanish(_) => false,
            Self::Declare(_)
            | Self::Change(_)
            | Self::Delete(_)
            | Self::AddRule(_)
            | Self::RemoveRule(_)
            | Self::AddEntry(..)
            | Self::RemoveEntry(_)
            | Self::Lose(_)
            | Self::Crash(_)
            | Self::CrashInCall(_) => true,
        }
    }
}

impl System {
    /// The decisions on a case.
    #[must_use]
    pub fn new(case: Case, bug: Option<Bug>) -> Self {
        let mut brain = Brain::new(Network::new(case.layout), case.specs);
        brain.claims_after_entry = bug == Some(Bug::ClaimAfterEntry);
        Self {
            case,
            brain,
            bug,
            ends: true,
        }
    }

    /// The state in which a case begins.
    #[must_use]
    pub fn start(&self) -> State {
        let mut state = State::empty(self.case.layout, self.case.owners, self.case.budget);
        if self.case.declared {
            for (object, specs) in state.objects.iter_mut().zip(self.case.declarations) {
                object.life = Life::Live;
                object.spec = specs[0];
            }
        }
        state
    }

    /// The deployment of an object.
    #[must_use]
    pub fn owner(&self, object: u8) -> OwnerId {
        self.case.owners[usize::from(object)]
    }

    /// The objects of a deployment.
    pub fn objects_of(&self, owner: OwnerId) -> impl Iterator<Item = u8> + use<> {
        let owners = self.case.owners;
        (0u8..)
            .zip(owners)
            .filter(move |(_, of)| **of == owner)
            .map(|(object, _)| object)
    }

    /// Whether the passes of an object's deployment may cross each other.
    #[must_use]
    pub fn may_cross(&self, object: u8) -> bool {
        self.objects_of(self.owner(object)).count() > 1
    }

    /// What may happen next.
    pub fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.clear();
        for object in 0..state.objects.len() as u8 {
            self.actions_of(state, object, actions);
        }
        for call in 0..state.under_way.len() as u8 {
            actions.push(Action::Land(call));
            if state.under_way[usize::from(call)].left == 0 {
                actions.push(Action::Vanish(call));
            }
        }
        if state.left.person > 0 {
            self.actions_of_person(state, actions);
        }
        if state.left.crashes > 0 {
            actions.extend((0..state.processes.len() as u8).map(Action::Crash));
        }
        if state.may_tick() {
            actions.push(Action::Tick);
        }
    }

    fn actions_of(&self, state: &State, number: u8, actions: &mut Vec<Action>) {
        let object = &state.objects[usize::from(number)];
        if state.left.edits > 0 {
            match object.life {
                Life::Absent => actions.push(Action::Declare(number)),
                Life::Live => {
                    let specs = self.case.declarations[usize::from(number)];
                    if specs.last() != Some(&object.spec) {
                        actions.push(Action::Change(number));
                    }
                    actions.push(Action::Delete(number));
                }
                Life::Deleting => {}
            }
        }
        let Some(pass) = &state.passes[usize::from(number)] else {
            if object.life != Life::Absent {
                let choices = self.choices(state);
                actions.extend((0..choices).map(|choice| Action::Begin(number, choice)));
            }
            return;
        };
        let section = state.processes[usize::from(self.owner(number))].section;
        match pass.stage {
            Stage::Planned | Stage::ToRelease => {
                if section.is_none() {
                    actions.push(Action::Enter(number));
                }
            }
            Stage::Adding(calls) | Stage::Releasing(calls) => {
                let sectioned = self.brain.sectioned(calls.section);
                let step = &sectioned.steps[usize::from(calls.next)];
                if let Op::DeleteEntry(place, _) = self.brain.call_of(step.call).op
                    && calls.looked.is_none()
                    && self.bug != Some(Bug::RemoveByNumber)
                {
                    let versions = state.aws.versions(usize::from(place)).count() as u8;
                    actions.extend((0..versions).map(|version| Action::Look(number, version)));
                    return;
                }
                actions.push(Action::Call(number));
                if state.left.lost > 0 {
                    actions.push(Action::Lose(number));
                }
                if state.left.crashes > 0 {
                    actions.push(Action::CrashInCall(number));
                }
            }
        }
    }

    fn actions_of_person(&self, state: &State, actions: &mut Vec<Action>) {
        match self.case.layout {
            Layout::Group { units } => {
                for unit in 0..units {
                    actions.push(match state.aws.now[usize::from(unit)] {
                        Item::Nothing => Action::AddRule(unit),
                        _ => Action::RemoveRule(unit),
                    });
                }
            }
            Layout::Acl { .. } => {
                for number in 0..self.case.layout.entries() {
                    if state.aws.now[usize::from(number)] == Item::Nothing {
                        let contents = self.case.contents.iter();
                        actions.extend(contents.map(|content| Action::AddEntry(number, *content)));
                    } else {
                        actions.push(Action::RemoveEntry(number));
                    }
                }
            }
        }
    }

    /// How many different things a read may show.
    #[must_use]
    pub fn choices(&self, state: &State) -> u16 {
        let places = 0..state.aws.now.len();
        let counts = places.map(|place| state.aws.versions(place).count() as u16);
        counts.product()
    }

    fn read(&self, state: &State, mut choice: u16) -> Vec<Item> {
        let places = 0..state.aws.now.len();
        let shown = places.map(|place| {
            let mut versions: Vec<Item> = state.aws.versions(place).collect();
            let version = choice % versions.len() as u16;
            choice /= versions.len() as u16;
            versions.swap_remove(usize::from(version))
        });
        let mut shown: Vec<Item> = shown.collect();
        if let Layout::Group { units } = self.case.layout {
            shown.resize(2 * usize::from(units), Item::Nothing);
        }
        shown
    }

    /// What comes of an action.
    ///
    /// # Errors
    /// The law that it broke.
    pub fn apply(&mut self, state: &mut State, action: Action) -> Result<(), Broken> {
        let ready: Vec<bool> = state.objects.iter().map(|object| object.ready).collect();
        self.happen(state, action)?;
        state.tidy();
        for (number, was) in (0u8..).zip(ready) {
            if !was && state.objects[usize::from(number)].ready {
                laws::judge_ready(self, state, number)?;
            }
        }
        Ok(())
    }

    fn happen(&mut self, state: &mut State, action: Action) -> Result<(), Broken> {
        match action {
            Action::Declare(number) => {
                state.left.edits -= 1;
                state.objects[usize::from(number)] = Object {
                    life: Life::Live,
                    spec: self.case.declarations[usize::from(number)][0],
                    ..Object::ABSENT
                };
            }
            Action::Change(number) => {
                state.left.edits -= 1;
                self.change(state, number);
            }
            Action::Delete(number) => {
                state.left.edits -= 1;
                self.delete(state, number);
            }
            Action::AddRule(unit) => {
                state.left.person -= 1;
                let id = self.free_id(state, unit);
                let claims = [ClaimTag::Absent; 2];
                let managed = false;
                let rule = Rule {
                    id,
                    managed,
                    claims,
                };
                state.aws.put(usize::from(unit), Item::Rule(rule));
                self.opened(state);
            }
            Action::RemoveRule(unit) => {
                state.left.person -= 1;
                state.aws.put(usize::from(unit), Item::Nothing);
                self.closed_by_person(state, unit);
            }
            Action::AddEntry(number, content) => {
                state.left.person -= 1;
                let by_person = Some(0);
                let entry = Entry { content, by_person };
                state.aws.put(usize::from(number), Item::Entry(entry));
                self.opened(state);
            }
            Action::RemoveEntry(number) => {
                state.left.person -= 1;
                let was = state.aws.now[usize::from(number)].entry();
                state.aws.put(usize::from(number), Item::Nothing);
                if let Some(Content::Unit(unit)) = was.map(|entry| entry.content)
                    && !state.aws.opens(self.case.layout, unit)
                {
                    self.closed_by_person(state, unit);
                }
            }
            Action::Tick => state.tick(),
            Action::Begin(number, choice) => {
                let shown = self.read(state, choice);
                self.begin(state, number, shown);
            }
            Action::Enter(number) => self.enter(state, number),
            Action::Look(number, version) => self.look(state, number, version),
            Action::Call(number) => self.call(state, number)?,
            Action::Lose(number) => {
                state.left.lost -= 1;
                self.lose(state, number);
            }
            Action::Land(place) => {
                let call = state.under_way.remove(usize::from(place));
                self.land(state, call.call, call.looked)?;
            }
            Action::Vanish(place) => {
                state.under_way.remove(usize::from(place));
            }
            Action::Crash(owner) => {
                state.left.crashes -= 1;
                self.crash(state, owner);
            }
            Action::CrashInCall(number) => {
                state.left.crashes -= 1;
                self.leave(state, number);
                self.crash(state, self.owner(number));
            }
        }
        Ok(())
    }

    /// An object's declaration changes.
    pub fn change(&self, state: &mut State, number: u8) {
        let specs = self.case.declarations[usize::from(number)];
        let object = &mut state.objects[usize::from(number)];
        let place = specs.iter().position(|spec| *spec == object.spec);
        object.spec = specs[place.map_or(0, |place| place + 1)];
        object.steadily &= self.brain.called[usize::from(object.spec)];
        if let Some(pass) = &mut state.passes[usize::from(number)] {
            pass.conflict = true;
        }
    }

    /// An object is deleted; one that never held anything goes at once.
    pub fn delete(&self, state: &mut State, number: u8) {
        let object = &mut state.objects[usize::from(number)];
        object.ready = false;
        object.relies_on = [None; MOST_UNITS];
        object.steadily = 0;
        if object.finalizer {
            object.life = Life::Deleting;
        } else {
            *object = Object::ABSENT;
            let owner = usize::from(self.owner(number));
            state.processes[owner].needs[usize::from(number)] = None;
        }
        if let Some(pass) = &mut state.passes[usize::from(number)] {
            pass.conflict = true;
        }
    }

    /// A call lands, and its removals are judged.
    ///
    /// # Errors
    /// The law that it broke.
    pub fn land(
        &mut self,
        state: &mut State,
        call: u16,
        looked: Option<u8>,
    ) -> Result<Answer, Broken> {
        let kept = self.brain.call_of(call);
        let free: Vec<u8> = match &kept.op {
            Op::Authorize(_) => {
                let units = 0..self.case.layout.units();
                units.map(|unit| self.free_id(state, unit)).collect()
            }
            _ => Vec::new(),
        };
        let free_id = |unit: UnitId| free[usize::from(unit)];
        let layout = self.case.layout;
        let (answer, removed) = state.aws.land(layout, kept.owner, &kept.op, free_id);
        self.opened(state);
        for removal in removed {
            laws::judge_removal(self, state, &kept, removal, looked)?;
        }
        Ok(answer)
    }

    fn opened(&self, state: &mut State) {
        let units = bits(state.closed_by_person);
        let opened = units.filter(|unit| state.aws.opens(self.case.layout, *unit));
        let opened: Mask = opened.fold(0, |mask, unit| mask | 1 << unit);
        state.closed_by_person &= !opened;
    }

    fn closed_by_person(&self, state: &mut State, unit: UnitId) {
        state.closed_by_person |= 1 << unit;
    }

    fn crash(&mut self, state: &mut State, owner: OwnerId) {
        state.processes[usize::from(owner)] = Process::new(self.case.owners.len());
        for number in self.objects_of(owner) {
            state.passes[usize::from(number)] = None;
        }
    }

    /// The next call of a pass leaves the process, and nobody hears of it again.
    pub fn leave(&self, state: &mut State, number: u8) {
        let Some(pass) = &state.passes[usize::from(number)] else {
            return;
        };
        let (calls, left) = match pass.stage {
            Stage::Adding(calls) => (calls, LANDING),
            Stage::Releasing(calls) => (calls, LANDING - pass.age),
            Stage::Planned | Stage::ToRelease => return,
        };
        let sectioned = self.brain.sectioned(calls.section);
        state.under_way.push(UnderWay {
            call: sectioned.steps[usize::from(calls.next)].call,
            left,
            looked: calls.looked,
        });
    }

    /// An id that no rule, read or memory names.
    fn free_id(&self, state: &State, unit: UnitId) -> u8 {
        let mut used = 0u32;
        let mut name = |(of, id): (UnitId, u8)| {
            if of == unit {
                used |= 1 << id;
            }
        };
        let mut items = |items: &[Item]| {
            let units = usize::from(self.case.layout.units());
            for (place, item) in items.iter().enumerate() {
                if let Some(rule) = item.rule() {
                    name(((place % units) as u8, rule.id));
                }
            }
        };
        items(&state.aws.now);
        for pass in state.passes.iter().flatten() {
            items(&pass.shown);
        }
        for process in &state.processes {
            process.latest.iter().for_each(|latest| items(latest));
        }
        for (place, item, _) in &state.aws.before {
            if let Some(rule) = item.rule() {
                name((*place, rule.id));
            }
        }
        let brain = &self.brain;
        let calls = state.under_way.iter().map(|call| call.call);
        for call in calls {
            brain
                .call_of(call)
                .op
                .named()
                .iter()
                .for_each(|rule| name(*rule));
        }
        for object in &state.objects {
            let relied_on = (0u8..).zip(object.relies_on);
            let rules = relied_on.filter_map(|(unit, id)| Some((unit, id?)));
            rules.for_each(&mut name);
            let ledger = brain.ledger(object.ledger);
            ledger.rules.iter().for_each(|rule| name(*rule));
        }
        for process in &state.processes {
            brain.rules_of_marks(process.relied_on).for_each(&mut name);
            let effects = process.acknowledged.iter();
            let effects = effects.filter_map(|(_, effect)| brain.rules_of_effect(*effect));
            effects.for_each(&mut name);
        }
        for pass in state.passes.iter().flatten() {
            brain
                .ledger(pass.ledger)
                .rules
                .iter()
                .for_each(|rule| name(*rule));
            let held = pass.came.iter().filter_map(|came| brain.rule_held(*came));
            held.for_each(&mut name);
            if let Stage::Adding(calls) | Stage::Releasing(calls) = pass.stage {
                for step in &brain.sectioned(calls.section).steps {
                    let call = brain.call_of(step.call);
                    call.op.named().iter().for_each(|rule| name(*rule));
                }
            }
        }
        used.trailing_ones() as u8
    }

    /// What a pass does next in its section, where reads show the newest.
    #[must_use]
    pub fn next_of(&self, number: u8, calls: crate::state::Calls) -> Action {
        let sectioned = self.brain.sectioned(calls.section);
        let call = self
            .brain
            .call_of(sectioned.steps[usize::from(calls.next)].call);
        if matches!(call.op, Op::DeleteEntry(..))
            && calls.looked.is_none()
            && self.bug != Some(Bug::RemoveByNumber)
        {
            Action::Look(number, 0)
        } else {
            Action::Call(number)
        }
    }

    /// What an object's declaration calls for.
    #[must_use]
    pub fn called(&self, object: &Object) -> Mask {
        self.brain.called[usize::from(object.spec)]
    }

    /// The aim of a pass in words, and its next call, for a trace.
    #[must_use]
    pub fn next_call(&self, state: &State, number: u8) -> String {
        let Some(pass) = &state.passes[usize::from(number)] else {
            return String::new();
        };
        match pass.stage {
            Stage::Planned | Stage::ToRelease => match pass.aim {
                Aim::Plan(_) => "its plan".to_owned(),
                Aim::End(_) => "its end".to_owned(),
            },
            Stage::Adding(calls) | Stage::Releasing(calls) => {
                let sectioned = self.brain.sectioned(calls.section);
                let call = sectioned.steps[usize::from(calls.next)].call;
                self.brain.call_of(call).op.to_string()
            }
        }
    }

    /// The rule, by id, or the entry, by number, that a read shows a deployment to hold a unit by.
    #[must_use]
    pub fn holds_by(&self, owner: OwnerId, shown: &[Item], unit: UnitId) -> Option<u8> {
        let layout = self.case.layout;
        match layout {
            Layout::Group { units } => {
                let places = [unit, units + unit].map(usize::from);
                let rules = places.into_iter().filter_map(|place| shown[place].rule());
                let own = |rule: &Rule| rule.claims[usize::from(owner)];
                let rule = rules.max_by_key(|rule| (rule.managed, own(rule)))?;
                rule.managed.then_some(rule.id)
            }
            Layout::Acl { .. } => (0..layout.entries()).find(|number| {
                let content = shown[usize::from(*number)].entry();
                let content = content.map(|entry| entry.content);
                layout.owner_of(*number) == owner
                    && shown[layout.claim(*number, unit)] == Item::Claim
                    && content == Some(Content::Unit(unit))
            }),
        }
    }

    /// Whether a person's entry was put under the number early enough for the look to show it.
    #[must_use]
    pub fn look_showed(age: u8, looked: Option<u8>) -> bool {
        age >= looked.unwrap_or(0) + SETTLE
    }
}
