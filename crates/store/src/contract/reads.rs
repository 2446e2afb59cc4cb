//! Who has read how far, and what is unread.

use deskside_proto::{EventBody, Participant, ParticipantId, ReadMark, Seq, SessionId, UserId};

use super::world::World;
use crate::{Batch, Caller, ReadPosition, SessionFilter, Store};

impl<S: Store> World<S> {
    async fn read(&self, session: SessionId, participant: ParticipantId, seq: Seq) {
        let reads = vec![ReadPosition { session, participant, seq }];
        assert!(self.store.write(Batch { appends: Vec::new(), reads }).await.unwrap().is_empty());
    }

    async fn marks(&self, session: SessionId) -> Vec<(ParticipantId, Seq)> {
        let record = self.store.session(Caller::User(self.technician), session).await.unwrap().unwrap();
        record.read.iter().map(|ReadMark { participant_id, seq }| (*participant_id, *seq)).collect()
    }

    async fn unread(&self, user: UserId, session: SessionId) -> u32 {
        let listed = self.store.sessions(user, self.org, SessionFilter::Open, None, 9).await.unwrap();
        listed.iter().find(|record| record.id == session).unwrap().unread
    }
}

pub async fn marks_go_forward_only(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    assert_eq!(world.marks(id).await, [], "nobody has read anything");
    for (participant, seq, expected) in [
        (cora.id, 1, vec![(cora.id, 1)]),
        (cora.id, 0, vec![(cora.id, 1)]),
        (tess.id, 2, vec![(tess.id, 2), (cora.id, 1)]),
        (cora.id, u64::MAX, vec![(tess.id, 2), (cora.id, 2)]),
        (ParticipantId(world.id()), 2, vec![(tess.id, 2), (cora.id, 2)]),
    ] {
        world.read(id, participant, seq).await;
        assert_eq!(world.marks(id).await, expected, "{participant} at {seq}");
    }
    let other = world.session_by(world.technician).await;
    world.read(other, cora.id, 1).await;
    assert_eq!(world.marks(other).await, [], "a place belongs to its session");
}

pub async fn a_batch_keeps_marks_and_events(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let appends = vec![world.message(id, &cora, "hello"), world.edit(id, &cora, 9, "refused")];
    let reads = vec![ReadPosition { session: id, participant: cora.id, seq: 2 }];
    let results = world.store.write(Batch { appends, reads }).await.unwrap();
    assert_eq!((results.len(), results[0].is_ok(), results[1].is_ok()), (2, true, false));
    assert_eq!(world.marks(id).await, [(cora.id, 2)], "up to the event of the same batch");
}

/// Rows Z10, Z11: messages count, edits that are to be noticed count, other edits and everything else do not.
pub async fn what_others_said_is_unread_until_it_is_read(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora): (Participant, Participant) =
        (world.technician(id, world.technician).await, world.customer(id).await);
    let mine = world.unread(world.technician, id).await;
    assert_eq!((mine, world.unread(world.admin, id).await), (0, 0), "nobody said anything");
    let seq = world.append(world.message(id, &cora, "hello")).await.event.seq;
    world.append(world.message(id, &tess, "hi")).await;
    world.append(world.react(id, &cora, seq)).await;
    assert_eq!(world.unread(world.technician, id).await, 1, "one's own words are read");
    assert_eq!(world.unread(world.admin, id).await, 0, "who is not in the room is told nothing");
    let quiet = world.append(world.edit(id, &cora, seq, "hello!")).await.event.seq;
    assert_eq!(world.unread(world.technician, id).await, 1);
    world.read(id, tess.id, quiet).await;
    assert_eq!(world.unread(world.technician, id).await, 0);
    let mut loud = world.edit(id, &cora, seq, "HELLO");
    loud.body = EventBody::MessageEdited { target: seq, text: Some("HELLO".to_owned()), notify: true };
    world.append(loud).await;
    assert_eq!(world.unread(world.technician, id).await, 1);
    world.append(world.delete(id, &cora, seq)).await;
    for number in 0..120 {
        world.append(world.message(id, &cora, &number.to_string())).await;
    }
    assert_eq!(world.unread(world.technician, id).await, 100, "counted no further");
}
