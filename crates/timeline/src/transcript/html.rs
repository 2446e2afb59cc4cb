//! One page that needs nothing else: read on a screen of any size, by a screen reader, or on paper. No script, no link to outside,
//! and a policy that would refuse both.
//!
//! A section per day with a table: time, person, what was said. Each message is `#m12` by its number.

use deskside_proto::{
    DirectKind, ParticipantRole,
    api::{
        TranscriptFile, TranscriptItem, TranscriptMessage, TranscriptPerson, TranscriptQuote,
        TranscriptReaction, TranscriptWhat,
    },
};

use super::{
    Count, TranscriptHeader, TranscriptWriter,
    escape::html,
    words::{self, Piece, duration, human_size, when},
};

const STYLE: &str = include_str!("transcript.css");
/// SHA-256 of [`STYLE`], as the page's policy names it: no other style takes effect.
const STYLE_HASH: &str = "sha256-EyQ84MXeOg92s1bTjM73zDcJCPU2hg68edk3dENKvfc=";

/// Writes `transcript.html`.
#[derive(Debug, Default)]
pub struct HtmlWriter {
    count: Count,
    /// The day whose section is open, `2026-11-20`.
    day: Option<String>,
}

impl TranscriptWriter for HtmlWriter {
    fn head(&mut self, header: &TranscriptHeader) -> String {
        let title = if header.title.is_empty() { "Session without a title" } else { &header.title };
        let title = html(title);
        let people: String =
            header.people.iter().map(|person| format!("<li>{}</li>", speaker(Some(person)))).collect();
        let facts = [
            ("Organisation", bdi(&header.org_name)),
            ("Started", stamp(header.started_at, LONG)),
            ("Ended", stamp(header.ended_at, LONG)),
            ("Duration", duration(header.started_at, header.ended_at)),
            ("Session", format!("<code>{}</code>", header.session)),
        ];
        let facts: String =
            facts.iter().map(|(what, is)| format!("<div><dt>{what}</dt><dd>{is}</dd></div>\n")).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title} – session transcript</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<p class=\"kind\">Session transcript</p>\n<h1><bdi>{title}</bdi></h1>\n<dl>\n{facts}\
             <div class=\"people\"><dt>People</dt><dd><ul>{people}</ul></dd></div>\n</dl>\n</header>\n<main>\n"
        )
    }

    fn item(&mut self, item: &TranscriptItem) -> String {
        self.count.add(item);
        let mut page = self.enter_day(item);
        let time = format!(
            "<td role=\"cell\" class=\"time\"><a href=\"#m{}\">{}</a></td>",
            item.seq,
            stamp(item.at, "%H:%M:%S")
        );
        let (id, mark) = (item.seq, if item.technicians_only { ONLY } else { "" });
        page += &match &item.what {
            TranscriptWhat::Message(message) => format!(
                "<tr role=\"row\" id=\"m{id}\" class=\"message{}\">{time}<th role=\"rowheader\" scope=\"row\">{}</th>\
                 <td role=\"cell\" class=\"what\">{mark}{}</td></tr>\n",
                classes(item),
                speaker(item.by.as_ref()),
                body(message),
            ),
            _ => format!(
                "<tr role=\"row\" id=\"m{id}\" class=\"event{}\">{time}<td role=\"cell\" class=\"what\" colspan=\"2\">{}{mark}</td></tr>\n",
                classes(item),
                said(&words::sentence(item)),
            ),
        };
        page
    }

    fn foot(&mut self) -> String {
        let Count { messages, files } = self.count;
        let end = if self.day.take().is_some() { DAY_END } else { "<p>Nothing was said.</p>\n" };
        format!(
            "{end}</main>\n<footer><p>End of transcript. Messages: {messages}. Files: {files}.</p></footer>\n</body>\n</html>\n"
        )
    }
}

const LONG: &str = "%A, %-d %B %Y, %H:%M:%S UTC";
const ONLY: &str = "<p class=\"only\">Technicians only</p>";
const DAY_END: &str = "</tbody>\n</table>\n</section>\n";

impl HtmlWriter {
    /// The section of the item's day, where it is not open yet. Days in the order of the log: a clock that was set back begins one
    /// anew, under a heading with the same words and another id.
    fn enter_day(&mut self, item: &TranscriptItem) -> String {
        let day = when(item.at, "%Y-%m-%d");
        if self.day.as_ref() == Some(&day) {
            return String::new();
        }
        let end = if self.day.replace(day).is_some() { DAY_END } else { "" };
        let (id, heading) = (item.seq, when(item.at, "%A, %-d %B %Y"));
        format!(
            "{end}<section aria-labelledby=\"d{id}\">\n<h2 id=\"d{id}\">{heading}</h2>\n\
             <table role=\"table\" aria-labelledby=\"d{id}\">\n<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\" class=\"time\">Time (UTC)</th>\
             <th role=\"columnheader\" scope=\"col\" class=\"who\">Person</th><th role=\"columnheader\" scope=\"col\">What was said and done</th></tr></thead>\n<tbody role=\"rowgroup\">\n"
        )
    }
}

