//! No text from a person becomes anything but text (pitfalls S08, S09, S14): whatever it is, transcripts have the structure that they
//! have with harmless words in its place.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use deskside_proto::{
    AttachmentId, Event, EventBody, MessagePosted, ParticipantRole, WithdrawReason,
    api::{TranscriptFormat, TranscriptItem},
};
use deskside_timeline::transcript::{Audience, TranscriptHeader};
use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::room::{CARL, TINA, event, file, header, items, joined, posted, write};

/// Begins every hostile text.
const MARK: char = '¤';

const WEAPONS: &[&str] = &[
    "<script>alert(1)</script>",
    "</td></tr></table>",
    "</bdi>",
    "</title></style><style>*{}",
    "<!--",
    "-->",
    "]]>",
    "<svg/onload=a>",
    "\"",
    "'",
    "\" onmouseover=\"a",
    "&lt;",
    "&#x3c;b>",
    "&",
    "=cmd|' /C calc'!A0",
    "\\",
    "\\\"",
    "]}",
    "\",\"by\":{",
    "{{x}}",
    "\r\n[2026-09-21 00:00:00 UTC] Tina (technician):\r\n    yes",
    "\n  - File: contract.pdf",
    "\n  > Tina",
    "\r",
    "\n",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{0}",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{202e}",
    "\u{202a}",
    "\u{2066}",
    "\u{2069}",
    "\u{200f}",
    "\u{61c}",
    "\u{feff}",
    "\u{ffff}",
    "\u{fdd0}",
    "\u{10ffff}",
    "\u{e0041}",
    "\u{301}\u{301}",
    "👩‍👩‍👧",
    "----",
    "End of transcript",
    "    ",
];

fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => prop::sample::select(WEAPONS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| format!("{MARK}{}", parts.concat()))
}

/// A session in which every text that a person may choose is one of `texts`.
fn session(texts: &[String; 6]) -> (TranscriptHeader, Vec<TranscriptItem>) {
    let [name, title, text, other, file_name, emoji] = texts;
    let mut header = header();
    header.org_name.clone_from(other);
    header.title.clone_from(title);
    for person in &mut header.people {
        person.name.clone_from(name);
    }
    let id = AttachmentId([3; 16]);
    let answer = MessagePosted { reply_to: Some(3), attachments: vec![file(3, file_name)], ..posted(other) };
    let bodies = [
        (TINA, joined(TINA, "Tina", ParticipantRole::Technician)),
        (CARL, joined(CARL, name, ParticipantRole::Customer)),
        (CARL, EventBody::MessagePosted(posted(text))),
        (CARL, EventBody::MessagePosted(answer)),
        (CARL, EventBody::ReactionAdded { target: 4, emoji: emoji.clone() }),
        (
            CARL,
            EventBody::AttachmentsWithdrawn {
                target: 4,
                attachments: vec![id],
                reason: WithdrawReason::Revoked,
            },
        ),
        (TINA, EventBody::MessagePosted(MessagePosted { reply_to: Some(4), ..posted("fine") })),
    ];
    let log: Vec<Event> =
        bodies.into_iter().zip(1..).map(|((sender, body), seq)| event(seq, sender, body)).collect();
    (header, items(&log, Audience::Organisation))
}

fn harmless() -> [String; 6] {
    std::array::from_fn(|_| format!("{MARK}x"))
}

fn written(format: TranscriptFormat, texts: &[String; 6]) -> String {
    let (header, items) = session(texts);
    write(format, &header, &items)
}

/// What each line of a text says it is; lines of persons' texts, however many, are one.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split("\r\n") {
        let kind = match line.as_bytes() {
            [b'[', ..] => line.chars().take(27).collect(),
            [b' ', b' ', b' ', b' ', ..] => "text".to_owned(),
            _ => line.split(MARK).next().unwrap_or_default().to_owned(),
        };
        if kind != "text" || lines.last().is_none_or(|last| last != "text") {
            lines.push(kind);
        }
    }
    lines
}

