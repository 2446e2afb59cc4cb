//! `cargo xtask rows`: docs/FEATURES.md says what the product can do; this holds it to its word.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};

use crate::house::House;

const DOCUMENT: &str = "docs/FEATURES.md";

/// Every row of the product's sources; a range per letter, as A09 does not exist.
const RANGES: [(char, u8, u8); 5] = [('N', 1, 20), ('C', 1, 19), ('Z', 1, 24), ('A', 2, 8), ('A', 10, 13)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Done,
    Partly,
    Open,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    id: String,
    state: State,
    what: String,
    tests: Vec<Proof>,
}

/// A test: `path::name`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Proof {
    path: String,
    name: String,
}

pub(crate) fn rows(house: &House) -> Result<()> {
    let document =
        fs::read_to_string(house.root.join(DOCUMENT)).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let (rows, mut wrong) = parse(&document);
    wrong.extend(missing_and_double(&rows));
    for row in &rows {
        wrong.extend(violations(row, |path| fs::read_to_string(house.root.join(path)).ok()));
    }
    report(&rows);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{DOCUMENT} does not hold:\n  {}", wrong.join("\n  "))
}

fn report(rows: &[Row]) {
    for row in rows.iter().filter(|row| row.state != State::Done) {
        let state = if row.state == State::Partly { "partly" } else { "open" };
        println!("    {:<4} {state:<7} {}", row.id, row.what);
    }
    let done = rows.iter().filter(|row| row.state == State::Done).count();
    println!("    {done} of {} rows are done", rows.len());
}

fn every_id() -> BTreeSet<String> {
    RANGES
        .iter()
        .flat_map(|&(letter, first, last)| (first..=last).map(move |n| format!("{letter}{n:02}")))
        .collect()
}

/// The rows of every table whose first cells are ids, and what could not be understood.
fn parse(document: &str) -> (Vec<Row>, Vec<String>) {
    let known = every_id();
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for line in document.lines() {
        let Some(cells) = cells(line) else { continue };
        let ids: Vec<&str> = cells[0].split_whitespace().collect();
        if ids.is_empty() || !ids.iter().all(|id| looks_like_id(id)) {
            continue;
        }
        wrong.extend(
            ids.iter().filter(|id| !known.contains(**id)).map(|id| format!("{id}: there is no such row")),
        );
        let [_, state, what, tests] = cells.as_slice() else {
            wrong.push(format!("{}: a row has four cells: id | state | what | tests", cells[0]));
            continue;
        };
        match parse_state(state) {
            Some(state) => rows.extend(ids.iter().map(|id| Row {
                id: (*id).to_owned(),
                state,
                what: (*what).to_owned(),
                tests: proofs(tests),
            })),
            None => wrong.push(format!("{}: `{state}` is none of done, partly, open", cells[0])),
        }
    }
    (rows, wrong)
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

fn looks_like_id(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && text.len() == 3
        && characters.all(|digit| digit.is_ascii_digit())
}

fn parse_state(text: &str) -> Option<State> {
    match text.trim_matches(['`', '*']) {
        "done" => Some(State::Done),
        "partly" => Some(State::Partly),
        "open" => Some(State::Open),
        _ => None,
    }
}

/// What stands in backticks and holds `::`.
fn proofs(cell: &str) -> Vec<Proof> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|quoted| quoted.split_once("::"))
        .map(|(path, name)| Proof { path: path.trim().to_owned(), name: name.trim().to_owned() })
        .collect()
}

fn missing_and_double(rows: &[Row]) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *seen.entry(&row.id).or_default() += 1;
    }
    let missing = every_id()
        .into_iter()
        .filter(|id| !seen.contains_key(id.as_str()))
        .map(|id| format!("{id}: the row is missing"));
    let double = seen
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(id, times)| format!("{id}: stands there {times} times"));
    missing.chain(double).collect()
}

/// What is wrong with the tests a row names. `partly` and `open` rows may name none, but none that isn't there.
fn violations(row: &Row, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    if row.tests.is_empty() && row.state == State::Done {
        return vec![format!("{}: said to be done, and names no test", row.id)];
    }
    row.tests
        .iter()
        .filter_map(|test| {
            let at = format!("{}: `{}::{}`", row.id, test.path, test.name);
            let Some(source) = read(&test.path) else {
                return Some(format!("{at}: there is no such file"));
            };
            if !has_test(&test.path, &source, &test.name) {
                return Some(format!("{at}: the file holds no such test"));
            }
            (!has_word(&source, &row.id)).then(|| format!("{at}: the file does not name {}", row.id))
        })
        .collect()
}

