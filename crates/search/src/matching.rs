//! Whether a text has what is looked for, without an index.

use deskside_proto::api::ExcerptPart;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    Query,
    excerpt::excerpt,
    words::{HIT_BEGINS, HIT_ENDS, prepared},
};

/// The part of `text` around what is found; `None` where a word of `query` is missing.
#[must_use]
pub fn matching(text: &str, query: &Query) -> Option<Vec<ExcerptPart>> {
    marked(text, query).map(|marked| excerpt(&marked))
}

/// A word: its place in the text, and how it is compared.
struct Token {
    start: usize,
    end: usize,
    folded: String,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let is_part = c.is_alphanumeric() || (open && is_combining_mark(c));
        let end = at + c.len_utf8();
        match all.last_mut().filter(|_| open && is_part) {
            Some(token) => token.end = end,
            None if is_part => all.push(Token { start: at, end, folded: String::new() }),
            None => {}
        }
        open = is_part;
    }
    for token in &mut all {
        let plain = text[token.start..token.end].nfd().filter(|c| !is_combining_mark(*c));
        token.folded = plain.flat_map(char::to_lowercase).collect();
    }
    all
}

/// `text` with marks around what is found; `None` where a word is missing.
fn marked(text: &str, query: &Query) -> Option<String> {
    let text = prepared(text);
    let there = tokens(&text);
    let mut hits: Vec<(usize, usize)> = Vec::new();
    for (word, is_beginning) in query.words() {
        let phrase = tokens(word);
        let found =
            there.windows(phrase.len().max(1)).filter(|window| follows(window, &phrase, is_beginning));
        let before = hits.len();
        hits.extend(found.filter_map(|window| Some((window.first()?.start, window.last()?.end))));
        if hits.len() == before {
            return None;
        }
    }
    hits.sort_unstable();
    let mut out = String::new();
    let mut done = 0;
    for (start, end) in hits {
        if start >= done {
            out.push_str(&text[done..start]);
            out.push(HIT_BEGINS);
            out.push_str(&text[start..end]);
            out.push(HIT_ENDS);
            done = end;
        }
    }
    out.push_str(&text[done..]);
    Some(out)
}

fn follows(window: &[Token], phrase: &[Token], is_beginning: bool) -> bool {
    let last = phrase.len().saturating_sub(1);
    !phrase.is_empty()
        && window.iter().zip(phrase).enumerate().all(|(at, (token, wanted))| {
            token.folded == wanted.folded
                || (is_beginning && at == last && token.folded.starts_with(&wanted.folded))
        })
}
