//! What goes, by time or by wish, and what is remembered of it (rows Z14, Z15, C09; research S21).

use deskside_proto::{
    AttachmentId, Consent, ErrorCode, EventBody, Millis, Participant, Seq, SessionId, WithdrawReason,
    api::AuditAction,
};

use super::world::{NOW, World, digest, guest, rules};
use crate::{
    Append, AttachmentAccess, AuditEntry, AuditFilter, Caller, Deletion, DeletionOutcome, Effect,
    OfferAnswer, OfferedFiles, OfferedWhich, Store,
};

impl<S: Store> World<S> {
    /// A file of `sender` that the others are asked about.
    async fn offered_by(&self, session: SessionId, sender: &Participant) -> (AttachmentId, Seq) {
        let file = self.uploaded(session, sender).await;
        let effects = vec![Effect::OfferAttachments { attachments: vec![file], rules: rules(Consent::Ask) }];
        let seq = self.append(Append { effects, ..self.message(session, sender, "") }).await.event.seq;
        (file, seq)
    }

    async fn says(&self, session: SessionId, who: &Participant, target: Seq, file: AttachmentId, yes: bool) {
        let answer = if yes { OfferAnswer::Accept } else { OfferAnswer::Decline };
        let attachments = vec![file];
        let body = EventBody::AttachmentsAnswered { target, attachments: attachments.clone(), accepted: yes };
        let effects = vec![Effect::AnswerOffer { target, by: who.role, attachments, answer }];
        self.append(Append { body, effects, ..self.message(session, who, "") }).await;
    }

    async fn access(&self, caller: Caller, session: SessionId, file: AttachmentId) -> AttachmentAccess {
        self.store.attachment(caller, session, file).await.unwrap()
    }

    async fn over(&self, session: SessionId, ended_at: Millis) {
        self.append(self.end(session, ended_at)).await;
        assert!(self.seal(session, 1).await);
    }

    async fn deletes(&self, session: SessionId, by: Option<deskside_proto::UserId>) -> DeletionOutcome {
        let deletion = Deletion { org: self.org, session, by, at: NOW.plus(100) };
        self.store.delete_session(deletion).await.unwrap()
    }
}

/// Design §3: what is open at the end is withdrawn, by events before it or, where one came too late for that, by the end itself.
pub async fn open_offers_are_known_and_end_with_the_session(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (waits, waits_seq) = world.offered_by(id, &cora).await;
    let (declined, declined_seq) = world.offered_by(id, &cora).await;
    let (accepted, accepted_seq) = world.offered_by(id, &cora).await;
    world.says(id, &tess, declined_seq, declined, false).await;
    world.says(id, &tess, accepted_seq, accepted, true).await;
    let offered = async |which| world.store.offered_files(id, which).await.unwrap();
    let files = |seq, file| OfferedFiles { session: id, seq, attachments: vec![file] };
    let open = [files(waits_seq, waits), files(declined_seq, declined)];
    assert_eq!(offered(OfferedWhich::Unaccepted).await, open);
    let all = [open[0].clone(), open[1].clone(), files(accepted_seq, accepted)];
    assert_eq!(offered(OfferedWhich::All).await, all);

    let (target, attachments, reason) = (waits_seq, vec![waits], WithdrawReason::SessionEnded);
    let body = EventBody::AttachmentsWithdrawn { target, attachments: attachments.clone(), reason };
    let effects = vec![Effect::WithdrawAttachments { target, attachments, reason }];
    world.append(Append { body, sender: None, txn_id: None, effects, ..world.message(id, &cora, "") }).await;
    assert_eq!(offered(OfferedWhich::Unaccepted).await, open[1..]);

    world.over(id, NOW.plus(10)).await;
    assert_eq!(offered(OfferedWhich::All).await, [], "of an open session");
    for (file, is_there) in [(waits, false), (declined, false), (accepted, true)] {
        let access = world.access(Caller::User(world.admin), id, file).await;
        assert_eq!(matches!(access, AttachmentAccess::Granted(_)), is_there, "{file}");
    }
    let shown = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap();
    let ids = |files: &[deskside_proto::Attachment]| files.iter().map(|file| file.id).collect::<Vec<_>>();
    assert_eq!(ids(&shown.attachments), [accepted]);
    assert_eq!(ids(&shown.expired), [waits, declined], "named, without their bytes");
}

