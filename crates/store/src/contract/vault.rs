//! The chain of manifests, idle sessions, holds, activity (rows Z14, Z15, A05, C09; research S03, S21).

use deskside_proto::{
    Consent, DirectFile, DirectKind, EventBody, ParticipantState, RecipientState, SessionId, UserId,
    WithdrawReason,
    api::{AuditAction, FileFate, Hold, JoinKind, SessionState, VaultKind},
};

use super::world::{NOW, World, guest, rules};
use crate::{
    Append, AuditFilter, BlobStanding, ChainEntry, Deletion, DeletionOutcome, Effect, HoldChange,
    HoldOutcome, IdleSession, NewDirect, NewManifest, OfferAnswer, Store, UploadLimits,
};

impl<S: Store> World<S> {
    /// A session that is over, with one file.
    async fn over_with_file(&self) -> (SessionId, deskside_proto::AttachmentId) {
        let id = self.session_by(self.technician).await;
        let cora = self.customer(id).await;
        let (file, _) = self.offered(id, &cora).await;
        self.ends(id).await;
        (id, file)
    }

    async fn chain(&self) -> Vec<(u64, SessionId, u32, bool)> {
        let chain = self.store.chain(self.org, 0, 99).await.unwrap();
        chain.into_iter().map(|entry| (entry.place, entry.session, entry.part, entry.erased)).collect()
    }

    async fn idle(&self, before: i64, now: i64) -> Vec<(SessionId, bool)> {
        let idle = self.store.idle_sessions(self.org, NOW.plus(before), NOW.plus(now), 9).await.unwrap();
        idle.into_iter().map(|IdleSession { session, unused }| (session, unused)).collect()
    }

    fn hold(&self, session: SessionId, user: UserId, reason: Option<&str>) -> HoldChange {
        HoldChange { org: self.org, session, user, at: NOW.plus(50), reason: reason.map(str::to_owned) }
    }

    async fn deletes_now(&self, session: SessionId, by: Option<UserId>) -> DeletionOutcome {
        let deletion = Deletion { org: self.org, session, by, at: NOW.plus(100) };
        self.store.delete_session(deletion).await.unwrap()
    }
}

/// Z14: one chain for each organisation, without a gap; who comes second looks again.
pub async fn manifests_are_chained(store: impl Store) {
    let world = World::new(store).await;
    let (one, two) = (world.session_by(world.technician).await, world.session_by(world.technician).await);
    assert_eq!(world.store.chain_head(world.org).await.unwrap(), None);
    let early = world.manifest(one, 1, 7).await;
    assert!(!world.store.seal(early.clone()).await.unwrap(), "not over");
    world.ends(one).await;
    world.ends(two).await;
    let same_place = world.manifest(two, 1, 8).await;
    assert!(world.store.seal(early.clone()).await.unwrap());
    assert!(!world.store.seal(early.clone()).await.unwrap(), "once");
    let expected = ChainEntry {
        place: 1,
        session: one,
        part: 1,
        size: 300,
        sha256: "ef".repeat(32),
        sealed_at: NOW.plus(5),
        erased: false,
        deletion_noted: false,
    };
    assert_eq!(world.store.chain_head(world.org).await.unwrap(), Some(expected.clone()));
    assert_eq!(world.store.manifests(one).await.unwrap(), [expected]);
    assert!(!world.store.seal(same_place.clone()).await.unwrap(), "the chain has gone on");
    let state = world.store.session_to_seal(two).await.unwrap().unwrap().state;
    assert_eq!(state, SessionState::Ended, "nothing of it happened");
    assert!(world.store.transcripts(two).await.unwrap().is_empty());
    for wrong in [
        NewManifest { place: 3, ..same_place.clone() },
        NewManifest { place: 0, ..same_place.clone() },
        NewManifest { place: 2, part: 2, ..same_place.clone() },
        NewManifest { place: 1, org: world.foreign_org, ..same_place.clone() },
    ] {
        assert!(!world.store.seal(wrong.clone()).await.unwrap(), "{wrong:?}");
    }
    assert!(world.store.seal(NewManifest { place: 2, ..same_place }).await.unwrap());
    assert_eq!(world.chain().await, [(1, one, 1, false), (2, two, 1, false)]);
    assert_eq!(world.store.chain(world.org, 1, 9).await.unwrap().len(), 1, "in pages");
    assert_eq!(world.store.chain(world.org, 0, 1).await.unwrap().len(), 1);
    assert!(world.store.chain(world.foreign_org, 0, 9).await.unwrap().is_empty());
    let formats: Vec<_> = world.store.transcripts(one).await.unwrap();
    assert_eq!(formats.iter().map(|file| file.size).collect::<Vec<_>>(), [7, 7, 7]);
    assert_eq!(world.store.sealed_outside(world.org, 9).await.unwrap(), []);
    let names = world.store.chains().await.unwrap();
    assert_eq!(names, [(world.org, "Acme".to_owned()), (world.foreign_org, "Globex".to_owned())]);
}

