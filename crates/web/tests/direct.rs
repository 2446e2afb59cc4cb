//! Direct transfer as the façade hands it to a page (row Z20). `ui/src/lib/platform/web/direct/golden.test.ts` plays the same file
//! through the wasm module. After a wanted change: `DESKSIDE_BLESS=1 cargo test --profile ci -p deskside-web`.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report")]

use std::{collections::VecDeque, path::Path};

use deskside_web::{DirectError, LinkDriver, MeetingDriver, NoiseDriver};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const GOLDEN: &str = "tests/golden/direct.json";
const SECRETS: [[u8; 32]; 2] = [[0x11; 32], [0x22; 32]];
/// One block and a piece of the next, so that blocks, merging and the last short one are all seen.
const SIZE: usize = (1 << 20) + 5;

/// One call; bytes as hex.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Step {
    side: usize,
    call: String,
    input: Value,
    /// Random bytes or what the input carries.
    bytes: String,
    output: Value,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pair(side: usize) -> String {
    let ids = [("01", "0a"), ("02", "0b")];
    let (me, peer) = (ids[side], ids[1 - side]);
    json!({
        "session": "07".repeat(16),
        "me": me.0.repeat(16),
        "endpoint": me.1.repeat(16),
        "peer": peer.0.repeat(16),
        "peer_endpoint": peer.1.repeat(16),
    })
    .to_string()
}

fn shown(side: usize) -> String {
    json!({
        "identity": {
            "certificate": (["c1", "c2"][side]).repeat(32),
            "noise": NoiseDriver::public(&SECRETS[side]).unwrap(),
        },
        "capabilities": { "quic": false, "relay": true, "message_max": 65536, "browser": true },
    })
    .to_string()
}

/// Both meet; answers every call and the two codes.
fn play_meeting() -> (Vec<Step>, Vec<String>) {
    let nonces = [[0x31; 32], [0x32; 32]];
    let mut sides: Vec<_> =
        (0..2).map(|side| MeetingDriver::new(&pair(side), &shown(side), &nonces[side]).unwrap()).collect();
    let mut steps: Vec<Step> = (0..2)
        .map(|side| Step {
            side,
            call: "meeting".to_owned(),
            input: json!([pair(side), shown(side)]),
            bytes: hex(&nonces[side]),
            output: json!(sides[side].initiates()),
        })
        .collect();
    let mut wire = VecDeque::from([(1, json!({"type": "seek"}).to_string())]);
    let mut codes = Vec::new();
    while let Some((to, body)) = wire.pop_front() {
        let output = sides[to].receive(&body, &[0x40; 32]).unwrap();
        for said in serde_json::from_str::<Vec<Value>>(&output).unwrap() {
            match said["type"].as_str().unwrap() {
                "send" => wire.push_back((1 - to, said["body"].to_string())),
                _ => codes.push(said["code"].as_str().unwrap().to_owned()),
            }
        }
        let call = "receive".to_owned();
        steps.push(Step {
            side: to,
            call,
            input: json!(body),
            bytes: hex(&[0x40; 32]),
            output: json!(output),
        });
    }
    (steps, codes)
}

/// The relay's handshake and one frame each way.
fn play_noise() -> Vec<Step> {
    let keys: Vec<_> = SECRETS.iter().map(|secret| NoiseDriver::public(secret).unwrap()).collect();
    let fresh = [[0x51; 32], [0x52; 32]];
    let mut sides: Vec<_> = (0..2)
        .map(|side| NoiseDriver::new(&pair(side), &SECRETS[side], &keys[1 - side], &fresh[side]).unwrap())
        .collect();
    let mut steps = Vec::new();
    let mut note = |side: usize, call: &str, bytes: &[u8], output: &[u8]| {
        let (call, input) = (call.to_owned(), json!([pair(side), hex(&SECRETS[side]), keys[1 - side]]));
        steps.push(Step { side, call, input, bytes: hex(bytes), output: json!(hex(output)) });
    };
    for side in 0..2 {
        note(side, "noise", &fresh[side], sides[side].hello());
    }
    let hello = sides[0].hello().to_vec();
    let answer = sides[1].hear(&hello).unwrap();
    note(1, "hear", &hello, &answer);
    let nothing = sides[0].hear(&answer).unwrap();
    note(0, "hear", &answer, &nothing);
    for from in 0..2 {
        let content = [from as u8 + 1; 5];
        let frame = sides[from].seal(&content).unwrap();
        note(from, "seal", &content, &frame);
        let opened = sides[1 - from].open(&frame).unwrap();
        assert_eq!(opened, content);
        note(1 - from, "open", &frame, &opened);
    }
    steps
}

