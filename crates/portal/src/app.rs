//! Everything that runs, put together.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use deskside_proto::{Event, EventBody, SessionId};
use deskside_store::{ReadPosition, Store};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Config, Env,
    auth::{Passwords, SignIns},
    blobs::Blobs,
    bots::Outside,
    documents::{DocumentJob, DocumentReader},
    eraser::{EraseJob, Eraser},
    extract::Extractor,
    hub::Hub,
    idle::IdleWatch,
    indexer::Indexer,
    mail::Mailer,
    mailbox::Wakes,
    origin,
    rate::RateLimits,
    relay::Relay,
    seal::{Desk, SealJob, Sealer},
    seen::Seen,
    sweeper::Sweeper,
    uploads::Uploads,
    writer::{Published, Writer},
};

/// The running portal, shared by all routes and sockets.
pub struct App {
    pub store: Arc<dyn Store>,
    pub env: Env,
    pub config: Config,
    pub own_origins: Vec<String>,
    pub hub: Arc<Hub>,
    pub relay: Arc<Relay>,
    pub writer: Writer,
    pub sealer: Sealer,
    pub indexer: Indexer,
    pub documents: DocumentReader,
    pub blobs: Blobs,
    pub uploads: Uploads,
    pub eraser: Eraser,
    pub sweeper: Arc<Sweeper>,
    pub idle: Arc<IdleWatch>,
    pub extractor: Extractor,
    /// The way to addresses that people typed, and the keys of what they entered for it.
    pub outside: Outside,
    pub passwords: Passwords,
    pub rates: RateLimits,
    pub sign_ins: SignIns,
    pub seen: Seen,
    /// Absent where no mail server is named.
    pub mailer: Option<Mailer>,
    /// Sockets close when it is cancelled.
    pub closing: CancellationToken,
    /// Counts sockets, so that they can say goodbye.
    pub sockets: TaskTracker,
    stop_tasks: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl App {
    /// Makes the folders, starts the writer and the jobs behind it.
    pub fn start(store: Arc<dyn Store>, config: Config, env: Env) -> io::Result<Arc<Self>> {
        let blobs = match &config.bucket {
            Some(bucket) => Blobs::bucket(bucket)?,
            None => Blobs::folder(&config.data_dir.join("blobs"))?,
        };
        let uploads = Uploads::open(config.data_dir.join("staging"))?;
        let hub = Arc::new(Hub::default());
        let relay = Arc::new(Relay::default());
        let stop_tasks = CancellationToken::new();
        let desk = Desk::open(&config.data_dir.join("sealing"))?;
        let (seal_store, seal_blobs) = (store.clone(), blobs.clone());
        let job = SealJob { store: seal_store, blobs: seal_blobs, hub: hub.clone(), env: env.clone(), desk };
        let (sealer, sealing) = Sealer::start(job, stop_tasks.clone());
        let index_path = config.data_dir.join("search.db");
        let (indexer, indexing) = Indexer::start(store.clone(), index_path, stop_tasks.clone());
        let extractor = Extractor::new(config.extract.clone());
        let job = DocumentJob {
            store: store.clone(),
            blobs: blobs.clone(),
            indexer: indexer.clone(),
            extractor: extractor.clone(),
        };
        let (documents, reading) = DocumentReader::start(job, stop_tasks.clone());
        let job = EraseJob {
            store: store.clone(),
            blobs: blobs.clone(),
            uploads: uploads.clone(),
            indexer: indexer.clone(),
        };
        let (eraser, erasing) = Eraser::start(job, stop_tasks.clone());
        let news = News {
            hub: hub.clone(),
            relay: relay.clone(),
            sealer: sealer.clone(),
            eraser: eraser.clone(),
            indexer: indexer.clone(),
            documents: documents.clone(),
        };
        let (writer, writing) = Writer::start(store.clone(), news, stop_tasks.clone());
        let sweeper = Arc::new(Sweeper {
            store: store.clone(),
            writer: writer.clone(),
            eraser: eraser.clone(),
            uploads: uploads.clone(),
            env: env.clone(),
            upload_life: config.upload_life,
        });
        let sweeping = sweeper.clone().start(stop_tasks.clone());
        let idle = Arc::new(IdleWatch {
            store: store.clone(),
            writer: writer.clone(),
            hub: hub.clone(),
            eraser: eraser.clone(),
            env: env.clone(),
            started_at: env.now(),
        });
        let watching = idle.clone().start(stop_tasks.clone());
        let (seen, seeing) = Seen::start(store.clone(), stop_tasks.clone());
        let mut tasks = vec![writing, sealing, erasing, indexing, reading, sweeping, watching, seeing];
        let outside = Outside::open(&config, env.clone())?;
        let (mailer, mailing) = start_mailer(&config, &stop_tasks)?.unzip();
        tasks.extend(mailing);
        Ok(Arc::new(Self {
            eraser,
            sweeper,
            idle,
            own_origins: origin::own_origins(&config.public_url),
            extractor,
            documents,
            outside,
            passwords: Passwords::default(),
            rates: RateLimits::new(config.rates),
            closing: CancellationToken::new(),
            sockets: TaskTracker::new(),
            tasks: Mutex::new(tasks),
            sign_ins: SignIns::default(),
            seen,
            mailer,
            store,
            env,
            config,
            hub,
            relay,
            writer,
            sealer,
            indexer,
            blobs,
            uploads,
            stop_tasks,
        }))
    }

    /// Writes what waits and ends the tasks. Call it when no request runs any more.
    pub async fn stop(&self) {
        self.closing.cancel();
        self.stop_tasks.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task ended badly");
            }
        }
    }
}

/// Where a mail server is named.
fn start_mailer(config: &Config, stop: &CancellationToken) -> io::Result<Option<(Mailer, JoinHandle<()>)>> {
    let hello = config.public_url.host_str().unwrap_or("localhost");
    let start = |mail| Mailer::start(mail, hello, stop.clone()).map_err(io::Error::other);
    config.mail.as_ref().map(start).transpose()
}

/// Who has to know what was committed.
struct News {
    hub: Arc<Hub>,
    relay: Arc<Relay>,
    sealer: Sealer,
    eraser: Eraser,
    indexer: Indexer,
    documents: DocumentReader,
}

impl Published for News {
    fn event(&self, session: SessionId, event: &Event, wakes: &mut Wakes) {
        self.hub.publish(session, event, wakes);
        self.relay.event(session, &event.body);
        self.indexer.wake(session);
        match &event.body {
            EventBody::MessagePosted(message) if !message.attachments.is_empty() => {
                self.documents.wake(session);
            }
            EventBody::SessionEnded { .. } => self.sealer.seal(session),
            EventBody::MessageDeleted { .. } | EventBody::AttachmentsWithdrawn { .. } => self.eraser.wake(),
            _ => {}
        }
    }

    fn read(&self, position: ReadPosition, wakes: &mut Wakes) {
        self.hub.read(position, wakes);
    }
}
