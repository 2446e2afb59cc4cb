//! The same questions to the same PostgreSQL in plain SQL, as one would write them without our tables and index: by the server's own
//! clock, without the way over HTTP.

use anyhow::{Context as _, Result};

use crate::servers::postgres::Postgres;

/// Beside the tables of the store: what a full-text search in PostgreSQL needs at least.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS bench_words ON event USING gin (to_tsvector('simple', body))";

const NAMED: &str = "EXISTS (SELECT 1 FROM participant p WHERE p.session_id = s.id AND p.was_let_in AND p.name ILIKE '%WORD%')";

/// Milliseconds of each.
pub(super) fn ask(postgres: &Postgres, round: usize) -> Result<Vec<(String, f64)>> {
    if round == 0 {
        postgres.query("deskside", INDEX)?;
        postgres.query("deskside", "ANALYZE event")?;
    }
    let list = |word: &str| {
        let named = NAMED.replace("WORD", word);
        format!(
            "SELECT s.id, s.title FROM session s WHERE s.ended_at IS NOT NULL AND (s.title ILIKE '%{word}%' OR {named})
             ORDER BY s.created_at DESC LIMIT 50"
        )
    };
    let said = |word: &str| {
        format!(
            "SELECT e.session_id, e.seq FROM event e JOIN session s ON s.id = e.session_id
             WHERE to_tsvector('simple', e.body) @@ to_tsquery('simple', '{word}:*') AND s.ended_at IS NOT NULL
             ORDER BY s.created_at DESC, e.seq DESC LIMIT 20"
        )
    };
    let questions = [
        ("peer ILIKE, common word", list("printer")),
        ("peer ILIKE, unique word", list("xylophone")),
        ("peer to_tsvector, common word", said("printer")),
        ("peer to_tsvector, unique word", said("xylophone")),
    ];
    questions
        .into_iter()
        .map(|(name, statement)| {
            let told = postgres.query("deskside", &format!("EXPLAIN (ANALYZE, TIMING OFF) {statement}"))?;
            let took = told.lines().find_map(|line| line.trim().strip_prefix("Execution Time: "));
            let millis =
                took.and_then(|took| took.strip_suffix(" ms")).context("no time in PostgreSQL's plan")?;
            Ok((name.to_owned(), millis.parse()?))
        })
        .collect()
}