/// A Rust test function (its modules may be written before it), or a title in a TypeScript test.
fn has_test(path: &str, source: &str, name: &str) -> bool {
    if path.ends_with(".rs") {
        let function = name.rsplit("::").next().unwrap_or(name);
        source.match_indices("fn ").any(|(at, _)| {
            source[at + 3..].strip_prefix(function).is_some_and(|rest| rest.starts_with(['(', '<']))
        })
    } else {
        ["'", "\"", "`"].iter().any(|quote| source.contains(&format!("{quote}{name}{quote}")))
    }
}

fn has_word(source: &str, word: &str) -> bool {
    source.split(|character: char| !character.is_alphanumeric()).any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "/// N14\n#[test]\nfn a_foreign_token_gets_403() {}";

    fn row(line: &str) -> Row {
        let (mut rows, wrong) = parse(line);
        assert_eq!(wrong, Vec::<String>::new());
        rows.remove(0)
    }

    fn files(path: &str) -> Option<String> {
        match path {
            "tests/files.rs" => Some(TEST.to_owned()),
            "ui/size.test.ts" => Some("// N16\nit('shows the size', () => {})".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_list_of_rows_is_whole() {
        let ids = every_id();
        assert_eq!(ids.len(), 20 + 19 + 24 + 7 + 4);
        assert!(ids.contains("N01") && ids.contains("A13"));
        assert!(!ids.contains("A01") && !ids.contains("A09"));
    }

    #[test]
    fn a_table_line_becomes_a_row_and_other_lines_do_not() {
        let row = row("| N14 | done | Foreign tokens get 403 | `tests/files.rs::a_foreign_token_gets_403` |");
        assert_eq!(row.state, State::Done);
        assert_eq!(row.tests[0].path, "tests/files.rs");
        assert_eq!(row.tests[0].name, "a_foreign_token_gets_403");
        let (rows, wrong) = parse("# N14\n| id | state | what | tests |\n|---|---|---|---|\ntext");
        assert!(rows.is_empty() && wrong.is_empty());
    }

    #[test]
    fn several_ids_may_share_a_line() {
        let (rows, _) = parse("| N07 N15 | open | Thumbnails | |");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (line, complaint) in [
            ("| N14 | finished | x | |", "none of done, partly, open"),
            ("| N14 | done | x |", "four cells"),
            ("| N99 | open | x | |", "no such row"),
        ] {
            let (_, wrong) = parse(line);
            assert!(wrong.iter().any(|text| text.contains(complaint)), "{line}: {wrong:?}");
        }
    }

    #[test]
    fn missing_and_double_rows_are_named() {
        let (rows, _) = parse("| N01 | open | x | |\n| N01 | open | x | |");
        let wrong = missing_and_double(&rows);
        assert!(wrong.contains(&"N02: the row is missing".to_owned()));
        assert!(wrong.contains(&"N01: stands there 2 times".to_owned()));
    }

    #[test]
    fn done_rows_need_a_test_that_exists_and_names_them() {
        let broken = [
            ("| N14 | done | x | |", "names no test"),
            ("| N14 | done | x | `gone.rs::a` |", "no such file"),
            ("| N14 | done | x | `tests/files.rs::a_foreign_token` |", "no such test"),
            ("| N13 | done | x | `tests/files.rs::a_foreign_token_gets_403` |", "does not name N13"),
            ("| N16 | open | x | `ui/size.test.ts::shows` |", "no such test"),
        ];
        for (line, complaint) in broken {
            let wrong = violations(&row(line), files);
            assert!(wrong.len() == 1 && wrong[0].contains(complaint), "{line}: {wrong:?}");
        }
        let fine = [
            "| N14 | done | x | `tests/files.rs::tests::a_foreign_token_gets_403` |",
            "| N16 | done | x | `ui/size.test.ts::shows the size` |",
            "| N16 | open | x | |",
        ];
        for line in fine {
            assert_eq!(violations(&row(line), files), Vec::<String>::new(), "{line}");
        }
    }
}