#[test]
fn both_sides_of_a_meeting_read_the_same_code() {
    let (_, codes) = play_meeting();
    assert_eq!(codes.len(), 2);
    assert_eq!(codes[0], codes[1]);
    assert_eq!(codes[0].len(), 6);
}

#[test]
fn the_golden_file_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    let steps = json!({ "meeting": play_meeting().0, "noise": play_noise() });
    if std::env::var_os("DESKSIDE_BLESS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&steps).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept, steps, "run with DESKSIDE_BLESS=1 if the change is wanted");
}

#[test]
fn a_frame_of_somebody_else_closes_the_channel() {
    let keys: Vec<_> = SECRETS.iter().map(|secret| NoiseDriver::public(secret).unwrap()).collect();
    let mut us = NoiseDriver::new(&pair(0), &SECRETS[0], &keys[1], &[1; 32]).unwrap();
    assert!(matches!(us.seal(b"early"), Err(DirectError::Order)));
    let mut them = NoiseDriver::new(&pair(1), &SECRETS[1], &keys[0], &[2; 32]).unwrap();
    let answer = them.hear(us.hello()).unwrap();
    us.hear(&answer).unwrap();
    assert!(matches!(us.hear(&answer), Err(DirectError::Order)), "a second handshake");
    let mut frame = them.seal(b"content").unwrap();
    frame[0] ^= 1;
    assert!(us.open(&frame).is_err());
}

