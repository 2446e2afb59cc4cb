//! Documents that mean harm end in what is shown, cut where that is said, or in a named reason.

use std::sync::Arc;

use crate::made;
use crate::trial::{self, Outcome};

/// How each ends: its code, whether it says that it is cut, and a word that it still shows.
const ENDINGS: &[(&str, &str, bool, &str)] = &[
    // All of it is one text, which is more than one text may be.
    ("bomb.docx", "ok", true, ""),
    // Entities of a document's own are not expanded.
    ("laughs.docx", "ok", false, ""),
    ("deep_tbl.docx", "ok", true, ""),
    ("deep_sdt.docx", "ok", false, "deep"),
    ("manyparas.docx", "ok", true, "x"),
    ("hugedim.xlsx", "ok", false, "2"),
    ("merges.xlsx", "ok", false, "1"),
    ("repeat.sxc", "ok", true, "1"),
    ("deep.rtf", "ok", false, "x"),
    ("deep.xml", "ok", true, "a"),
    // What it says of itself reaches to the end of the file.
    ("bin.rtf", "ok", false, ""),
    // Floods, here smaller than any limit but those of columns and of levels.
    ("rows.xlsx", "ok", false, "1"),
    ("cells.xlsx", "ok", false, "1"),
    ("mergecells.xlsx", "ok", false, "1"),
    ("styles.xlsx", "ok", false, "1"),
    ("strings.xlsx", "ok", false, "string"),
    ("rows.sxc", "ok", false, "1"),
    ("rows.docx", "ok", false, "c"),
    ("cells.docx", "ok", false, "c"),
    ("runs.docx", "ok", false, "rs"),
    ("styles.docx", "ok", false, "styled"),
    ("lists.docx", "ok", false, "item"),
    ("shapes.pptx", "ok", false, "shape"),
    ("gears.pptx", "ok", false, "shape"),
    ("deep_groups.pptx", "ok", true, ""),
    ("slides.pptx", "ok", false, "shape"),
    ("paragraphs.rtf", "ok", false, "x"),
    ("rows.rtf", "ok", false, "a"),
    ("cells.rtf", "ok", false, "a"),
    ("rows.csv", "ok", false, "1"),
    ("fields.csv", "ok", true, "1"),
    ("quote.csv", "ok", false, "a"),
    ("lines.txt", "ok", false, "x"),
    ("line.txt", "ok", false, "x"),
    ("elements.xml", "ok", false, "d"),
    ("attributes.xml", "ok", false, "a0"),
    ("deep.html", "ok", false, "deep"),
];

fn ends(name: &str, outcome: &Outcome) -> Result<(), String> {
    let wanted = ENDINGS.iter().find(|ending| ending.0 == name).ok_or("it has no line in the table")?;
    let (_, code, cut, word) = *wanted;
    if outcome.code != code || outcome.cut != cut || !outcome.text.contains(word) {
        return Err(format!(
            "{name}: {} (cut: {}, {} characters) in place of {code} (cut: {cut}, with `{word}`)",
            outcome.code,
            outcome.cut,
            outcome.text.len()
        ));
    }
    Ok(())
}

#[test]
fn each_ends_as_the_table_says() {
    let mut faults = Vec::new();
    for (name, make) in made::hostile(made::SMALL) {
        let ended = trial::read_to_end(name, Arc::new(make()));
        if let Ok(outcome) = &ended {
            println!("{name}: {} in {:?}, cut: {}", outcome.code, outcome.took, outcome.cut);
        }
        faults.extend(ended.and_then(|outcome| ends(name, &outcome)).err());
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn documents_that_are_right_open() {
    for (name, bytes) in made::small() {
        let outcome = trial::read_to_end(name, Arc::new(bytes)).unwrap();
        assert_eq!((outcome.code, outcome.cut), ("ok", false), "{name}");
    }
}
