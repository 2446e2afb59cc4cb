//! Random flows under random events and restarts: what was committed is what an undisturbed run says, each effect once.

#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use deskside_bot::{Effect, Event, Machine, Place, State, check};
use deskside_proto::{
    AnswerFormat, AnswerTest, FLOW_FORMAT, Flow, FlowAction, FlowStep, SendAttachment, StepKind,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

const STEPS: usize = 8;

fn step_id(index: usize) -> String {
    format!("s{index}")
}

fn way() -> impl Strategy<Value = Option<String>> {
    option::of((0..STEPS).prop_map(step_id))
}

fn kind() -> impl Strategy<Value = StepKind> {
    let text = || select(vec!["", "one {{a}}", "two"]).prop_map(str::to_owned);
    let variable = || select(vec!["a", "b"]).prop_map(str::to_owned);
    let format = prop_oneof![
        Just(AnswerFormat::Any),
        Just(AnswerFormat::Choice { options: vec!["yes".to_owned(), "no".to_owned()] }),
        Just(AnswerFormat::Number { min: Some(0), max: None, whole: true }),
    ];
    let test = prop_oneof![
        Just(AnswerTest::Is { value: "yes".to_owned() }),
        Just(AnswerTest::HasFiles),
        Just(AnswerTest::AtLeast { value: 2 }),
    ];
    let action = SendAttachment { endpoint: "https://a.example/".to_owned(), ..SendAttachment::default() };
    prop_oneof![
        (text(), way()).prop_map(|(text, next)| StepKind::Message { text, next }),
        (text(), format, variable(), option::of(1..3_u32), way(), way()).prop_map(
            |(text, answer, variable, tries, otherwise, next)| StepKind::Question {
                text,
                answer,
                variable,
                retry_text: String::new(),
                tries,
                otherwise,
                next,
            }
        ),
        (variable(), test, way(), way()).prop_map(|(variable, test, then, otherwise)| StepKind::Condition {
            variable,
            test,
            then,
            otherwise
        }),
        (text(), way(), way()).prop_map(move |(failure_text, on_failure, next)| StepKind::Action {
            action: FlowAction::SendAttachment(action.clone()),
            failure_text,
            on_failure,
            next,
        }),
        (text(), way(), way()).prop_map(|(text, if_nobody, next)| StepKind::AskTechnician {
            text,
            if_nobody,
            next
        }),
        text().prop_map(|text| StepKind::End { text }),
    ]
}

fn flow() -> impl Strategy<Value = Flow> {
    vec(kind(), STEPS..=STEPS).prop_map(|kinds| {
        let step = |(index, kind)| FlowStep { id: step_id(index), name: String::new(), kind };
        Flow { format: FLOW_FORMAT, steps: kinds.into_iter().enumerate().map(step).collect() }
    })
}

/// What comes from outside, in this order.
#[derive(Debug, Clone)]
enum Input {
    Says(&'static str),
    Sends,
    WantsTechnician,
    TakesOver,
    HandsBack,
    NobodyComes,
    Fetched(bool),
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        4 => select(vec!["yes", "no", "3", "what?"]).prop_map(Input::Says),
        1 => Just(Input::Sends),
        1 => Just(Input::WantsTechnician),
        1 => Just(Input::TakesOver),
        1 => Just(Input::HandsBack),
        1 => Just(Input::NobodyComes),
        3 => any::<bool>().prop_map(Input::Fetched),
    ]
}

/// The portal: a log that is there to stay, a cursor committed with each effect, and a memory that a restart loses.
struct Portal<'a> {
    machine: Machine<'a>,
    log: Vec<Event>,
    kept: State,
    memory: State,
    said: Vec<(u64, Effect)>,
    /// Commits until the portal dies, again and again.
    deaths: Vec<usize>,
}

impl<'a> Portal<'a> {
    fn new(flow: &'a Flow, deaths: Vec<usize>) -> Self {
        let machine = Machine::new(flow);
        let kept = machine.begin("Mia");
        let mut portal =
            Self { machine, log: Vec::new(), memory: kept.clone(), kept, said: Vec::new(), deaths };
        portal.take(&Event::Continue);
        portal
    }

