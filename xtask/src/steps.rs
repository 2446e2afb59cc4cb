//! Steps: told before they are done, timed, and listed at the end, also after a failure.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Steps shorter than this say nothing about where the time went.
const WORTH_A_LINE: Duration = Duration::from_millis(300);

pub(crate) struct Steps {
    started: Instant,
    done: Vec<Done>,
}

struct Done {
    name: String,
    time: Duration,
    ok: bool,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), done: Vec::new() }
    }

    /// Announce `name`, do the work, note its time.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n==> {name}");
        // The child that follows writes to the same terminal; ours must come first.
        std::io::stdout().flush().context("cannot write to the terminal")?;
        let started = Instant::now();
        let outcome = work();
        let time = started.elapsed();
        self.done.push(Done { name: name.to_owned(), time, ok: outcome.is_ok() });
        if outcome.is_ok() {
            println!("    {name}: {}", seconds(time));
        }
        outcome.with_context(|| format!("step `{name}`"))
    }

    pub(crate) fn print_table(&self) {
        let shown: Vec<&Done> =
            self.done.iter().filter(|step| !step.ok || step.time >= WORTH_A_LINE).collect();
        if shown.is_empty() {
            return;
        }
        println!("\n{:<52} {:>9}", "step", "time");
        for step in shown {
            let mark = if step.ok { "" } else { "  FAILED" };
            println!("{:<52} {:>9}{mark}", step.name, seconds(step.time));
        }
        println!("{:<52} {:>9}", "all", seconds(self.started.elapsed()));
    }
}

/// `0.4 s`, `12.3 s`, `4 min 07 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(247)), "4 min 07 s");
    }

    #[test]
    fn a_failed_step_is_kept_for_the_table() {
        let mut steps = Steps::new();
        let outcome: Result<()> = steps.step("breaks", || anyhow::bail!("no"));
        assert!(outcome.is_err());
        assert!(!steps.done[0].ok);
    }
}
