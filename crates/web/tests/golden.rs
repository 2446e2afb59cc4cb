//! The bytes of every step of one session, as the façade hands them to a page. `ui/src/lib/platform/web/golden.test.ts` plays the
//! same file through the wasm module. After a wanted change: `DESKSIDE_BLESS=1 cargo test --profile ci -p deskside-web`.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report")]

use std::path::Path;

use deskside_proto::{
    Attachment, AttachmentId, ClientMessage, EndReason, ErrorCode, Event, EventBody, EventId, LogEntry,
    MessagePosted, Millis, OrgId, Participant, ParticipantId, ParticipantRole, ParticipantState,
    ServerMessage, SessionId, ThumbnailSize, TxnId, Visibility,
    api::{SessionState, SessionView},
};
use deskside_session::{Context, Input, Intent, Output, Session};
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
    for kind in ["timeline", "roster", "connection", "session", "unsent"] {
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
    game.receive(&welcome());
    let entries = vec![
        event(1, None, None, EventBody::ParticipantJoined { participant: technician() }),
        event(2, None, None, EventBody::ParticipantJoined { participant: customer() }),
    ];
    game.receive(&ServerMessage::Log { entries });
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
        edited_at: None,
    });
    game.receive(&ServerMessage::Log { entries: vec![event(4, Some(technician().id), None, answer)] });
    let second = game.post("");
    let code = ErrorCode::MessageEmpty;
    let message = code.sentence().to_owned();
    game.receive(&ServerMessage::Rejected { txn_id: second, code, message });
    game.step(Input::Intent { intent: Intent::Discard { txn_id: second } });
    game.wait_for_wake();
    game.step(Input::Disconnected);
    game.post("Are you there?");
    game.wait_for_wake();
    game.step(Input::Connected);
    game.receive(&welcome());
    let ended = EventBody::SessionEnded { reason: EndReason::EndedByTechnician };
    game.receive(&ServerMessage::Log {
        entries: vec![event(5, Some(technician().id), None, ended), LogEntry::Withheld { seq: 6 }],
    });
    game.steps
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

    /// Posts `text`; the name it is sent under.
    fn post(&mut self, text: &str) -> TxnId {
        let intent = Intent::Post { text: text.to_owned(), reply_to: None, attachments: Vec::new() };
        let outputs = self.step(Input::Intent { intent });
        let sent = outputs.iter().find_map(|output| match output {
            Output::Transmit { text } => match serde_json::from_str(text).unwrap() {
                ClientMessage::Send { txn_id, .. } => Some(txn_id),
                _ => None,
            },
            _ => None,
        });
        sent.unwrap_or_default()
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
    }
}

fn welcome() -> ServerMessage {
    let session = SessionView {
        id: SessionId([4; 16]),
        org_id: OrgId([5; 16]),
        org_name: "Blue Hills IT".to_owned(),
        title: "Screen stays dark".to_owned(),
        state: SessionState::Open,
        created_at: Millis(1_699_999_000_000),
        ended_at: None,
        participants: vec![technician(), customer()],
        head: 2,
        stored_max_bytes: 100_000_000,
    };
    ServerMessage::Welcome {
        you: customer(),
        session,
        head: 2,
        now: Millis(1_700_000_000_050),
        online: vec![technician().id, customer().id],
    }
}

fn event(seq: u64, sender: Option<ParticipantId>, txn_id: Option<TxnId>, body: EventBody) -> LogEntry {
    let id = EventId([u8::try_from(seq).unwrap(); 16]);
    let at = Millis(1_700_000_000_000 + i64::try_from(seq).unwrap());
    LogEntry::Event(Event { seq, id, sender, at, visibility: Visibility::All, txn_id, body })
}