#[test]
fn what_cannot_be_read_is_an_error_and_changes_nothing() {
    let mut link = LinkDriver::new(&"02".repeat(16), 1.0, 4_194_304.0).unwrap();
    let id = "0a".repeat(16);
    for (input, now, expected) in [
        (String::new(), 1.0, "That step cannot be read"),
        (r#"{"type":"dance"}"#.to_owned(), 1.0, "That step cannot be read"),
        (r#"{"type":"tick"}"#.to_owned(), f64::NAN, "no whole number"),
        (r#"{"type":"tick"}"#.to_owned(), -1.0, "no whole number"),
        (offer(&id, json!([{"path": "../a", "size": 1}])), 1.0, "not safe"),
        (offer(&id, json!([{"path": "a"}])), 1.0, "cannot be read"),
        (offer(&id, json!([])), 1.0, "cannot be read"),
    ] {
        let error = link.handle(&input, now, Vec::new()).unwrap_err().to_string();
        assert!(error.contains(expected), "{input}: {error}");
    }
    assert_eq!(link.views().unwrap(), "[]");
    assert!(LinkDriver::new("nobody", 1.0, 1.0).is_err());
}

fn offer(id: &str, entries: Value) -> String {
    json!({"type": "offer", "attachment": id, "manifest": {"kind": "file", "entries": entries}}).to_string()
}

/// A page of two: what one sends the other receives, and disks answer at once.
struct Page {
    links: [LinkDriver; 2],
    content: Vec<u8>,
    received: Vec<u8>,
    journal: Vec<u8>,
    finished: Option<String>,
    now: f64,
}

impl Page {
    fn step(&mut self, side: usize, input: &Value, carried: Vec<u8>) {
        self.links[side].handle(&input.to_string(), self.now, carried).unwrap();
    }

    /// Does what both ask for until nobody asks for anything.
    fn run(&mut self) {
        loop {
            let mut idle = true;
            for side in 0..2 {
                while let Some(output) = self.links[side].poll().unwrap() {
                    idle = false;
                    let carried = self.links[side].carried();
                    self.perform(side, &serde_json::from_str(&output).unwrap(), carried);
                }
            }
            if idle {
                return;
            }
        }
    }

    fn perform(&mut self, side: usize, output: &Value, carried: Vec<u8>) {
        let (id, block) = (&output["attachment"], &output["block"]);
        let at = usize::try_from(output["offset"].as_u64().unwrap_or(0)).unwrap();
        match output["type"].as_str().unwrap() {
            "send" => {
                self.step(1 - side, &json!({"type": "received", "carrier": 1}), carried);
                self.step(
                    side,
                    &json!({"type": "writable", "carrier": 1, "free_bytes": 2_097_152}),
                    Vec::new(),
                );
            }
            "read" => {
                let len = usize::try_from(output["len"].as_u64().unwrap()).unwrap();
                let bytes = self.content[at..at + len].to_vec();
                self.step(side, &json!({"type": "read_done", "attachment": id, "block": block}), bytes);
            }
            "write" => {
                let end = at + carried.len();
                self.received.resize(self.received.len().max(end), 0);
                self.received[at..end].copy_from_slice(&carried);
                self.step(side, &json!({"type": "write_done", "attachment": id, "block": block}), Vec::new());
            }
            "prepare" => self.step(side, &json!({"type": "prepared", "attachment": id}), Vec::new()),
            "persist" if side == 1 => self.journal.extend(carried),
            "finish" => {
                self.finished = output["digest"].as_str().map(str::to_owned);
                self.step(side, &json!({"type": "finished", "attachment": id}), Vec::new());
            }
            _ => {}
        }
    }
}

/// Z20: a file goes from page to page through nothing but JSON and bytes, and both say the same digest.
#[test]
fn a_file_goes_from_one_page_to_the_other() {
    let content: Vec<u8> = (0..SIZE).map(|index| (index * 31 % 251) as u8).collect();
    let digest = blake3::hash(&content).to_string();
    let link = |peer: &str| LinkDriver::new(&peer.repeat(16), 1.0, 12_582_912.0).unwrap();
    let mut page = Page {
        links: [link("02"), link("01")],
        content: content.clone(),
        received: Vec::new(),
        journal: Vec::new(),
        finished: None,
        now: 0.0,
    };
    let id = "0a".repeat(16);
    page.step(
        0,
        &serde_json::from_str(&offer(&id, json!([{"path": "a.bin", "size": SIZE}]))).unwrap(),
        Vec::new(),
    );
    let accept = json!({"type": "accept", "attachment": id, "kind": "file", "size": SIZE, "files": 1});
    page.step(1, &accept, Vec::new());
    for side in 0..2 {
        let up =
            json!({"type": "carrier_up", "carrier": 1, "kind": "webrtc", "max_message": 65536, "rank": 2});
        page.step(side, &up, Vec::new());
        page.step(side, &json!({"type": "writable", "carrier": 1, "free_bytes": 2_097_152}), Vec::new());
    }
    for _ in 0..100 {
        page.run();
        page.now += 100.5;
        for side in 0..2 {
            page.step(side, &json!({"type": "tick"}), Vec::new());
        }
    }
    assert_eq!(page.finished.as_deref(), Some(digest.as_str()));
    assert!(page.received == content, "what was written is what was read");
    for link in &page.links {
        let views: Vec<Value> = serde_json::from_str(&link.views().unwrap()).unwrap();
        assert_eq!(views[0]["state"]["type"], "done", "{views:?}");
        assert_eq!(views[0]["digest"], digest.as_str());
    }
    let list: Value = serde_json::from_str(&page.links[1].manifest(&id).unwrap().unwrap()).unwrap();
    assert_eq!(list, json!({"kind": "file", "entries": [{"path": "a.bin", "size": SIZE}]}));
}
