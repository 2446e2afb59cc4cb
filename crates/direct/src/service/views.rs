//! How all transfers of a session stand: of those that have a link what it says, of the others what is known without.

use deskside_transfer::{PausedBy, StallReason, TransferState, TransferView, Way};

use super::{
    DirectEvent,
    core::{Core, Pair},
    sources::Standing,
};

impl Core {
    /// Says how everything stands, if anything changed.
    pub(super) async fn tell_views(&mut self) {
        let views: Vec<_> = self.business().into_iter().map(|(pair, way)| self.view(pair, way)).collect();
        if views != self.told {
            self.told.clone_from(&views);
            let _ = self.events.send(DirectEvent::Views(views)).await;
        }
    }

    fn view(&self, pair: Pair, way: Way) -> TransferView {
        let (attachment, peer) = pair;
        let of_links = self
            .peers
            .iter()
            .filter(|(party, _)| party.participant == peer)
            .flat_map(|(_, peer)| &peer.views)
            .filter(|view| view.attachment == attachment);
        let best = of_links.max_by_key(|view| (rank(&view.state), view.done)).cloned();
        let over = self.over.get(&pair);
        let size = self.files.get(&attachment).map_or(0, |file| file.size);
        let mut view = best.unwrap_or(TransferView {
            attachment,
            peer,
            way,
            state: self.without_link(pair, way),
            done: 0,
            size,
            rate: 0,
            seconds_left: None,
            lane: None,
            relayed_why: None,
            code: None,
            digest: None,
        });
        if let Some(over) = over
            && view.state != *over
        {
            (view.state, view.rate, view.seconds_left, view.lane) = (*over, 0, None, None);
            if *over == TransferState::Done {
                view.done = view.size;
            }
        }
        view
    }

    fn without_link(&self, pair: Pair, way: Way) -> TransferState {
        if self.paused.contains(&pair) {
            return TransferState::Paused { by: PausedBy::You };
        }
        if way == Way::Sending && matches!(self.sources.get(pair.0), Some(Standing::Missing(Some(_)))) {
            return TransferState::Stalled { why: StallReason::NeedsSource };
        }
        if self.people.get(&pair.1).is_some_and(|person| person.online) {
            TransferState::Connecting
        } else {
            TransferState::Waiting
        }
    }
}

/// Of two clients of one person, the one that is further.
fn rank(state: &TransferState) -> u8 {
    match state {
        TransferState::Cancelled { .. } | TransferState::Failed { .. } => 0,
        TransferState::Waiting => 1,
        TransferState::Connecting => 2,
        TransferState::Stalled { .. } => 3,
        TransferState::Paused { .. } => 4,
        TransferState::Moving => 5,
        TransferState::Done => 6,
    }
}