/// C09 Z15: when the time of files is over they are gone for everybody, and named until their bytes are.
pub async fn files_expire_with_time(store: impl Store) {
    let world = World::new(store).await;
    let (old, new, open) = (
        world.session_by(world.technician).await,
        world.session_by(world.technician).await,
        world.session_by(world.technician).await,
    );
    let mut kept = Vec::new();
    for id in [old, new, open] {
        let cora = world.customer(id).await;
        kept.push((world.offered(id, &cora).await.0, cora));
    }
    world.over(old, NOW.plus(10)).await;
    world.over(new, NOW.plus(20)).await;
    let expire = async |org, before| world.expire(org, NOW.plus(before), 9).await;
    assert_eq!(expire(world.foreign_org, 99).await, 0, "another organisation's time");
    assert_eq!(expire(world.org, 10).await, 0, "not before its time");
    assert_eq!(expire(world.org, 11).await, 1);
    assert_eq!(expire(world.org, 11).await, 0, "once");
    let granted = async |session, n: usize| {
        let mut all = Vec::new();
        for caller in [Caller::User(world.admin), guest(session, &kept[n].1)] {
            let access = world.access(caller, session, kept[n].0).await;
            all.push(matches!(access, AttachmentAccess::Granted(_)));
        }
        all
    };
    assert_eq!(granted(old, 0).await, [false, false]);
    assert_eq!(granted(new, 1).await, [true, true]);
    assert_eq!(granted(open, 2).await, [true, true]);
    let gone = world.store.withdrawn(9).await.unwrap();
    assert_eq!(gone.iter().map(|file| file.attachment).collect::<Vec<_>>(), [kept[0].0]);
    world.store.bytes_are_gone(kept[0].0).await.unwrap();
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
    let shown = world.store.files_session(world.admin, world.org, old).await.unwrap().unwrap();
    assert_eq!((shown.attachments.len(), shown.expired[0].id), (0, kept[0].0));
    let log =
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 9).await.unwrap().unwrap();
    let told: Vec<_> = log.iter().map(|item| (item.action, item.session_id, item.actor.as_deref())).collect();
    assert_eq!(told, [(AuditAction::FilesExpired, Some(old), None)]);
}

/// S21: a session that is deleted is gone for everybody at once; what is to be erased is named until it is.
pub async fn a_deleted_session_leaves_nothing_but_a_note(store: impl Store) {
    let world = World::new(store).await;
    let (id, other) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (file, seq) = world.offered(id, &cora).await;
    world.uploaded(id, &tess).await;
    world.append(world.edit(id, &cora, seq, "edited")).await;
    world.over(other, NOW.plus(5)).await;
    assert_eq!(world.deletes(id, Some(world.admin)).await, DeletionOutcome::NotOver);
    world.append(world.end(id, NOW.plus(10))).await;
    assert_eq!(world.deletes(id, Some(world.admin)).await, DeletionOutcome::NotOver, "not sealed yet");
    assert!(world.seal(id, 1).await);
    assert_eq!(world.store.over_since(world.org, NOW.plus(10), 9).await.unwrap(), [other]);
    assert_eq!(world.store.over_since(world.org, NOW.plus(11), 9).await.unwrap(), [other, id]);
    assert_eq!(world.store.over_since(world.foreign_org, NOW.plus(11), 9).await.unwrap(), []);
    for (who, expected) in [
        (world.foreigner, DeletionOutcome::NotFound),
        (world.nobody, DeletionOutcome::NotFound),
        (world.own, DeletionOutcome::NotFound),
        (world.technician, DeletionOutcome::Forbidden),
    ] {
        assert_eq!(world.deletes(id, Some(who)).await, expected, "{who}");
    }
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
    let elsewhere = Deletion { org: world.foreign_org, session: id, by: None, at: NOW };
    assert_eq!(world.store.delete_session(elsewhere).await.unwrap(), DeletionOutcome::NotFound);

    assert_eq!(world.deletes(id, Some(world.admin)).await, DeletionOutcome::Done);
    assert_eq!(world.deletes(id, Some(world.admin)).await, DeletionOutcome::NotFound, "once");
    for caller in [Caller::User(world.admin), guest(id, &cora)] {
        assert_eq!(world.access(caller, id, file).await, AttachmentAccess::NotFound);
        assert!(world.store.session(caller, id).await.unwrap().is_none());
    }
    assert_eq!(world.store.log(id, 0, 9).await.unwrap(), []);
    let files = world.files(world.admin, world.org).await;
    assert_eq!(files.iter().map(|entry| entry.session_id).collect::<Vec<_>>(), [other]);
    let message = world.try_append(world.message(id, &cora, "still there?")).await.map(|_| ());
    assert_eq!(message, Err(ErrorCode::NotFound));

    let to_erase = world.store.withdrawn(9).await.unwrap();
    assert_eq!(to_erase.len(), 2, "what no message named as well");
    for gone in &to_erase {
        assert_eq!((gone.org, gone.session), (world.org, id));
        world.store.bytes_are_gone(gone.attachment).await.unwrap();
    }
    assert_eq!(world.store.withdrawn(9).await.unwrap(), []);
    assert_eq!(world.store.deleted_sessions(9).await.unwrap(), [(world.org, id)]);
    world.store.session_is_gone(id).await.unwrap();
    assert_eq!(world.store.deleted_sessions(9).await.unwrap(), []);

    assert_eq!(world.deletes(other, None).await, DeletionOutcome::Done, "its time was over");
    let log = world
        .store
        .audit_log(world.super_admin, world.org, AuditFilter::default(), 9)
        .await
        .unwrap()
        .unwrap();
    let notes: Vec<_> =
        log.iter().map(|item| (item.action, item.session_id, item.actor.as_deref())).collect();
    let deleted = AuditAction::SessionDeleted;
    let admin = world.store.user(world.admin).await.unwrap().unwrap().name;
    assert_eq!(
        notes,
        [(deleted, Some(other), None), (deleted, Some(id), Some(admin.as_str()))],
        "newest first"
    );
    assert_eq!((log[1].at, log[1].subject.as_str()), (NOW.plus(100), "Printer is on fire"));
}

