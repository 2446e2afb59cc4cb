//! What conditions ask of answers.

use deskside_proto::AnswerTest;

use crate::answer::{Answer, at_least, at_most, day, same};

/// Whether `test` holds for an answer; for none where it was never asked.
pub(crate) fn holds(test: &AnswerTest, answer: Option<&Answer>) -> bool {
    let text = answer.map_or("", |answer| &answer.text);
    let has_files = answer.is_some_and(|answer| !answer.files.is_empty());
    match test {
        AnswerTest::Is { value } => same(text, value),
        AnswerTest::Contains { value } => text.to_lowercase().contains(&value.trim().to_lowercase()),
        AnswerTest::AtLeast { value } => at_least(text, *value),
        AnswerTest::AtMost { value } => at_most(text, *value),
        AnswerTest::Before { day: bound } => days(text, bound).is_some_and(|(one, other)| one < other),
        AnswerTest::After { day: bound } => days(text, bound).is_some_and(|(one, other)| one > other),
        AnswerTest::HasFiles => has_files,
        AnswerTest::IsEmpty => text.is_empty() && !has_files,
    }
}

fn days(text: &str, bound: &str) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
    Some((day(text)?, day(bound)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        let value = |value: &str| value.to_owned();
        let file = Answer { text: String::new(), files: vec!["a.pdf".to_owned()] };
        for (test, answer, expected) in [
            (AnswerTest::Is { value: value("Yes ") }, Answer::text("yes"), true),
            (AnswerTest::Is { value: value("Yes") }, Answer::text("yes please"), false),
            (AnswerTest::Contains { value: value("PRINTER") }, Answer::text("my printer"), true),
            (AnswerTest::Contains { value: value("scanner") }, Answer::text("my printer"), false),
            (AnswerTest::AtLeast { value: 10 }, Answer::text("9.99"), false),
            (AnswerTest::AtLeast { value: 10 }, Answer::text("10"), true),
            (AnswerTest::AtLeast { value: 10 }, Answer::text("many"), false),
            (AnswerTest::AtMost { value: -1 }, Answer::text("-1.5"), true),
            (AnswerTest::Before { day: value("2026-11-22") }, Answer::text("2026-11-21"), true),
            (AnswerTest::Before { day: value("2026-11-22") }, Answer::text("2026-11-22"), false),
            (AnswerTest::After { day: value("2026-11-22") }, Answer::text("2027-01-01"), true),
            (AnswerTest::After { day: value("2026-11-22") }, Answer::text("soon"), false),
            (AnswerTest::HasFiles, file.clone(), true),
            (AnswerTest::HasFiles, Answer::text("a.pdf"), false),
            (AnswerTest::IsEmpty, file, false),
            (AnswerTest::IsEmpty, Answer::text(""), true),
        ] {
            assert_eq!(holds(&test, Some(&answer)), expected, "{test:?} of {answer:?}");
        }
        assert!(holds(&AnswerTest::IsEmpty, None) && !holds(&AnswerTest::Is { value: value("x") }, None));
    }
}
