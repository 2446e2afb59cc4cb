//! What a search in Files compares its hits with, and what the charts are made of (rows Z16, C09).

use deskside_proto::{
    AttachmentId, DirectFile, DirectKind, Participant, SessionId,
    api::{StorageKind, StorageShare},
};

use super::world::{NOW, World, digest};
use crate::{
    Append, Documents, HoldChange, HoldOutcome, NewDirect, RawDay, RawFrees, StatisticsQuery, Store,
    UploadDigest, UploadLimits, archive::DAY,
};

impl<S: Store> World<S> {
    /// An offered file of that type.
    async fn offered_as(
        &self,
        session: SessionId,
        sender: &Participant,
        media_type: &str,
    ) -> (AttachmentId, u64) {
        let upload = self.upload(session, sender).await;
        let digest = UploadDigest { media_type: media_type.to_owned(), ..digest() };
        self.store.complete_upload(upload.id, digest).await.unwrap();
        let offered = self.append(self.offer(session, sender, &[upload.attachment])).await;
        (upload.attachment, offered.event.seq)
    }

    async fn offered_directly(&self, session: SessionId, sender: &Participant) -> AttachmentId {
        let attachment = AttachmentId(self.id());
        let new = NewDirect {
            attachment,
            session,
            participant: sender.id,
            name: "movie.mkv".to_owned(),
            size: 1 << 40,
            direct: DirectFile { kind: DirectKind::File, files: 1 },
            at: NOW,
            limits: UploadLimits::default(),
        };
        assert_eq!(self.store.create_direct(new).await.unwrap(), Ok(()));
        self.append(self.offer(session, sender, &[attachment])).await;
        attachment
    }

    async fn documents(&self, which: Documents, limit: u32) -> Vec<AttachmentId> {
        let found = self.store.documents(which, limit).await.unwrap();
        found.into_iter().map(|document| document.attachment).collect()
    }
}

/// Rows N13, Z22: a hit is shown to who may see its session, once it is over, and to nobody else.
pub async fn hits_are_compared_with_who_may_see_them(store: impl Store) {
    let world = World::new(store).await;
    let others = world.past("Printer", "Cora", 1, 10).await;
    let own = world.session_by(world.own).await;
    world.ends(own).await;
    let open = world.session_by(world.own).await;
    let foreign = world.new_session(world.foreign_org, world.foreigner, Vec::new());
    assert!(world.store.create_session(foreign.clone()).await.unwrap());
    world.ends(foreign.id).await;
    let asked = [others, own, open, foreign.id, SessionId(world.id())];
    for (user, org, expected) in [
        (world.admin, world.org, vec![others, own]),
        (world.technician, world.org, vec![others, own]),
        (world.own, world.org, vec![own]),
        (world.nobody, world.org, vec![]),
        (world.foreigner, world.org, vec![]),
        (world.admin, world.foreign_org, vec![]),
        (world.foreigner, world.foreign_org, vec![foreign.id]),
    ] {
        let seen = world.store.seen_in_files(user, org, &asked).await.unwrap();
        let mut ids: Vec<_> = seen.iter().map(|seen| seen.id).collect();
        ids.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(ids, expected, "{user} in {org}");
    }
    let seen = world.store.seen_in_files(world.admin, world.org, &[others]).await.unwrap().remove(0);
    let names: Vec<_> = seen.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!((seen.title.as_str(), seen.started_at, names), ("Printer", NOW.plus(1), vec!["Cora"]));
    assert!(world.store.seen_in_files(world.admin, world.org, &[]).await.unwrap().is_empty());

    for (user, org, expected) in [
        (world.admin, world.org, None),
        (world.technician, world.org, None),
        (world.own, world.org, Some(vec![own])),
        (world.nobody, world.org, Some(vec![])),
        (world.own, world.foreign_org, Some(vec![])),
    ] {
        assert_eq!(world.store.only_sessions(user, org).await.unwrap(), expected, "{user} in {org}");
    }
    assert_eq!(world.store.org_of(foreign.id).await.unwrap(), Some(world.foreign_org));
    assert_eq!(world.store.org_of(SessionId(world.id())).await.unwrap(), None);
}