fn classes(item: &TranscriptItem) -> String {
    let technician = item.by.as_ref().is_some_and(|by| by.role == ParticipantRole::Technician);
    let mut classes = String::new();
    for (is, class) in [(technician, " technician"), (item.technicians_only, " only")] {
        if is {
            classes += class;
        }
    }
    classes
}

/// A person's text, which keeps its direction to itself.
fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", html(text))
}

/// A moment, with its exact time for programs.
fn stamp(at: deskside_proto::Millis, format: &str) -> String {
    match words::utc(at) {
        Some(time) => {
            format!(
                "<time datetime=\"{}\">{}</time>",
                time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
                time.strftime(format)
            )
        }
        None => when(at, format),
    }
}

fn speaker(person: Option<&TranscriptPerson>) -> String {
    let name = said(&[words::name(person)]);
    match person {
        Some(person) if !person.name.is_empty() => {
            format!("{name} <span class=\"role\">{}</span>", words::role(person.role))
        }
        _ => name,
    }
}

fn said(pieces: &[Piece<'_>]) -> String {
    let piece = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Name(name) => format!("<b>{}</b>", bdi(name)),
        Piece::Theirs(text) => bdi(text),
        Piece::Code(digest) => format!("<code>{}</code>", html(digest)),
        Piece::Time(at) => stamp(*at, "%Y-%m-%d %H:%M:%S UTC"),
    };
    pieces.iter().map(piece).collect()
}

fn body(message: &TranscriptMessage) -> String {
    let mut body = String::new();
    if let Some(original) = &message.reply_to {
        body += &quote(original);
    }
    if !message.text.is_empty() {
        body += &format!("<p class=\"text\" dir=\"auto\">{}</p>", html(&message.text));
    }
    if let Some(at) = message.edited_at {
        body += &format!("<p class=\"edited\">Edited {}</p>", stamp(at, "%Y-%m-%d %H:%M:%S UTC"));
    }
    if !message.files.is_empty() {
        let files: String = message.files.iter().map(file).collect();
        body += &format!("<ul class=\"files\" aria-label=\"Files\">{files}</ul>");
    }
    if !message.reactions.is_empty() {
        let reactions: String = message.reactions.iter().map(reaction).collect();
        body += &format!("<ul class=\"reactions\" aria-label=\"Reactions\">{reactions}</ul>");
    }
    body
}

fn quote(original: &TranscriptQuote) -> String {
    let text = match &original.text {
        Some(text) => format!("<span class=\"text\" dir=\"auto\">{}</span>", html(text)),
        None => "<i>deleted</i>".to_owned(),
    };
    format!(
        "<blockquote><p><a href=\"#m{}\">{}, {}</a></p><p>{text}</p></blockquote>",
        original.seq,
        speaker(original.by.as_ref()),
        stamp(original.at, "%H:%M:%S")
    )
}

fn reaction(reaction: &TranscriptReaction) -> String {
    let people: Vec<String> = reaction.people.iter().map(|name| bdi(name)).collect();
    format!("<li><span class=\"emoji\">{}</span> {}</li>", bdi(&reaction.emoji), people.join(", "))
}

fn file(TranscriptFile { attachment, blake3, fate }: &TranscriptFile) -> String {
    let kind = match attachment.direct.map(|direct| (direct.kind, direct.files)) {
        Some((DirectKind::Folder, files)) => format!("Folder of {files} files, "),
        Some((DirectKind::File, _)) | None => String::new(),
    };
    let digest = |name, hex: &str| match hex {
        "" => String::new(),
        hex => format!("<span class=\"digest\">{name} <code>{}</code></span>", html(hex)),
    };
    format!(
        "<li><b class=\"name\">{}</b><span>{kind}{} ({} bytes)</span>{}{}<span class=\"fate\">{}</span></li>",
        bdi(&attachment.name),
        human_size(attachment.size),
        attachment.size,
        digest("SHA-256", &attachment.sha256),
        digest("BLAKE3", blake3.as_deref().unwrap_or_default()),
        words::fate(*fate),
    )
}
