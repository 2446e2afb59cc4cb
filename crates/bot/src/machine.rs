//! A conversation as a state machine: a step and an event in, effects out.

use std::collections::HashMap;

use deskside_proto::{
    AnswerFormat, Flow, FlowAction, SendAttachment, Seq, StepId, StepKind, limits::MESSAGE_MAX_CHARS,
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, read_answer},
    condition, template,
    template::Answers,
};

/// The variable that holds the customer's name.
pub const CUSTOMER: &str = "customer";

/// Where a conversation stands, as the portal keeps it between two events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub place: Place,
    pub answers: Answers,
    /// Answers to the question of [`Place::Asked`] that did not fit.
    #[serde(default)]
    pub tries: u32,
    /// Effects so far. The next one is named by it, so that it happens once.
    #[serde(default)]
    pub done: u64,
    /// The place of the log up to which events have been taken in.
    #[serde(default)]
    pub read: Seq,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Place {
    /// About to do a step.
    At { step: StepId },
    /// A step has said its text; the rest of it follows.
    Said { step: StepId },
    /// A question was asked, and waits.
    Asked { step: StepId },
    /// In the queue for a technician: by the step `step`, or, not `by_flow`, of the customer's own accord while it was there.
    Queued { step: StepId, by_flow: bool },
    /// A technician talks; the bot is silent. Where it goes on is as in the queue.
    Taken { step: StepId, by_flow: bool },
    /// Nothing comes any more.
    Over,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Nothing but time: the conversation begins, or the portal has started again.
    Continue,
    /// The customer said something at `seq`.
    Said {
        seq: Seq,
        text: String,
        files: Vec<String>,
    },
    /// The customer asked for a technician by the room's own button.
    TechnicianWanted {
        seq: Seq,
    },
    TakenOver {
        seq: Seq,
    },
    HandedBack {
        seq: Seq,
    },
    /// Nobody took the conversation within the time for it.
    NobodyCame,
    /// What [`FetchOrder`] asked for is there as a file, or cannot be had. `done` is the order's.
    Fetched {
        done: u64,
        ok: bool,
    },
}

/// Something that everybody in the session sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A message; `ask` where it is a question.
    Say { text: String, ask: Option<AnswerFormat> },
    /// A message with the file that was fetched.
    SendFile { text: String },
    /// Into the queue for a technician.
    Queue,
    /// The session ends.
    End,
    /// Nothing that anybody sees: something that the log does not tell has led on, and a restart must not ask for it again.
    Remember,
}

/// An effect, and where the conversation stands once it has happened: to be kept in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub effect: Effect,
    pub after: State,
}

/// A file to be fetched. Until [`Event::Fetched`] says how that went the conversation stands at the action; asked again after a
/// restart, it is the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOrder {
    pub step: StepId,
    pub done: u64,
    pub action: SendAttachment,
}

/// What an event leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub moves: Vec<Move>,
    /// What has to be done outside before it goes on.
    pub fetch: Option<FetchOrder>,
    /// Where the conversation stands after all of them.
    pub state: State,
}

/// A flow that is run.
#[derive(Debug)]
pub struct Machine<'a> {
    flow: &'a Flow,
    places: HashMap<&'a str, usize>,
}

impl<'a> Machine<'a> {
    /// For a flow without problems. One with problems runs too, as far as it goes, and ends.
    #[must_use]
    pub fn new(flow: &'a Flow) -> Self {
        let places =
            flow.steps.iter().enumerate().rev().map(|(index, step)| (step.id.as_str(), index)).collect();
        Self { flow, places }
    }

    /// The state in which a conversation with `customer` begins.
    #[must_use]
    pub fn begin(&self, customer: &str) -> State {
        let place = self.flow.steps.first().map_or(Place::Over, |step| Place::At { step: step.id.clone() });
        let answers = Answers::from([(CUSTOMER.to_owned(), Answer::text(customer))]);
        State { place, answers, tries: 0, done: 0, read: 0 }
    }

