//! [`Link`] that speaks JSON, with what it carries beside it: content never becomes text.

use std::sync::Arc;

use bytes::Bytes;
use deskside_proto::{AttachmentId, Digest32, DirectKind, ParticipantId};
use deskside_transfer::{
    Entry, Expected, Input, JOURNAL_EVERY_DEFAULT, Kind, LaneKind, Link, LinkConfig, Manifest, Output,
    ReadFailure, RelayedWhy, TransferFailure, What, WriteFailure,
};
use serde::{Deserialize, Serialize};

use super::{DirectError, whole};

/// [`Input`] as a page says it. Those that carry bytes say so; an absent journal is an empty one.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    CarrierUp {
        carrier: u32,
        kind: LaneKind,
        max_message: usize,
        rank: u8,
    },
    CarrierDown {
        carrier: u32,
    },
    /// With the message.
    Received {
        carrier: u32,
    },
    Writable {
        carrier: u32,
        free_bytes: usize,
    },
    /// With the journal.
    Offer {
        attachment: AttachmentId,
        manifest: List,
    },
    /// With the journal.
    Accept {
        attachment: AttachmentId,
        kind: DirectKind,
        size: u64,
        files: u32,
    },
    Pause {
        attachment: AttachmentId,
    },
    Resume {
        attachment: AttachmentId,
    },
    Cancel {
        attachment: AttachmentId,
    },
    Fail {
        attachment: AttachmentId,
        failure: TransferFailure,
    },
    Mend {
        attachment: AttachmentId,
    },
    Confirmed {
        attachment: AttachmentId,
        digest: Digest32,
    },
    Forget {
        attachment: AttachmentId,
    },
    Facts {
        code: Option<String>,
        relayed_why: Option<RelayedWhy>,
    },
    /// With the block, unless it failed.
    ReadDone {
        attachment: AttachmentId,
        block: u64,
        failure: Option<NotRead>,
    },
    Prepared {
        attachment: AttachmentId,
        failure: Option<NotWritten>,
    },
    WriteDone {
        attachment: AttachmentId,
        block: u64,
        failure: Option<NotWritten>,
    },
    Finished {
        attachment: AttachmentId,
        failure: Option<NotWritten>,
    },
    Tick,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NotRead {
    Gone,
    Changed,
    Disk,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NotWritten {
    DiskFull,
    Disk,
    NoPlace,
    Lost,
}

/// What an attachment holds.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    kind: DirectKind,
    entries: Vec<ListEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ListEntry {
    path: String,
    /// Bytes; absent for a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

/// [`Output`] as a page reads it; what it carries is asked for beside it.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    Send { carrier: u32 },
    Read { attachment: AttachmentId, block: u64, file: u32, offset: u64, len: u32 },
    Prepare { attachment: AttachmentId },
    Write { attachment: AttachmentId, block: u64, file: u32, offset: u64 },
    Persist { attachment: AttachmentId, replace: bool },
    Finish { attachment: AttachmentId, digest: Digest32 },
    Changed { attachment: AttachmentId },
    Ended { attachment: AttachmentId },
    Stalled { carrier: u32 },
    Replace { carrier: u32 },
    Broken { rule: String },
}

/// A [`Link`] for a page.
#[derive(Debug)]
pub struct LinkDriver {
    link: Link,
    carried: Bytes,
}

impl LinkDriver {
    /// `peer`: the participant in hex; `incarnation`: larger for each later link to the same endpoint; `window_bytes`: content in
    /// memory for each direction.
    ///
    /// # Errors
    /// Where an argument cannot be read.
    pub fn new(peer: &str, incarnation: f64, window_bytes: f64) -> Result<Self, DirectError> {
        let peer: ParticipantId = serde_json::from_value(peer.into()).map_err(DirectError::Input)?;
        let config = LinkConfig {
            peer,
            incarnation: whole(incarnation)?,
            window_bytes: whole(window_bytes)?,
            journal_every: JOURNAL_EVERY_DEFAULT,
        };
        Ok(Self { link: Link::new(config), carried: Bytes::new() })
    }

    /// Takes one step. `now` in milliseconds of a clock that does not run backwards; `carried` are the bytes of inputs that have
    /// some.
    ///
    /// # Errors
    /// Where an argument cannot be read; nothing has happened then.
    pub fn handle(&mut self, input: &str, now: f64, carried: Vec<u8>) -> Result<(), DirectError> {
        let said: Said = serde_json::from_str(input).map_err(DirectError::Input)?;
        let input = said.with(Bytes::from(carried))?;
        self.link.handle(whole(now)?, input);
        Ok(())
    }

    /// The next output as JSON, until there is none. Its bytes are in [`carried`](Self::carried).
    ///
    /// # Errors
    /// Where it cannot be written, which no value makes happen.
    pub fn poll(&mut self) -> Result<Option<String>, DirectError> {
        let Some(output) = self.link.poll_output() else { return Ok(None) };
        let (told, carried) = told(output);
        self.carried = carried;
        serde_json::to_string(&told).map(Some).map_err(DirectError::Output)
    }

    /// The bytes of the newest output, once.
    pub fn carried(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.carried).into()
    }

    /// When to step with `tick`, in milliseconds of the same clock.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a page's clock is below 2^53")]
    pub fn next_deadline(&self) -> Option<f64> {
        self.link.next_deadline().map(|at| at as f64)
    }

    /// A JSON list of `TransferView`.
    ///
    /// # Errors
    /// As [`poll`](Self::poll).
    pub fn views(&self) -> Result<String, DirectError> {
        serde_json::to_string(&self.link.views()).map_err(DirectError::Output)
    }

    /// What an attachment holds, as JSON `{kind, entries: [{path, size?}]}`; a receiver knows it from `prepare` on.
    ///
    /// # Errors
    /// Where `attachment` is no id.
    pub fn manifest(&self, attachment: &str) -> Result<Option<String>, DirectError> {
        let attachment = serde_json::from_value(attachment.into()).map_err(DirectError::Input)?;
        let Some(manifest) = self.link.manifest(attachment) else { return Ok(None) };
        let kind = match manifest.kind() {
            Kind::File => DirectKind::File,
            Kind::Folder => DirectKind::Folder,
        };
        let entries = manifest.entries().iter().map(|entry| ListEntry {
            path: entry.path.clone(),
            size: match entry.what {
                What::File(size) => Some(size),
                What::Folder => None,
            },
        });
        let list = List { kind, entries: entries.collect() };
        serde_json::to_string(&list).map(Some).map_err(DirectError::Output)
    }
}

