//! When a file of the captures folder counts. Pure: what is seen and when comes in, what to do goes out.
//!
//! A file counts when it appeared after the watch began and its size and time have stood still for [`STILL_MILLIS`]. One that
//! changes after it counted, because its tool had only paused, counts again when it stands still again.

use std::collections::HashMap;

use deskside_proto::{CaptureKind, Millis, limits::STORED_MAX_BYTES};

use super::kind;

/// Milliseconds without a change after which a file counts as written. Tools write in one go; encoders flush each second.
pub const STILL_MILLIS: i64 = 2_000;
/// Names that are followed at a time: a folder with more than that in one session is no captures folder.
pub const NAMES_MAX: usize = 10_000;

/// A file as it is at one moment. The file itself, not what a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// A plain file: no link, no folder, no device.
    pub is_file: bool,
    /// Bytes.
    pub size: u64,
    /// Time of the last change, in nanoseconds; only compared.
    pub modified: i64,
    /// When it was made, where the file system knows.
    pub created: Option<Millis>,
}

/// What to do about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Leave,
    /// Look again at this time.
    Look(Millis),
    /// It counts, if its content is what its name says.
    Take(CaptureKind),
    /// It is larger than can be stored; said once.
    TooLarge,
}

/// The folder as it is known.
#[derive(Debug)]
pub struct Rule {
    began: Millis,
    files: HashMap<String, File>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    /// It was there before.
    Old,
    /// Seen like this, unchanged since then.
    New { sight: Sight, since: Millis, decided: bool },
}

impl Rule {
    /// Begins a watch; what is in the folder now never counts.
    #[must_use]
    pub fn begin(now: Millis, there: impl IntoIterator<Item = String>) -> Self {
        let old = there.into_iter().filter(|name| kind::of_name(name).is_some());
        Self { began: now, files: old.map(|name| (name, File::Old)).collect() }
    }

