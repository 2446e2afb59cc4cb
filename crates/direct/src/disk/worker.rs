//! Threads per peer that wait for the disk: one reads, one writes, and [one](super::syncer) makes sure. Their queues hold no more than
//! the link's windows allow it to ask for.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use deskside_proto::{AttachmentId, Digest32, EndpointId, SessionId};
use deskside_transfer::{Digest, Input, Manifest, Place, WriteFailure};
use tokio::{runtime::Handle, sync::mpsc};

use crate::stats::Board;

use super::{
    Finished, FreeSpace, Incoming, Key, Ledger, MarkOrigin, Part, Record, Source,
    scratch::Scratch,
    syncer::{Progress, Syncer},
};

/// How often, and how seldom, an attachment is claimed that somebody else has.
const CLAIM_TRIES: u32 = 40;
const CLAIM_PAUSE: Duration = Duration::from_millis(50);
/// How often, and after how many bytes at most, what was received is made sure of and told to the ledger: a power cut loses no more.
const SAVE_EVERY: Duration = Duration::from_millis(500);
const SAVE_BYTES: u64 = 64 << 20;

/// What all peers of a session share.
pub(crate) struct Shared {
    pub(crate) session: SessionId,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) mark: MarkOrigin,
    pub(crate) free_space: FreeSpace,
    pub(crate) board: Arc<Board>,
    /// Which endpoint of its sender an attachment comes from: two at once would write over each other.
    pub(crate) claims: Mutex<HashMap<AttachmentId, EndpointId>>,
}

impl Shared {
    fn claim(&self, attachment: AttachmentId, endpoint: EndpointId) -> bool {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        *claims.entry(attachment).or_insert(endpoint) == endpoint
    }

    fn unclaim(&self, attachment: AttachmentId, endpoint: EndpointId) {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.get(&attachment) == Some(&endpoint) {
            claims.remove(&attachment);
        }
    }
}

/// One block to be read.
pub(crate) struct ReadJob {
    pub(crate) attachment: AttachmentId,
    pub(crate) source: Arc<Source>,
    pub(crate) block: u64,
    pub(crate) place: Place,
}

/// For the writing thread, in order.
pub(crate) enum WriteJob {
    /// Something will come: where, under which name, and whether the engine knows of blocks that came before.
    Expect {
        attachment: AttachmentId,
        record: Incoming,
        name: String,
        begun: bool,
    },
    Prepare {
        attachment: AttachmentId,
        manifest: Arc<Manifest>,
    },
    Write {
        attachment: AttachmentId,
        block: u64,
        place: Place,
        bytes: Bytes,
    },
    Persist {
        key: Key,
        record: Bytes,
        replace: bool,
    },
    Finish {
        attachment: AttachmentId,
        digest: Digest,
    },
    /// Ended: with `keep` what is finished stays in the ledger until the log has it.
    Drop {
        attachment: AttachmentId,
        keep: bool,
    },
}

/// What the threads say.
pub(crate) enum Done {
    Input(Input),
    Finished { attachment: AttachmentId, finished: Finished },
}

/// Where both threads answer: never held up, as whoever listens never waits for the disk.
pub(crate) type Answers = mpsc::UnboundedSender<Done>;

/// Starts the reading thread; it ends when its queue does.
///
/// # Errors
/// Where the system has no more threads.
pub(crate) fn start_reader(answers: Answers) -> std::io::Result<mpsc::UnboundedSender<ReadJob>> {
    let (jobs, mut queue) = mpsc::unbounded_channel::<ReadJob>();
    std::thread::Builder::new().name("direct-read".into()).spawn(move || {
        while let Some(ReadJob { attachment, source, block, place }) = queue.blocking_recv() {
            let result = source.read(place);
            let _ = answers.send(Done::Input(Input::ReadDone { attachment, block, result }));
        }
    })?;
    Ok(jobs)
}

/// Starts the writing thread; it ends when its queue does.
///
/// # Errors
/// Where the system has no more threads.
pub(crate) fn start_writer(
    shared: Arc<Shared>,
    endpoint: EndpointId,
    answers: Answers,
) -> std::io::Result<mpsc::UnboundedSender<WriteJob>> {
    let (jobs, mut queue) = mpsc::unbounded_channel::<WriteJob>();
    let runtime = Handle::current();
    let syncer = Syncer::start(shared.clone(), runtime.clone())?;
    let mut writer = Writer {
        shared,
        endpoint,
        answers,
        runtime,
        syncer,
        landings: HashMap::new(),
        unsaved: HashMap::new(),
    };
    std::thread::Builder::new().name("direct-write".into()).spawn(move || {
        while let Some(job) = writer.next(&mut queue) {
            if let Some(job) = job {
                writer.run(job);
            }
            writer.save(Instant::now());
        }
        writer.save(Instant::now() + SAVE_EVERY);
        writer.syncer.wait();
        for attachment in writer.landings.keys() {
            writer.shared.unclaim(*attachment, writer.endpoint);
        }
    })?;
    Ok(jobs)
}