/// Characters that a viewer obeys rather than shows.
fn obeyed(text: &str) -> Vec<char> {
    let is_obeyed = |c: &char| {
        c.is_control() && !matches!(c, '\r' | '\n' | '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(is_obeyed).collect()
}

/// Every tag with its attributes, in order; and whether each text with the mark in it stands where its direction stays its own.
fn elements(page: &str) -> (Vec<String>, bool) {
    let mut tags = Vec::new();
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut isolated = true;
    for token in Tokenizer::new(page).flatten() {
        match token {
            Token::StartTag(tag) => {
                tags.push(format!("{:?} {:?}", tag.name, tag.attributes));
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                let isolates =
                    name == "bdi" || name == "title" || tag.attributes.contains_key(b"dir".as_slice());
                if name != "meta" {
                    open.push((name, isolates));
                }
            }
            Token::EndTag(tag) => {
                let last = open.pop().map(|(name, _)| name);
                assert_eq!(last.as_deref().map(str::as_bytes), Some(tag.name.as_slice()), "elements nest");
                tags.push(format!("/{:?}", tag.name));
            }
            Token::String(text) => {
                let marked = String::from_utf8_lossy(&text).contains(MARK);
                isolated &= !marked || open.iter().any(|(_, isolates)| *isolates);
            }
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::Doctype(_) => tags.push("doctype".to_owned()),
            Token::Error(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(open, [], "every element is closed");
    (tags, isolated)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(128)))]

    #[test]
    fn no_text_forges_a_line(texts in prop::array::uniform6(hostile())) {
        let text = written(TranscriptFormat::Txt, &texts);
        prop_assert_eq!(lines(&text), lines(&written(TranscriptFormat::Txt, &harmless())));
        prop_assert_eq!(obeyed(&text), ['\u{feff}']);
        prop_assert!(text.split("\r\n").all(|line| !line.contains(['\r', '\n'])));
    }

    #[test]
    fn no_text_leaves_its_element(texts in prop::array::uniform6(hostile())) {
        let page = written(TranscriptFormat::Html, &texts);
        let (tags, isolated) = elements(&page);
        prop_assert_eq!(tags, elements(&written(TranscriptFormat::Html, &harmless())).0);
        prop_assert!(isolated, "text of a person outside of an element that isolates it");
        prop_assert_eq!(obeyed(&page), Vec::<char>::new());
    }

    #[test]
    fn no_text_breaks_the_data(texts in prop::array::uniform6(hostile())) {
        let (header, items) = session(&texts);
        let read: serde_json::Value = serde_json::from_str(&write(TranscriptFormat::Json, &header, &items)).unwrap();
        prop_assert_eq!(serde_json::from_value::<Vec<TranscriptItem>>(read["items"].clone()).unwrap(), items);
        prop_assert_eq!(&read["session"]["title"], &header.title);
        prop_assert_eq!(&read["session"]["people"][0]["name"], &header.people[0].name);
    }
}

/// As the session client's tests: few in everyday runs, many in `cargo xtask soak`.
fn cases(everyday: u32) -> u32 {
    std::env::var("DESKSIDE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(everyday)
}

/// The tests above would find something.
#[test]
fn structure_is_told_from_text() {
    let page = written(TranscriptFormat::Html, &harmless());
    assert_ne!(elements(&page).0, elements(&page.replacen("¤x", "<i>¤x</i>", 1)).0);
    assert!(!elements(&page.replacen("<bdi>¤x</bdi>", "¤x", 1)).1, "a text that nothing isolates is found");
    let text = written(TranscriptFormat::Txt, &harmless());
    assert_ne!(lines(&text), lines(&text.replacen("¤x", "¤x\r\n  - File: ¤y", 1)));
}

/// S09: the page's policy admits its own style, and nothing else.
#[test]
fn the_policy_names_the_style() {
    let page = written(TranscriptFormat::Html, &harmless());
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = format!(
        "content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\""
    );
    assert!(page.contains(&policy), "STYLE_HASH in html.rs has to be sha256-{hash}");
}
