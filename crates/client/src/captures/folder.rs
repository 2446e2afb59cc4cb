//! The captures folder as it is on the disk: watched by `notify`, and looked through now and then for what it missed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use deskside_proto::{CaptureKind, Millis};
use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, sleep_until},
};

use super::{
    kind,
    rule::{Rule, Sight, Verdict},
};

/// How often the folder is looked through: a network's folder tells nothing of what others write there.
const ROUND: Duration = Duration::from_secs(5);
/// Names that wait to be looked at; what is more is found by the next round.
const WAITING_MAX: usize = 1_000;

/// What the watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file that counts.
    File { path: PathBuf, kind: CaptureKind },
    /// A file that would count, and is larger than can be stored.
    TooLarge { name: String },
    /// Whether the folder is there; told at every change, first at the beginning.
    Folder { there: bool },
}

/// A running watch; ends when dropped.
#[derive(Debug)]
pub struct Watcher(AbortHandle);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Watches `folder`; what is in it now never counts.
#[must_use]
pub fn watch(folder: PathBuf) -> (Watcher, mpsc::Receiver<Found>) {
    let (found, told) = mpsc::channel(16);
    let task = tokio::spawn(async move { Folder::new(folder).run(found).await });
    (Watcher(task.abort_handle()), told)
}

struct Folder {
    path: PathBuf,
    rule: Rule,
    /// When to look at which file.
    looks: BTreeMap<String, Millis>,
    there: Option<bool>,
}

impl Folder {
    fn new(path: PathBuf) -> Self {
        let there = names(&path).unwrap_or_default();
        Self { rule: Rule::begin(crate::now(), there), path, looks: BTreeMap::new(), there: None }
    }

    async fn run(mut self, found: mpsc::Sender<Found>) {
        let (heard, mut events) = mpsc::channel(WAITING_MAX);
        let mut ear = None;
        loop {
            let is_there = self.path.is_dir();
            if !is_there {
                // It comes back as another folder, which nobody listens to yet.
                ear = None;
            } else if ear.is_none() {
                ear = listen(&self.path, heard.clone());
            }
            if self.there.replace(is_there) != Some(is_there)
                && found.send(Found::Folder { there: is_there }).await.is_err()
            {
                return;
            }
            for name in names(&self.path).unwrap_or_default() {
                self.looks.entry(name).or_default();
            }
            if !self.until_next_round(&mut events, &found).await {
                return;
            }
        }
    }

    /// Looks at what is due, until the next round; `false` where nobody listens any more.
    async fn until_next_round(
        &mut self,
        events: &mut mpsc::Receiver<String>,
        found: &mpsc::Sender<Found>,
    ) -> bool {
        let round = Instant::now() + ROUND;
        loop {
            let now = crate::now();
            let due: BTreeSet<String> =
                self.looks.iter().filter(|(_, at)| **at <= now).map(|(name, _)| name.clone()).collect();
            for name in due {
                self.looks.remove(&name);
                if let Some(news) = self.look(now, &name)
                    && found.send(news).await.is_err()
                {
                    return false;
                }
            }
            let next = self.looks.values().min().map_or(round, |at| {
                let wait = u64::try_from(at.since(crate::now())).unwrap_or_default();
                round.min(Instant::now() + Duration::from_millis(wait))
            });
            tokio::select! {
                event = events.recv() => match event {
                    Some(name) => { self.looks.insert(name, Millis::default()); }
                    None => return false,
                },
                () = sleep_until(next) => {}
                () = found.closed() => return false,
            }
            if Instant::now() >= round {
                return true;
            }
        }
    }