/// One attachment that comes.
struct Landing {
    record: Incoming,
    name: String,
    /// There is something in the part that the engine counts on.
    begun: bool,
    part: Option<Part>,
    scratch: Option<Scratch>,
    /// Bytes written since the ledger was told.
    unsaved: u64,
}

struct Writer {
    shared: Arc<Shared>,
    endpoint: EndpointId,
    answers: Answers,
    runtime: Handle,
    syncer: Syncer,
    landings: HashMap<AttachmentId, Landing>,
    unsaved: HashMap<Key, Unsaved>,
}

/// What the ledger has yet to be told of one transfer.
struct Unsaved {
    record: BytesMut,
    replace: bool,
    due: Instant,
}

impl Writer {
    /// The next job; an inner `None` where the ledger is to be told before one came.
    fn next(&self, queue: &mut mpsc::UnboundedReceiver<WriteJob>) -> Option<Option<WriteJob>> {
        let Some(due) = self.unsaved.values().map(|unsaved| unsaved.due).min() else {
            return queue.blocking_recv().map(Some);
        };
        let patience = due.saturating_duration_since(Instant::now());
        match self.runtime.block_on(async { tokio::time::timeout(patience, queue.recv()).await }) {
            Ok(job) => job.map(Some),
            Err(_) => Some(None),
        }
    }

    fn run(&mut self, job: WriteJob) {
        match job {
            WriteJob::Expect { attachment, record, name, begun } => {
                self.landings.insert(
                    attachment,
                    Landing { record, name, begun, part: None, scratch: None, unsaved: 0 },
                );
            }
            WriteJob::Prepare { attachment, manifest } => {
                let result = self.prepare(attachment, manifest);
                self.answer(Input::Prepared { attachment, result });
            }
            WriteJob::Write { attachment, block, place, bytes } => {
                let result = self.part(attachment).and_then(|part| part.write(place, &bytes));
                if let Some(landing) = self.landings.get_mut(&attachment) {
                    landing.unsaved += u64::from(place.len);
                }
                self.answer(Input::WriteDone { attachment, block, result });
            }
            WriteJob::Persist { key, record, replace } => self.persist(key, &record, replace),
            WriteJob::Finish { attachment, digest } => match self.finish(attachment, digest) {
                Ok(finished) => {
                    self.answer(Input::Finished { attachment, result: Ok(()) });
                    let _ = self.answers.send(Done::Finished { attachment, finished });
                }
                Err(failure) => self.answer(Input::Finished { attachment, result: Err(failure) }),
            },
            WriteJob::Drop { attachment, keep } => self.drop_landing(attachment, keep),
        }
    }

    fn answer(&self, input: Input) {
        let _ = self.answers.send(Done::Input(input));
    }

    fn part(&mut self, attachment: AttachmentId) -> Result<&mut Part, WriteFailure> {
        self.landings
            .get_mut(&attachment)
            .and_then(|landing| landing.part.as_mut())
            .ok_or(WriteFailure::NoPlace)
    }

    fn prepare(&mut self, attachment: AttachmentId, manifest: Arc<Manifest>) -> Result<(), WriteFailure> {
        // Whoever had it may be about to let go: its last writes are still under way.
        let patience = (0..CLAIM_TRIES).any(|_| {
            self.shared.claim(attachment, self.endpoint) || {
                std::thread::sleep(CLAIM_PAUSE);
                false
            }
        });
        if !patience {
            tracing::info!("another client of the sender sends this file already");
            return Err(WriteFailure::Disk);
        }
        let landing = self.landings.get_mut(&attachment).ok_or(WriteFailure::NoPlace)?;
        let Incoming { folder, part, .. } = &landing.record;
        let there = Part::is_there(folder, part);
        if !there && landing.begun {
            return Err(WriteFailure::Lost);
        }
        // First the ledger: a part that nobody knows of would stay for ever.
        let record = Record::Incoming(landing.record.clone());
        save(&self.runtime, &self.shared, Key::receiving(attachment), &record)?;
        let prepared = Part::prepare(folder, part, manifest.clone(), !there, &self.shared.free_space)?;
        landing.scratch = Scratch::create(folder, part, &manifest);
        landing.part = Some(prepared);
        Ok(())
    }

