//! The table for people and the JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::crowd::Outcome;
use crate::measure::ladder::Climb;
use crate::measure::low_load::LowLoad;

/// Rates whose CPU time per delivery is compared, passed or not.
const CPU_AT: [u32; 2] = [1000, 3000];

/// A whole run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub conditions: Conditions,
    pub servers: Vec<Row>,
    /// Seconds until ten thousand clients that were 100 events behind had everything.
    pub resume_10k_s: Option<f64>,
    /// The same ladder once more for our portal, while files are uploaded.
    pub with_uploads: Option<WithUploads>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Conditions {
    pub seed: u64,
    pub rounds: usize,
    pub rooms: usize,
    pub members: usize,
    pub cores: usize,
    pub kernel: String,
    /// Load average of the last minute, at the beginning and at the end.
    pub load_before: f64,
    pub load_after: f64,
    /// A synced write of 4 KiB where the servers write, in milliseconds: at the beginning, beside the low load, at the end.
    pub fsync_ms: Vec<f64>,
    pub idle_connections: usize,
}

/// One server. What was not measured is absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    pub name: String,
    /// Highest rate that passed; 0 where none did.
    pub passed_msg_s: u32,
    /// At that rate, as the next three; at the lowest rate where none passed.
    pub deliveries_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub cpu_us_per_delivery: f64,
    pub cpu_us_at_1000: Option<f64>,
    pub cpu_us_at_3000: Option<f64>,
    pub low_load_p50_ms: Option<f64>,
    pub low_load_p99_ms: Option<f64>,
    pub idle_kb: Option<f64>,
    pub lost: u64,
    pub diverged: u64,
    /// Connections that had to be made again.
    pub reconnects: u64,
    pub steps: Vec<Step>,
}

/// Medians of a rate over the rounds that came to it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Step {
    pub rate: u32,
    pub rounds: usize,
    pub passed: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub deliveries_s: f64,
    pub cpu_us: f64,
    pub why_not: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct WithUploads {
    pub files_at_once: usize,
    pub uploaded_mib: f64,
    pub server: Row,
}

