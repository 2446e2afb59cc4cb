//! Whether to notify. One pure function, so that every case stands in one table.

use deskside_session::{Alert, AlertKind};

use super::{
    Words,
    line::{BODY_MAX_CHARS, NAME_MAX_CHARS, plain},
};

/// Where the person is while something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The window has the focus and shows this session's room.
    pub watched: bool,
    pub muted: bool,
    /// The person is a technician in this session.
    pub technician: bool,
}

/// A notification, ready to be shown: plain text, each part one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub title: String,
    pub body: String,
    /// Shown without a sound.
    pub silent: bool,
}

/// What a person is told of `alert`, if anything.
///
/// - Messages, and edits that ask for it, are told unless one looks at them or has muted the session.
/// - Who came in is told quietly in the same cases.
/// - Somebody in the lobby waits for a technician: that is told in any case, also where the session is muted or watched.
/// - What only technicians see is told to nobody else, should it ever come here.
#[must_use]
pub fn judge(alert: &Alert, situation: Situation, words: &Words) -> Option<Notification> {
    let Situation { watched, muted, technician } = situation;
    let calm = !watched && !muted;
    let (told, silent) = match alert.kind {
        AlertKind::Message => (calm && (technician || !alert.private), false),
        AlertKind::Edited => (calm && (technician || !alert.private), true),
        AlertKind::Waiting => (technician, false),
        AlertKind::Joined => (calm && technician, true),
    };
    told.then(|| compose(alert, silent, words))
}

fn compose(alert: &Alert, silent: bool, words: &Words) -> Notification {
    let name = match plain(&alert.sender_name, NAME_MAX_CHARS) {
        name if name.is_empty() => words.say("notify.somebody", &[]),
        name => name,
    };
    let say = |id: &str| words.say(id, &[("name", &name)]);
    let title = match alert.kind {
        AlertKind::Waiting => say("notify.waiting"),
        AlertKind::Joined => say("notify.joined"),
        _ if alert.mentions_you => say("notify.mention"),
        _ if alert.private => say("notify.private"),
        _ => name,
    };
    let text = plain(&said(alert), BODY_MAX_CHARS);
    let body = match alert.kind {
        AlertKind::Edited => plain(&words.say("notify.edited", &[("text", &text)]), BODY_MAX_CHARS),
        _ => text,
    };
    Notification { title, body, silent }
}

/// The text, or the names of the files where there is none.
fn said(alert: &Alert) -> String {
    if alert.text.trim().is_empty() && !alert.files.is_empty() {
        format!("📎 {}", alert.files.join(", "))
    } else {
        alert.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AlertKind::{Edited, Joined, Message, Waiting};
    use deskside_proto::Millis;

    /// The real catalogue: what people read is part of the rule.
    fn words() -> Words {
        Words::parse(include_str!("../../../../ui/messages/desktop.en.json")).unwrap_or_default()
    }

    fn alert(kind: AlertKind) -> Alert {
        Alert {
            seq: 7,
            at: Millis(0),
            kind,
            sender_name: "Carl".into(),
            text: "Hello".into(),
            files: Vec::new(),
            private: false,
            mentions_you: false,
        }
    }

    const AWAY: Situation = Situation { watched: false, muted: false, technician: true };
    const WATCHING: Situation = Situation { watched: true, ..AWAY };
    const MUTED: Situation = Situation { muted: true, ..AWAY };
    const CUSTOMER: Situation = Situation { technician: false, ..AWAY };

    /// Z10: an edit that asks for it is told, as a message is. (Other edits, reactions and own things are no alerts.)
    #[test]
    fn who_is_told_of_what() {
        const LOUD: Option<bool> = Some(false);
        const QUIET: Option<bool> = Some(true);
        let private = |kind| Alert { private: true, ..alert(kind) };
        for (what, situation, expected) in [
            (alert(Message), AWAY, LOUD),
            (alert(Message), WATCHING, None),
            (alert(Message), MUTED, None),
            (alert(Message), CUSTOMER, LOUD),
            (private(Message), AWAY, LOUD),
            (private(Message), MUTED, None),
            (private(Message), CUSTOMER, None),
            (alert(Edited), AWAY, QUIET),
            (alert(Edited), WATCHING, None),
            (alert(Edited), MUTED, None),
            (alert(Edited), CUSTOMER, QUIET),
            (private(Edited), CUSTOMER, None),
            (Alert { mentions_you: true, ..alert(Message) }, MUTED, None),
            (Alert { mentions_you: true, ..alert(Message) }, WATCHING, None),
            (alert(Waiting), AWAY, LOUD),
            (alert(Waiting), WATCHING, LOUD),
            (alert(Waiting), MUTED, LOUD),
            (alert(Waiting), CUSTOMER, None),
            (alert(Joined), AWAY, QUIET),
            (alert(Joined), WATCHING, None),
            (alert(Joined), MUTED, None),
            (alert(Joined), CUSTOMER, None),
        ] {
            let told = judge(&what, situation, &words()).map(|notification| notification.silent);
            assert_eq!(told, expected, "{what:?} {situation:?}");
        }
    }

    #[test]
    fn what_is_told_is_two_harmless_lines() {
        let named = |name: &str| Alert { sender_name: name.into(), ..alert(Message) };
        let saying = |text: &str| Alert { text: text.into(), ..alert(Message) };
        let files = vec!["a.png".to_owned(), "b\u{202E}fdp.exe".to_owned()];
        for (what, title, body) in [
            (alert(Message), "Carl", "Hello"),
            (saying("two\nlines <b>here</b>"), "Carl", "two lines <b>here</b>"),
            (named("Tina\u{202E}\nPortal: {text}"), "Tina Portal: {text}", "Hello"),
            (named("\u{200B}\u{2060} "), "Somebody", "Hello"),
            (Alert { private: true, ..alert(Message) }, "Carl (private note)", "Hello"),
            (Alert { mentions_you: true, ..alert(Message) }, "Carl mentioned you", "Hello"),
            (
                Alert { text: " ".into(), files: files.clone(), ..alert(Message) },
                "Carl",
                "📎 a.png, bfdp.exe",
            ),
            (Alert { files, ..alert(Message) }, "Carl", "Hello"),
            (alert(Edited), "Carl", "Edited: Hello"),
            (Alert { text: String::new(), ..alert(Waiting) }, "Carl is waiting to come in", ""),
            (Alert { text: String::new(), ..alert(Joined) }, "Carl came in", ""),
        ] {
            let shown = judge(&what, AWAY, &words());
            let shown = shown.map(|shown| (shown.title, shown.body));
            assert_eq!(shown, Some((title.to_owned(), body.to_owned())), "{what:?}");
        }
        let long = judge(&saying(&"x".repeat(10_000)), AWAY, &words()).map(|shown| shown.body);
        assert_eq!(long.map(|body| body.chars().count()), Some(BODY_MAX_CHARS));
        let long = judge(&named(&"n".repeat(10_000)), AWAY, &words()).map(|shown| shown.title);
        assert_eq!(long.map(|title| title.chars().count()), Some(NAME_MAX_CHARS));
    }
}