/// Z14: what is written of a manifest can be written again, whatever becomes of the files meanwhile.
pub async fn a_manifest_names_what_it_claimed(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (kept, _) = world.offered(id, &cora).await;
    let (revoked, seq) = world.offered(id, &cora).await;
    let (other, _) = world.offered(id, &cora).await;
    world.uploaded(id, &cora).await;
    let (target, attachments, reason) = (seq, vec![revoked], WithdrawReason::Revoked);
    let body = EventBody::AttachmentsWithdrawn { target, attachments: attachments.clone(), reason };
    let effects = vec![Effect::WithdrawAttachments { target, attachments, reason }];
    world.append(Append { body, effects, ..world.message(id, &cora, "") }).await;
    world.ends(id).await;
    let listed = async |after| {
        let files = world.store.listed_files(id, 1, after, 9).await.unwrap();
        files.into_iter().map(|file| (file.attachment, file.erased)).collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, []);
    world.store.claim_files(id, 1).await.unwrap();
    assert_eq!(listed(None).await, [(kept, false), (other, false)], "what is kept, by id");
    assert_eq!(listed(Some(kept)).await, [(other, false)]);
    world.store.claim_files(id, 2).await.unwrap();
    assert_eq!(listed(None).await.len(), 2, "claimed once");
    assert_eq!(world.expire(world.org, NOW.plus(1), 1).await, 1);
    assert_eq!(listed(None).await.iter().filter(|(_, erased)| *erased).count(), 1, "named all the same");
    let file = world.store.listed_files(id, 1, None, 1).await.unwrap().remove(0);
    let expected = (VaultKind::Attachment, "fire.png", 4_096, "ab".repeat(32));
    assert_eq!((file.kind, file.name.as_str(), file.size, file.sha256), expected);
}

/// Design §3: what finishes after the end joins the chain.
pub async fn what_comes_later_joins_by_an_addendum(store: impl Store) {
    let world = World::new(store).await;
    let (id, file) = world.over_with_file().await;
    assert_eq!(world.store.to_amend(9).await.unwrap(), [], "not sealed yet");
    for (before, expected) in [(0, 0), (1, 1)] {
        assert_eq!(world.store.unsealed_since(NOW.plus(before)).await.unwrap(), expected);
    }
    // As a file that finished between the claim and the seal.
    assert!(world.store.seal(world.manifest(id, 1, 7).await).await.unwrap());
    assert_eq!(world.store.to_amend(9).await.unwrap(), [id]);
    world.store.claim_files(id, 2).await.unwrap();
    assert_eq!(world.store.to_amend(9).await.unwrap(), [id], "claimed, and named by nothing that stands");
    let vault = async || world.store.session_vault(world.admin, world.org, id).await.unwrap().unwrap();
    assert_eq!(vault().await.files.len(), 3);
    let addendum = world.manifest(id, 2, 0).await;
    assert!(!world.store.seal(NewManifest { part: 3, ..addendum.clone() }).await.unwrap());
    assert!(world.store.seal(addendum.clone()).await.unwrap());
    assert!(!world.store.seal(NewManifest { place: 3, ..addendum }).await.unwrap(), "once");
    assert_eq!(world.store.to_amend(9).await.unwrap(), []);
    let vault = vault().await;
    assert_eq!(vault.files.iter().filter_map(|file| file.attachment_id).collect::<Vec<_>>(), [file]);
    let manifest = vault.manifest.unwrap();
    assert_eq!((manifest.place, manifest.addenda, manifest.sealed_at), (1, 1, NOW.plus(5)));
    assert_eq!(world.store.manifests(id).await.unwrap().len(), 2);
}

