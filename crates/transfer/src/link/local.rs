//! What the people here, and the driver, say to a link.

use std::sync::Arc;

use bytes::Bytes;
use deskside_proto::AttachmentId;

use super::Link;
use crate::{
    BrokenRule, Expected, Input, Manifest, ReadFailure, Side, TransferState, incoming::Incoming,
    outgoing::Outgoing,
};

impl Link {
    /// # Errors
    /// Where an offer that was accepted now is not what the log says.
    pub(super) fn local(&mut self, input: Input) -> Result<(), BrokenRule> {
        match input {
            Input::Offer { attachment, manifest, standing } => self.offer(attachment, manifest, standing),
            Input::Accept { attachment, expected, standing } => {
                return self.accept(attachment, expected, standing);
            }
            Input::Pause { attachment } => self.pause(attachment, true),
            Input::Resume { attachment } => self.pause(attachment, false),
            Input::Cancel { attachment } => self.end(attachment, TransferState::Cancelled { by: Side::You }),
            Input::Fail { attachment, failure } => self.end(attachment, TransferState::Failed { failure }),
            Input::Mend { attachment } => self.mend(attachment),
            Input::Confirmed { attachment, digest } => {
                if let Some(outgoing) = self.sending.outgoing.get_mut(&attachment)
                    && outgoing.common.over.is_none()
                {
                    outgoing.stored(digest);
                }
            }
            Input::Forget { attachment } => self.forget(attachment),
            Input::Facts { code, relayed_why } => {
                if (&code, relayed_why) != (&self.code, self.relayed_why) {
                    (self.code, self.relayed_why) = (code, relayed_why);
                    self.all_changed();
                }
            }
            other => self.answer(other),
        }
        Ok(())
    }

    /// What the driver answers to an output.
    fn answer(&mut self, input: Input) {
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        match input {
            Input::ReadDone { attachment, block, result } => self.read_done(attachment, block, result),
            Input::Prepared { attachment, result } => {
                if let Some(incoming) = self.incoming.get_mut(&attachment) {
                    incoming.prepared(result, &mut fx);
                }
            }
            Input::WriteDone { attachment, block, result } => {
                if let Some(incoming) = self.incoming.get_mut(&attachment) {
                    incoming.write_done(block, result, &mut fx);
                }
            }
            Input::Finished { attachment, result } => {
                if let Some(incoming) = self.incoming.get_mut(&attachment) {
                    incoming.finished(result, &mut fx);
                }
            }
            _ => {}
        }
    }

    fn read_done(&mut self, attachment: AttachmentId, block: u64, result: Result<Bytes, ReadFailure>) {
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        if let Some(outgoing) = self.sending.outgoing.get_mut(&attachment) {
            let number = fx.control.next_number();
            let open = outgoing.read_done(block, result, &mut fx);
            self.sending.reserve(number, open);
        }
    }

    fn offer(&mut self, attachment: AttachmentId, manifest: Arc<Manifest>, standing: Option<Bytes>) {
        let open = self.sending.outgoing.get(&attachment).is_some_and(|known| known.common.over.is_none());
        if open {
            return;
        }
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        let outgoing = Outgoing::new(attachment, manifest, standing, &mut fx);
        self.sending.handles.retain(|_, known| *known != attachment);
        self.sending.outgoing.insert(attachment, outgoing);
    }

    fn accept(
        &mut self,
        attachment: AttachmentId,
        expected: Expected,
        standing: Option<Bytes>,
    ) -> Result<(), BrokenRule> {
        if self.incoming.get(&attachment).is_some_and(|known| known.common.over.is_none()) {
            return Ok(());
        }
        let mut incoming = Incoming::new(attachment, expected, standing, self.config.journal_every);
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        let offered = match self.pending.remove(&attachment) {
            Some(pending) => incoming.offered(pending.offer, pending.paused, &mut fx),
            None => Ok(()),
        };
        self.incoming.insert(attachment, incoming);
        offered
    }

    fn pause(&mut self, attachment: AttachmentId, on: bool) {
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        if let Some(outgoing) = self.sending.outgoing.get_mut(&attachment) {
            outgoing.pause(on, &mut fx);
        }
        if let Some(incoming) = self.incoming.get_mut(&attachment) {
            incoming.common.pause(on, &mut fx);
        }
    }

    fn end(&mut self, attachment: AttachmentId, state: TransferState) {
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        self.sending.end(attachment, state, &mut fx);
        if let Some(incoming) = self.incoming.get_mut(&attachment) {
            incoming.end(state, &mut fx);
        }
    }

    fn mend(&mut self, attachment: AttachmentId) {
        let mut fx = Self::fx(self.now, &mut self.outputs, &mut self.control);
        if let Some(outgoing) = self.sending.outgoing.get_mut(&attachment) {
            outgoing.mend();
        }
        if let Some(incoming) = self.incoming.get_mut(&attachment) {
            incoming.mend(&mut fx);
        }
    }

    fn forget(&mut self, attachment: AttachmentId) {
        self.sending
            .outgoing
            .retain(|known, outgoing| *known != attachment || outgoing.common.over.is_none());
        self.incoming.retain(|known, incoming| *known != attachment || incoming.common.over.is_none());
        self.sending.handles.retain(|_, known| self.sending.outgoing.contains_key(known));
        let (pending, incoming) = (&self.pending, &self.incoming);
        self.handles.retain(|_, known| pending.contains_key(known) || incoming.contains_key(known));
    }

    /// The peer broke the rules; see [`crate::Output::Broken`].
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}
