//! Texts with `{{variable}}` in them.

use std::collections::BTreeMap;

use crate::Answer;

/// What customers answered, by variable.
pub(crate) type Answers = BTreeMap<String, Answer>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// `{{` without its end, or with nothing in between that can be a variable's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The pieces of `text`, in order. Single braces are text.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Malformed> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or(Malformed)?;
        let name = name.trim();
        if !is_variable(name) {
            return Err(Malformed);
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// A lower-case letter and then at most 31 of `a`–`z`, `0`–`9`, `_`.
pub(crate) fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && name.len() <= 32
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `text` with each variable as `shown` has it. What is no template is given as it stands: a flow that was checked holds none.
pub(crate) fn fill(text: &str, answers: &Answers, shown: impl Fn(&str) -> String) -> String {
    let Ok(pieces) = pieces(text) else { return text.to_owned() };
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Variable(name) => shown(answers.get(name).map_or("", |answer| &answer.text)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        use Piece::{Text, Variable};
        let cases: [(&str, Result<Vec<Piece<'_>>, Malformed>); 11] = [
            ("", Ok(vec![])),
            ("plain", Ok(vec![Text("plain")])),
            ("{{a}}", Ok(vec![Variable("a")])),
            ("Hi {{ name }}!", Ok(vec![Text("Hi "), Variable("name"), Text("!")])),
            ("{{a}}{{b_2}}", Ok(vec![Variable("a"), Variable("b_2")])),
            ("{ \"json\": {} } }}", Ok(vec![Text("{ \"json\": {} } }}")])),
            ("{{a", Err(Malformed)),
            ("{{}}", Err(Malformed)),
            ("{{A}}", Err(Malformed)),
            ("{{1a}}", Err(Malformed)),
            ("{{{{a}}}}", Err(Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text}");
        }
        assert!(is_variable(&"a".repeat(32)) && !is_variable(&"a".repeat(33)));
    }

    #[test]
    fn what_was_not_answered_is_nothing_and_answers_are_not_templates() {
        let answers =
            Answers::from([("a".to_owned(), Answer::text("{{b}}")), ("b".to_owned(), Answer::text("x"))]);
        let filled = fill("<{{a}}{{none}}>", &answers, str::to_owned);
        assert_eq!(filled, "<{{b}}>");
    }
}