/// S21: nothing readable stays, and the chain holds.
pub async fn a_deleted_session_keeps_its_place_in_the_chain(store: impl Store) {
    let world = World::new(store).await;
    let (id, _) = world.over_with_file().await;
    let (other, _) = world.over_with_file().await;
    assert!(world.seal(id, 7).await && world.seal(other, 7).await);
    assert_eq!(world.deletes_now(id, Some(world.admin)).await, DeletionOutcome::Done);
    assert_eq!(world.chain().await, [(1, id, 1, true), (2, other, 1, false)]);
    let noted: Vec<_> =
        world.store.chain(world.org, 0, 9).await.unwrap().iter().map(|entry| entry.deletion_noted).collect();
    assert_eq!(noted, [true, false]);
    assert!(world.store.transcripts(id).await.unwrap().is_empty());
    assert!(world.store.listed_files(id, 1, None, 9).await.unwrap().is_empty());
    assert!(world.store.session_vault(world.admin, world.org, id).await.unwrap().is_none());
    let (third, _) = world.over_with_file().await;
    assert!(world.seal(third, 7).await, "the chain goes on");
    assert_eq!(world.chain().await[2], (3, third, 1, false));
}

/// Z17 Z22 S03.
pub async fn a_vault_is_seen_by_role(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.own).await;
    let cora = world.customer(id).await;
    world.offered(id, &cora).await;
    let (others, _) = world.over_with_file().await;
    let sees = async |user, org, session| {
        let vault = world.store.session_vault(user, org, session).await.unwrap();
        let activity = world.store.file_activity(user, org, session).await.unwrap();
        assert_eq!(vault.is_some(), activity.is_some());
        vault.is_some()
    };
    assert!(!sees(world.admin, world.org, id).await, "not over");
    world.ends(id).await;
    for (user, expected) in [
        (world.super_admin, [true, true]),
        (world.admin, [true, true]),
        (world.technician, [true, true]),
        (world.own, [true, false]),
        (world.foreigner, [false, false]),
        (world.nobody, [false, false]),
    ] {
        assert_eq!(
            [sees(user, world.org, id).await, sees(user, world.org, others).await],
            expected,
            "{user}"
        );
        assert!(!sees(user, world.foreign_org, id).await, "{user}");
    }
    assert!(world.store.session_vault(world.admin, world.org, id).await.unwrap().unwrap().manifest.is_none());
}

/// What `verify` finds under a key is told apart.
pub async fn it_is_known_which_objects_belong(store: impl Store) {
    let world = World::new(store).await;
    let (id, file) = world.over_with_file().await;
    let (other, gone) = world.over_with_file().await;
    assert!(world.seal(id, 7).await && world.seal(other, 7).await);
    let of_file =
        async |org, session, file| world.store.attachment_standing(org, session, file).await.unwrap();
    let of_session = async |org, session| world.store.session_standing(org, session).await.unwrap();
    assert_eq!(of_file(world.org, id, file).await, BlobStanding::Kept);
    assert_eq!(of_file(world.org, other, file).await, BlobStanding::Unknown, "in another session's folder");
    assert_eq!(of_file(world.foreign_org, id, file).await, BlobStanding::Unknown);
    assert_eq!(of_session(world.org, id).await, BlobStanding::Kept);
    assert_eq!(of_session(world.foreign_org, id).await, BlobStanding::Unknown);
    assert_eq!(of_session(world.org, SessionId(world.id())).await, BlobStanding::Unknown);

    world.expire(world.org, NOW.plus(1), 9).await;
    assert_eq!(of_file(world.org, id, file).await, BlobStanding::Going);
    world.store.bytes_are_gone(file).await.unwrap();
    assert_eq!(of_file(world.org, id, file).await, BlobStanding::Unknown);

    assert_eq!(world.deletes_now(other, None).await, DeletionOutcome::Done);
    assert_eq!(of_file(world.org, other, gone).await, BlobStanding::Going);
    assert_eq!(of_session(world.org, other).await, BlobStanding::Going);
    world.store.bytes_are_gone(gone).await.unwrap();
    world.store.session_is_gone(other).await.unwrap();
    assert_eq!(of_file(world.org, other, gone).await, BlobStanding::Unknown);
    assert_eq!(of_session(world.org, other).await, BlobStanding::Unknown);
}

