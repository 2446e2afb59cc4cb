//! How long a file takes to arrive, looked at from outside: from the first byte in the receiver's folder on, whatever the programs
//! did before (start, find each other, agree on keys).

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::report::Sample;
use super::run::Run;

const LOOK: Duration = Duration::from_millis(3);

/// When a file came, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    /// From the programs' start to the first byte.
    pub(super) before: f64,
    /// From the first byte to the whole.
    pub(super) seconds: f64,
}

impl Arrived {
    /// `sample` with its rates, of `bytes`.
    pub(super) fn rate(self, bytes: u64, sample: Sample) -> Sample {
        let mb = bytes as f64 / 1e6;
        Sample { mb_s: mb / self.seconds, whole_mb_s: Some(mb / (self.before + self.seconds)), ..sample }
    }
}

/// Waits until a file in `folder` has `arrived`, programs having just been started; an error once the `receiver` is gone without it.
pub(super) async fn arrival(
    folder: &Path,
    receiver: &Run,
    limit: Duration,
    arrived: impl Fn() -> bool,
) -> Result<Arrived> {
    let asked = Instant::now();
    let mut begun = None;
    loop {
        // Asked first: it may arrive between the two questions.
        let goes_on = receiver.goes_on();
        if begun.is_none() && largest(folder)? > 0 {
            begun = Some(Instant::now());
        }
        if arrived() {
            let seconds = begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
            let before = asked.elapsed().as_secs_f64() - seconds;
            return Ok(Arrived { before, seconds: seconds.max(LOOK.as_secs_f64()) });
        }
        ensure!(goes_on, "the receiver ended without it");
        ensure!(asked.elapsed() < limit, "nothing whole arrived within {limit:?}");
        sleep(LOOK).await;
    }
}

/// Bytes of the largest file in `folder`; it may be renamed while it is looked at.
pub(super) fn largest(folder: &Path) -> Result<u64> {
    let sizes = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
    Ok(sizes.max().unwrap_or_default())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    fn receiver(folder: &Path, script: &str) -> Run {
        let mut command = Command::new("sh");
        Run::start("receiver", folder, command.current_dir(folder).args(["-c", script]))
            .expect("a shell starts")
    }

    #[tokio::test]
    async fn the_time_counts_from_the_first_byte() {
        let logs = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("file");
        let script = format!(
            "cd {}; : >file.part; sleep 1; echo a >file.part; sleep 0.3; mv file.part file; sleep 60",
            folder.path().display()
        );
        let run = receiver(logs.path(), &script);
        let begun = Instant::now();
        let limit = Duration::from_secs(60);
        let Arrived { before, seconds } =
            arrival(folder.path(), &run, limit, || there.exists()).await.unwrap();
        // What the clock says from outside, less the second before anything was there.
        assert!(seconds >= 0.25 && seconds <= begun.elapsed().as_secs_f64() - 0.9, "{seconds}");
        assert!(before >= 0.9, "{before}");
        let rates = Arrived { before: 1.0, seconds: 3.0 }.rate(12_000_000, Sample::default());
        assert_eq!((rates.mb_s, rates.whole_mb_s), (4.0, Some(3.0)));
    }

    #[tokio::test]
    async fn who_ends_without_it_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let run = receiver(folder.path(), "exit 1");
        let limit = Duration::from_secs(60);
        let error = arrival(folder.path(), &run, limit, || false).await.unwrap_err();
        assert!(error.to_string().contains("ended without it"), "{error}");
    }
}
