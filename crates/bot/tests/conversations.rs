//! Conversations: a flow, what happens → what is said.

#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use deskside_bot::{Effect, Event, Machine, Place, State, check};
use deskside_proto::{AnswerFormat, Flow};
use serde_json::{Value, json};

/// One conversation, written down in lines.
struct Talk {
    flow: Flow,
    state: State,
    /// Place of the newest event in the log.
    seq: u64,
    lines: Vec<String>,
}

impl Talk {
    fn begin(steps: Value) -> Self {
        let flow: Flow = serde_json::from_value(json!({ "format": 1, "steps": steps })).unwrap();
        assert_eq!(check(&flow, |_| false), []);
        let state = Machine::new(&flow).begin("Mia");
        let mut talk = Self { flow, state, seq: 0, lines: Vec::new() };
        talk.happens(&Event::Continue);
        talk
    }

    fn happens(&mut self, event: &Event) {
        let outcome = Machine::new(&self.flow).step(&self.state, event);
        for one in &outcome.moves {
            self.seq += 1;
            self.lines.push(match &one.effect {
                Effect::Say { text, ask: None } => text.clone(),
                Effect::Say { text, ask: Some(AnswerFormat::Choice { options }) } => {
                    format!("{text} [{}]", options.join("|"))
                }
                Effect::Say { text, ask: Some(_) } => format!("{text} [ ]"),
                Effect::SendFile { text } => format!("{text} (file)"),
                Effect::Queue => "-> queue".to_owned(),
                Effect::End => "-> end".to_owned(),
                Effect::Remember => "-> remember".to_owned(),
            });
        }
        if let Some(order) = &outcome.fetch {
            self.lines.push(format!("fetch {} #{}", order.action.endpoint, order.done));
        }
        assert_eq!(outcome.moves.last().map_or(&outcome.state, |last| &last.after).done, outcome.state.done);
        self.state = outcome.state;
    }

    fn in_log(&mut self, event: impl Fn(u64) -> Event) {
        self.seq += 1;
        let event = event(self.seq);
        self.happens(&event);
    }

    fn says(&mut self, text: &str) {
        self.in_log(|seq| Event::Said { seq, text: text.to_owned(), files: vec![] });
    }

    fn sends(&mut self, name: &str) {
        self.in_log(|seq| Event::Said { seq, text: String::new(), files: vec![name.to_owned()] });
    }

    fn fetched(&mut self, ok: bool) {
        self.happens(&Event::Fetched { done: self.state.done, ok });
    }

    /// What was said since the last time.
    fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }
}

fn question(id: &str, text: &str, answer: Value) -> Value {
    json!({ "id": id, "type": "question", "text": text, "variable": id, "answer": answer })
}

fn action(id: &str) -> Value {
    json!({ "id": id, "type": "action", "failure_text": "No file.", "action": { "type": "send_attachment", "text": "Here:", "endpoint": "https://a.example/" } })
}

/// C01 C02 C08: the flow of the row: a file, an answer with a file, a technician.
#[test]
fn the_flow_of_the_row() {
    let mut talk = Talk::begin(json!([
        { "id": "hi", "type": "message", "text": "Hello {{customer}}." },
        action("form"),
        question("signed", "Please send it back.", json!({ "type": "any" })),
        { "id": "thanks", "type": "message", "text": "Thank you." },
        { "id": "person", "type": "ask_technician", "text": "Somebody comes." },
    ]));
    assert_eq!(talk.lines(), ["Hello Mia.", "fetch https://a.example/ #1"]);
    talk.fetched(true);
    assert_eq!(talk.lines(), ["Here: (file)", "Please send it back. [ ]"]);
    talk.sends("signed.pdf");
    assert_eq!(talk.lines(), ["Thank you.", "Somebody comes.", "-> queue"]);
    assert_eq!(talk.state.answers["signed"].files, ["signed.pdf"]);
    talk.says("hello?");
    talk.in_log(|seq| Event::TakenOver { seq });
    talk.says("Hello!");
    assert_eq!(talk.lines(), Vec::<String>::new());
    talk.in_log(|seq| Event::HandedBack { seq });
    assert_eq!(talk.lines(), ["-> end"]);
    assert_eq!(talk.state.place, Place::Over);
    talk.says("still here");
    assert_eq!(talk.lines(), Vec::<String>::new());
}

#[test]
fn a_file_that_cannot_be_had() {
    let mut form = action("form");
    form["on_failure"] = json!("sorry");
    let mut talk = Talk::begin(json!([
        form,
        { "id": "bye", "type": "end", "text": "Bye." },
        { "id": "sorry", "type": "end", "text": "Sorry." },
    ]));
    talk.lines();
    // An order of another time changes nothing.
    talk.happens(&Event::Fetched { done: 7, ok: true });
    assert_eq!(talk.lines(), ["fetch https://a.example/ #0"]);
    talk.fetched(false);
    assert_eq!(talk.lines(), ["No file.", "Sorry.", "-> end"]);
}

