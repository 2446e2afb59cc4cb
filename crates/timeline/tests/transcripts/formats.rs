//! One rich session in every format, as golden files.

use deskside_proto::api::TranscriptFormat;
use deskside_timeline::transcript::Audience;

use crate::room::{header, items, log, write};

/// Z14 Z16: as Notepad shows it.
#[test]
fn a_session_as_text() {
    let text = write(TranscriptFormat::Txt, &header(), &items(&log(), Audience::Organisation));

    assert!(text.starts_with('\u{feff}'), "a byte order mark: Notepad knows it for UTF-8");
    assert!(text.split('\n').rev().skip(1).all(|line| line.ends_with('\r')), "every line ends with CR LF");
    insta::assert_snapshot!(text.replace(['\u{feff}', '\r'], ""));
}

/// Z14: as a browser reads it.
#[test]
fn a_session_as_a_page() {
    let page = write(TranscriptFormat::Html, &header(), &items(&log(), Audience::Organisation));
    let (start, end) = (page.find("<style>").unwrap(), page.find("</style>").unwrap());

    for forbidden in ["<script", "javascript:", " style=", " src=", "http:", "https:", "url(", "@import"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    insta::assert_snapshot!(page[..start].to_owned() + &page[end..]);
}

/// Z14: as programs read it.
#[test]
fn a_session_as_data() {
    insta::assert_snapshot!(write(TranscriptFormat::Json, &header(), &items(&log(), Audience::Organisation)));
}

/// Z17: technicians' words leave no trace, and replies still lead where they led.
#[test]
fn a_customer_s_copy_as_text_and_data() {
    let all = log();
    let copy = items(&all, Audience::Customer);
    let visible: Vec<_> =
        all.into_iter().filter(|event| event.visibility == deskside_proto::Visibility::All).collect();

    assert_eq!(copy, items(&visible, Audience::Customer), "as if nothing else had been in the log");
    let numbers: Vec<u64> = copy.iter().map(|item| item.seq).collect();
    assert_eq!(numbers, (1..=copy.len() as u64).collect::<Vec<_>>(), "no gap tells of what is not there");
    for format in [TranscriptFormat::Txt, TranscriptFormat::Json, TranscriptFormat::Html] {
        let text = write(format, &header(), &copy);
        for theirs in ["upset", "Be kind", "dmesg", "echnicians only", "Log of his"] {
            assert!(!text.contains(theirs), "{format:?}: {theirs}");
        }
    }
    insta::assert_snapshot!(write(TranscriptFormat::Txt, &header(), &copy).replace(['\u{feff}', '\r'], ""));
    insta::assert_snapshot!(write(TranscriptFormat::Json, &header(), &copy));
}
