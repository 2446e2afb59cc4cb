//! axe-core: an automatic look at a page's accessibility (WCAG 2.2 A and AA, and best practices).

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::page::Page;
use crate::workspace;

/// Rules that apply to any page at all: language, title, landmarks, contrast …
const LEAST_PASSED: u64 = 8;

#[derive(Debug, Deserialize)]
struct Findings {
    violations: Vec<Violation>,
    /// Rules that applied and were kept.
    passed: u64,
}

#[derive(Debug, Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    html: String,
    #[serde(rename = "failureSummary", default)]
    summary: String,
}

/// Fails with every violation that axe finds in the page as it is now.
pub async fn check(page: &Page, what: &str) -> Result<()> {
    let library = workspace::root()?.join("ui/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(&library)
        .with_context(|| format!("{}: `npm ci` in ui brings it", library.display()))?;
    page.run(&format!("if (!window.axe) {{ {source} }} return true;"), Vec::new()).await?;
    let run = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] })
            .then(({ violations, passes }) => done({ violations, passed: passes.length }), (error) => done(String(error)));";
    let found: Value = page.client.execute_async(run, Vec::new()).await?;
    let Findings { violations, passed } =
        serde_json::from_value(found.clone()).with_context(|| format!("axe failed: {found}"))?;
    ensure!(passed >= LEAST_PASSED, "{what}: axe looked at next to nothing ({passed} rules applied)");
    let mut report = String::new();
    for violation in &violations {
        report.push_str(&format!("\n{}: {}", violation.id, violation.help));
        for node in &violation.nodes {
            report.push_str(&format!(
                "\n    {}\n      {}",
                node.html,
                node.summary.replace('\n', "\n      ")
            ));
        }
    }
    ensure!(violations.is_empty(), "{what}: {} rules violated{report}", violations.len());
    Ok(())
}
