//! Who has business with whom, and what is started and stopped for it.

use std::path::PathBuf;

use bytes::Bytes;
use deskside_proto::{AttachmentId, Digest32, DirectKind, ParticipantId, RecipientState};
use deskside_transfer::{Expected, Input, Kind, TransferFailure, TransferState, Way, meeting::Party};

use super::{
    DirectEvent, DirectFileState,
    core::{Core, Pair, Peer},
    sources::Standing,
};
use crate::{
    disk::{Incoming, Key, Part, scratch, worker},
    peer::PeerCommand,
};

/// Somebody who wants the bytes, or has them for us.
pub(super) fn wants(state: RecipientState) -> bool {
    matches!(state, RecipientState::Accepted | RecipientState::Transferring | RecipientState::Paused)
}

/// The log says that what goes between us and `peer` has arrived.
fn has_all(file: &DirectFileState, peer: ParticipantId) -> bool {
    let received = |state| state == RecipientState::Received;
    match file.yours {
        Some(yours) => received(yours),
        None => file.recipients.iter().any(|recipient| recipient.id == peer && received(recipient.state)),
    }
}

impl Core {
    /// Every pair that has business, and which way its bytes go.
    pub(super) fn business(&self) -> Vec<(Pair, Way)> {
        let mut business = Vec::new();
        for file in self.files.values().filter(|file| !file.withdrawn) {
            if file.own {
                // Without a source it is another client's of ours.
                let here = self.sources.knows(file.attachment);
                let to = file.recipients.iter().filter(|recipient| here && wants(recipient.state));
                business.extend(to.map(|recipient| ((file.attachment, recipient.id), Way::Sending)));
            } else if file.yours.is_some_and(wants) {
                business.push(((file.attachment, file.sender), Way::Receiving));
            }
        }
        business
    }

    pub(super) fn open_business_with(&self, participant: ParticipantId) -> bool {
        let business = self.business();
        business.iter().any(|(pair, _)| pair.1 == participant && !self.over.contains_key(pair))
    }

    /// Starts what has business and has not started, with everybody who was met; stops what has none any more.
    pub(super) async fn reconcile(&mut self) {
        let business = self.business();
        for (pair, way) in &business {
            if *way == Way::Receiving {
                self.tell_if_finished(*pair).await;
            }
            if self.over.contains_key(pair) {
                continue;
            }
            for party in self.free_for(*pair, *way) {
                match way {
                    Way::Sending => self.start_sending(party, pair.0).await,
                    Way::Receiving => self.start_receiving(party, pair.0).await,
                }
            }
        }
        for (party, peer) in &mut self.peers {
            let stopped = peer.started.iter().copied().filter(|attachment| {
                !business.iter().any(|(pair, _)| *pair == (*attachment, party.participant))
            });
            for attachment in stopped.collect::<Vec<_>>() {
                // Whoever has it all may have said so in the log before it did on the lane.
                let whole = self.files.get(&attachment).is_some_and(|file| has_all(file, party.participant));
                if !whole && !self.over.contains_key(&(attachment, party.participant)) {
                    peer.handle.tell(PeerCommand::Link(Input::Cancel { attachment }));
                }
                peer.handle.tell(PeerCommand::Link(Input::Forget { attachment }));
                peer.started.remove(&attachment);
                self.paused.remove(&(attachment, party.participant));
            }
        }
    }

    /// Endpoints where a pair has to be started. What comes, comes from one endpoint: the first that offered it.
    fn free_for(&self, pair: Pair, way: Way) -> Vec<Party> {
        let of_peer = || self.peers.iter().filter(|(party, peer)| party.participant == pair.1 && peer.met);
        let offered = |peer: &Peer| {
            peer.started.contains(&pair.0)
                && peer
                    .views
                    .iter()
                    .any(|view| view.attachment == pair.0 && view.state != TransferState::Waiting)
        };
        if way == Way::Receiving && of_peer().any(|(_, peer)| offered(peer)) {
            return Vec::new();
        }
        of_peer().filter(|(_, peer)| !peer.started.contains(&pair.0)).map(|(party, _)| *party).collect()
    }

    async fn standing(&self, key: Key) -> Option<Bytes> {
        match self.config.ledger.load(self.config.session).await {
            Ok(entries) => {
                let entry = entries.into_iter().find(|entry| entry.key == key)?;
                Some(Bytes::from(entry.standing)).filter(|standing| !standing.is_empty())
            }
            Err(error) => {
                tracing::warn!(%error, "the ledger cannot be read");
                None
            }
        }
    }

