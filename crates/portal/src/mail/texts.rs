//! What the portal writes to people: each text in one place, plain and as simple HTML.
//!
//! Names are strangers'. In the plain part they stand on one line; in the HTML part everything passes [`escape`]; subjects and
//! addresses are encoded by the library.

use super::Letter;

/// Somebody is asked to join.
#[must_use]
pub fn invitation(to: &str, by: &str, org: &str, link: &str, days: i64) -> Letter {
    let (by, org) = (line(by), line(org));
    letter(
        to,
        &format!("{by} invites you to {org}"),
        &[
            "Hello,",
            &format!(
                "{by} invites you to work with Deskside at {org}. Open this link and choose a password:"
            ),
        ],
        link,
        &[
            &format!("The link works once, for {days} days."),
            "If you do not know what this is about, do nothing: without the link nothing happens.",
        ],
    )
}

/// Somebody forgot their password.
#[must_use]
pub fn password_reset(to: &str, name: &str, link: &str, minutes: i64) -> Letter {
    let name = line(name);
    letter(
        to,
        "A new password for Deskside",
        &[
            &format!("Hello {name},"),
            "somebody, probably you, wants a new password for Deskside. Open this link to set it:",
        ],
        link,
        &[
            &format!(
                "The link works once, for {minutes} minutes. Setting a password signs you out everywhere."
            ),
            "If it was not you, do nothing: your password stays as it is.",
        ],
    )
}

/// A password was changed.
#[must_use]
pub fn password_changed(to: &str, name: &str, portal: &str) -> Letter {
    let name = line(name);
    letter(
        to,
        "Your password for Deskside was changed",
        &[&format!("Hello {name},"), "your password was changed, and your other devices are signed out:"],
        portal,
        &["If it was not you, ask an admin of your organisation at once."],
    )
}

fn letter(to: &str, subject: &str, before: &[&str], link: &str, after: &[&str]) -> Letter {
    let paragraphs = |texts: &[&str]| texts.join("\r\n\r\n");
    let text = format!("{}\r\n\r\n{link}\r\n\r\n{}\r\n", paragraphs(before), paragraphs(after));
    let html =
        |texts: &[&str]| texts.iter().map(|text| format!("<p>{}</p>", escape(text))).collect::<String>();
    let address = escape(link);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>{}\
         <p><a href=\"{address}\">{address}</a></p>{}</body></html>",
        escape(subject),
        html(before),
        html(after)
    );
    Letter { to: to.to_owned(), subject: subject.to_owned(), text, html }
}

/// A name on one line, without what changes how the rest reads.
fn line(name: &str) -> String {
    deskside_timeline::transcript::escape::line(name)
}

/// Text in HTML, between tags as well as in an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_names_stay_text() {
        let name = "Eve\r\nBcc: all@example.org\r\n\r\n<img src=x onerror=\"alert(1)\">\u{202e}";
        let letter =
            invitation("a@example.org", name, "Acme & Sons", "https://help.example.org/invite#abc", 7);
        assert!(!letter.subject.contains(['\r', '\n', '\u{202e}']), "{:?}", letter.subject);
        assert!(!letter.html.contains("<img") && letter.html.contains("&lt;img src=x onerror=&quot;"));
        assert!(letter.html.contains("Acme &amp; Sons"));
        assert!(letter.text.contains("\r\n\r\nhttps://help.example.org/invite#abc\r\n\r\n"));
        assert!(!letter.text.lines().any(|line| line.starts_with("Bcc:")), "{}", letter.text);
    }
}
