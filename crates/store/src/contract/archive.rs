//! Looking through Files (row Z16): search as one types, filters, orders, people, reports.

use deskside_proto::{
    Millis, OrgId, OrgRole, Participant, ParticipantRole, ParticipantState, SessionId, UserId,
    api::{AuditAction, FilesHas, FilesSort, Outcome},
};

use super::world::{NOW, World};
use crate::{
    Append, AuditFilter, Deletion, DeletionOutcome, FilesPlace, FilesQuery, Folded, NewMembership, NewReport,
    NewSession, ReportOutcome, Store, archive::words_of,
};

/// Everything, newest first.
fn all() -> FilesQuery {
    FilesQuery { limit: 100, ..FilesQuery::default() }
}

fn typed(q: &str) -> FilesQuery {
    FilesQuery { words: words_of(q), ..all() }
}

impl<S: Store> World<S> {
    /// A session that began and ended so many milliseconds after [`NOW`], with a customer of that name.
    pub(super) async fn past(&self, title: &str, customer: &str, began: i64, ended: i64) -> SessionId {
        let session = self.new_session(self.org, self.technician, Vec::new());
        let id = session.id;
        let session = NewSession { title: title.to_owned(), at: NOW.plus(began), ..session };
        assert!(self.store.create_session(session).await.unwrap());
        let person = self.person(ParticipantRole::Customer, ParticipantState::Admitted, customer);
        let entry = self.entry(id, &person, Some(self.hash()));
        self.append(Append { at: NOW.plus(began), ..entry }).await;
        self.append(self.end(id, NOW.plus(ended))).await;
        id
    }

    async fn ids(&self, user: UserId, org: OrgId, query: FilesQuery) -> Vec<SessionId> {
        let found = self.store.list_files(user, org, query).await.unwrap();
        found.into_iter().map(|entry| entry.session_id).collect()
    }

    async fn found(&self, query: FilesQuery) -> Vec<SessionId> {
        self.ids(self.admin, self.org, query).await
    }

    fn report_by(&self, by: UserId, session: SessionId, notes: &str) -> NewReport {
        let (org, outcome, notes) = (self.org, Outcome::Solved, notes.to_owned());
        NewReport { org, session, by, at: NOW.plus(99), outcome, notes }
    }
}

pub async fn sessions_are_found_by_title_and_names(store: impl Store) {
    let world = World::new(store).await;
    let printer = world.past("Drucker im Büro", "Zoë Ångström", 1, 10).await;
    let greek = world.past("ΕΚΤΥΠΩΤΗΣ", "Νίκος", 2, 10).await;
    let chinese = world.past("打印机坏了", "王小明", 3, 10).await;
    let open = world.session_by(world.technician).await;
    world.waiting(open).await;
    world.ends(open).await;
    for (q, expected) in [
        ("drucker", vec![printer]),
        ("RUCK", vec![printer]),
        ("BÜRO", vec![printer]),
        ("bu\u{308}ro", vec![printer]),
        ("ångSTRÖM zoë", vec![printer]),
        ("büro ång", vec![printer]),
        ("büro νίκος", vec![]),
        ("εκτυπωτης", vec![greek]),
        ("ΝΊΚΟΣ", vec![greek]),
        ("小明", vec![chinese]),
        ("印机", vec![chinese]),
        ("walt", vec![]),
        ("", vec![chinese, greek, printer, open]),
        ("   ", vec![chinese, greek, printer, open]),
        ("drucker im büro zoë ångström", vec![printer]),
        ("drucker im büro zoë ångström walt", vec![]),
    ] {
        assert_eq!(world.found(typed(q)).await, expected, "{q}");
    }
    let customer = FilesQuery { customer: Some(Folded::new("ZOË å")), ..all() };
    assert_eq!(world.found(customer).await, [printer]);
    let title = FilesQuery { customer: Some(Folded::new("drucker")), ..all() };
    assert!(world.found(title).await.is_empty(), "a title is no customer");
}

