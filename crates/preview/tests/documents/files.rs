//! The corpus: documents of strangers, kept outside the repository, with what LibreOffice reads of them.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A document of the corpus.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Its path inside the corpus, which begins with its format.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What the corpus calls its format.
    pub(crate) format: String,
    /// What LibreOffice reads of it, where it does.
    pub(crate) reference: Option<PathBuf>,
}

/// The documents in the folder that `DESKSIDE_PREVIEW_CORPUS` names or that lies beside the checkout; `None`, and a line that
/// says so, where there is none.
pub(crate) fn documents() -> Option<Vec<Document>> {
    let found = folder().and_then(|folder| listed(&folder));
    if found.is_none() {
        println!("no corpus: DESKSIDE_PREVIEW_CORPUS names none and none lies beside the checkout");
    }
    found
}

fn folder() -> Option<PathBuf> {
    let named = env::var_os("DESKSIDE_PREVIEW_CORPUS").map(PathBuf::from);
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).map(|up| up.join("shared/corpus"));
    named.or_else(beside).filter(|folder| folder.join("INDEX.csv").is_file())
}

fn listed(folder: &Path) -> Option<Vec<Document>> {
    let verdicts = fs::read_to_string(folder.join("reference/VERDICT.csv")).unwrap_or_default();
    let verdicts: HashMap<&str, &str> = verdicts.lines().filter_map(first_two).collect();
    let index = fs::read_to_string(folder.join("INDEX.csv")).ok()?;
    let one = |line: &str| {
        let (name, _) = first_two(line)?;
        let format = name.split('/').next()?.to_owned();
        let reference =
            (verdicts.get(name) == Some(&"ok")).then(|| folder.join(format!("reference/{name}.txt")));
        Some(Document { name: name.to_owned(), path: folder.join(name), format, reference })
    };
    // The first line names the columns.
    Some(index.lines().skip(1).filter_map(one).collect())
}

/// The first two fields of a line of CSV; a field may stand in quotes.
fn first_two(line: &str) -> Option<(&str, &str)> {
    let (first, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\",")?,
        None => line.split_once(',')?,
    };
    Some((first, rest.split(',').next().unwrap_or_default()))
}