    /// `standing`, and what the run before this one did not live to tell.
    async fn recovered(&self, key: Key, record: &Incoming, standing: Option<Bytes>) -> Option<Bytes> {
        let (of, known) = (record.clone(), standing.clone());
        let found = tokio::task::spawn_blocking(move || scratch::recover(&of, known)).await.ok().flatten();
        let Some((more, replace)) = found else { return standing };
        // Otherwise the journal of this run, which builds on it, would say nothing after the next kill.
        let told = self.config.ledger.stand(self.config.session, key, &more, replace).await;
        if let Err(error) = told {
            tracing::warn!(%error, "the progress of a transfer is not kept");
            return standing;
        }
        match standing {
            Some(standing) if !replace => Some([standing, more].concat().into()),
            _ => Some(more),
        }
    }

    async fn start_sending(&mut self, party: Party, attachment: AttachmentId) {
        let (source, changed) = match self.sources.get(attachment) {
            Some(Standing::Ready(source)) => (source.clone(), false),
            Some(Standing::Changed(source)) => (source.clone(), true),
            _ => return,
        };
        let standing = self.standing(Key::sending(attachment)).await;
        let paused = self.paused.contains(&(attachment, party.participant));
        let Some(peer) = self.peers.get_mut(&party) else { return };
        peer.started.insert(attachment);
        let manifest = source.manifest().clone();
        peer.handle.tell(PeerCommand::Send { attachment, source, manifest, standing });
        if changed {
            // Told to the other side as well.
            let failure = TransferFailure::SourceChanged;
            peer.handle.tell(PeerCommand::Link(Input::Fail { attachment, failure }));
        } else if paused {
            peer.handle.tell(PeerCommand::Link(Input::Pause { attachment }));
        }
    }

    async fn start_receiving(&mut self, party: Party, attachment: AttachmentId) {
        let Some(file) = self.files.get(&attachment).cloned() else { return };
        let key = Key::receiving(attachment);
        let mut standing = self.standing(key).await;
        let known = self.incoming.get(&attachment).cloned();
        let record = match known {
            Some(record) if record.sender == party.participant && is_there(&record).await => {
                standing = self.recovered(key, &record, standing).await;
                record
            }
            known => {
                // Nothing that was kept is there any more: from the beginning.
                if known.is_some() {
                    self.remove_entry(key).await;
                }
                standing = None;
                let Ok(part) = Part::new_name() else { return };
                Incoming {
                    sender: party.participant,
                    folder: self.config.downloads.clone(),
                    part,
                    folder_of_files: file.kind == DirectKind::Folder,
                    finished: None,
                }
            }
        };
        self.incoming.insert(attachment, record.clone());
        let kind = if file.kind == DirectKind::Folder { Kind::Folder } else { Kind::File };
        let expected = Expected { kind, size: file.size, files: file.files };
        let name = deskside_proto::names::suggestion(&file.name, attachment);
        let paused = self.paused.contains(&(attachment, party.participant));
        let Some(peer) = self.peers.get_mut(&party) else { return };
        peer.started.insert(attachment);
        peer.handle.tell(PeerCommand::Receive { attachment, expected, record, name, standing });
        if paused {
            peer.handle.tell(PeerCommand::Link(Input::Pause { attachment }));
        }
    }

    /// A run before this one had it whole, and the log does not know yet.
    async fn tell_if_finished(&mut self, pair: Pair) {
        let (attachment, sender) = pair;
        let known = self.incoming.get(&attachment).filter(|record| record.sender == sender);
        let Some(record) = known.filter(|record| record.finished.is_some() && !self.over.contains_key(&pair))
        else {
            return;
        };
        let Some((path, digest)) = finished(record).await else { return };
        self.over.insert(pair, TransferState::Done);
        let Some(target) = self.files.get(&attachment).map(|file| file.target) else { return };
        let _ = self.events.send(DirectEvent::Received { attachment, target, digest, path }).await;
    }
}

/// Where it is, if an earlier run had it whole.
pub(super) async fn finished(record: &Incoming) -> Option<(PathBuf, Digest32)> {
    let record = record.clone();
    tokio::task::spawn_blocking(move || worker::was_finished(&record)).await.ok().flatten()
}

async fn is_there(record: &Incoming) -> bool {
    let (folder, part) = (record.folder.clone(), record.part.clone());
    tokio::task::spawn_blocking(move || Part::is_there(&folder, &part)).await.unwrap_or(false)
}

pub(super) async fn discard(record: Incoming) {
    let _ = tokio::task::spawn_blocking(move || worker::discard(&record)).await;
}