    /// `true` where it was taken in to the end; otherwise the portal died on the way and has started again.
    fn take(&mut self, event: &Event) -> bool {
        let outcome = self.machine.step(&self.memory, event);
        assert!(outcome.moves.len() <= STEPS + 2, "bounded");
        assert_eq!(outcome, self.machine.step(&self.memory, event), "the same again");
        for one in outcome.moves {
            if let Some(left) = self.deaths.last_mut() {
                if *left == 0 {
                    self.deaths.pop();
                    self.restart();
                    return false;
                }
                *left -= 1;
            }
            assert_eq!(one.after.done, self.kept.done + 1, "effects are counted one by one");
            self.said.push((self.kept.done, one.effect));
            self.kept = one.after;
        }
        self.memory = outcome.state;
        true
    }

    /// From what is kept: first what was left over, then the log from where it was read.
    fn restart(&mut self) {
        let kept = serde_json::to_string(&self.kept).unwrap();
        self.memory = serde_json::from_str(&kept).unwrap();
        if !self.take(&Event::Continue) {
            return;
        }
        let unread: Vec<Event> =
            self.log.iter().skip(usize::try_from(self.memory.read).unwrap()).cloned().collect();
        for event in unread {
            if !self.take(&event) {
                return;
            }
        }
    }

    fn happens(&mut self, input: &Input) {
        let seq = self.log.len() as u64 + 1;
        let logged = match input {
            Input::Says(text) => Event::Said { seq, text: (*text).to_owned(), files: vec![] },
            Input::Sends => Event::Said { seq, text: String::new(), files: vec!["a.pdf".to_owned()] },
            Input::WantsTechnician => Event::TechnicianWanted { seq },
            Input::TakesOver => Event::TakenOver { seq },
            Input::HandsBack => Event::HandedBack { seq },
            Input::NobodyComes => return self.insist(&Event::NobodyCame),
            Input::Fetched(ok) => {
                let done = self.memory.done;
                return self.insist(&Event::Fetched { done, ok: *ok });
            }
        };
        self.log.push(logged.clone());
        self.take(&logged);
    }

    /// The clock and the endpoint answer again after a restart, as long as they are asked.
    fn insist(&mut self, event: &Event) {
        let before = self.kept.done;
        while !self.take(event) && self.kept.done == before {}
    }
}

proptest! {
    /// C02: the same conversation with and without restarts, each effect once.
    #[test]
    fn restarts_change_nothing(
        flow in flow(),
        inputs in vec(input(), 0..30),
        deaths in vec(0..6_usize, 0..12),
    ) {
        prop_assume!(check(&flow, |_| true).iter().all(|problem| {
            use deskside_proto::FlowProblemCode::{Empty, Unreachable, VariableUnknown};
            matches!(problem.code, Empty | Unreachable | VariableUnknown)
        }));
        let mut calm = Portal::new(&flow, vec![]);
        let mut shaken = Portal::new(&flow, deaths);
        for input in &inputs {
            calm.happens(input);
            shaken.happens(input);
            prop_assert_eq!(&calm.said, &shaken.said, "after {:?}", input);
        }
        prop_assert_eq!(&calm.memory.answers, &shaken.memory.answers);
        prop_assert_eq!(&calm.memory.place, &shaken.memory.place);
    }

    /// A bot that a technician has silenced says nothing until it is handed back.
    #[test]
    fn a_silenced_bot_is_silent(flow in flow(), before in vec(input(), 0..10), during in vec(input(), 0..10)) {
        prop_assume!(check(&flow, |_| true).iter().all(|p| p.code != deskside_proto::FlowProblemCode::EndlessLoop));
        let mut portal = Portal::new(&flow, vec![]);
        for input in &before {
            portal.happens(input);
        }
        portal.happens(&Input::TakesOver);
        let said = portal.said.len();
        for input in during.iter().filter(|input| !matches!(input, Input::HandsBack)) {
            portal.happens(input);
        }
        prop_assert_eq!(portal.said.len(), said);
        let silenced = matches!(portal.memory.place, Place::Taken { .. } | Place::Over);
        prop_assert!(silenced);
    }
}