#[test]
fn answers_that_do_not_fit() {
    let mut size = question("size", "How many?", json!({ "type": "number", "max": 10, "whole": true }));
    size["retry_text"] = json!("A number up to 10, please.");
    size["tries"] = json!(3);
    size["otherwise"] = json!("person");
    let mut talk = Talk::begin(json!([
        size,
        { "id": "few", "type": "condition", "variable": "size", "test": { "type": "at_most", "value": 2 }, "otherwise": "many" },
        { "id": "less", "type": "end", "text": "Only {{size}}." },
        { "id": "many", "type": "end", "text": "As many as {{size}}!" },
        { "id": "person", "type": "ask_technician", "if_nobody": "less" },
    ]));
    talk.says("some");
    talk.says("11");
    let asked = ["How many? [ ]", "A number up to 10, please. [ ]", "A number up to 10, please. [ ]"];
    assert_eq!(talk.lines(), asked);
    let before = talk.state.clone();
    talk.says("lots");
    assert_eq!(talk.lines(), ["-> queue"]);
    talk.happens(&Event::NobodyCame);
    assert_eq!(talk.lines(), ["Only .", "-> end"]);
    talk.state = before;
    talk.says("7");
    assert_eq!(talk.lines(), ["As many as 7!", "-> end"]);
}

/// C18: whoever asks for a technician gets into the queue wherever the flow stands; handed back, the bot asks again.
#[test]
fn a_technician_at_any_time() {
    let mut talk = Talk::begin(json!([
        question("kind", "What is it?", json!({ "type": "choice", "options": ["Printer", "Other"] })),
        { "id": "bye", "type": "end" },
    ]));
    talk.in_log(|seq| Event::TechnicianWanted { seq });
    talk.in_log(|seq| Event::TechnicianWanted { seq });
    talk.says("Printer");
    assert_eq!(talk.lines(), ["What is it? [Printer|Other]", "-> queue"]);
    talk.happens(&Event::NobodyCame);
    assert_eq!(talk.lines(), ["What is it? [Printer|Other]"]);
    // Nobody asked, and somebody comes all the same.
    talk.in_log(|seq| Event::TakenOver { seq });
    talk.happens(&Event::NobodyCame);
    talk.says("2");
    assert_eq!(talk.lines(), Vec::<String>::new());
    talk.in_log(|seq| Event::HandedBack { seq });
    assert_eq!(talk.lines(), ["What is it? [Printer|Other]"]);
    talk.says("2");
    assert_eq!(talk.lines(), ["-> end"]);
    assert_eq!(talk.state.answers["kind"].text, "Other");
}

#[test]
fn an_event_that_was_taken_in_already_changes_nothing() {
    let mut talk = Talk::begin(json!([
        question("a", "A?", json!({ "type": "any" })),
        question("b", "B?", json!({ "type": "any" })),
    ]));
    talk.says("one");
    assert_eq!(talk.lines(), ["A? [ ]", "B? [ ]"]);
    let seq = talk.state.read;
    talk.happens(&Event::Said { seq, text: "one".to_owned(), files: vec![] });
    assert_eq!(talk.lines(), Vec::<String>::new());
}

#[test]
fn long_answers_are_cut_where_a_message_ends() {
    let mut talk = Talk::begin(json!([
        question("a", "A?", json!({ "type": "any" })),
        { "id": "twice", "type": "end", "text": "{{a}}{{a}}" },
    ]));
    talk.lines();
    talk.says(&"ü".repeat(20_000));
    let said = &talk.lines()[0];
    assert_eq!((said.chars().count(), said.ends_with("ü…")), (20_000, true));
}

/// Flows that were never checked end, rather than go round.
#[test]
fn a_flow_with_problems_ends() {
    for steps in [
        json!([]),
        json!([{ "id": "a", "type": "message", "text": "", "next": "a" }]),
        json!([{ "id": "a", "type": "message", "text": "x", "next": "a" }]),
        json!([{ "id": "a", "type": "message", "text": "x", "next": "gone" }]),
    ] {
        let flow: Flow = serde_json::from_value(json!({ "format": 1, "steps": steps })).unwrap();
        let machine = Machine::new(&flow);
        let outcome = machine.step(&machine.begin("Mia"), &Event::Continue);
        assert_eq!(outcome.state.place, Place::Over, "{steps}");
        assert!(outcome.moves.len() <= flow.steps.len() + 2);
    }
}