/// Z14: everyone vanishes. Whom a link still leads in is waited for, until somebody has come.
pub async fn what_nobody_comes_back_to_is_idle(store: impl Store) {
    let world = World::new(store).await;
    let link = || vec![world.secret(JoinKind::Link, NOW.plus(1_000))];
    let waits = world.session_with(world.technician, link()).await;
    let used = world.session_with(world.technician, link()).await;
    let noted = world.session_with(world.technician, link()).await;
    let over = world.session_by(world.technician).await;
    world.customer(used).await;
    world.customer(over).await;
    world.ends(over).await;
    let tess = world.technician(noted, world.technician).await;
    world.append(world.message(noted, &tess, "for me: printer on the 2nd floor")).await;
    assert_eq!(world.idle(0, 10).await, [], "not before anything happened");
    assert_eq!(world.idle(1, 10).await, [(used, false)]);
    assert_eq!(world.idle(1, 1_000).await, [(waits, true), (used, false), (noted, false)]);
    world.store.note_present(vec![used, over, waits, SessionId(world.id())], NOW.plus(500)).await.unwrap();
    world.store.note_present(vec![used], NOW.plus(400)).await.unwrap();
    assert_eq!(world.idle(500, 1_000).await, [(noted, false)]);
    assert_eq!(world.idle(501, 1_000).await, [(noted, false), (waits, true), (used, false)], "longest first");
    let tom = world.customer(noted).await;
    world.append(Append { at: NOW.plus(700), ..world.message(noted, &tom, "hello") }).await;
    assert_eq!(world.idle(501, 600).await, [(used, false)], "what happens counts too");
    let elsewhere =
        world.store.idle_sessions(world.foreign_org, NOW.plus(900), NOW.plus(900), 9).await.unwrap();
    assert_eq!(elsewhere, []);
    let first = world.store.idle_sessions(world.org, NOW.plus(900), NOW.plus(1_000), 1).await.unwrap();
    assert_eq!(first.len(), 1);
}

/// Z14: a code that expires unused leaves nothing.
pub async fn what_nobody_used_goes_without_a_trace(store: impl Store) {
    let world = World::new(store).await;
    let link = || vec![world.secret(JoinKind::Link, NOW.plus(1_000))];
    let unused = world.session_with(world.technician, link()).await;
    world.technician(unused, world.technician).await;
    let asked = world.session_with(world.technician, link()).await;
    world.waiting(asked).await;
    let deleted = world.session_by(world.technician).await;
    let tess = world.technician(deleted, world.technician).await;
    let seq = world.append(world.message(deleted, &tess, "oops")).await.event.seq;
    world.append(world.delete(deleted, &tess, seq)).await;
    let sent = world.session_by(world.technician).await;
    let tom = world.technician(sent, world.technician).await;
    world.upload(sent, &tom).await;
    let discard = async |session, before, now| {
        world.store.discard_unused(session, NOW.plus(before), NOW.plus(now)).await.unwrap()
    };
    assert!(!discard(unused, 1, 999).await, "its link still leads in");
    assert!(!discard(unused, 0, 1_000).await, "somebody was just there");
    for used in [asked, deleted, sent] {
        assert!(!discard(used, 1, 1_000).await, "{used}");
    }
    assert!(discard(unused, 1, 1_000).await);
    assert!(!discard(unused, 1, 1_000).await, "once");
    let lists =
        world.store.sessions(world.admin, world.org, crate::SessionFilter::Open, None, 9).await.unwrap();
    assert!(lists.iter().all(|record| record.id != unused) && lists.len() == 3);
    assert!(world.store.session_to_seal(unused).await.unwrap().is_none());
    assert_eq!(world.store.unsealed().await.unwrap(), []);
    assert_eq!(
        world.store.deleted_sessions(9).await.unwrap(),
        [(world.org, unused)],
        "for the index to forget"
    );
    assert_eq!(
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 9).await.unwrap().unwrap(),
        []
    );
}