/// Research S17: patterns, quotes and the like are what they are.
pub async fn what_is_typed_is_text_and_no_pattern(store: impl Store) {
    let world = World::new(store).await;
    let odd =
        world.past("100% of a_b \\ 'quoted' \"x\" [z] *", "O'Neil); DROP TABLE session; --", 1, 10).await;
    let plain = world.past("100 of aXb", "Ann", 2, 10).await;
    for (q, expected) in [
        ("100%", vec![odd]),
        ("a_b", vec![odd]),
        ("%", vec![odd]),
        ("_", vec![odd]),
        ("\\", vec![odd]),
        ("'quoted'", vec![odd]),
        ("\"x\"", vec![odd]),
        ("[z]", vec![odd]),
        ("*", vec![odd]),
        ("o'neil); drop", vec![odd]),
        ("100", vec![plain, odd]),
        ("a\0_b", vec![odd]),
        ("\n", vec![plain, odd]),
        ("\u{202e}ann", vec![]),
    ] {
        assert_eq!(world.found(typed(q)).await, expected, "{q:?}");
    }
    assert!(world.found(typed(&"%".repeat(10_000))).await.is_empty());
    assert!(world.found(typed(&"x ".repeat(5_000))).await.is_empty());
}

pub async fn filters_narrow_the_list(store: impl Store) {
    let world = World::new(store).await;
    let early = world.past("Early", "Ann", 100, 200).await;
    let with_file = world.session_by(world.technician).await;
    let tess = world.technician(with_file, world.technician).await;
    world.offered(with_file, &tess).await;
    world.append(world.end(with_file, NOW.plus(5_000))).await;
    let late = world.past("Late", "Ann", 300, 900).await;
    let saved = world.store.save_report(world.report_by(world.admin, late, "fine")).await.unwrap();
    assert_eq!(saved, ReportOutcome::Saved);
    let at = |millis| Some(NOW.plus(millis));
    let has = |what: &[FilesHas]| FilesQuery { has: what.to_vec(), ..all() };
    for (what, query, expected) in [
        ("from is in", FilesQuery { from: at(100), ..all() }, vec![late, early]),
        ("to is out", FilesQuery { to: at(100), ..all() }, vec![with_file]),
        ("a day", FilesQuery { from: at(100), to: at(300), ..all() }, vec![early]),
        ("who was there", FilesQuery { technician: Some(world.technician), ..all() }, vec![with_file]),
        ("who was not", FilesQuery { technician: Some(world.admin), ..all() }, vec![]),
        ("files", has(&[FilesHas::Files]), vec![with_file]),
        ("report", has(&[FilesHas::Report]), vec![late]),
        ("both", has(&[FilesHas::Files, FilesHas::Report]), vec![]),
        ("snapshots", has(&[FilesHas::Snapshots]), vec![]),
        ("recordings", has(&[FilesHas::Recordings]), vec![]),
        ("hold", has(&[FilesHas::Hold]), vec![]),
        ("bytes", FilesQuery { min_bytes: Some(4_096), ..all() }, vec![with_file]),
        ("more bytes", FilesQuery { min_bytes: Some(4_097), ..all() }, vec![]),
        ("few bytes", FilesQuery { max_bytes: Some(4_095), ..all() }, vec![late, early]),
        ("any bytes", FilesQuery { min_bytes: Some(0), max_bytes: Some(u64::MAX), ..all() }, {
            vec![late, early, with_file]
        }),
        ("words too", FilesQuery { from: at(100), ..typed("ear") }, vec![early]),
    ] {
        assert_eq!(world.found(query).await, expected, "{what}");
    }
}

pub async fn every_order_is_paged_without_gap_or_repeat(store: impl Store) {
    let world = World::new(store).await;
    let mut sessions = Vec::new();
    for (began, ended) in [(5, 10), (1, 90), (5, 10), (3, 4), (2, 91), (5, 95)] {
        sessions.push(world.past("Again", "Ann", began, ended).await);
    }
    for (sort, expected) in [
        (FilesSort::Newest, [5, 2, 0, 3, 4, 1]),
        (FilesSort::Oldest, [1, 4, 3, 0, 2, 5]),
        (FilesSort::Longest, [5, 4, 1, 2, 0, 3]),
        (FilesSort::Largest, [5, 4, 3, 2, 1, 0]),
    ] {
        let expected: Vec<SessionId> = expected.map(|n: usize| sessions[n]).into();
        for (limit, words) in [(1, ""), (2, "again"), (4, ""), (100, "ann")] {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let query = FilesQuery { sort, after, limit, ..typed(words) };
                let page = world.store.list_files(world.admin, world.org, query).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(FilesPlace::of(last, sort));
                seen.extend(page.iter().map(|entry| entry.session_id));
            }
            assert_eq!(seen, expected, "{sort:?} by {limit}");
        }
    }
}

