//! One end: a link, and what its driver would have: sources, a disk, journals.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use deskside_proto::AttachmentId;
use deskside_transfer::{
    BrokenRule, Expected, Input, JOURNAL_EVERY_DEFAULT, Link, LinkConfig, Manifest, Output, Place,
    ReadFailure, TransferState, Way, WriteFailure,
};

use super::{WINDOW, person};

/// Bytes that look like nothing, the same for the same seed.
pub(crate) fn content(seed: u64, len: u64) -> Vec<u8> {
    let mut bytes = vec![0; len as usize];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

pub(crate) struct End {
    at: usize,
    pub(crate) link: Link,
    /// Counts restarts.
    pub(crate) run: u64,
    /// What it sends: the files by index.
    pub(crate) sources: BTreeMap<AttachmentId, (Arc<Manifest>, Vec<Vec<u8>>)>,
    /// What it accepted.
    wants: BTreeMap<AttachmentId, Expected>,
    /// What was written, by file.
    pub(crate) disk: BTreeMap<AttachmentId, BTreeMap<u32, Vec<u8>>>,
    pub(crate) journals: BTreeMap<(AttachmentId, bool), Vec<u8>>,
    written: BTreeSet<(AttachmentId, u64)>,
    pub(crate) finished: BTreeSet<AttachmentId>,
    pub(crate) ended: Vec<AttachmentId>,
    pub(crate) broken: Option<BrokenRule>,
    pub(crate) reads_fail: Option<ReadFailure>,
    pub(crate) writes_fail: Option<WriteFailure>,
    pub(crate) read_millis: u64,
    pub(crate) write_millis: u64,
}

impl End {
    pub(crate) fn new(at: usize) -> Self {
        Self {
            at,
            link: Self::link(at, 1),
            run: 1,
            sources: BTreeMap::new(),
            wants: BTreeMap::new(),
            disk: BTreeMap::new(),
            journals: BTreeMap::new(),
            written: BTreeSet::new(),
            finished: BTreeSet::new(),
            ended: Vec::new(),
            broken: None,
            reads_fail: None,
            writes_fail: None,
            read_millis: 1,
            write_millis: 2,
        }
    }

    fn link(at: usize, incarnation: u64) -> Link {
        Link::new(LinkConfig {
            peer: person(1 - at as u8),
            incarnation,
            window_bytes: WINDOW,
            journal_every: JOURNAL_EVERY_DEFAULT,
        })
    }

    pub(crate) fn restart(&mut self) {
        self.run += 1;
        self.link = Self::link(self.at, self.run);
        self.written.clear();
    }

    /// What a driver says again after a restart: everything that is not over.
    pub(crate) fn asked_again(&mut self) -> Vec<Input> {
        let open = |attachment: &AttachmentId, ended: &[AttachmentId]| !ended.contains(attachment);
        let mut inputs = Vec::new();
        for (attachment, (manifest, _)) in &self.sources {
            if open(attachment, &self.ended) {
                let standing =
                    self.journals.get(&(*attachment, true)).map(|bytes| Bytes::from(bytes.clone()));
                inputs.push(Input::Offer {
                    attachment: *attachment,
                    manifest: Arc::clone(manifest),
                    standing,
                });
            }
        }
        for (attachment, expected) in &self.wants {
            if open(attachment, &self.ended) {
                let standing =
                    self.journals.get(&(*attachment, false)).map(|bytes| Bytes::from(bytes.clone()));
                inputs.push(Input::Accept { attachment: *attachment, expected: *expected, standing });
            }
        }
        inputs
    }

    /// Has a file to send, and offers it.
    pub(crate) fn file(&mut self, attachment: AttachmentId, bytes: Vec<u8>) -> Input {
        let manifest = Manifest::file("report.bin", bytes.len() as u64).unwrap();
        self.source(attachment, manifest, vec![bytes])
    }

    pub(crate) fn source(
        &mut self,
        attachment: AttachmentId,
        manifest: Manifest,
        files: Vec<Vec<u8>>,
    ) -> Input {
        let manifest = Arc::new(manifest);
        self.sources.insert(attachment, (Arc::clone(&manifest), files));
        Input::Offer { attachment, manifest, standing: None }
    }

    pub(crate) fn accept(&mut self, attachment: AttachmentId, manifest: &Manifest) -> Input {
        let expected = Expected { kind: manifest.kind(), size: manifest.size(), files: manifest.files() };
        self.wants.insert(attachment, expected);
        Input::Accept { attachment, expected, standing: None }
    }

    pub(crate) fn state(&self, attachment: AttachmentId) -> TransferState {
        self.link.view(attachment).unwrap().state
    }

    pub(crate) fn all_over(&self) -> bool {
        self.link.views().iter().all(|view| view.state.is_over())
    }

    /// Does it, and says what to answer after how many milliseconds.
    pub(crate) fn output(&mut self, _now: u64, output: Output) -> Option<(u64, Input)> {
        match output {
            Output::Read { attachment, block, place } => {
                let result = self.read(attachment, place);
                Some((self.read_millis, Input::ReadDone { attachment, block, result }))
            }
            Output::Prepare { attachment } => {
                assert!(self.link.manifest(attachment).is_some());
                let result = self.writes_fail.map_or(Ok(()), Err);
                Some((1, Input::Prepared { attachment, result }))
            }
            Output::Write { attachment, block, place, bytes } => {
                let result = self.write(attachment, block, place, &bytes);
                Some((self.write_millis, Input::WriteDone { attachment, block, result }))
            }
            Output::Persist { attachment, record, replace } => {
                let sends = self.link.view(attachment).unwrap().way == Way::Sending;
                let journal = self.journals.entry((attachment, sends)).or_default();
                if replace {
                    journal.clear();
                }
                journal.extend_from_slice(&record);
                None
            }
            Output::Finish { attachment, .. } => {
                assert!(self.link.manifest(attachment).is_some());
                let result = self.writes_fail.map_or(Ok(()), Err);
                Some((1, Input::Finished { attachment, result }))
            }
            Output::Ended { attachment } => {
                assert!(!self.ended.contains(&attachment), "ended twice");
                self.ended.push(attachment);
                None
            }
            Output::Broken { rule } => {
                self.broken = Some(rule);
                None
            }
            Output::Changed { attachment } => {
                assert!(self.link.view(attachment).is_some());
                None
            }
            Output::Send { .. } | Output::Stalled { .. } | Output::Replace { .. } => None,
        }
    }

    pub(crate) fn answered(&mut self, input: &Input) {
        if let Input::Finished { attachment, result: Ok(()) } = input {
            self.finished.insert(*attachment);
        }
    }

    fn read(&self, attachment: AttachmentId, place: Place) -> Result<Bytes, ReadFailure> {
        if let Some(failure) = self.reads_fail {
            return Err(failure);
        }
        let file = &self.sources[&attachment].1[place.file as usize];
        let from = place.offset as usize;
        let to = file.len().min(from + place.len as usize);
        Ok(Bytes::copy_from_slice(file.get(from..to).unwrap_or_default()))
    }

    fn write(
        &mut self,
        attachment: AttachmentId,
        block: u64,
        place: Place,
        bytes: &[u8],
    ) -> Result<(), WriteFailure> {
        if let Some(failure) = self.writes_fail {
            return Err(failure);
        }
        assert!(self.written.insert((attachment, block)), "block {block} written twice");
        let file = self.disk.entry(attachment).or_default().entry(place.file).or_default();
        let to = place.offset as usize + bytes.len();
        if file.len() < to {
            file.resize(to, 0);
        }
        file[place.offset as usize..to].copy_from_slice(bytes);
        Ok(())
    }
}
