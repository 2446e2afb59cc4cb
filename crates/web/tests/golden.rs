//! The bytes of every step of one session, as the façade hands them to a page. `ui/src/lib/platform/web/golden.test.ts` plays the
//! same file through the wasm module. After a wanted change: `DESKSIDE_BLESS=1 cargo test --profile ci -p deskside-web`.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report")]

use std::path::Path;

use deskside_proto::{
    Attachment, AttachmentId, AttachmentPolicy, ChatPolicy, EndReason, ErrorCode, Event, EventBody, EventId,
    LogEntry, MessagePosted, Millis, OrgId, Participant, ParticipantId, ParticipantRole, ParticipantState,
    ReadMark, ServerMessage, SessionId, ThumbnailSize, TxnId, Visibility,
    api::{SessionState, SessionView},
};
use deskside_session::{Context, Input, Intent, Output, PersistOp, Session};
use deskside_timeline::Target;
use deskside_web::Driver;
use serde::{Deserialize, Serialize};

const GOLDEN: &str = "tests/golden/session.json";

/// One step, with texts where the bytes matter.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Step {
    input: String,
    now: i64,
    random: [u8; 16],
    outputs: String,
    next_wake: Option<i64>,
}

/// The façade adds and takes away nothing: its texts are `serde_json` of the native session's outputs.
#[test]
fn the_facade_hands_on_the_native_bytes() {
    let mut driver = Driver::new("[]").unwrap();
    let steps = play();
    for step in &steps {
        #[expect(clippy::cast_precision_loss, reason = "small times")]
        let outputs = driver.handle(&step.input, step.now as f64, &step.random).unwrap();
        assert_eq!(outputs, step.outputs, "{}", step.input);
        #[expect(clippy::cast_possible_truncation, reason = "small times")]
        let wake = driver.next_wake().map(|wake| wake as i64);
        assert_eq!(wake, step.next_wake, "{}", step.input);
    }
    let all: String = steps.iter().map(|step| step.outputs.as_str()).collect();
    for kind in ["timeline", "roster", "connection", "session", "unsent", "read", "history", "alerts"] {
        assert!(all.contains(&format!(r#""update":{{"type":"{kind}""#)), "no {kind} in the golden session");
    }
}

#[test]
fn the_golden_file_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    let steps = play();
    if std::env::var_os("DESKSIDE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(&steps).unwrap() + "\n").unwrap();
    }
    let kept: Vec<Step> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept, steps, "run with DESKSIDE_BLESS=1 if the change is wanted");
}

/// A customer's session from the first connection to its end, on the native state machine.
fn play() -> Vec<Step> {
    let mut game = Game { session: Session::new(Vec::new()), now: 1_700_000_000_000, steps: Vec::new() };
    game.step(Input::Start);
    game.step(Input::Connected);
    // The portal leaves the oldest entry out, as it would the oldest of many.
    game.receive(&welcome(2, 2));
    let joined = EventBody::ParticipantJoined { participant: customer() };
    game.receive(&ServerMessage::Log { entries: vec![event(2, None, None, joined)] });
    game.step(Input::Intent { intent: Intent::Older });
    let joined = EventBody::ParticipantJoined { participant: technician() };
    game.receive(&ServerMessage::History { before: 2, entries: vec![event(1, None, None, joined)] });
    game.step(Input::Intent { intent: Intent::Typing });
    let first = game.post("It says \"no signal\" \u{1F4FA}\nsince Monday");
    let posted = MessagePosted {
        text: "It says \"no signal\" \u{1F4FA}\nsince Monday".to_owned(),
        ..MessagePosted::default()
    };
    game.receive(&ServerMessage::Ack { txn_id: first, seq: 3, at: Millis(game.now) });
    let own = event(3, Some(customer().id), Some(first), EventBody::MessagePosted(posted));
    game.receive(&ServerMessage::Log { entries: vec![own] });
    game.receive(&ServerMessage::Typing { participant_id: technician().id });
    let answer = EventBody::MessagePosted(MessagePosted {
        text: "<b>Look</b> at this:\u{202E} عربى".to_owned(),
        reply_to: Some(3),
        attachments: vec![picture()],
        mentions: vec![customer().id],
        edited: None,
        offer: None,
    });
    game.receive(&ServerMessage::Log { entries: vec![event(4, Some(technician().id), None, answer)] });
    game.step(Input::Intent { intent: Intent::Read { seq: 4 } });
    let marks = vec![ReadMark { participant_id: technician().id, seq: 4 }];
    game.receive(&ServerMessage::Read { marks });
    change_messages(&mut game);
    let second = game.post("");
    let code = ErrorCode::MessageEmpty;
    let message = code.sentence().to_owned();
    game.receive(&ServerMessage::Rejected { txn_id: second, code, message });
    game.step(Input::Intent { intent: Intent::Discard { txn_id: second } });
    game.wait_for_wake();
    game.step(Input::Disconnected);
    let third = game.post("Are you there?");
    game.step(Input::Intent {
        intent: Intent::React { target: Target::Own(third), emoji: "\u{1F44B}\u{1F3FD}".to_owned() },
    });
    game.post("On a full disk");
    game.step(Input::NotKept);
    game.wait_for_wake();
    game.step(Input::Connected);
    game.receive(&welcome(9, 10));
    let ended = EventBody::SessionEnded { reason: EndReason::EndedByTechnician };
    game.receive(&ServerMessage::Log {
        entries: vec![event(10, Some(technician().id), None, ended), LogEntry::Withheld { seq: 11 }],
    });
    game.steps
}

/// Edits, reactions and deletions, own and others', confirmed and refused (rows Z06, Z09, Z12).
fn change_messages(game: &mut Game) {
    let text = "It says \"no signal\" since Tuesday".to_owned();
    let edit = Intent::Edit { target: Target::Seq(3), text: text.clone(), notify: true };
    let edited = game.send(edit);
    game.receive(&ServerMessage::Ack { txn_id: edited, seq: 5, at: Millis(game.now) });
    let body = EventBody::MessageEdited { target: 3, text: Some(text), notify: true };
    game.receive(&ServerMessage::Log { entries: vec![event(5, Some(customer().id), Some(edited), body)] });

    let emoji = "\u{1F44D}".to_owned();
    let reacted = game.send(Intent::React { target: Target::Seq(4), emoji: emoji.clone() });
    game.receive(&ServerMessage::Ack { txn_id: reacted, seq: 6, at: Millis(game.now) });
    let body = EventBody::ReactionAdded { target: 4, emoji: emoji.clone() };
    game.receive(&ServerMessage::Log { entries: vec![event(6, Some(customer().id), Some(reacted), body)] });
    let added = EventBody::ReactionAdded { target: 3, emoji: emoji.clone() };
    game.receive(&ServerMessage::Log { entries: vec![event(7, Some(technician().id), None, added)] });
    let taken_back = game.send(Intent::Unreact { target: Target::Seq(4), emoji });
    let code = ErrorCode::ChangeTooLate;
    let message = code.sentence().to_owned();
    game.receive(&ServerMessage::Rejected { txn_id: taken_back, code, message });

    let deleted = game.send(Intent::Delete { target: Target::Seq(3) });
    game.receive(&ServerMessage::Ack { txn_id: deleted, seq: 8, at: Millis(game.now) });
    let body = EventBody::MessageDeleted { target: 3 };
    game.receive(&ServerMessage::Log { entries: vec![event(8, Some(customer().id), Some(deleted), body)] });
    let body = EventBody::MessageEdited { target: 4, text: Some("Look again".to_owned()), notify: true };
    game.receive(&ServerMessage::Log { entries: vec![event(9, Some(technician().id), None, body)] });
}

struct Game {
    session: Session,
    now: i64,
    steps: Vec<Step>,
}

impl Game {
    fn step(&mut self, input: Input) -> Vec<Output> {
        self.now += 40;
        let input_json = serde_json::to_string(&input).unwrap();
        let random = [u8::try_from(self.steps.len()).unwrap(); 16];
        let outputs = self.session.handle(input, Context { now: Millis(self.now), random });
        self.steps.push(Step {
            input: input_json,
            now: self.now,
            random,
            outputs: serde_json::to_string(&outputs).unwrap(),
            next_wake: self.session.next_wake().map(|wake| wake.0),
        });
        outputs
    }

    fn receive(&mut self, message: &ServerMessage) {
        self.step(Input::Received { text: serde_json::to_string(message).unwrap() });
    }

    fn post(&mut self, text: &str) -> TxnId {
        self.send(Intent::Post {
            text: text.to_owned(),
            reply_to: None,
            attachments: Vec::new(),
            mentions: Vec::new(),
            private: false,
        })
    }

    /// Asks for `intent`; the name it is kept, and sent, under.
    fn send(&mut self, intent: Intent) -> TxnId {
        let outputs = self.step(Input::Intent { intent });
        let kept = outputs.iter().find_map(|output| match output {
            Output::Persist { op: PersistOp::Put { message } } => Some(message.txn_id),
            _ => None,
        });
        kept.unwrap()
    }

    fn wait_for_wake(&mut self) {
        self.now = self.session.next_wake().unwrap().0;
        self.step(Input::Tick);
    }
}

fn technician() -> Participant {
    Participant {
        id: ParticipantId([1; 16]),
        name: "Mira Technician".to_owned(),
        role: ParticipantRole::Technician,
        state: ParticipantState::Admitted,
        user_id: None,
    }
}

fn customer() -> Participant {
    Participant {
        id: ParticipantId([2; 16]),
        name: "José <script>".to_owned(),
        role: ParticipantRole::Customer,
        state: ParticipantState::Admitted,
        user_id: None,
    }
}

fn picture() -> Attachment {
    Attachment {
        id: AttachmentId([3; 16]),
        name: "cable.png".to_owned(),
        size: 1_234_567,
        media_type: "image/png".to_owned(),
        sha256: "00".repeat(32),
        thumbnail: Some(ThumbnailSize { width: 320, height: 200 }),
        direct: None,
        capture: None,
    }
}

/// `first`: the place of what follows.
fn welcome(head: u64, first: u64) -> ServerMessage {
    let session = SessionView {
        id: SessionId([4; 16]),
        org_id: OrgId([5; 16]),
        org_name: "Blue Hills IT".to_owned(),
        title: "Screen stays dark".to_owned(),
        state: SessionState::Open,
        created_at: Millis(1_699_999_000_000),
        ended_at: None,
        participants: vec![technician(), customer()],
        head,
        attachments: AttachmentPolicy { stored_max_bytes: 100_000_000, ..AttachmentPolicy::default() },
        chat: ChatPolicy::default(),
        unread: 0,
    };
    ServerMessage::Welcome {
        you: customer(),
        session,
        head,
        now: Millis(1_700_000_000_050),
        online: vec![technician().id, customer().id],
        first,
        read: vec![ReadMark { participant_id: technician().id, seq: 2 }],
        has_written: false,
    }
}

fn event(seq: u64, sender: Option<ParticipantId>, txn_id: Option<TxnId>, body: EventBody) -> LogEntry {
    let id = EventId([u8::try_from(seq).unwrap(); 16]);
    let at = Millis(1_700_000_000_000 + i64::try_from(seq).unwrap());
    LogEntry::Event(Event { seq, id, sender, at, visibility: Visibility::All, txn_id, body })
}
