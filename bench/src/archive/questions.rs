//! What is asked: each list, filter, order, search and chart, with common words and seldom ones.

use std::time::Duration;

/// Searches of one person are counted by the minute (120): three of a round leave room.
pub(super) const REST: Duration = Duration::from_millis(2_500);

/// Common words of `fill.py`, one for each round.
const COMMON: [&str; 6] = ["printer", "password", "update", "cable", "invoice", "blue"];
const CUSTOMERS: [&str; 4] = ["schmidt", "ångström", "kowalska", "léa"];
/// Of one session in a thousand, of one alone, of none.
const SELDOM: &str = "zeppelin";
const UNIQUE: &str = "xylophone";
const NEVER: &str = "qwertz";
const DAY: i64 = 86_400_000;
/// The end of the time that `fill.py` fills.
const NOW: i64 = 1_790_000_000_000;

pub(super) struct Question {
    pub(super) name: &'static str,
    /// Below the organisation, in this round.
    pub(super) path: Box<dyn Fn(usize) -> String>,
    /// Answers, at least: what answers nothing measures nothing.
    pub(super) at_least: usize,
}

fn question(name: &'static str, at_least: usize, path: impl Fn(usize) -> String + 'static) -> Question {
    Question { name, path: Box::new(path), at_least }
}

fn of<'a>(words: &[&'a str], round: usize) -> &'a str {
    words[round % words.len()]
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(super) fn all(user: &str) -> Vec<Question> {
    let user = user.to_owned();
    let mut all = Vec::new();
    for (sort, [plain, common, seldom, unique]) in [
        (
            "newest",
            [
                "list newest",
                "list newest, common word",
                "list newest, seldom word",
                "list newest, unique word",
            ],
        ),
        (
            "oldest",
            [
                "list oldest",
                "list oldest, common word",
                "list oldest, seldom word",
                "list oldest, unique word",
            ],
        ),
        (
            "longest",
            [
                "list longest",
                "list longest, common word",
                "list longest, seldom word",
                "list longest, unique word",
            ],
        ),
        (
            "largest",
            [
                "list largest",
                "list largest, common word",
                "list largest, seldom word",
                "list largest, unique word",
            ],
        ),
    ] {
        all.push(question(plain, 50, move |_| format!("/files?sort={sort}")));
        all.push(question(common, 50, move |round| format!("/files?sort={sort}&q={}", of(&COMMON, round))));
        all.push(question(seldom, 1, move |_| format!("/files?sort={sort}&q={SELDOM}")));
        all.push(question(unique, 1, move |_| format!("/files?sort={sort}&q={UNIQUE}")));
    }
    all.extend([
        question("list, word that is nowhere", 0, |_| format!("/files?q={NEVER}")),
        question("list, two letters", 50, |_| "/files?q=pr".to_owned()),
        question("list, customer", 50, |round| format!("/files?customer={}", escaped(of(&CUSTOMERS, round)))),
        question("list, technician", 50, move |_| format!("/files?technician={user}")),
        question("list, a week", 50, |round| {
            let from = NOW - (20 + round as i64) * 7 * DAY;
            format!("/files?from={from}&to={}", from + 7 * DAY)
        }),
        question("list, has files", 50, |_| "/files?has=files".to_owned()),
        question("list, has report", 50, |_| "/files?has=report".to_owned()),
        question("list, has recordings (none)", 0, |_| "/files?has=recordings".to_owned()),
        question("list, has hold (none)", 0, |_| "/files?has=hold".to_owned()),
        question("list, above 40 MB", 50, |_| "/files?min_bytes=40000000".to_owned()),
        question("list, longest with files of a customer", 50, |round| {
            format!("/files?sort=longest&has=files&customer={}", escaped(of(&CUSTOMERS, round)))
        }),
        question("search, common word", 20, |round| format!("/search?q={}", of(&COMMON, round))),
        question("search, beginning of a common word", 20, |_| "/search?q=pri".to_owned()),
        question("search, long beginning", 20, |_| "/search?q=printe".to_owned()),
        question("search, two common words", 20, |round| {
            format!("/search?q={}%20cable", of(&COMMON[..3], round))
        }),
        question("search, seldom word", 20, |_| format!("/search?q={SELDOM}")),
        question("search, unique word", 1, |_| format!("/search?q={UNIQUE}")),
        question("statistics, 30 days", 30, |_| format!("/statistics?to={NOW}")),
        question("statistics, two years", 700, |_| {
            format!("/statistics?from={}&to={NOW}&offset_minutes=120", NOW - 700 * DAY)
        }),
    ]);
    all
}