/// Rows N13, Z22: whatever is asked for, only what one may see is found.
pub async fn filters_grant_nothing(store: impl Store) {
    let world = World::new(store).await;
    let others = world.past("Shared word", "Ann", 1, 10).await;
    let own = world.session_by(world.own).await;
    world.ends(own).await;
    let part = world.session_by(world.technician).await;
    world.technician(part, world.own).await;
    world.ends(part).await;
    let foreign = world.new_session(world.foreign_org, world.foreigner, Vec::new());
    assert!(world.store.create_session(foreign.clone()).await.unwrap());
    world.ends(foreign.id).await;
    for (user, org, expected) in [
        (world.admin, world.org, vec![others, part, own]),
        (world.technician, world.org, vec![others, part, own]),
        (world.own, world.org, vec![part, own]),
        (world.foreigner, world.org, vec![]),
        (world.nobody, world.org, vec![]),
        (world.admin, world.foreign_org, vec![]),
        (world.foreigner, world.foreign_org, vec![foreign.id]),
    ] {
        for sort in [FilesSort::Newest, FilesSort::Oldest, FilesSort::Longest, FilesSort::Largest] {
            let mut seen = world.ids(user, org, FilesQuery { sort, ..all() }).await;
            seen.sort();
            let mut all = expected.clone();
            all.sort();
            assert_eq!(seen, all, "{user} {sort:?}");
        }
        let query = FilesQuery { technician: Some(world.own), ..all() };
        let seen = world.ids(user, org, query).await;
        assert_eq!(seen, [part].into_iter().filter(|id| expected.contains(id)).collect::<Vec<_>>());
    }
    assert!(world.ids(world.own, world.org, typed("shared word")).await.is_empty());
    let role = OrgRole::TechnicianOwn;
    let membership = NewMembership { org: world.org, user: world.technician, role };
    world.store.put_membership(membership).await.unwrap();
    assert_eq!(
        world.ids(world.technician, world.org, all()).await,
        [others, part],
        "a changed role holds at once"
    );
}

/// Rows Z15, C09: what a session takes follows its files.
pub async fn stored_bytes_follow_what_becomes_of_files(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let cora = world.customer(id).await;
    let (_, first) = world.offered(id, &cora).await;
    world.offered(id, &cora).await;
    world.offered(id, &cora).await;
    world.uploaded(id, &cora).await;
    world.append(world.delete(id, &cora, first)).await;
    world.append(world.end(id, NOW.plus(10))).await;
    let numbers = async || {
        let entry = world.files(world.admin, world.org).await.remove(0);
        (entry.attachment_count, entry.stored_bytes)
    };
    assert_eq!(numbers().await, (2, 2 * 4_096), "deleted and unsent ones do not count");
    assert_eq!(world.expire(world.org, NOW.plus(11), 1).await, 1);
    assert_eq!(numbers().await, (1, 4_096));
    let large = FilesQuery { min_bytes: Some(1), ..all() };
    assert_eq!(world.found(large.clone()).await, [id]);
    assert_eq!(world.expire(world.org, NOW.plus(11), 9).await, 1);
    assert_eq!(numbers().await, (0, 0));
    assert!(world.found(large).await.is_empty());
}