    /// At once beside the part, and for the ledger when it is due.
    fn persist(&mut self, key: Key, record: &[u8], replace: bool) {
        let mut full = false;
        if let Some(landing) = self.landings.get_mut(&key.attachment)
            && key == Key::receiving(key.attachment)
        {
            landing.begun = true;
            full = landing.unsaved >= SAVE_BYTES;
            if let Some(scratch) = &mut landing.scratch {
                scratch.append(record, replace);
            }
        }
        let now = Instant::now();
        let new = || Unsaved { record: BytesMut::new(), replace: false, due: now + SAVE_EVERY };
        let unsaved = self.unsaved.entry(key).or_insert_with(new);
        if replace {
            unsaved.record.clear();
            unsaved.replace = true;
        }
        unsaved.record.extend_from_slice(record);
        if full {
            unsaved.due = now;
        }
    }

    /// Has the ledger told what is due by `now`, once it is synced.
    fn save(&mut self, now: Instant) {
        for (key, Unsaved { record, replace, .. }) in self.unsaved.extract_if(|_, unsaved| unsaved.due <= now)
        {
            let mut unsynced = None;
            if let Some(landing) = self.landings.get_mut(&key.attachment)
                && key == Key::receiving(key.attachment)
            {
                landing.unsaved = 0;
                match landing.part.as_mut().map(Part::unsynced) {
                    Some(Ok(gathered)) => unsynced = Some(gathered),
                    // The next write says so.
                    Some(Err(_)) => continue,
                    None => {}
                }
            }
            self.syncer.tell(Progress { key, record: record.freeze(), replace, unsynced });
        }
    }

    fn finish(&mut self, attachment: AttachmentId, digest: Digest) -> Result<Finished, WriteFailure> {
        self.syncer.wait();
        let landing = self.landings.get_mut(&attachment).ok_or(WriteFailure::NoPlace)?;
        let part = landing.part.as_mut().ok_or(WriteFailure::NoPlace)?;
        part.complete(&self.shared.mark)?;
        let claimed = landing.record.finished.clone().filter(|finished| Part::is_claimed(&finished.path));
        let finished = match claimed {
            Some(finished) => finished,
            None => Finished { path: part.claim(&landing.name)?, digest: Digest32(digest) },
        };
        landing.record.finished = Some(finished.clone());
        // Known before it has its name: whichever step a kill falls on, it is neither lost nor received twice.
        let record = Record::Incoming(landing.record.clone());
        save(&self.runtime, &self.shared, Key::receiving(attachment), &record)?;
        part.settle(&finished.path)?;
        landing.part = None;
        self.shared.unclaim(attachment, self.endpoint);
        Ok(finished)
    }

    fn drop_landing(&mut self, attachment: AttachmentId, keep: bool) {
        // It would otherwise bring back what is thrown away here.
        self.syncer.wait();
        self.shared.unclaim(attachment, self.endpoint);
        self.unsaved.remove(&Key::receiving(attachment));
        let Some(landing) = self.landings.remove(&attachment) else { return };
        if keep {
            return;
        }
        drop(landing.part);
        discard(&landing.record);
        let Shared { ledger, session, .. } = &*self.shared;
        if let Err(error) = self.runtime.block_on(ledger.remove(*session, Key::receiving(attachment))) {
            tracing::warn!(%error, "an ended transfer stays in the ledger");
        }
    }
}

fn save(runtime: &Handle, shared: &Shared, key: Key, record: &Record) -> Result<(), WriteFailure> {
    runtime.block_on(shared.ledger.save(shared.session, key, record)).map_err(|error| {
        tracing::warn!(%error, "a transfer is not kept");
        WriteFailure::Disk
    })
}

/// Throws away what came of it, and the name that it had taken. Waits for the disk.
pub(crate) fn discard(record: &Incoming) {
    Part::remove(&record.folder, &record.part);
    if let Some(finished) = &record.finished {
        Part::unclaim(&finished.path);
    }
}

/// What a restart finds: it was finished already, or not. Waits for the disk.
pub(crate) fn was_finished(record: &Incoming) -> Option<(PathBuf, Digest32)> {
    let finished = record.finished.as_ref()?;
    let gone = !Part::is_there(&record.folder, &record.part);
    gone.then(|| (finished.path.clone(), finished.digest))
}