    fn look(&mut self, now: Millis, name: &str) -> Option<Found> {
        let path = self.path.join(name);
        match self.rule.see(now, name, sight(&path)) {
            Verdict::Leave => None,
            Verdict::Look(at) => {
                self.looks.insert(name.to_owned(), at);
                None
            }
            Verdict::TooLarge => Some(Found::TooLarge { name: name.to_owned() }),
            Verdict::Take(kind) => {
                let content = head(&path).ok().and_then(|head| kind::of_content(&head));
                (content == Some(kind)).then_some(Found::File { path, kind })
            }
        }
    }
}

/// Files only, of this folder only; a name that is no text is none that could be sent.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?.flatten();
    Ok(entries.filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

fn sight(path: &Path) -> Option<Sight> {
    let metadata = path.symlink_metadata().ok()?;
    let nanos = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_nanos()).ok()
    };
    Some(Sight {
        is_file: metadata.is_file(),
        size: metadata.len(),
        modified: metadata.modified().ok().and_then(nanos).unwrap_or(-1),
        created: metadata.created().ok().and_then(nanos).map(|nanos| Millis(nanos / 1_000_000)),
    })
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(kind::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// `None` where the system has no ear left for us: the rounds find everything all the same, later.
fn listen(folder: &Path, heard: mpsc::Sender<String>) -> Option<notify::RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let names = event.paths.iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        for name in names {
            let _ = heard.try_send(name);
        }
    };
    let watcher = notify::recommended_watcher(tell).and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watcher.inspect_err(|error| tracing::warn!("the captures folder is only looked through: {error}")).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";

    async fn next(told: &mut mpsc::Receiver<Found>) -> Found {
        tokio::time::timeout(Duration::from_secs(30), told.recv()).await.unwrap().unwrap()
    }

    /// Z02: on a real disk, with a real clock: what was there, lies or is no file is never told; the rest is, once.
    #[tokio::test]
    async fn what_a_tool_saves_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("before.png"), PNG).unwrap();
        fs::write(at("outside.bin"), PNG).unwrap();
        let (_watcher, mut told) = watch(folder.path().to_owned());
        assert_eq!(next(&mut told).await, Found::Folder { there: true });
        // Made later by the file system's clock, too, which counts in ticks.
        tokio::time::sleep(Duration::from_millis(50)).await;

        fs::write(at("program.png"), b"MZ\x90\x00 a program").unwrap();
        fs::write(at("film.mp4"), PNG).unwrap();
        fs::write(at(".hidden.png"), PNG).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("outside.bin"), at("link.png")).unwrap();
        fs::create_dir(at("folder.png")).unwrap();
        // A plain program that writes slowly, under another name first.
        let slow = fs::File::create(at("slow.png.part")).unwrap();
        for byte in PNG.chunks(6) {
            io::Write::write_all(&mut &slow, byte).unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        fs::rename(at("slow.png.part"), at("slow.png")).unwrap();
        let slow = Found::File { path: at("slow.png"), kind: CaptureKind::Snapshot };
        assert_eq!(next(&mut told).await, slow);

        fs::write(at("second.png"), PNG).unwrap();
        let second = Found::File { path: at("second.png"), kind: CaptureKind::Snapshot };
        assert_eq!(next(&mut told).await, second, "nothing else in between");
    }

    #[tokio::test]
    async fn a_folder_may_go_and_come_back() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("captures");
        let (_watcher, mut told) = watch(folder.clone());
        assert_eq!(next(&mut told).await, Found::Folder { there: false });
        fs::create_dir(&folder).unwrap();
        assert_eq!(next(&mut told).await, Found::Folder { there: true });
        fs::write(folder.join("a.png"), PNG).unwrap();
        assert!(matches!(next(&mut told).await, Found::File { .. }));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(next(&mut told).await, Found::Folder { there: false });
        fs::create_dir(&folder).unwrap();
        assert_eq!(next(&mut told).await, Found::Folder { there: true });
        fs::write(folder.join("b.png"), PNG).unwrap();
        assert_eq!(
            next(&mut told).await,
            Found::File { path: folder.join("b.png"), kind: CaptureKind::Snapshot }
        );
    }
}