impl Row {
    #[must_use]
    pub fn of(name: &str, climb: &Climb, rounds: usize) -> Self {
        let passed = climb.passed(rounds);
        let shown = passed.or_else(|| climb.steps.keys().next().copied()).unwrap_or_default();
        let at = |rate, of: fn(&Outcome) -> f64| climb.median(rate, of);
        let (lost, diverged) = climb.wrong();
        Self {
            name: name.to_owned(),
            passed_msg_s: passed.unwrap_or(0),
            deliveries_s: at(shown, |step| step.deliveries_per_second).unwrap_or_default(),
            p50_ms: at(shown, |step| step.tally.p50_ms).unwrap_or_default(),
            p99_ms: at(shown, |step| step.tally.p99_ms).unwrap_or_default(),
            cpu_us_per_delivery: at(shown, |step| step.cpu_us).unwrap_or_default(),
            cpu_us_at_1000: at(CPU_AT[0], |step| step.cpu_us),
            cpu_us_at_3000: at(CPU_AT[1], |step| step.cpu_us),
            lost,
            diverged,
            reconnects: climb.steps.values().flatten().map(|step| step.findings.reconnects).sum(),
            steps: climb.steps.iter().map(|(rate, outcomes)| step(climb, *rate, outcomes)).collect(),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn with(self, low_load: Option<LowLoad>, idle_kb: Option<f64>) -> Self {
        let (p50, p99) = (low_load.map(|low| low.p50_ms), low_load.map(|low| low.p99_ms));
        Self { low_load_p50_ms: p50, low_load_p99_ms: p99, idle_kb, ..self }
    }
}

fn step(climb: &Climb, rate: u32, outcomes: &[Outcome]) -> Step {
    let median = |of: fn(&Outcome) -> f64| climb.median(rate, of).unwrap_or_default();
    Step {
        rate,
        rounds: outcomes.len(),
        passed: outcomes.iter().filter(|outcome| outcome.passed()).count(),
        p50_ms: median(|step| step.tally.p50_ms),
        p99_ms: median(|step| step.tally.p99_ms),
        deliveries_s: median(|step| step.deliveries_per_second),
        cpu_us: median(|step| step.cpu_us),
        why_not: outcomes.iter().filter_map(Outcome::why_not).collect(),
    }
}

impl Report {
    /// One table in Markdown, with its conditions above.
    #[must_use]
    pub fn table(&self) -> String {
        let Conditions { seed, rounds, rooms, members, cores, kernel, .. } = &self.conditions;
        let fsync: Vec<_> = self.conditions.fsync_ms.iter().map(|millis| format!("{millis:.2}")).collect();
        let mut text = format!(
            "{cores} cores, Linux {kernel}, load {:.1} to {:.1}, synced write {} ms; {rooms} rooms of {members}, \
             {rounds} rounds, seed {seed}, {} idle connections\n\n",
            self.conditions.load_before,
            self.conditions.load_after,
            fsync.join("/"),
            self.conditions.idle_connections,
        );
        text.push_str(
            "| server | passed msg/s | deliveries/s | p50 ms | p99 ms | CPU µs/delivery | at 1000/s | at 3000/s | low load p50 ms \
             | idle KB | lost | diverged |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.servers {
            text.push_str(&line(&row.name, row));
        }
        if let Some(uploads) = &self.with_uploads {
            let name = format!(
                "{} + {} uploads ({:.0} MiB)",
                uploads.server.name, uploads.files_at_once, uploads.uploaded_mib
            );
            text.push_str(&line(&name, &uploads.server));
        }
        if let Some(seconds) = self.resume_10k_s {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "\n{} clients, 100 events behind each, have everything after {seconds:.1} s.",
                self.conditions.idle_connections
            );
        }
        text
    }
}

fn line(name: &str, row: &Row) -> String {
    let passed = if row.passed_msg_s == 0 { "none".to_owned() } else { row.passed_msg_s.to_string() };
    let or_dash =
        |value: Option<f64>, digits: usize| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.digits$}"));
    format!(
        "| {name} | {passed} | {:.0} | {:.1} | {:.1} | {:.0} | {} | {} | {} | {} | {} | {} |\n",
        row.deliveries_s,
        row.p50_ms,
        row.p99_ms,
        row.cpu_us_per_delivery,
        or_dash(row.cpu_us_at_1000, 0),
        or_dash(row.cpu_us_at_3000, 0),
        or_dash(row.low_load_p50_ms, 2),
        or_dash(row.idle_kb, 1),
        row.lost,
        row.diverged,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;

    #[test]
    fn the_json_has_the_names_that_programs_read() {
        let mut climb = Climb::default();
        let tally = Tally { p50_ms: 2.0, p99_ms: 9.0, ..Tally::default() };
        let outcome = Outcome {
            tally,
            rate: 1000.0,
            deliveries_per_second: 3000.0,
            cpu_us: 40.0,
            ..Outcome::default()
        };
        climb.steps.insert(1000, vec![outcome]);
        let row = Row::of("deskside-sqlite", &climb, 1).with(None, Some(9.5));
        let report = Report { servers: vec![row], resume_10k_s: Some(4.5), ..Report::default() };
        let json = serde_json::to_value(&report).unwrap();
        let server = &json["servers"][0];
        for (field, value) in [
            ("passed_msg_s", 1000.0),
            ("deliveries_s", 3000.0),
            ("p50_ms", 2.0),
            ("p99_ms", 9.0),
            ("cpu_us_per_delivery", 40.0),
            ("idle_kb", 9.5),
            ("lost", 0.0),
            ("diverged", 0.0),
        ] {
            assert_eq!(server[field].as_f64(), Some(value), "{field}");
        }
        assert_eq!(
            (server["name"].as_str(), json["resume_10k_s"].as_f64()),
            (Some("deskside-sqlite"), Some(4.5))
        );
        assert!(
            report
                .table()
                .contains("| deskside-sqlite | 1000 | 3000 | 2.0 | 9.0 | 40 | 40 | – | – | 9.5 | 0 | 0 |")
        );
    }
}
