//! From what people type to words, and from texts to what is indexed.

/// Stands between characters of languages without spaces, so that each is a word of its own. Removed from texts before.
pub(crate) const SEPARATOR: char = '\u{200b}';
/// Around what was found, in a text with marks. Removed from texts before.
pub(crate) const HIT_BEGINS: char = '\u{2}';
pub(crate) const HIT_ENDS: char = '\u{3}';

/// What is looked for: every word must be there, the last one may be the beginning of one.
///
/// A "word" is what stands between spaces; where it has several parts (`192.168.0.1`, 東京都) they must follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
}

impl Query {
    /// `None` where there is nothing to look for: no letter and no digit.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let text = prepared(typed);
        let words: Vec<String> = text
            .split_whitespace()
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .map(str::to_owned)
            .collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// Each word, and whether it may be only the beginning: the last one, unless something else than a `*` closes it (`C++`).
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, bool)> {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().map(move |(at, word)| {
            (
                word.as_str(),
                at == last && word.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '*'),
            )
        })
    }
}

/// A text as it is indexed: languages written without spaces are cut into characters, so that any part of a sentence is a
/// phrase of them. (Trigrams would not do: most Chinese and Japanese words have two characters.)
pub(crate) fn prepared(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last: Option<char> = None;
    for c in text.chars().filter(|c| *c != SEPARATOR) {
        let c = if matches!(c, '\0' | HIT_BEGINS | HIT_ENDS) { ' ' } else { c };
        if last.is_some_and(|last| has_no_spaces(last) || has_no_spaces(c)) {
            out.push(SEPARATOR);
        }
        out.push(c);
        last = Some(c);
    }
    out
}

/// Scripts that do not put spaces between words (Unicode's blocks; UAX #29 leaves them to dictionaries).
fn has_no_spaces(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'      // Thai, Lao
        | '\u{1000}'..='\u{109f}'    // Myanmar
        | '\u{1780}'..='\u{17ff}'    // Khmer
        | '\u{3040}'..='\u{30ff}'    // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'    // Han
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'    // half-width Katakana
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_words() {
        for (typed, expected) in [
            ("", None),
            ("  \0 \u{200b}", None),
            ("\"'*()-:^+", None),
            ("Printer", Some(vec![("Printer", true)])),
            ("a\0b", Some(vec![("a", false), ("b", true)])),
            ("on  fire!", Some(vec![("on", false), ("fire!", false)])),
            ("use C++", Some(vec![("use", false), ("C++", false)])),
            ("\"x OR y", Some(vec![("\"x", false), ("OR", false), ("y", true)])),
            ("東京 x", Some(vec![("東\u{200b}京\u{200b}", false), ("x", true)])),
        ] {
            let query = Query::parse(typed);
            let words = query.as_ref().map(|query| query.words().collect::<Vec<_>>());
            assert_eq!(words, expected, "{typed:?}");
        }
    }
}
