//! What a server's processes cost, from `/proc`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::time::Duration;

/// Clock ticks a second in `/proc/<pid>/stat`: `USER_HZ`, 100 on every architecture Linux runs desktops and servers on (proc(5)).
const TICKS: u64 = 100;

/// `roots` and everything they started that is alive.
#[must_use]
pub fn tree(roots: &[u32]) -> BTreeSet<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(pid) = open.pop() {
        if found.insert(pid) {
            open.extend(children.get(&pid).into_iter().flatten());
        }
    }
    found
}

/// CPU time of all of them so far, of their ended children too.
#[must_use]
pub fn cpu(roots: &[u32]) -> Duration {
    tree(roots).into_iter().filter_map(|pid| cpu_of(&stat(pid)?)).sum()
}

/// CPU time by the fields of [`stat`].
fn cpu_of(fields: &[String]) -> Option<Duration> {
    // utime, stime, cutime, cstime
    let ticks: Option<u64> = fields.get(11..15)?.iter().map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks? * 1000 / TICKS))
}

/// Memory of all of them in KiB, shared pages by their share.
#[must_use]
pub fn pss_kib(roots: &[u32]) -> u64 {
    let of = |pid: u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    };
    tree(roots).into_iter().filter_map(of).sum()
}

/// One process at one moment, also between its end and the moment somebody asks how it went.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// It has ended and waits for its parent; the CPU time is its last.
    pub ended: bool,
    /// CPU time of it and of its children that ended.
    pub cpu: Duration,
    /// The most memory it ever had (`VmHWM`); gone once it ended.
    pub peak_kib: Option<u64>,
}

/// How `pid` is now; `None` where there is no such process.
#[must_use]
pub fn moment(pid: u32) -> Option<Moment> {
    let fields = stat(pid)?;
    let ended = fields.first().is_some_and(|state| state == "Z");
    Some(Moment { ended, cpu: cpu_of(&fields)?, peak_kib: status_kib(pid, "VmHWM:").ok() })
}

/// How far the memory of a process rises, by the kernel's own mark.
pub struct Peak {
    pid: u32,
    before_kib: u64,
}

impl Peak {
    /// From now on.
    ///
    /// # Errors
    /// Where the process is gone or is somebody else's.
    pub fn begin(pid: u32) -> io::Result<Self> {
        // 5: the highest mark is set back to what is there now (proc(5)).
        fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
        Ok(Self { pid, before_kib: status_kib(pid, "VmRSS:")? })
    }

    /// MiB that it rose at its highest, so far.
    ///
    /// # Errors
    /// Where the process is gone.
    pub fn growth_mib(&self) -> io::Result<f64> {
        let peak = status_kib(self.pid, "VmHWM:")?;
        Ok(peak.saturating_sub(self.before_kib) as f64 / 1024.0)
    }
}

fn status_kib(pid: u32, field: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    number.ok_or_else(|| io::Error::other(format!("no {field} of {pid}")))
}

/// Fields of `/proc/<pid>/stat` behind the name: state, parent, …
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_tree_has_children_and_their_memory() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let own = tree(&[std::process::id()]);
        assert!(own.contains(&child.id()) && own.contains(&std::process::id()));
        assert!(!tree(&[child.id()]).contains(&std::process::id()));
        assert!(pss_kib(&[child.id()]) > 0);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn the_peak_is_above_the_beginning() {
        let peak = Peak::begin(std::process::id()).unwrap();
        assert!(peak.growth_mib().unwrap() < 8.0);
        let block = std::hint::black_box(vec![7_u8; 16 << 20]);
        drop(block);
        assert!(peak.growth_mib().unwrap() > 12.0);
    }

    #[test]
    fn a_process_that_ended_can_still_be_asked_for_its_time() {
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done";
        let mut child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let mut peak = 0;
        let last = loop {
            let now = moment(child.id()).unwrap();
            peak = peak.max(now.peak_kib.unwrap_or_default());
            if now.ended {
                break now;
            }
        };
        assert!(last.cpu > Duration::ZERO && last.peak_kib.is_none() && peak > 0);
        child.wait().unwrap();
        assert!(moment(child.id()).is_none());
    }

    #[test]
    fn work_shows_as_time() {
        let own = [std::process::id()];
        let before = cpu(&own);
        let mut number = 0_u64;
        while cpu(&own) < before + Duration::from_millis(50) {
            number = std::hint::black_box(number.wrapping_mul(31) + 1);
        }
        assert!(cpu(&own) > before);
    }
}
