//! The search index follows the log: a job behind the writer, never in the way of a commit.
//!
//! The writer only says which sessions have something new. The job reads their logs from the place the index has come to, so that
//! a crash, a full disk or a lost file costs nothing but time: at every start it compares each session's head with the index.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    convert::Infallible,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deskside_proto::{AttachmentId, Event, EventBody, MessagePosted, OrgId, Seq, SessionId};
use deskside_search::{
    Change, Document, FileText, IndexError, OrgResults, OrgSearch, Page, Results, Search, SearchIndex,
    SqliteIndex,
};
use deskside_store::{Store, StoreError, change::target_of};
use tokio::{
    sync::{Notify, OnceCell},
    task::JoinHandle,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Events read at once: at most some 10 MB of the longest messages.
const PAGE: u32 = 128;
/// Bytes of text, and events, of one commit to the index, about. Each commit makes a segment, and segments are merged again later:
/// large ones cost less processor, and more memory.
const COMMIT_BYTES: usize = 1 << 20;
const COMMIT_EVENTS: usize = 1024;
/// Sessions whose organisation is remembered between rounds.
const ORGS_MAX: usize = 10_000;
/// Sessions compared at once at the start.
const HEADS: u32 = 200;
/// Between two rounds, at least: what comes meanwhile is taken up in one. The first message after a pause is found at once.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two rounds, as a multiple of the last one's time: under load the job takes about a tenth of a processor, by longer
/// rounds, which cost less for each message. Only rounds of more than [`PAUSE_MAX`] / 9 take a larger share.
const REST: u32 = 9;
/// Between two rounds, at most: how far a search may lag behind.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Pause after an index or store that does not work.
const RETRY: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
enum IndexingError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Handle of the job; clones share it.
#[derive(Clone)]
pub struct Indexer {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    /// Opened when it is first needed: a portal runs without its index too.
    index: OnceCell<SqliteIndex>,
    /// Sessions with something new; each once, however much it is.
    waiting: Mutex<HashSet<SessionId>>,
    wanted: Notify,
    /// A search met a damaged index.
    damaged: Notify,
    /// The index began anew: what is in it beside the log is gone.
    renewed: Notify,
    /// Sessions of before the start may not be in the index yet.
    catching_up: AtomicBool,
    /// Organisations of sessions that speak, which never change.
    orgs: Mutex<HashMap<SessionId, OrgId>>,
}

impl Indexer {
    /// Starts the job, first over everything that the index at `path` has missed.
    pub fn start(store: Arc<dyn Store>, path: PathBuf, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let shared = Shared {
            path,
            index: OnceCell::new(),
            waiting: Mutex::default(),
            wanted: Notify::new(),
            damaged: Notify::new(),
            renewed: Notify::new(),
            catching_up: AtomicBool::new(true),
            orgs: Mutex::default(),
        };
        let indexer = Self { shared: Arc::new(shared) };
        let job = indexer.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                () = job.run(&*store) => {}
                () = stop.cancelled() => {}
            }
            if let Some(index) = job.shared.index.get() {
                index.close().await;
            }
        });
        (indexer, task)
    }

    /// The session's log has grown. Costs the writer a moment of a lock that is never held for long.
    pub fn wake(&self, session: SessionId) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(session);
        self.shared.wanted.notify_one();
    }

    /// Opened by whoever needs it first.
    ///
    /// # Errors
    /// [`IndexError`] where its file cannot be opened.
    async fn index(&self) -> Result<&SqliteIndex, IndexError> {
        self.shared.index.get_or_try_init(|| SqliteIndex::open(&self.shared.path)).await
    }

    /// What the index holds of a session, for somebody in it.
    ///
    /// # Errors
    /// [`IndexError`]; where the index is damaged, it is being made again from now on.
    pub async fn find(&self, search: Search<'_>) -> Result<Results, IndexError> {
        self.told(self.index().await?.find(search).await)
    }

    /// How far the session's log is in the index.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn indexed_to(&self, session: SessionId) -> Result<Seq, IndexError> {
        self.told(self.index().await?.indexed_to(session).await)
    }

    /// Takes a session that was deleted out of the index.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn forget(&self, session: SessionId) -> Result<(), IndexError> {
        self.told(self.index().await?.forget(session).await)
    }

    /// What the index holds of an organisation. Whoever asks compares it with what they may see.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn find_in_org(&self, search: OrgSearch<'_>) -> Result<OrgResults, IndexError> {
        self.told(self.index().await?.find_in_org(search).await)
    }

    /// Takes up the text of a file.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn put_file(&self, file: FileText) -> Result<(), IndexError> {
        self.told(self.index().await?.put_file(file).await)
    }

    /// Takes the text of a file out of the index.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn remove_file(&self, session: SessionId, attachment: AttachmentId) -> Result<(), IndexError> {
        self.told(self.index().await?.remove_file(session, attachment).await)
    }

    /// Those of `files` whose text was never looked for.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn missing_files(&self, files: &[AttachmentId]) -> Result<Vec<AttachmentId>, IndexError> {
        self.told(self.index().await?.missing_files(files).await)
    }

    /// Waits until the index begins anew.
    pub async fn renewed(&self) {
        self.shared.renewed.notified().await;
    }

    /// Something that was said may not be in the index yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        let waiting = || self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.catching_up.load(Ordering::Relaxed) || !waiting().is_empty()
    }

    fn told<T>(&self, answer: Result<T, IndexError>) -> Result<T, IndexError> {
        if let Err(IndexError::Damaged(_)) = &answer {
            self.shared.damaged.notify_one();
        }
        answer
    }

    async fn run(&self, store: &dyn Store) {
        loop {
            // What is broken off here is caught up with afterwards.
            let error = tokio::select! {
                Err(error) = self.keep_up(store) => error,
                () = self.shared.damaged.notified() => IndexError::Damaged("a search met it".into()).into(),
            };
            tracing::error!(%error, "the search index catches up later");
            if !matches!(error, IndexingError::Index(IndexError::Damaged(_))) {
                tokio::time::sleep(RETRY).await;
            } else if let Err(error) = self.begin_anew().await {
                tracing::error!(%error, "the search index cannot be made again yet");
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn begin_anew(&self) -> Result<(), IndexError> {
        self.index().await?.begin_anew().await?;
        self.shared.renewed.notify_one();
        Ok(())
    }

    /// Until something goes wrong.
    async fn keep_up(&self, store: &dyn Store) -> Result<Infallible, IndexingError> {
        self.shared.catching_up.store(true, Ordering::Relaxed);
        self.catch_up(store).await?;
        self.shared.catching_up.store(false, Ordering::Relaxed);
        loop {
            self.shared.wanted.notified().await;
            let begun = Instant::now();
            self.follow(store).await?;
            tokio::time::sleep((begun.elapsed() * REST).clamp(PAUSE, PAUSE_MAX)).await;
        }
    }

    /// Every session, the newest first; what happens meanwhile comes in between.
    async fn catch_up(&self, store: &dyn Store) -> Result<(), IndexingError> {
        let index = self.index().await?;
        let mut before = None;
        loop {
            let heads = store.heads(before, HEADS).await?;
            let mut behind = Vec::new();
            for (session, head) in &heads {
                let indexed_to = index.indexed_to(*session).await?;
                if indexed_to > *head {
                    // The log is an older one, from a backup.
                    index.forget(*session).await?;
                }
                if indexed_to != *head {
                    behind.push(*session);
                }
            }
            self.take_up(store, index, &behind).await?;
            self.follow(store).await?;
            match heads.last() {
                Some((oldest, _)) if heads.len() == HEADS as usize => before = Some(*oldest),
                _ => return Ok(()),
            }
        }
    }

    /// What the writer told of.
    async fn follow(&self, store: &dyn Store) -> Result<(), IndexingError> {
        let waiting = || self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions: Vec<SessionId> = waiting().drain().collect();
        if sessions.is_empty() {
            return Ok(());
        }
        let done = async { self.take_up(store, self.index().await?, &sessions).await }.await;
        if done.is_err() {
            waiting().extend(sessions);
        }
        done
    }

    /// Brings `sessions` up to the ends of their logs.
    async fn take_up(
        &self,
        store: &dyn Store,
        index: &dyn SearchIndex,
        sessions: &[SessionId],
    ) -> Result<(), IndexingError> {
        let mut pages = Vec::new();
        let (mut events, mut bytes) = (0, 0);
        for session in sessions {
            // Deleted meanwhile: the eraser takes it out.
            let Some(org) = self.org_of(store, *session).await? else { continue };
            let mut after = index.indexed_to(*session).await?;
            loop {
                let log = store.log(*session, after, PAGE).await?;
                let Some(last) = log.last() else { break };
                after = last.seq;
                events += log.len();
                let is_last = log.len() < PAGE as usize;
                let changes = changes(store, *session, log).await?;
                bytes += changes.iter().map(text_bytes).sum::<usize>();
                pages.push(Page { org, session: *session, changes, indexed_to: after });
                if events >= COMMIT_EVENTS || bytes >= COMMIT_BYTES {
                    index.apply(std::mem::take(&mut pages)).await?;
                    (events, bytes) = (0, 0);
                }
                if is_last {
                    break;
                }
            }
        }
        if !pages.is_empty() {
            index.apply(pages).await?;
        }
        Ok(())
    }

    async fn org_of(&self, store: &dyn Store, session: SessionId) -> Result<Option<OrgId>, StoreError> {
        let orgs = || self.shared.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(org) = orgs().get(&session).copied() {
            return Ok(Some(org));
        }
        let found = store.org_of(session).await?;
        let mut orgs = orgs();
        if orgs.len() >= ORGS_MAX {
            orgs.clear();
        }
        orgs.extend(found.map(|org| (session, org)));
        Ok(found)
    }
}

fn text_bytes(change: &Change) -> usize {
    match change {
        Change::Put(document) => document.text.len(),
        Change::Remove(_) => 0,
    }
}

/// What a stretch of the log changes. Messages in it stand there as they are now; earlier ones that it edits or deletes are
/// looked up, each once.
async fn changes(store: &dyn Store, session: SessionId, log: Vec<Event>) -> Result<Vec<Change>, StoreError> {
    let first = log.first().map_or(0, |event| event.seq);
    let is_change =
        |body: &EventBody| matches!(body, EventBody::MessageEdited { .. } | EventBody::MessageDeleted { .. });
    let changed =
        log.iter().filter(|event| is_change(&event.body)).filter_map(|event| target_of(&event.body));
    let earlier: BTreeSet<Seq> = changed.filter(|target| *target < first).collect();
    let mut changes: Vec<Change> = log.into_iter().filter_map(document).map(Change::Put).collect();
    for seq in earlier {
        let now = message(store, session, seq).await?;
        changes.push(now.and_then(document).map_or(Change::Remove(seq), Change::Put));
    }
    Ok(changes)
}

/// The event at `seq`, as it is now.
pub async fn message(store: &dyn Store, session: SessionId, seq: Seq) -> Result<Option<Event>, StoreError> {
    let found = store.log(session, seq.saturating_sub(1), 1).await?.pop();
    Ok(found.filter(|event| event.seq == seq))
}

/// Which edit a message's text comes from; 0 = none.
#[must_use]
pub fn version(message: &MessagePosted) -> Seq {
    message.edited.map_or(0, |mark| mark.seq)
}

/// A message is found by its text and by the names of its files.
fn document(event: Event) -> Option<Document> {
    let EventBody::MessagePosted(message) = event.body else { return None };
    let version = version(&message);
    let mut text = message.text;
    for attachment in &message.attachments {
        text.push('\n');
        text.push_str(&attachment.name);
    }
    Some(Document { seq: event.seq, visibility: event.visibility, version, text })
}
