//! What a customer said, read as a question wants it.

use deskside_proto::AnswerFormat;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// As its format has it: the option, a number with `.` before its decimals, a day as `2026-11-22`, or what was said.
    pub text: String,
    /// Names of the files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

impl Answer {
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), files: Vec::new() }
    }
}

/// The answer in `text` and `files`, or `None` where it does not fit. What can be read in two ways does not: the customer is asked
/// again, rather than misunderstood.
pub(crate) fn read_answer(format: &AnswerFormat, text: &str, files: &[String]) -> Option<Answer> {
    let said = text.trim();
    let read = match format {
        AnswerFormat::Any => {
            let something = !said.is_empty() || !files.is_empty();
            return something.then(|| Answer { text: said.to_owned(), files: files.to_vec() });
        }
        AnswerFormat::Choice { options } => choice(options, said),
        AnswerFormat::Number { min, max, whole } => number(said, *whole).filter(|number| {
            min.is_none_or(|min| at_least(number, min)) && max.is_none_or(|max| at_most(number, max))
        }),
        AnswerFormat::Email => email(said),
        AnswerFormat::Date => day(said).map(|day| day.to_string()),
    };
    read.map(Answer::text)
}

/// Texts are the same whatever their case and the space around them.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// An option by its words, or by its number from 1 on.
fn choice(options: &[String], said: &str) -> Option<String> {
    let by_words = options.iter().find(|option| same(option, said));
    let by_number = || said.parse::<usize>().ok()?.checked_sub(1).and_then(|index| options.get(index));
    by_words.or_else(by_number).cloned()
}

/// `1 234,50` → `1234.50`. One kind of separator followed by three digits may be either; it is thousands where only whole numbers
/// are wanted, and is refused elsewhere.
fn number(said: &str, whole: bool) -> Option<String> {
    let (sign, digits) = match said.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", said.strip_prefix('+').unwrap_or(said)),
    };
    let compact: String =
        digits.chars().map(|c| if matches!(c, '\u{a0}' | '\u{202f}' | '\'') { ' ' } else { c }).collect();
    let (body, decimals) = split_decimals(&compact, whole)?;
    let body = ungroup(body)?;
    let body = body.trim_start_matches('0');
    let body = if body.is_empty() { "0" } else { body };
    // What does not fit is no answer to a person's question.
    if body.len() > 15 || decimals.len() > 15 {
        return None;
    }
    let zero = body == "0" && decimals.bytes().all(|digit| digit == b'0');
    let sign = if zero { "" } else { sign };
    Some(if decimals.is_empty() { format!("{sign}{body}") } else { format!("{sign}{body}.{decimals}") })
}

/// The whole part, with its separators, and the decimals.
fn split_decimals(text: &str, whole: bool) -> Option<(&str, &str)> {
    let Some(at) = text.rfind(['.', ',']) else { return Some((text, "")) };
    let (body, decimals) = (&text[..at], &text[at + 1..]);
    if !decimals.bytes().all(|digit| digit.is_ascii_digit()) || decimals.is_empty() {
        return None;
    }
    let mark = &text[at..=at];
    let other = if mark == "." { ',' } else { '.' };
    if body.contains(mark) {
        // `1,234,567`: thousands all of them.
        return (!body.contains(other)).then_some((text, ""));
    }
    if whole {
        // `1,234`; what has decimals is not whole.
        let thousands = decimals.len() == 3 && !body.contains([other, ' ']) && !body.starts_with('0');
        return thousands.then_some((text, ""));
    }
    let unclear = decimals.len() == 3 && !body.contains([other, ' ']) && body != "0" && body.len() <= 3;
    (!unclear).then_some((body, decimals))
}

/// Digits, in groups of three where there are separators of one kind.
fn ungroup(text: &str) -> Option<String> {
    let separator = text.chars().find(|c| !c.is_ascii_digit());
    let mut groups = text.split(|c| Some(c) == separator);
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
    let grouped = matches!(separator, None | Some('.' | ',' | ' '))
        && digits(first)
        && (separator.is_none() || first.len() <= 3)
        && groups.all(|group| group.len() == 3 && digits(group));
    grouped.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

/// Whether a number as [`number`] writes it is at least `least`.
pub(crate) fn at_least(number: &str, least: i64) -> bool {
    compare(number, least).is_some_and(std::cmp::Ordering::is_ge)
}

pub(crate) fn at_most(number: &str, most: i64) -> bool {
    compare(number, most).is_some_and(std::cmp::Ordering::is_le)
}

/// Exactly, digit by digit: no floating point says that 0.1 is more than it is.
fn compare(number: &str, bound: i64) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let (body, decimals) = number.split_once('.').unwrap_or((number, ""));
    let negative = body.starts_with('-');
    let rest = decimals.bytes().any(|digit| digit != b'0');
    Some(match body.parse::<i64>().ok()?.cmp(&bound) {
        Equal if rest && negative => Less,
        Equal if rest => Greater,
        other => other,
    })
}

/// As much of an address as can be told without writing to it: one `@`, a name before it, a domain with a dot behind it (lengths:
/// RFC 5321 §4.5.3.1).
fn email(said: &str) -> Option<String> {
    let (name, domain) = said.split_once('@')?;
    let plain = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '<' | '>' | ',' | ';' | '"' | '(' | ')')
    };
    let labels = || domain.split('.');
    let fits = (1..=64).contains(&name.len())
        && said.len() <= 254
        && said.replacen('@', "", 1).chars().all(plain)
        && labels().count() > 1
        && labels().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    fits.then(|| said.to_owned())
}

