//! The thread that waits until what was received is safe on the disk, and then says so in the ledger. A disk takes its time for that,
//! in which the next blocks are written.

use std::{
    io,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use bytes::Bytes;
use tokio::runtime::Handle;

use super::{Key, part::Unsynced, worker::Shared};

/// Progress that may be told once it is true.
pub(super) struct Progress {
    pub(super) key: Key,
    pub(super) record: Bytes,
    pub(super) replace: bool,
    /// What has to be on the disk before; nothing for what is sent.
    pub(super) unsynced: Option<Unsynced>,
}

enum Job {
    Tell(Progress),
    /// Answered, by dropping it, once everything before was done.
    Barrier(mpsc::Sender<()>),
}

/// Its end waits for the thread.
pub(super) struct Syncer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    /// # Errors
    /// Where the system has no more threads.
    pub(super) fn start(shared: Arc<Shared>, runtime: Handle) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("direct-sync".into())
            .spawn(move || run(&queue, &shared, &runtime))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn tell(&self, progress: Progress) {
        self.send(Job::Tell(progress));
    }

    /// Waits until all that was told before is in the ledger.
    pub(super) fn wait(&self) {
        let (done, waiting) = mpsc::channel();
        self.send(Job::Barrier(done));
        // Nobody ever sends: what comes is the end of the other side.
        let _ = waiting.recv();
    }

    fn send(&self, job: Job) {
        // Fails only after a panic there.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(queue: &mpsc::Receiver<Job>, shared: &Shared, runtime: &Handle) {
    while let Ok(job) = queue.recv() {
        match job {
            Job::Tell(Progress { key, record, replace, unsynced }) => {
                if unsynced.is_none_or(Unsynced::sync) {
                    let standing = shared.ledger.stand(shared.session, key, &record, replace);
                    // Costs a restart its progress, and nothing else.
                    if let Err(error) = runtime.block_on(standing) {
                        tracing::warn!(%error, "the progress of a transfer is not kept");
                    }
                }
            }
            Job::Barrier(done) => drop(done),
        }
    }
}