/// N14: reads from outside are told apart, kept once in a while, and shown to those who manage the organisation.
pub async fn who_reads_from_outside_is_remembered(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (file, _) = world.offered(id, &cora).await;
    let outside = async |caller| match world.access(caller, id, file).await {
        AttachmentAccess::Granted(record) => record.from_outside,
        access => panic!("{access:?}"),
    };
    for (caller, expected) in [
        (Caller::User(world.technician), false),
        (Caller::User(world.admin), true),
        (guest(id, &cora), false),
    ] {
        assert_eq!(outside(caller).await, expected, "{caller:?}");
    }
    world.ends(id).await;
    assert!(outside(Caller::User(world.technician)).await, "{} is out of the room now", tess.name);

    let read = |actor, at, attachment| AuditEntry {
        org: world.org,
        at: NOW.plus(at),
        actor: Some(actor),
        action: AuditAction::FileRead,
        session: Some(id),
        attachment,
        subject: "photo.png".to_owned(),
    };
    for (entry, since) in [
        (read(world.admin, 10, Some(file)), 0),
        (read(world.admin, 15, Some(file)), 10),
        (read(world.admin, 25, Some(file)), 20),
        (read(world.admin, 25, None), 0),
        (read(world.technician, 25, Some(file)), 0),
        (AuditEntry { action: AuditAction::TranscriptRead, ..read(world.admin, 30, Some(file)) }, 0),
    ] {
        world.store.audit(entry, NOW.plus(since)).await.unwrap();
    }
    let log = async |before, limit| {
        let filter = AuditFilter { before, ..AuditFilter::default() };
        world.store.audit_log(world.admin, world.org, filter, limit).await.unwrap().unwrap()
    };
    let all = log(None, 9).await;
    assert_eq!(all.iter().map(|item| item.at.0 - NOW.0).collect::<Vec<_>>(), [30, 25, 25, 25, 10]);
    assert_eq!(all[4].attachment_id, Some(file));
    assert_eq!(log(Some(all[1].place), 2).await, all[2..4], "in pages");
    for who in [world.technician, world.own, world.foreigner, world.nobody] {
        assert_eq!(
            world.store.audit_log(who, world.org, AuditFilter::default(), 9).await.unwrap(),
            None,
            "{who}"
        );
    }
    assert_eq!(
        world.store.audit_log(world.foreigner, world.foreign_org, AuditFilter::default(), 9).await.unwrap(),
        Some(vec![])
    );
}

/// A staging file is a stray where its upload is over.
pub async fn it_is_known_which_uploads_go_on(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let upload = world.upload(id, &cora).await;
    assert!(world.store.is_uploading(upload.id).await.unwrap());
    world.store.complete_upload(upload.id, digest()).await.unwrap();
    assert!(!world.store.is_uploading(upload.id).await.unwrap());
    assert!(!world.store.is_uploading(deskside_proto::UploadId(world.id())).await.unwrap());
}