/// What the index reads: stored documents, from the newest on, as long as they are offered.
pub async fn documents_are_read_as_long_as_they_are_offered(store: impl Store) {
    let world = World::new(store).await;
    let (one, two) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (cora, carl) = (world.customer(one).await, world.customer(two).await);
    let (text, said) = world.offered_as(one, &cora, "text/plain").await;
    for nothing_to_read in ["image/png", "video/webm", "audio/ogg"] {
        world.offered_as(one, &cora, nothing_to_read).await;
    }
    let (pdf, _) = world.offered_as(two, &carl, "application/pdf").await;
    world.offered_directly(two, &carl).await;
    let unsent = world.upload(two, &carl).await;
    world
        .store
        .complete_upload(unsent.id, UploadDigest { media_type: "text/plain".to_owned(), ..digest() })
        .await
        .unwrap();
    let mut newest = vec![text, pdf];
    newest.sort_by_key(|id| std::cmp::Reverse(*id));
    assert_eq!(world.documents(Documents::Before(None), 9).await, newest);
    assert_eq!(world.documents(Documents::Before(None), 1).await, newest[..1]);
    assert_eq!(world.documents(Documents::Before(Some(newest[0])), 9).await, newest[1..]);
    assert_eq!(world.documents(Documents::Before(Some(newest[1])), 9).await, []);
    assert_eq!(world.documents(Documents::Of(one), 9).await, [text]);
    assert_eq!(world.documents(Documents::Of(SessionId(world.id())), 9).await, []);
    let document = world.store.documents(Documents::Of(one), 9).await.unwrap().remove(0);
    assert_eq!((document.org, document.session, document.size), (world.org, one, 4_096));
    assert_eq!((document.media_type.as_str(), document.name.is_empty()), ("text/plain", false));

    let (file, seq) = world.store.offered_file(one, text).await.unwrap().unwrap();
    assert_eq!((file.id, file.size, seq), (text, 4_096, Some(said)));
    assert!(world.store.offered_file(two, text).await.unwrap().is_none(), "of another session");
    assert!(world.store.offered_file(two, unsent.attachment).await.unwrap().is_none(), "not sent yet");
    world.append(world.delete(one, &cora, said)).await;
    assert!(world.store.offered_file(one, text).await.unwrap().is_none(), "its message is gone");
    assert_eq!(world.documents(Documents::Of(one), 9).await, []);
}

/// Rows C09, Z17: sessions by day, room by kind, and what goes by itself; for those who manage alone.
pub async fn charts_say_what_there_is_and_what_goes(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    world.offered_as(id, &cora, "application/pdf").await;
    world.offered_as(id, &cora, "image/png").await;
    world.offered_directly(id, &cora).await;
    let ends = |session, days: i64| Append { at: NOW.plus(days * DAY), ..world.end(session, NOW) };
    world.append(ends(id, 1)).await;
    assert!(world.seal(id, 100).await);
    world.past("Late", "Ann", 3 * DAY, 3 * DAY + 60_000).await;
    world.session_by(world.technician).await;
    let held = world.past("Held", "Ann", 3 * DAY, 3 * DAY + 60_000).await;
    let user = world.admin;
    let hold = HoldChange { org: world.org, session: held, user, at: NOW, reason: Some("Case".to_owned()) };
    assert_eq!(world.store.change_hold(hold).await.unwrap(), HoldOutcome::Done);
    // Midnight where the caller is.
    let offset = -NOW.0.rem_euclid(DAY);
    let first = (NOW.0 + offset).div_euclid(DAY);
    let query = StatisticsQuery {
        from: NOW,
        to: NOW.plus(10 * DAY),
        offset,
        now: NOW.plus(5 * DAY),
        until: NOW.plus(30 * DAY),
        files_life: Some(2 * DAY),
        session_life: Some(9 * DAY),
    };
    let ask = async |query| world.store.statistics(world.admin, world.org, query).await.unwrap().unwrap();
    let all = ask(query).await;
    let day = |day, sessions, joins: &[i64]| RawDay { day: first + day, sessions, joins: joins.to_vec() };
    assert_eq!(all.days, [day(0, 2, &[0]), day(3, 2, &[0, 0])], "an open one counts");
    let share = |kind, files, bytes| StorageShare { kind, files, bytes };
    let storage = [
        share(StorageKind::Pictures, 1, 4_096),
        share(StorageKind::Documents, 1, 4_096),
        share(StorageKind::Transcripts, 3, 300),
    ];
    assert_eq!(all.storage, storage, "direct files take no room");
    let goes = |day: i64, sessions, files, bytes| RawFrees { day: first + day, bytes, sessions, files };
    // What is overdue goes today; one session is held, another is open.
    assert_eq!(all.frees, [goes(5, 0, 2, 8_192), goes(10, 1, 0, 300), goes(12, 1, 0, 0)]);
    let together = ask(StatisticsQuery { files_life: None, ..query }).await.frees;
    assert_eq!(together, [goes(10, 1, 2, 8_492), goes(12, 1, 0, 0)], "files go with their session");
    let soon = ask(StatisticsQuery { until: NOW.plus(11 * DAY), ..query }).await.frees;
    assert_eq!(soon, [goes(5, 0, 2, 8_192), goes(10, 1, 0, 300)]);
    let for_ever = ask(StatisticsQuery { files_life: None, session_life: None, ..query }).await.frees;
    assert_eq!(for_ever, []);
    let none = ask(StatisticsQuery { from: NOW.plus(20 * DAY), to: NOW.plus(21 * DAY), ..query }).await;
    assert_eq!(none.days, []);
    for (user, org) in [
        (world.technician, world.org),
        (world.own, world.org),
        (world.nobody, world.org),
        (world.foreigner, world.org),
        (world.admin, world.foreign_org),
    ] {
        assert_eq!(world.store.statistics(user, org, query).await.unwrap(), None, "{user} in {org}");
    }
}