/// Legal hold: neither time nor people delete what is held.
pub async fn a_held_session_stays(store: impl Store) {
    let world = World::new(store).await;
    let (id, _) = world.over_with_file().await;
    assert!(world.seal(id, 7).await);
    let hold = async |user, reason| world.store.change_hold(world.hold(id, user, reason)).await.unwrap();
    for (user, expected) in [
        (world.technician, HoldOutcome::Forbidden),
        (world.own, HoldOutcome::NotFound),
        (world.foreigner, HoldOutcome::NotFound),
        (world.nobody, HoldOutcome::NotFound),
    ] {
        assert_eq!(hold(user, Some("case 7")).await, expected, "{user}");
    }
    let elsewhere = HoldChange { org: world.foreign_org, ..world.hold(id, world.foreigner, Some("mine")) };
    assert_eq!(world.store.change_hold(elsewhere).await.unwrap(), HoldOutcome::NotFound);
    assert_eq!(hold(world.admin, None).await, HoldOutcome::Done, "nothing to release");
    assert_eq!(hold(world.admin, Some("case 7")).await, HoldOutcome::Done);
    assert_eq!(hold(world.super_admin, Some("case 7, again")).await, HoldOutcome::Done);
    let shown =
        async || world.store.files_session(world.technician, world.org, id).await.unwrap().unwrap().hold;
    let by = world.store.user(world.super_admin).await.unwrap().unwrap().name;
    assert_eq!(shown().await, Some(Hold { reason: "case 7, again".to_owned(), by, at: NOW.plus(50) }));

    for by in [None, Some(world.admin)] {
        assert_eq!(world.deletes_now(id, by).await, DeletionOutcome::Held);
    }
    assert_eq!(world.deletes_now(id, Some(world.technician)).await, DeletionOutcome::Forbidden);
    assert_eq!(world.store.over_since(world.org, NOW.plus(99), 9).await.unwrap(), []);
    assert_eq!(world.expire(world.org, NOW.plus(99), 9).await, 0);
    let open = world.session_by(world.technician).await;
    assert_eq!(
        world.store.change_hold(world.hold(open, world.admin, Some("early"))).await.unwrap(),
        HoldOutcome::NotFound
    );

    assert_eq!(hold(world.admin, None).await, HoldOutcome::Done);
    assert_eq!(shown().await, None);
    assert_eq!(world.store.over_since(world.org, NOW.plus(99), 9).await.unwrap(), [id]);
    assert_eq!(world.expire(world.org, NOW.plus(99), 9).await, 1);
    assert_eq!(world.deletes_now(id, None).await, DeletionOutcome::Done);
    let log =
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 9).await.unwrap().unwrap();
    let notes: Vec<_> = log.iter().map(|item| item.action).collect();
    let (set, released) = (AuditAction::HoldSet, AuditAction::HoldReleased);
    let gone = [AuditAction::SessionDeleted, AuditAction::FilesExpired];
    assert_eq!(notes, [gone[0], gone[1], released, set, set], "newest first");
}