/// `2026-11-22`, `22.11.2026`, or with `/` where it is clear which the month is.
pub(crate) fn day(said: &str) -> Option<Date> {
    if said.contains('-') {
        return said.parse().ok().filter(|_| said.len() == 10);
    }
    let mark = if said.contains('/') { '/' } else { '.' };
    let parts: Vec<i16> = said.split(mark).map(|part| digits(part.trim())).collect::<Option<_>>()?;
    let [one, two, year] = parts.try_into().ok()?;
    let (day, month) = match mark {
        '.' => (one, two),
        _ if one > 12 || one == two => (one, two),
        _ if two > 12 => (two, one),
        _ => return None,
    };
    let year_fits = (1000..=9999).contains(&year);
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok().filter(|_| year_fits)
}

fn digits(text: &str) -> Option<i16> {
    text.parse().ok().filter(|_| text.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &AnswerFormat, said: &str) -> Option<String> {
        read_answer(format, said, &[]).map(|answer| answer.text)
    }

    /// C08: any answer is text, files, or both.
    #[test]
    fn any_answer() {
        let files = ["photo.png".to_owned()];
        assert_eq!(read_answer(&AnswerFormat::Any, "  ", &[]), None);
        assert_eq!(read_answer(&AnswerFormat::Any, " yes ", &[]), Some(Answer::text("yes")));
        for text in ["", "here"] {
            let answer = Answer { text: text.to_owned(), files: files.to_vec() };
            assert_eq!(read_answer(&AnswerFormat::Any, text, &files), Some(answer));
        }
    }

    #[test]
    fn choices() {
        let options = ["Yes", "No", "7", "Straße"].map(str::to_owned).to_vec();
        let format = AnswerFormat::Choice { options };
        for (said, expected) in [
            ("Yes", Some("Yes")),
            ("  no ", Some("No")),
            ("STRASSE", None),
            ("straße", Some("Straße")),
            ("1", Some("Yes")),
            ("3", Some("7")),
            ("7", Some("7")),
            ("0", None),
            ("5", None),
            ("perhaps", None),
            ("", None),
        ] {
            assert_eq!(read(&format, said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn numbers() {
        let any = AnswerFormat::Number { min: None, max: None, whole: false };
        let whole = AnswerFormat::Number { min: None, max: None, whole: true };
        for (said, as_any, as_whole) in [
            ("5", Some("5"), Some("5")),
            ("007", Some("7"), Some("7")),
            ("-12", Some("-12"), Some("-12")),
            ("\u{2212}12", Some("-12"), Some("-12")),
            ("-0", Some("0"), Some("0")),
            ("+3", Some("3"), Some("3")),
            ("3,5", Some("3.5"), None),
            ("3.50", Some("3.50"), None),
            ("0.125", Some("0.125"), None),
            ("1,234", None, Some("1234")),
            ("1.234", None, Some("1234")),
            ("1,234,567", Some("1234567"), Some("1234567")),
            ("1,234.5", Some("1234.5"), None),
            ("1.234,50", Some("1234.50"), None),
            ("1 234,5", Some("1234.5"), None),
            ("1\u{202f}234", Some("1234"), Some("1234")),
            ("1'234.5", Some("1234.5"), None),
            ("12,34,567", None, None),
            ("1 23", None, None),
            ("1.2.3", None, None),
            ("1,2.3,4", None, None),
            (".5", None, None),
            ("5.", None, None),
            ("1e5", None, None),
            ("0x10", None, None),
            ("٣", None, None),
            ("--1", None, None),
            ("", None, None),
            ("-", None, None),
            ("9999999999999999", None, None),
        ] {
            assert_eq!(read(&any, said).as_deref(), as_any, "{said}");
            assert_eq!(read(&whole, said).as_deref(), as_whole, "{said}, whole");
        }
    }

    #[test]
    fn numbers_within_their_range() {
        let format = AnswerFormat::Number { min: Some(-2), max: Some(10), whole: false };
        for (said, fits) in [
            ("-2", true),
            ("-2.01", false),
            ("-1.99", true),
            ("10", true),
            ("10.00", true),
            ("10.01", false),
            ("0", true),
        ] {
            assert_eq!(read(&format, said).is_some(), fits, "{said}");
        }
    }

    #[test]
    fn addresses() {
        let long = format!("{}@example.com", "a".repeat(65));
        for (said, fits) in [
            ("mia@example.com", true),
            ("mia.chen+shop@mail.example.co.uk", true),
            ("jürgen@bücher.example", true),
            ("mia@localhost", false),
            ("mia@@example.com", false),
            ("mia@exa mple.com", false),
            ("@example.com", false),
            ("mia@example..com", false),
            ("mia@-example.com", false),
            ("Mia <mia@example.com>", false),
            ("a@b.example,c@d.example", false),
            ("mia@example.com\nBcc: x@y.example", false),
            (long.as_str(), false),
        ] {
            assert_eq!(read(&AnswerFormat::Email, said).is_some(), fits, "{said}");
        }
    }

    #[test]
    fn days() {
        for (said, expected) in [
            ("2026-11-22", Some("2026-11-22")),
            ("22.11.2026", Some("2026-11-22")),
            ("1. 2. 2026", Some("2026-02-01")),
            ("22/11/2026", Some("2026-11-22")),
            ("11/22/2026", Some("2026-11-22")),
            ("5/5/2026", Some("2026-05-05")),
            ("3/4/2026", None),
            ("2026-02-29", None),
            ("2028-02-29", Some("2028-02-29")),
            ("2026-1-2", None),
            ("22.11.26", None),
            ("+1.2.2026", None),
            ("tomorrow", None),
            ("1.2", None),
            ("99999.1.2026", None),
        ] {
            assert_eq!(read(&AnswerFormat::Date, said).as_deref(), expected, "{said}");
        }
    }
}