impl Said {
    fn with(self, carried: Bytes) -> Result<Input, DirectError> {
        Ok(match self {
            Self::CarrierUp { carrier, kind, max_message, rank } => {
                Input::CarrierUp { carrier, kind, max_message, rank }
            }
            Self::CarrierDown { carrier } => Input::CarrierDown { carrier },
            Self::Received { carrier } => Input::Received { carrier, bytes: carried },
            Self::Writable { carrier, free_bytes } => Input::Writable { carrier, free_bytes },
            Self::Offer { attachment, manifest } => Input::Offer {
                attachment,
                manifest: Arc::new(manifest.checked()?),
                standing: journal(carried),
            },
            Self::Accept { attachment, kind, size, files } => {
                let expected = Expected { kind: kind_of(kind), size, files };
                Input::Accept { attachment, expected, standing: journal(carried) }
            }
            Self::Pause { attachment } => Input::Pause { attachment },
            Self::Resume { attachment } => Input::Resume { attachment },
            Self::Cancel { attachment } => Input::Cancel { attachment },
            Self::Fail { attachment, failure } => Input::Fail { attachment, failure },
            Self::Mend { attachment } => Input::Mend { attachment },
            Self::Confirmed { attachment, digest } => Input::Confirmed { attachment, digest: digest.0 },
            Self::Forget { attachment } => Input::Forget { attachment },
            Self::Facts { code, relayed_why } => Input::Facts { code, relayed_why },
            Self::ReadDone { attachment, block, failure } => {
                let result = failure.map_or(Ok(carried), |failure| Err(failure.into()));
                Input::ReadDone { attachment, block, result }
            }
            Self::Prepared { attachment, failure } => Input::Prepared { attachment, result: done(failure) },
            Self::WriteDone { attachment, block, failure } => {
                Input::WriteDone { attachment, block, result: done(failure) }
            }
            Self::Finished { attachment, failure } => Input::Finished { attachment, result: done(failure) },
            Self::Tick => Input::Tick,
        })
    }
}

impl List {
    fn checked(self) -> Result<Manifest, DirectError> {
        let mut entries = self
            .entries
            .into_iter()
            .map(|entry| Entry { path: entry.path, what: entry.size.map_or(What::Folder, What::File) });
        if self.kind == DirectKind::Folder {
            return Ok(Manifest::folder(entries.collect())?);
        }
        match (entries.next(), entries.next()) {
            (Some(Entry { path, what: What::File(size) }), None) => Ok(Manifest::file(&path, size)?),
            _ => Err(deskside_transfer::ManifestProblem::Unreadable.into()),
        }
    }
}

fn kind_of(kind: DirectKind) -> Kind {
    match kind {
        DirectKind::File => Kind::File,
        DirectKind::Folder => Kind::Folder,
    }
}

fn journal(carried: Bytes) -> Option<Bytes> {
    Some(carried).filter(|journal| !journal.is_empty())
}

fn done(failure: Option<NotWritten>) -> Result<(), WriteFailure> {
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

impl From<NotRead> for ReadFailure {
    fn from(failure: NotRead) -> Self {
        match failure {
            NotRead::Gone => Self::Gone,
            NotRead::Changed => Self::Changed,
            NotRead::Disk => Self::Disk,
        }
    }
}

impl From<NotWritten> for WriteFailure {
    fn from(failure: NotWritten) -> Self {
        match failure {
            NotWritten::DiskFull => Self::DiskFull,
            NotWritten::Disk => Self::Disk,
            NotWritten::NoPlace => Self::NoPlace,
            NotWritten::Lost => Self::Lost,
        }
    }
}

fn told(output: Output) -> (Told, Bytes) {
    let told = match output {
        Output::Send { carrier, bytes } => return (Told::Send { carrier }, bytes),
        Output::Write { attachment, block, place, bytes } => {
            return (Told::Write { attachment, block, file: place.file, offset: place.offset }, bytes);
        }
        Output::Persist { attachment, record, replace } => {
            return (Told::Persist { attachment, replace }, record);
        }
        Output::Read { attachment, block, place } => {
            Told::Read { attachment, block, file: place.file, offset: place.offset, len: place.len }
        }
        Output::Prepare { attachment } => Told::Prepare { attachment },
        Output::Finish { attachment, digest } => Told::Finish { attachment, digest: Digest32(digest) },
        Output::Changed { attachment } => Told::Changed { attachment },
        Output::Ended { attachment } => Told::Ended { attachment },
        Output::Stalled { carrier } => Told::Stalled { carrier },
        Output::Replace { carrier } => Told::Replace { carrier },
        Output::Broken { rule } => Told::Broken { rule: rule.to_string() },
    };
    (told, Bytes::new())
}
