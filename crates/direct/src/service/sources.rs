//! What we send, and whether it is still what was chosen.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use deskside_proto::{AttachmentId, SessionId};
use tokio::sync::{mpsc, oneshot};

use super::DirectError;
use crate::disk::{Key, Ledger, Outgoing, Record, Source, SourceError};

/// Between two looks for something that is gone.
const RETRY: Duration = Duration::from_secs(5);

type Answer = oneshot::Sender<Result<(), DirectError>>;

/// A thread has looked at the disk.
pub(super) struct Opened {
    pub(super) attachment: AttachmentId,
    result: Result<Source, SourceError>,
    again: bool,
    answer: Option<Answer>,
}

/// How a source stands.
#[derive(Debug)]
pub(super) enum Standing {
    /// Not looked at since the start, or not found then; looked at again at that time.
    Missing(Option<Instant>),
    /// A thread looks.
    Looking,
    Ready(Arc<Source>),
    /// Something else is in its place.
    Changed(Arc<Source>),
}

struct Kept {
    /// As the ledger has it; `None` until that is written.
    outgoing: Option<Outgoing>,
    standing: Standing,
}

pub(super) struct Sources {
    kept: HashMap<AttachmentId, Kept>,
    opened: mpsc::UnboundedSender<Opened>,
}

impl Sources {
    pub(super) fn new(opened: mpsc::UnboundedSender<Opened>) -> Self {
        Self { kept: HashMap::new(), opened }
    }

    /// From the ledger.
    pub(super) fn remember(&mut self, attachment: AttachmentId, outgoing: Outgoing) {
        let kept = Kept { outgoing: Some(outgoing), standing: Standing::Missing(None) };
        self.kept.insert(attachment, kept);
    }

    /// Whether it is sent from here.
    pub(super) fn knows(&self, attachment: AttachmentId) -> bool {
        self.kept.contains_key(&attachment)
    }

    pub(super) fn get(&self, attachment: AttachmentId) -> Option<&Standing> {
        self.kept.get(&attachment).map(|kept| &kept.standing)
    }

    pub(super) fn forget(&mut self, attachment: AttachmentId) -> bool {
        self.kept.remove(&attachment).is_some()
    }

    pub(super) fn retry(&mut self, attachment: AttachmentId) {
        if let Some(Kept { standing: standing @ Standing::Missing(_), .. }) = self.kept.get_mut(&attachment) {
            *standing = Standing::Missing(None);
        }
    }

    /// Looks for what was kept and is not open. `names` are those of our attachments that the log has.
    pub(super) fn look(&mut self, names: &HashMap<AttachmentId, String>) {
        let now = Instant::now();
        let mut due = Vec::new();
        for (attachment, kept) in &mut self.kept {
            if let (Standing::Missing(at), Some(outgoing), Some(name)) =
                (&kept.standing, &kept.outgoing, names.get(attachment))
                && at.is_none_or(|at| now >= at)
            {
                due.push((*attachment, outgoing.path.clone(), name.clone()));
                kept.standing = Standing::Looking;
            }
        }
        for (attachment, path, name) in due {
            self.open(attachment, path, Some(name), false, None);
        }
    }

    /// Opens on a thread; [`Sources::take`] goes on with it. Without a `name` it has its own.
    pub(super) fn open(
        &self,
        attachment: AttachmentId,
        path: PathBuf,
        name: Option<String>,
        again: bool,
        answer: Option<Answer>,
    ) {
        let opened = self.opened.clone();
        tokio::task::spawn_blocking(move || {
            let result = match name {
                Some(name) => Source::open_as(&path, &name),
                None => Source::open(&path),
            };
            // Fails only where the service has ended.
            let _ = opened.send(Opened { attachment, result, again, answer });
        });
    }

    /// Takes into use what was opened, if it is what it has to be.
    pub(super) async fn take(
        &mut self,
        opened: Opened,
        ledger: &dyn Ledger,
        session: SessionId,
    ) -> Option<Arc<Source>> {
        let Opened { attachment, result, again, answer } = opened;
        let from_person = answer.is_some();
        let taken = match result {
            Ok(source) => self.compare(attachment, source, again, from_person, ledger, session).await,
            Err(error) => {
                if let Some(kept) = self.kept.get_mut(&attachment)
                    && matches!(kept.standing, Standing::Looking)
                {
                    tracing::info!(%error, "what is being sent is not there");
                    kept.standing = Standing::Missing(Some(Instant::now() + RETRY));
                }
                Err(error.into())
            }
        };
        let (source, result) = match taken {
            Ok(source) => (Some(source), Ok(())),
            Err(error) => (None, Err(error)),
        };
        if let Some(answer) = answer {
            let _ = answer.send(result);
        }
        source
    }

    async fn compare(
        &mut self,
        attachment: AttachmentId,
        source: Source,
        again: bool,
        from_person: bool,
        ledger: &dyn Ledger,
        session: SessionId,
    ) -> Result<Arc<Source>, DirectError> {
        let now = Outgoing {
            path: source.path().to_owned(),
            stamp: source.stamp(true),
            content: source.stamp(false),
        };
        let source = Arc::new(source);
        let known = self.kept.get(&attachment).and_then(|kept| kept.outgoing.as_ref());
        if again && known.is_some_and(|known| known.content != now.content) {
            return Err(SourceError::Changed.into());
        }
        if !from_person && known.is_some_and(|known| known.stamp != now.stamp) {
            if let Some(kept) = self.kept.get_mut(&attachment) {
                kept.standing = Standing::Changed(source);
            }
            return Err(SourceError::Changed.into());
        }
        if known != Some(&now) {
            ledger.save(session, Key::sending(attachment), &Record::Outgoing(now.clone())).await?;
        }
        let kept = Kept { outgoing: Some(now), standing: Standing::Ready(source.clone()) };
        self.kept.insert(attachment, kept);
        Ok(source)
    }
}