    /// `name` was looked at; `sight` is `None` where it is not there.
    pub fn see(&mut self, now: Millis, name: &str, sight: Option<Sight>) -> Verdict {
        let Some(kind) = kind::of_name(name) else { return Verdict::Leave };
        let Some(sight) = sight.filter(|sight| sight.is_file) else {
            // One that comes back under this name is another file.
            self.files.remove(name);
            return Verdict::Leave;
        };
        // Moved in from elsewhere, or given a new name: it was made before.
        if sight.created.is_some_and(|created| created < self.began) {
            return Verdict::Leave;
        }
        let known = self.files.get(name).copied();
        let (since, decided) = match known {
            Some(File::Old) => return Verdict::Leave,
            Some(File::New { sight: before, since, decided }) if before == sight => (since, decided),
            None if self.files.len() >= NAMES_MAX => return Verdict::Leave,
            _ => (now, false),
        };
        let is_still = now.since(since) >= STILL_MILLIS && sight.size > 0;
        self.files.insert(name.to_owned(), File::New { sight, since, decided: decided || is_still });
        match (decided, is_still) {
            (true, _) => Verdict::Leave,
            (false, true) if sight.size > STORED_MAX_BYTES => Verdict::TooLarge,
            (false, true) => Verdict::Take(kind),
            // An empty one is looked at when something happens to it.
            (false, false) if now.since(since) >= STILL_MILLIS => Verdict::Leave,
            (false, false) => Verdict::Look(since.plus(STILL_MILLIS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Verdict::{Leave, Look, Take, TooLarge};

    const BEGAN: Millis = Millis(1_000_000);
    const PNG: Verdict = Take(CaptureKind::Snapshot);

    fn at(millis: i64) -> Millis {
        BEGAN.plus(millis)
    }

    fn sized(size: u64) -> Option<Sight> {
        Some(Sight { is_file: true, size, modified: 1, created: Some(BEGAN) })
    }

    /// Z02: a file's life as the folder shows it → what becomes of it.
    #[test]
    fn a_file_counts_when_it_stands_still() {
        let link = Some(Sight { is_file: false, ..sized(10).unwrap() });
        let older = Some(Sight { created: Some(BEGAN.plus(-1)), ..sized(10).unwrap() });
        let unknown = Some(Sight { created: None, ..sized(10).unwrap() });
        let touched = Some(Sight { modified: 2, ..sized(10).unwrap() });
        let huge = sized(STORED_MAX_BYTES + 1);
        for (name, life) in [
            (
                "written at once",
                vec![
                    ("a.png", 0, sized(10), Look(at(2_000))),
                    ("a.png", 2_000, sized(10), PNG),
                    ("a.png", 9_000, sized(10), Leave),
                ],
            ),
            (
                "written slowly",
                vec![
                    ("a.png", 0, sized(1), Look(at(2_000))),
                    ("a.png", 1_500, sized(2), Look(at(3_500))),
                    ("a.png", 3_400, sized(3), Look(at(5_400))),
                    ("a.png", 5_399, sized(3), Look(at(5_400))),
                    ("a.png", 5_400, sized(3), PNG),
                ],
            ),
            (
                "written again after a pause",
                vec![
                    ("a.mkv", 0, sized(1), Look(at(2_000))),
                    ("a.mkv", 2_000, sized(1), Take(CaptureKind::Recording)),
                    ("a.mkv", 3_000, sized(2), Look(at(5_000))),
                    ("a.mkv", 5_000, sized(2), Take(CaptureKind::Recording)),
                ],
            ),
            (
                "the same size, other bytes",
                vec![
                    ("a.png", 0, sized(10), Look(at(2_000))),
                    ("a.png", 1_000, touched, Look(at(3_000))),
                    ("a.png", 3_000, touched, PNG),
                ],
            ),
            (
                "empty for a while",
                vec![
                    ("a.png", 0, sized(0), Look(at(2_000))),
                    ("a.png", 2_000, sized(0), Leave),
                    ("a.png", 7_000, sized(5), Look(at(9_000))),
                    ("a.png", 9_000, sized(5), PNG),
                ],
            ),
            (
                "under another name first",
                vec![
                    ("a.png.part", 0, sized(10), Leave),
                    ("a.png.part", 3_000, None, Leave),
                    ("a.png", 3_000, sized(10), Look(at(5_000))),
                    ("a.png", 5_000, sized(10), PNG),
                ],
            ),
            (
                "gone before it counts",
                vec![("a.png", 0, sized(10), Look(at(2_000))), ("a.png", 2_000, None, Leave)],
            ),
            (
                "taken away and made anew",
                vec![
                    ("a.png", 0, sized(10), Look(at(2_000))),
                    ("a.png", 2_000, sized(10), PNG),
                    ("a.png", 3_000, None, Leave),
                    ("a.png", 4_000, sized(10), Look(at(6_000))),
                    ("a.png", 6_000, sized(10), PNG),
                ],
            ),
            (
                "from before",
                vec![
                    ("old.png", 0, sized(10), Leave),
                    ("old.png", 5_000, touched, Leave),
                    ("old.png", 6_000, None, Leave),
                    ("old.png", 7_000, sized(10), Look(at(9_000))),
                ],
            ),
            ("made before, moved here", vec![("a.png", 0, older, Leave), ("a.png", 5_000, older, Leave)]),
            (
                "made nobody knows when",
                vec![("a.png", 0, unknown, Look(at(2_000))), ("a.png", 2_000, unknown, PNG)],
            ),
            ("a link", vec![("a.png", 0, link, Leave), ("a.png", 5_000, link, Leave)]),
            ("hidden", vec![(".a.png", 0, sized(10), Leave), (".a.png", 5_000, sized(10), Leave)]),
            ("no picture", vec![("a.txt", 0, sized(10), Leave), ("a.txt", 5_000, sized(10), Leave)]),
            (
                "too large",
                vec![
                    ("a.mp4", 0, huge, Look(at(2_000))),
                    ("a.mp4", 2_000, huge, TooLarge),
                    ("a.mp4", 4_000, huge, Leave),
                ],
            ),
        ] {
            let mut rule = Rule::begin(BEGAN, ["old.png".to_owned(), "notes.txt".to_owned()]);
            for (file, when, sight, expected) in life {
                assert_eq!(rule.see(at(when), file, sight), expected, "{name}: {file} at {when}");
            }
        }
    }

    #[test]
    fn names_are_not_kept_without_end() {
        let mut rule = Rule::begin(BEGAN, []);
        for number in 0..NAMES_MAX {
            assert_eq!(rule.see(at(0), &format!("{number}.png"), sized(1)), Look(at(2_000)));
        }
        assert_eq!(rule.see(at(0), "one more.png", sized(1)), Leave);
        assert_eq!(rule.see(at(1), "7.png", None), Leave);
        assert_eq!(rule.see(at(1), "one more.png", sized(1)), Look(at(2_001)), "there is room again");
    }

    proptest! {
        /// Whatever a tool does: a file is taken only unchanged for two seconds, and each version at most once.
        #[test]
        fn nothing_is_taken_before_it_stands_still(steps in prop::collection::vec((0_i64..3_000, 0_u64..4), 1..60)) {
            let mut rule = Rule::begin(BEGAN, []);
            let (mut now, mut size, mut since, mut taken) = (BEGAN, None, BEGAN, false);
            for (pause, next) in steps {
                now = now.plus(pause);
                if size != Some(next) {
                    (size, since, taken) = (Some(next), now, false);
                }
                let verdict = rule.see(now, "a.png", sized(next));
                let may = now.since(since) >= STILL_MILLIS && next > 0 && !taken;
                prop_assert_eq!(verdict == PNG, may);
                taken |= may;
            }
        }
    }
}
