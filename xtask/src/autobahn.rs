//! `cargo xtask autobahn`: the Autobahn suite of RFC 6455 against the transport of the session socket; writes docs/AUTOBAHN.md.
//!
//! The suite (autobahntestsuite 25.10.1) is Python 2.7 only. It comes from PyPI into an environment below the user's cache.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::command::{cargo, read, run, works};
use crate::house::House;
use crate::lifeline;
use crate::steps::Steps;

const SUITE: &str = "autobahntestsuite==25.10.1";
/// The last of each that runs on Python 2.7.
const VIRTUALENV: &str = "virtualenv==20.15.1";
const AGENT: &str = "deskside-portal";
const DOCUMENT: &str = "docs/AUTOBAHN.md";
/// Groups of the suite, by the first number of a case.
const GROUPS: [(u32, &str); 9] = [
    (1, "Framing"),
    (2, "Pings and pongs"),
    (3, "Reserved bits"),
    (4, "Opcodes"),
    (5, "Fragmentation"),
    (6, "UTF-8"),
    (7, "Close handling"),
    (9, "Limits and performance"),
    (10, "Auto-fragmentation"),
];
const BEHAVIOURS: [&str; 5] = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"];
const CLOSES: [&str; 5] = ["OK", "INFORMATIONAL", "UNCLEAN", "WRONG CODE", "FAILED BY CLIENT"];

pub(crate) fn autobahn(house: &House, steps: &mut Steps) -> Result<()> {
    let suite = install(house, steps)?;
    steps.step("the echo server (cargo build)", || {
        run(cargo(&house.root).args([
            "build",
            "--profile",
            "ci",
            "-p",
            "deskside-portal",
            "--example",
            "echo",
        ]))
    })?;
    lifeline::go_on()?;
    let results = steps.step("the Autobahn suite", || play(house, &suite))?;
    let cases = results[AGENT].as_object().context("the suite wrote its results")?;
    fs::write(house.root.join(DOCUMENT), document(cases)?)?;
    let failed: Vec<&String> =
        cases.iter().filter(|(_, case)| is_failure(case)).map(|(name, _)| name).collect();
    if cases.is_empty() || !failed.is_empty() {
        bail!("{} cases, failed: {failed:?}; the table is in {DOCUMENT}", cases.len());
    }
    println!("    {} cases, none failed; the table is in {DOCUMENT}", cases.len());
    Ok(())
}

/// `wstest`, installed once.
fn install(house: &House, steps: &mut Steps) -> Result<PathBuf> {
    let folder = house.cache.join("autobahn-25.10.1");
    let program = folder.join("venv/bin/wstest");
    if !works(Command::new(&program).arg("--help")) {
        let python = python2()?;
        steps.step("the Autobahn suite, into the cache (pip)", || {
            let own = folder.join("virtualenv");
            run(Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", VIRTUALENV, "--target"])
                .arg(&own))?;
            run(Command::new(&python)
                .args(["-m", "virtualenv", "--quiet"])
                .arg(folder.join("venv"))
                .env("PYTHONPATH", &own))?;
            run(Command::new(folder.join("venv/bin/pip")).args(["install", "--quiet", SUITE]))
        })?;
    }
    Ok(program)
}

/// A Python 2.7 with pip: `DESKSIDE_PYTHON2`, the one in PATH, or pyenv's.
fn python2() -> Result<OsString> {
    let pyenv = || {
        let root = read(Command::new("pyenv").arg("prefix").env("PYENV_VERSION", "2.7.18")).ok()?;
        Some(Path::new(root.trim()).join("bin/python2.7").into_os_string())
    };
    let candidates = [env::var_os("DESKSIDE_PYTHON2"), Some("python2.7".into()), pyenv()];
    let has_pip = |python: &OsString| works(Command::new(python).args(["-m", "pip", "--version"]));
    candidates.into_iter().flatten().find(has_pip).context(
        "the Autobahn suite needs Python 2.7 with pip: install it (pyenv install 2.7.18), or name it in DESKSIDE_PYTHON2",
    )
}

fn play(house: &House, suite: &Path) -> Result<Value> {
    let folder = house.cache.join("autobahn-25.10.1/run");
    fs::create_dir_all(&folder)?;
    let (mut server, address) = serve(house)?;
    let spec = json!({
        "outdir": folder.join("reports"),
        "servers": [{ "agent": AGENT, "url": format!("ws://{address}/") }],
        "cases": ["*"],
        // Compression is not offered.
        "exclude-cases": ["12.*", "13.*"],
    });
    fs::write(folder.join("spec.json"), spec.to_string())?;
    let played = lifeline::run_guarded(
        Command::new(suite)
            .current_dir(&folder)
            .args(["-m", "fuzzingclient", "-s", "spec.json"])
            .stdout(Stdio::null()),
    );
    server.kill()?;
    server.wait()?;
    played?;
    Ok(serde_json::from_slice(&fs::read(folder.join("reports/index.json"))?)?)
}

