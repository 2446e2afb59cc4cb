//! The table of OWASP ASVS 5.0 in docs/SECURITY.md: every requirement of levels 1 and 2 once, with an answer, and what it names is there.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use deskside_tests::workspace;

/// Sections of the standard with the number of their requirements of levels 1 and 2, which come first in each.
const SECTIONS: &str = "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 \
    5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 \
    9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 \
    13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2";
const ANSWERS: [&str; 5] = ["met", "partly", "no", "–", "operator"];

fn section(text: &str) -> Result<Vec<String>> {
    let (section, count) = text.split_once(':').context("section:count")?;
    Ok((1..=count.parse::<u32>()?).map(|number| format!("V{section}.{number}")).collect())
}

/// `V1.2.3`, or `V1.2.3 – V1.2.5`.
fn ids(cell: &str) -> Result<Vec<String>> {
    let Some((first, last)) = cell.split_once(" – ") else { return Ok(vec![cell.to_owned()]) };
    let (section, first) = first.rsplit_once('.').context("an id")?;
    let (_, last) = last.rsplit_once('.').context("an id")?;
    let numbers = first.parse::<u32>()?..=last.parse()?;
    Ok(numbers.map(|number| format!("{section}.{number}")).collect())
}

#[test]
fn the_table_answers_every_requirement_and_names_what_is_there() -> Result<()> {
    let root = workspace::root()?;
    let page = std::fs::read_to_string(root.join("docs/SECURITY.md"))?;
    let mut missing = BTreeSet::new();
    for text in SECTIONS.split_whitespace() {
        missing.extend(section(text)?);
    }
    for line in page.lines().filter(|line| line.starts_with("| V")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [which, _, answer, place] = cells[..] else { panic!("four cells: {line}") };
        assert!(ANSWERS.contains(&answer), "{line}");
        assert!(!place.is_empty(), "{line}");
        for cell in which.split(", ") {
            for id in ids(cell)? {
                assert!(missing.remove(&id), "{id} is no requirement of these levels, or is answered twice");
            }
        }
        for name in place.split('`').skip(1).step_by(2) {
            let is_file = name.contains('/') || name.ends_with(".rs") || name.ends_with(".toml");
            let own = root.join("crates/portal/tests/portal").join(name);
            assert!(!is_file || root.join(name).exists() || own.exists(), "{name} is not there: {line}");
        }
    }
    assert_eq!(missing, BTreeSet::new(), "without an answer");
    Ok(())
}
