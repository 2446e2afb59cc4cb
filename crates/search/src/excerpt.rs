//! From a text with marks to the part of it that is shown.

use deskside_proto::api::ExcerptPart;

use crate::words::{HIT_BEGINS, HIT_ENDS, SEPARATOR};

/// Characters shown before the first hit: about a line.
const BEFORE: usize = 60;
/// Characters shown in all: about three lines.
const LENGTH: usize = 240;

/// The text around the first hit of `marked`, in parts.
pub(crate) fn excerpt(marked: &str) -> Vec<ExcerptPart> {
    let mut is_hit = false;
    let mut text: Vec<(char, bool)> = Vec::new();
    for c in marked.chars() {
        match c {
            HIT_BEGINS => is_hit = true,
            HIT_ENDS => is_hit = false,
            SEPARATOR => {}
            c => text.push((c, is_hit)),
        }
    }
    let first = text.iter().position(|(_, hit)| *hit).unwrap_or(0);
    let start = first.saturating_sub(BEFORE);
    let end = text.len().min(start + LENGTH);
    let before = (start > 0).then_some(('…', false));
    let after = (end < text.len()).then_some(('…', false));
    let mut parts: Vec<ExcerptPart> = Vec::new();
    for (c, hit) in before.into_iter().chain(text[start..end].iter().copied()).chain(after) {
        match parts.last_mut() {
            Some(part) if part.hit == hit => part.text.push(c),
            _ => parts.push(ExcerptPart { text: c.to_string(), hit }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_what_stands_around_the_first_hit() {
        let part = |text: &str, hit| ExcerptPart { text: text.to_owned(), hit };
        assert_eq!(
            excerpt("the \u{2}printer\u{3}!"),
            [part("the ", false), part("printer", true), part("!", false)]
        );
        assert_eq!(excerpt("東\u{200b}\u{2}京\u{3}"), [part("東", false), part("京", true)]);
        let long = format!("{}\u{2}x\u{3}{}", "a".repeat(100), "b".repeat(500));
        let expected = [
            part(&format!("…{}", "a".repeat(60)), false),
            part("x", true),
            part(&format!("{}…", "b".repeat(179)), false),
        ];
        assert_eq!(excerpt(&long), expected);
        assert_eq!(excerpt(""), []);
    }
}