/// The echo server and where it listens; it ends with its standard input.
fn serve(house: &House) -> Result<(Child, String)> {
    let program = house.root.join("target/ci/examples/echo");
    let mut server = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().context("piped")?).read_line(&mut line)?;
    Ok((server, line.trim().to_owned()))
}

fn is_failure(case: &Value) -> bool {
    let known = |field: &str, good: &[&str]| case[field].as_str().is_some_and(|found| good.contains(&found));
    !known("behavior", &["OK", "NON-STRICT", "INFORMATIONAL"])
        || !known("behaviorClose", &["OK", "INFORMATIONAL"])
}

/// How many cases of each group behaved how.
type Counts<'a> = BTreeMap<(u32, &'a str), usize>;

fn count<'a>(cases: &'a serde_json::Map<String, Value>, field: &str) -> Result<Counts<'a>> {
    let mut counts = Counts::new();
    for (name, case) in cases {
        let group = name.split('.').next().unwrap_or_default().parse()?;
        let found = case[field].as_str().with_context(|| format!("case {name} has a {field}"))?;
        *counts.entry((group, found)).or_default() += 1;
    }
    Ok(counts)
}

fn document(cases: &serde_json::Map<String, Value>) -> Result<String> {
    let mut text = String::from(HEAD);
    table(&mut text, "Behaviour", &BEHAVIOURS, &count(cases, "behavior")?)?;
    table(&mut text, "Closing handshake", &CLOSES, &count(cases, "behaviorClose")?)?;
    let notable = cases.iter().filter(|(_, case)| case["behavior"] != "OK");
    let mut notable: Vec<(Vec<u32>, &String, &Value)> = notable
        .map(|(name, case)| (name.split('.').flat_map(str::parse).collect(), name, &case["behavior"]))
        .collect();
    notable.sort_by(|one, other| one.0.cmp(&other.0));
    let named: Vec<String> = notable
        .iter()
        .map(|(_, name, how)| format!("{name} ({})", how.as_str().unwrap_or_default()))
        .collect();
    writeln!(
        text,
        "Not simply OK: {}.",
        if named.is_empty() { "none".to_owned() } else { named.join(", ") }
    )?;
    Ok(text)
}

fn table(text: &mut String, title: &str, columns: &[&str], counts: &Counts<'_>) -> Result<()> {
    writeln!(text, "## {title}\n\n| group | cases | {} |", columns.join(" | "))?;
    writeln!(text, "|---|---{}|", "|---".repeat(columns.len()))?;
    let of = |group: Option<u32>, column: Option<&str>| -> usize {
        let wanted = |(found, how): &(u32, &str)| {
            group.is_none_or(|group| group == *found) && column.is_none_or(|column| column == *how)
        };
        counts.iter().filter(|(key, _)| wanted(key)).map(|(_, count)| count).sum()
    };
    let groups = GROUPS.iter().map(|(number, name)| (Some(*number), format!("{number} {name}")));
    for (group, name) in groups.chain([(None, "all".to_owned())]) {
        let numbers: Vec<String> = columns.iter().map(|column| of(group, Some(column)).to_string()).collect();
        writeln!(text, "| {name} | {} | {} |", of(group, None), numbers.join(" | "))?;
    }
    writeln!(text)?;
    Ok(())
}

const HEAD: &str = "# RFC 6455: the Autobahn suite

Written by `cargo xtask autobahn` (autobahntestsuite 25.10.1, fuzzing client). It talks to `crates/portal/examples/echo.rs`, which stands on
the session socket's own transport: the portal's HTTP server, and `socket::transport`, which sets up every session socket. One setting differs:
the suite sends messages of 16 MiB, and the session socket takes 4 × its largest frame. Groups 12 and 13 (compression) are left out: it is not offered.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_by_group_and_names_what_is_not_ok() {
        let case = |how: &str, close: &str| json!({ "behavior": how, "behaviorClose": close });
        let results = json!({
            "1.1.1": case("OK", "OK"), "10.1.1": case("INFORMATIONAL", "OK"), "6.4.4": case("NON-STRICT", "OK"),
            "6.4.3": case("FAILED", "UNCLEAN"),
        });
        let cases = results.as_object().unwrap();
        let text = document(cases).unwrap();
        assert!(text.contains("| 6 UTF-8 | 2 | 0 | 1 | 0 | 0 | 1 |"), "{text}");
        assert!(text.contains("| 1 Framing | 1 | 1 | 0 | 0 | 0 | 0 |"), "{text}");
        assert!(text.contains("| all | 4 | 3 | 0 | 1 | 0 | 0 |"), "{text}");
        assert!(text.ends_with("6.4.3 (FAILED), 6.4.4 (NON-STRICT), 10.1.1 (INFORMATIONAL).\n"), "{text}");
        let failed: Vec<&String> =
            cases.iter().filter(|(_, case)| is_failure(case)).map(|(name, _)| name).collect();
        assert_eq!(failed, ["6.4.3"]);
        assert!(is_failure(&case("OK", "WRONG CODE")) && is_failure(&json!({})));
    }
}