    /// What `event` leads to. The same state and event always give the same; an event that does not matter gives no moves.
    #[must_use]
    pub fn step(&self, state: &State, event: &Event) -> Outcome {
        let mut run = Run { machine: self, state: state.clone(), moves: Vec::new() };
        run.take(event);
        let fetch = run.go_on();
        let from_outside = matches!(event, Event::NobodyCame | Event::Fetched { .. });
        if from_outside && run.moves.is_empty() && run.state != *state {
            run.commit(Effect::Remember, run.state.place.clone());
        }
        let fetch = fetch.map(|order| FetchOrder { done: run.state.done, ..order });
        Outcome { moves: run.moves, fetch, state: run.state }
    }

    fn kind(&self, step: &str) -> Option<&'a StepKind> {
        self.places.get(step).map(|&index| &self.flow.steps[index].kind)
    }

    /// Where `way` leads from `step`; `None` = to the end.
    fn follow(&self, step: &str, way: Option<&StepId>) -> Option<StepId> {
        let below = || {
            let index = self.places.get(step)? + 1;
            self.flow.steps.get(index).map(|step| step.id.clone())
        };
        way.cloned().or_else(below)
    }
}

/// The ways that a step leads on, as its fields have them; `None` = to the step below. An end leads nowhere.
pub(crate) fn ways(kind: &StepKind) -> Vec<Option<&StepId>> {
    match kind {
        StepKind::Message { next, .. } => vec![next.as_ref()],
        StepKind::Question { next, otherwise, tries, .. } => {
            let mut ways = vec![next.as_ref()];
            ways.extend(tries.map(|_| otherwise.as_ref()));
            ways
        }
        StepKind::Condition { then, otherwise, .. } => vec![then.as_ref(), otherwise.as_ref()],
        StepKind::Action { next, on_failure, .. } => vec![next.as_ref(), on_failure.as_ref()],
        StepKind::AskTechnician { next, if_nobody, .. } => vec![next.as_ref(), if_nobody.as_ref()],
        StepKind::End { .. } => vec![],
    }
}

/// One event being worked through.
struct Run<'m, 'a> {
    machine: &'m Machine<'a>,
    state: State,
    moves: Vec<Move>,
}

impl Run<'_, '_> {
    /// Takes the event in; what it leads to at once is done by [`Self::go_on`].
    fn take(&mut self, event: &Event) {
        if let Event::Said { seq, .. }
        | Event::TechnicianWanted { seq }
        | Event::TakenOver { seq }
        | Event::HandedBack { seq } = event
        {
            if *seq <= self.state.read {
                return;
            }
            self.state.read = *seq;
        }
        match (event, self.state.place.clone()) {
            (Event::Said { text, files, .. }, Place::Asked { step }) => self.answered(&step, text, files),
            (
                Event::TechnicianWanted { .. },
                Place::At { step } | Place::Said { step } | Place::Asked { step },
            ) => {
                self.commit(Effect::Queue, Place::Queued { step, by_flow: false });
            }
            (Event::TakenOver { .. }, Place::At { step } | Place::Said { step } | Place::Asked { step }) => {
                self.state.place = Place::Taken { step, by_flow: false };
            }
            (Event::TakenOver { .. }, Place::Queued { step, by_flow }) => {
                self.state.place = Place::Taken { step, by_flow };
            }
            (Event::HandedBack { .. }, Place::Taken { step, by_flow } | Place::Queued { step, by_flow }) => {
                self.comes_back(&step, by_flow, true);
            }
            (Event::NobodyCame, Place::Queued { step, by_flow }) => self.comes_back(&step, by_flow, false),
            (Event::Fetched { done, ok }, Place::At { step }) if *done == self.state.done => {
                self.fetched(&step, *ok)
            }
            _ => {}
        }
    }

    /// From the queue, or from a technician.
    fn comes_back(&mut self, step: &StepId, by_flow: bool, handed: bool) {
        match self.machine.kind(step) {
            Some(StepKind::AskTechnician { next, if_nobody, .. }) if by_flow => {
                let way = if handed { next } else { if_nobody };
                self.go(step, way.as_ref());
            }
            // What was asked before is asked again.
            _ => self.state.place = Place::At { step: step.clone() },
        }
    }