/// A05: every file that was sent, who got it and what became of it.
pub async fn activity_says_what_became_of_files(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let (tess, cora) = (world.technician(id, world.technician).await, world.customer(id).await);
    let (kept, kept_seq) = world.offered(id, &cora).await;
    let asked = world.uploaded(id, &cora).await;
    let effects = vec![Effect::OfferAttachments { attachments: vec![asked], rules: rules(Consent::Ask) }];
    let asked_seq =
        world.append(Append { effects, at: NOW.plus(3), ..world.message(id, &cora, "") }).await.event.seq;
    let answer = OfferAnswer::Decline;
    let body =
        EventBody::AttachmentsAnswered { target: asked_seq, attachments: vec![asked], accepted: false };
    let effects =
        vec![Effect::AnswerOffer { target: asked_seq, by: tess.role, attachments: vec![asked], answer }];
    world.append(Append { body, effects, ..world.message(id, &tess, "") }).await;
    let (deleted, deleted_seq) = world.offered(id, &tess).await;
    world.append(world.delete(id, &tess, deleted_seq)).await;
    let direct = NewDirect {
        attachment: deskside_proto::AttachmentId(world.id()),
        session: id,
        participant: tess.id,
        name: "disk.iso".to_owned(),
        size: 5_000_000_000,
        direct: DirectFile { kind: DirectKind::File, files: 1 },
        at: NOW,
        limits: UploadLimits::default(),
    };
    assert_eq!(world.store.create_direct(direct.clone()).await.unwrap(), Ok(()));
    let direct_seq = world.append(world.offer(id, &tess, &[direct.attachment])).await.event.seq;
    let (target, attachments, reason) = (asked_seq, vec![asked], WithdrawReason::SessionEnded);
    let body = EventBody::AttachmentsWithdrawn { target, attachments: attachments.clone(), reason };
    let effects = vec![Effect::WithdrawAttachments { target, attachments, reason }];
    world.append(Append { body, sender: None, txn_id: None, effects, ..world.message(id, &cora, "") }).await;
    world.append(world.moves(id, cora.id, ParticipantState::Admitted, ParticipantState::Left)).await;
    world.ends(id).await;

    let about = async |first, last, with_files| {
        let events = world.store.events_about(id, first, last, with_files, 9).await.unwrap();
        events.iter().map(|event| event.body.clone()).collect::<Vec<_>>()
    };
    assert!(matches!(about(deleted_seq, deleted_seq, false).await[..], [EventBody::MessageDeleted { .. }]));
    assert_eq!(about(asked_seq, asked_seq, false).await, []);
    assert!(matches!(
        about(asked_seq, asked_seq, true).await[..],
        [EventBody::AttachmentsAnswered { .. }, EventBody::AttachmentsWithdrawn { .. }]
    ));
    assert_eq!(about(1, 99, true).await.len(), 3, "in order");

    let activity = world.store.file_activity(world.admin, world.org, id).await.unwrap().unwrap();
    assert!(activity.iter().all(|file| file.attachment.id != deleted), "of deleted messages nothing is told");
    let told: Vec<_> = activity
        .iter()
        .map(|file| {
            let to = file.recipients.iter().map(|to| (to.person.name.as_str(), to.state)).collect::<Vec<_>>();
            (file.attachment.id, file.sender.name.as_str(), file.seq, file.fate, to)
        })
        .collect();
    let gone = FileFate::Gone { reason };
    assert_eq!(
        told,
        [
            (kept, "Cora", Some(kept_seq), FileFate::Kept, vec![("Tess", RecipientState::Accepted)]),
            (asked, "Cora", Some(asked_seq), gone, vec![("Tess", RecipientState::Declined)]),
            (
                direct.attachment,
                "Tess",
                Some(direct_seq),
                FileFate::Direct,
                vec![("Cora", RecipientState::Accepted)]
            ),
        ]
    );
    assert_eq!(activity[1].at, NOW.plus(3));
    assert!(matches!(
        world.store.attachment(guest(id, &cora), id, asked).await.unwrap(),
        crate::AttachmentAccess::NotFound
    ));
}
