//! The disk's side of one link: which source a block is read from, and the threads that do it.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use deskside_proto::{AttachmentId, EndpointId};
use deskside_transfer::{Digest, Input, Manifest, Place, ReadFailure, TransferState, Way, WriteFailure};
use tokio::sync::mpsc;

use crate::disk::{
    Incoming, Key, Source,
    worker::{self, Answers, ReadJob, Shared, WriteJob},
};

pub(super) struct Transfers {
    shared: Arc<Shared>,
    endpoint: EndpointId,
    answers: Answers,
    reader: Option<mpsc::UnboundedSender<ReadJob>>,
    writer: Option<mpsc::UnboundedSender<WriteJob>>,
    sources: HashMap<AttachmentId, Arc<Source>>,
    ways: HashMap<AttachmentId, Way>,
}

impl Transfers {
    /// Nothing yet. Threads come with the first job; `endpoint` is the peer's.
    pub(super) fn new(shared: Arc<Shared>, endpoint: EndpointId, answers: Answers) -> Self {
        Self {
            shared,
            endpoint,
            answers,
            reader: None,
            writer: None,
            sources: HashMap::new(),
            ways: HashMap::new(),
        }
    }

    pub(super) fn send(&mut self, attachment: AttachmentId, source: Arc<Source>) {
        self.ways.insert(attachment, Way::Sending);
        self.sources.insert(attachment, source);
    }

    pub(super) fn receive(&mut self, attachment: AttachmentId, record: Incoming, name: String, begun: bool) {
        self.ways.insert(attachment, Way::Receiving);
        self.write(WriteJob::Expect { attachment, record, name, begun });
    }

    pub(super) fn set_source(&mut self, attachment: AttachmentId, source: Arc<Source>) {
        if self.ways.get(&attachment) == Some(&Way::Sending) {
            self.sources.insert(attachment, source);
        }
    }

    pub(super) fn way(&self, attachment: AttachmentId) -> Option<Way> {
        self.ways.get(&attachment).copied()
    }

    /// Reads a block, or says at once why not.
    pub(super) fn read(&mut self, attachment: AttachmentId, block: u64, place: Place) -> Option<Input> {
        let failed = |failure| Some(Input::ReadDone { attachment, block, result: Err(failure) });
        let Some(source) = self.sources.get(&attachment).cloned() else { return failed(ReadFailure::Gone) };
        if self.reader.is_none() {
            self.reader = worker::start_reader(self.answers.clone()).ok();
        }
        let job = ReadJob { attachment, source, block, place };
        match self.reader.as_ref().map(|reader| reader.send(job)) {
            Some(Ok(())) => None,
            _ => failed(ReadFailure::Disk),
        }
    }

    pub(super) fn prepare(&mut self, attachment: AttachmentId, manifest: Option<Manifest>) -> Option<Input> {
        let failed = |failure| Some(Input::Prepared { attachment, result: Err(failure) });
        let Some(manifest) = manifest.map(Arc::new) else { return failed(WriteFailure::NoPlace) };
        let given = self.write(WriteJob::Prepare { attachment, manifest });
        if given { None } else { failed(WriteFailure::Disk) }
    }

    pub(super) fn write_block(
        &mut self,
        attachment: AttachmentId,
        block: u64,
        place: Place,
        bytes: Bytes,
    ) -> Option<Input> {
        let given = self.write(WriteJob::Write { attachment, block, place, bytes });
        let result = Err(WriteFailure::Disk);
        if given { None } else { Some(Input::WriteDone { attachment, block, result }) }
    }

    pub(super) fn persist(&mut self, attachment: AttachmentId, record: Bytes, replace: bool) {
        let Some(way) = self.way(attachment) else { return };
        self.write(WriteJob::Persist { key: Key { attachment, way }, record, replace });
    }

    pub(super) fn finish(&mut self, attachment: AttachmentId, digest: Digest) -> Option<Input> {
        let given = self.write(WriteJob::Finish { attachment, digest });
        let result = Err(WriteFailure::Disk);
        if given { None } else { Some(Input::Finished { attachment, result }) }
    }

    /// It is over: what came of it is thrown away, unless it is whole.
    pub(super) fn ended(&mut self, attachment: AttachmentId, state: TransferState) {
        self.sources.remove(&attachment);
        if self.way(attachment) == Some(Way::Receiving) {
            self.write(WriteJob::Drop { attachment, keep: state == TransferState::Done });
        }
    }

    fn write(&mut self, job: WriteJob) -> bool {
        if self.writer.is_none() {
            self.writer = worker::start_writer(self.shared.clone(), self.endpoint, self.answers.clone()).ok();
        }
        self.writer.as_ref().is_some_and(|writer| writer.send(job).is_ok())
    }
}