    fn answered(&mut self, step: &StepId, text: &str, files: &[String]) {
        let Some(StepKind::Question { text: asked, answer, variable, retry_text, tries, otherwise, next }) =
            self.machine.kind(step)
        else {
            return;
        };
        if let Some(read) = read_answer(answer, text, files) {
            self.state.answers.insert(variable.clone(), read);
            self.state.tries = 0;
            return self.go(step, next.as_ref());
        }
        self.state.tries += 1;
        if tries.is_some_and(|tries| self.state.tries >= tries) {
            self.state.tries = 0;
            return self.go(step, otherwise.as_ref());
        }
        let again = if retry_text.trim().is_empty() { asked } else { retry_text };
        self.say(again, Some(answer.clone()), Place::Asked { step: step.clone() });
    }

    fn fetched(&mut self, step: &StepId, ok: bool) {
        let Some(StepKind::Action {
            action: FlowAction::SendAttachment(action),
            failure_text,
            on_failure,
            next,
        }) = self.machine.kind(step)
        else {
            return;
        };
        if ok {
            let place = self.place_after(step, next.as_ref());
            let text = self.filled(&action.text);
            self.commit(Effect::SendFile { text }, place);
        } else {
            let place = self.place_after(step, on_failure.as_ref());
            self.say(failure_text, None, place);
        }
    }

    /// Does steps until one waits. A flow that was checked comes to one within its number of steps.
    fn go_on(&mut self) -> Option<FetchOrder> {
        for _ in 0..=self.machine.flow.steps.len() {
            let Place::At { step } = self.state.place.clone() else { break };
            match self.machine.kind(&step) {
                Some(StepKind::Action { action: FlowAction::SendAttachment(action), .. }) => {
                    return Some(FetchOrder { step, done: self.state.done, action: action.clone() });
                }
                Some(kind) => self.act(&step, kind),
                None => self.state.place = Place::Said { step },
            }
        }
        match self.state.place.clone() {
            Place::Said { step } => self.finish(&step),
            // Only a flow with problems goes round: it is ended, rather than the portal.
            Place::At { .. } => self.commit(Effect::End, Place::Over),
            _ => {}
        }
        None
    }

    /// What a step does after its text.
    fn finish(&mut self, step: &StepId) {
        if let Some(StepKind::AskTechnician { .. }) = self.machine.kind(step) {
            self.commit(Effect::Queue, Place::Queued { step: step.clone(), by_flow: true });
        } else {
            self.commit(Effect::End, Place::Over);
        }
    }

    fn act(&mut self, step: &StepId, kind: &StepKind) {
        match kind {
            StepKind::Message { text, next } => {
                let place = self.place_after(step, next.as_ref());
                self.say(text, None, place);
            }
            StepKind::Question { text, answer, .. } => {
                self.state.tries = 0;
                self.say(text, Some(answer.clone()), Place::Asked { step: step.clone() });
            }
            StepKind::Condition { variable, test, then, otherwise } => {
                let holds = condition::holds(test, self.state.answers.get(variable));
                self.go(step, if holds { then } else { otherwise }.as_ref());
            }
            StepKind::AskTechnician { text, .. } | StepKind::End { text } => {
                self.say(text, None, Place::Said { step: step.clone() });
            }
            StepKind::Action { .. } => {}
        }
    }

    fn go(&mut self, step: &StepId, way: Option<&StepId>) {
        self.state.place = self.place_after(step, way);
    }

    /// After the last step comes the end: a step that no flow has, and at which [`Self::go_on`] ends.
    fn place_after(&self, step: &StepId, way: Option<&StepId>) -> Place {
        Place::At { step: self.machine.follow(step, way).unwrap_or_default() }
    }

    fn filled(&self, text: &str) -> String {
        let filled = template::fill(text, &self.state.answers, str::to_owned);
        match filled.char_indices().nth(MESSAGE_MAX_CHARS) {
            // Answers are as long as messages may be.
            Some(_) => filled.chars().take(MESSAGE_MAX_CHARS - 1).chain(['…']).collect(),
            None => filled,
        }
    }

    /// Says a text and goes to `place`; without a text it only goes there.
    fn say(&mut self, text: &str, ask: Option<AnswerFormat>, place: Place) {
        let text = self.filled(text);
        if text.trim().is_empty() {
            self.state.place = place;
        } else {
            self.commit(Effect::Say { text, ask }, place);
        }
    }

    fn commit(&mut self, effect: Effect, place: Place) {
        self.state.place = place;
        self.state.done += 1;
        self.moves.push(Move { effect, after: self.state.clone() });
    }
}