pub async fn people_are_shown_with_their_times(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    world.technician(id, world.technician).await;
    let walt = world.waiting(id).await;
    let step = async |who: &Participant, from, to, at: i64| {
        let append = world.moves(id, who.id, from, to);
        world.append(Append { at: NOW.plus(at), ..append }).await;
    };
    step(&walt, ParticipantState::Waiting, ParticipantState::Admitted, 10).await;
    step(&walt, ParticipantState::Admitted, ParticipantState::Left, 20).await;
    step(&walt, ParticipantState::Left, ParticipantState::Admitted, 30).await;
    let refused = world.waiting(id).await;
    step(&refused, ParticipantState::Waiting, ParticipantState::Removed, 40).await;
    let cora = world.customer(id).await;
    step(&cora, ParticipantState::Admitted, ParticipantState::Left, 50).await;
    world.append(world.end(id, NOW.plus(60))).await;

    let people = world.store.files_session(world.admin, world.org, id).await.unwrap().unwrap().people;
    let told: Vec<_> = people
        .iter()
        .map(|person| (person.name.as_str(), person.state, person.came_at, person.joined_at, person.left_at))
        .collect();
    let at = |millis: i64| Some(NOW.plus(millis));
    let none: Option<Millis> = None;
    assert_eq!(
        told,
        [
            ("Tess", ParticipantState::Admitted, NOW, at(0), none),
            ("Walt", ParticipantState::Admitted, NOW, at(10), none),
            ("Walt", ParticipantState::Removed, NOW, none, at(40)),
            ("Cora", ParticipantState::Left, NOW, at(0), at(50)),
        ]
    );
    assert_eq!((people[0].user_id, people[0].role), (Some(world.technician), ParticipantRole::Technician));
}

/// Row Z16: a report is its technician's, or an admin's, and each saving is remembered.
pub async fn reports_are_written_by_who_took_part_and_by_admins(store: impl Store) {
    let world = World::new(store).await;
    let id = world.session_by(world.technician).await;
    let beside = world.session_by(world.super_admin).await;
    world.technician(id, world.own).await;
    for (by, session, expected) in [
        (world.own, id, ReportOutcome::Saved),
        (world.technician, id, ReportOutcome::Forbidden),
        (world.own, beside, ReportOutcome::NotFound),
        (world.foreigner, id, ReportOutcome::NotFound),
        (world.nobody, id, ReportOutcome::NotFound),
        (world.own, SessionId(world.id()), ReportOutcome::NotFound),
        (world.admin, id, ReportOutcome::Saved),
    ] {
        let report = world.report_by(by, session, "<b>\"fine\"</b>\n=1+1");
        assert_eq!(world.store.save_report(report).await.unwrap(), expected, "{by}");
    }
    let elsewhere = NewReport { org: world.foreign_org, ..world.report_by(world.admin, id, "") };
    assert_eq!(world.store.save_report(elsewhere).await.unwrap(), ReportOutcome::NotFound);
    world.ends(id).await;
    let found = world.store.files_session(world.own, world.org, id).await.unwrap().unwrap();
    let report = found.report.unwrap();
    assert_eq!((report.notes.as_str(), report.at), ("<b>\"fine\"</b>\n=1+1", NOW.plus(99)));
    assert_eq!((report.by.as_str(), report.outcome), ("admin@acme.test's name", Outcome::Solved));
    assert_eq!(found.entry.outcome, Some(Outcome::Solved));
    let after = NewReport { outcome: Outcome::NoCase, ..world.report_by(world.own, id, "") };
    assert_eq!(world.store.save_report(after).await.unwrap(), ReportOutcome::Saved, "after the end too");
    let notes =
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 9).await.unwrap().unwrap();
    let told: Vec<_> = notes.iter().map(|note| (note.action, note.session_id)).collect();
    assert_eq!(told, [(AuditAction::ReportSaved, Some(id)); 3]);
}

pub async fn a_report_goes_with_its_session(store: impl Store) {
    let world = World::new(store).await;
    let id = world.past("Gone", "Ann", 1, 10).await;
    let cora_was_here = world.report_by(world.admin, id, "secret");
    assert_eq!(world.store.save_report(cora_was_here).await.unwrap(), ReportOutcome::Saved);
    assert!(world.seal(id, 9).await);
    let deletion = Deletion { org: world.org, session: id, by: Some(world.admin), at: NOW };
    assert_eq!(world.store.delete_session(deletion).await.unwrap(), DeletionOutcome::Done);
    assert!(world.found(typed("gone")).await.is_empty());
    assert!(world.found(FilesQuery { has: vec![FilesHas::Report], ..all() }).await.is_empty());
    assert!(world.store.files_session(world.admin, world.org, id).await.unwrap().is_none());
}
