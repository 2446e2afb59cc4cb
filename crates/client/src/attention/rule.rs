//! Whether to notify. One pure function, so that every case stands in one table.

use super::{
    Notice, NoticeKind, Words,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub notification: Option<Notification>,
    /// It counts as unread until the person has seen it.
    pub unread: bool,
}

impl Verdict {
    const NOTHING: Self = Self { notification: None, unread: false };
}

/// What to do about `notice`.
///
/// - Own things, and what one may not see, are nothing at all.
/// - Somebody in the lobby waits for a technician: that is told in any case, also where the session is muted or watched.
/// - Messages, and edits that ask for it, count as unread, and are told unless one looks at them or has muted the session.
/// - Who came in is told quietly. Reactions and other edits are not told.
#[must_use]
pub fn judge(notice: &Notice, situation: Situation, words: &Words) -> Verdict {
    let Situation { watched, muted, technician } = situation;
    if notice.own || (notice.private && !technician) {
        return Verdict::NOTHING;
    }
    let (told, silent) = match notice.kind {
        NoticeKind::Message => (!watched && !muted, false),
        NoticeKind::Edited { notify: true } => (!watched && !muted, true),
        NoticeKind::Waiting => (technician, false),
        NoticeKind::Joined => (technician && !watched && !muted, true),
        NoticeKind::Edited { notify: false } | NoticeKind::Reaction => (false, true),
    };
    let notification = told.then(|| compose(notice, silent, words));
    Verdict { notification, unread: counts(notice, technician) }
}

/// Whether `notice` counts as unread until the person has seen it, wherever they look meanwhile.
#[must_use]
pub fn counts(notice: &Notice, technician: bool) -> bool {
    let said = matches!(notice.kind, NoticeKind::Message | NoticeKind::Edited { notify: true });
    said && !notice.own && (technician || !notice.private)
}

fn compose(notice: &Notice, silent: bool, words: &Words) -> Notification {
    let name = match plain(&notice.sender_name, NAME_MAX_CHARS) {
        name if name.is_empty() => words.say("notify.somebody", &[]),
        name => name,
    };
    let say = |id: &str| words.say(id, &[("name", &name)]);
    let title = match notice.kind {
        NoticeKind::Waiting => say("notify.waiting"),
        NoticeKind::Joined => say("notify.joined"),
        _ if notice.mentions_you => say("notify.mention"),
        _ if notice.private => say("notify.private"),
        _ => name,
    };
    let text = plain(&said(notice), BODY_MAX_CHARS);
    let body = match notice.kind {
        NoticeKind::Edited { .. } => plain(&words.say("notify.edited", &[("text", &text)]), BODY_MAX_CHARS),
        _ => text,
    };
    Notification { title, body, silent }
}

/// The text, or the names of the files where there is none.
fn said(notice: &Notice) -> String {
    if notice.text.trim().is_empty() && !notice.files.is_empty() {
        format!("📎 {}", notice.files.join(", "))
    } else {
        notice.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NoticeKind::{Edited, Joined, Message, Reaction, Waiting};

    /// The real catalogue: what people read is part of the rule.
    fn words() -> Words {
        Words::parse(include_str!("../../../../ui/messages/desktop.en.json")).unwrap_or_default()
    }

    fn notice(kind: NoticeKind) -> Notice {
        Notice {
            seq: 7,
            kind,
            own: false,
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

    /// Z10: a changed message is told and unread where its writer wants that, and nothing where not.
    #[test]
    fn who_is_told_of_what() {
        const LOUD: Option<bool> = Some(false);
        const QUIET: Option<bool> = Some(true);
        let own = |kind| Notice { own: true, ..notice(kind) };
        let private = |kind| Notice { private: true, ..notice(kind) };
        for (what, situation, silent, unread) in [
            (notice(Message), AWAY, LOUD, true),
            (notice(Message), WATCHING, None, true),
            (notice(Message), MUTED, None, true),
            (notice(Message), CUSTOMER, LOUD, true),
            (own(Message), AWAY, None, false),
            (private(Message), AWAY, LOUD, true),
            (private(Message), MUTED, None, true),
            (private(Message), CUSTOMER, None, false),
            (notice(Edited { notify: true }), AWAY, QUIET, true),
            (notice(Edited { notify: true }), WATCHING, None, true),
            (notice(Edited { notify: true }), MUTED, None, true),
            (notice(Edited { notify: false }), AWAY, None, false),
            (private(Edited { notify: true }), CUSTOMER, None, false),
            (own(Edited { notify: true }), AWAY, None, false),
            (notice(Reaction), AWAY, None, false),
            (notice(Waiting), AWAY, LOUD, false),
            (notice(Waiting), WATCHING, LOUD, false),
            (notice(Waiting), MUTED, LOUD, false),
            (notice(Waiting), CUSTOMER, None, false),
            (notice(Joined), AWAY, QUIET, false),
            (notice(Joined), WATCHING, None, false),
            (notice(Joined), MUTED, None, false),
            (notice(Joined), CUSTOMER, None, false),
        ] {
            let verdict = judge(&what, situation, &words());
            let told = verdict.notification.as_ref().map(|notification| notification.silent);
            assert_eq!((told, verdict.unread), (silent, unread), "{what:?} {situation:?}");
        }
    }

    #[test]
    fn what_is_told_is_two_harmless_lines() {
        let named = |name: &str| Notice { sender_name: name.into(), ..notice(Message) };
        let saying = |text: &str| Notice { text: text.into(), ..notice(Message) };
        let files = vec!["a.png".to_owned(), "b\u{202E}fdp.exe".to_owned()];
        for (what, title, body) in [
            (notice(Message), "Carl", "Hello"),
            (saying("two\nlines <b>here</b>"), "Carl", "two lines <b>here</b>"),
            (named("Tina\u{202E}\nPortal: {text}"), "Tina Portal: {text}", "Hello"),
            (named("\u{200B}\u{2060} "), "Somebody", "Hello"),
            (Notice { private: true, ..notice(Message) }, "Carl (private note)", "Hello"),
            (Notice { mentions_you: true, ..notice(Message) }, "Carl mentioned you", "Hello"),
            (
                Notice { text: " ".into(), files: files.clone(), ..notice(Message) },
                "Carl",
                "📎 a.png, bfdp.exe",
            ),
            (Notice { files, ..notice(Message) }, "Carl", "Hello"),
            (notice(Edited { notify: true }), "Carl", "Edited: Hello"),
            (Notice { text: String::new(), ..notice(Waiting) }, "Carl is waiting to come in", ""),
            (Notice { text: String::new(), ..notice(Joined) }, "Carl came in", ""),
        ] {
            let shown = judge(&what, AWAY, &words()).notification;
            let shown = shown.map(|shown| (shown.title, shown.body));
            assert_eq!(shown, Some((title.to_owned(), body.to_owned())), "{what:?}");
        }
        let long = judge(&saying(&"x".repeat(10_000)), AWAY, &words()).notification.map(|shown| shown.body);
        assert_eq!(long.map(|body| body.chars().count()), Some(BODY_MAX_CHARS));
        let long = judge(&named(&"n".repeat(10_000)), AWAY, &words()).notification.map(|shown| shown.title);
        assert_eq!(long.map(|title| title.chars().count()), Some(NAME_MAX_CHARS));
    }
}
