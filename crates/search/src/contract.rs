//! What every index must do, as one suite of tests: [`contract_suite!`](crate::contract_suite), made as the store's.
#![expect(clippy::unwrap_used, reason = "the suite is test code: a panic is the report")]

use deskside_proto::{
    AttachmentId, OrgId,
    ParticipantRole::{self, Customer, Technician},
    Seq, SessionId, Visibility,
};

use crate::{
    Change, Document, FileText, FoundWhat, OrgResults, OrgSearch, Page, Place, Query, Results, Search,
    SearchIndex,
};

/// One test for each case of the suite, each with an index of its own from `make`.
#[macro_export]
macro_rules! contract_suite {
    ($make:path) => {
        $crate::contract_suite! { @cases $make;
            words_are_found_in_any_case_and_without_accents;
            the_last_word_may_be_its_beginning;
            languages_without_spaces_are_found_by_any_part;
            what_people_type_is_never_an_expression;
            pages_come_newest_first;
            rewritten_and_removed_texts_are_not_found;
            customers_find_nothing_of_private_notes;
            sessions_are_apart;
            the_place_is_remembered_and_forgotten;
            an_organisation_is_searched_newest_session_first;
            organisations_are_apart;
            whoever_sees_only_some_sessions_finds_only_those;
            texts_of_files_are_found_in_the_organisation_and_not_in_the_room;
            long_texts_are_found_to_their_end_and_told_once;
            files_that_were_looked_at_are_remembered;
        }
    };
    (@cases $make:path; $($case:ident;)+) => {$(
        #[tokio::test]
        async fn $case() {
            let (index, _kept) = $make().await;
            $crate::contract::$case(index).await;
        }
    )+};
}

const HERE: SessionId = SessionId([1; 16]);
const THERE: SessionId = SessionId([2; 16]);
/// Made by the portal's clock, so that it is newer than the two.
const LATER: SessionId = SessionId([3; 16]);
const ORG: OrgId = OrgId([7; 16]);
const OTHER_ORG: OrgId = OrgId([8; 16]);

fn put(seq: Seq, text: &str) -> Change {
    Change::Put(Document { seq, visibility: Visibility::All, version: 0, text: text.to_owned() })
}

fn note(seq: Seq, text: &str) -> Change {
    Change::Put(Document { seq, visibility: Visibility::Technicians, version: 0, text: text.to_owned() })
}

async fn apply(index: &impl SearchIndex, session: SessionId, indexed_to: Seq, changes: Vec<Change>) {
    index.apply(vec![Page { org: ORG, session, changes, indexed_to }]).await.unwrap();
}

async fn find(
    index: &impl SearchIndex,
    session: SessionId,
    role: ParticipantRole,
    typed: &str,
    before: Option<Seq>,
    limit: u32,
) -> Results {
    let query = Query::parse(typed).unwrap();
    index.find(Search { session, role, query: &query, before, limit }).await.unwrap()
}

/// Places of what a technician finds.
async fn seqs(index: &impl SearchIndex, typed: &str) -> Vec<Seq> {
    find(index, HERE, Technician, typed, None, 100).await.found.iter().map(|found| found.seq).collect()
}

/// What is marked in what is found, with `|` between.
async fn hits(index: &impl SearchIndex, typed: &str) -> String {
    let results = find(index, HERE, Technician, typed, None, 100).await;
    let parts = results.found.iter().flat_map(|found| &found.excerpt).filter(|part| part.hit);
    parts.map(|part| part.text.as_str()).collect::<Vec<_>>().join("|")
}

pub async fn words_are_found_in_any_case_and_without_accents(index: impl SearchIndex) {
    let texts = ["My Printer smokes", "Crème brûlée", "cre\u{301}me", "Ελλάδα", "192.168.0.17"];
    let changes = texts.into_iter().zip(1..).map(|(text, seq)| put(seq, text)).collect();
    apply(&index, HERE, 5, changes).await;
    for (typed, expected, marked) in [
        ("printer", vec![1], "Printer"),
        ("SMOKES my", vec![1], "My|smokes"),
        ("creme", vec![3, 2], "cre\u{301}me|Crème"),
        ("CRÈME", vec![3, 2], "cre\u{301}me|Crème"),
        ("ΕΛΛΆΔΑ", vec![4], "Ελλάδα"),
        ("192.168.0.17", vec![5], "192.168.0.17"),
        ("168.192", vec![], ""),
        ("printer creme", vec![], ""),
    ] {
        assert_eq!(seqs(&index, typed).await, expected, "{typed}");
        assert_eq!(hits(&index, typed).await, marked, "{typed}");
    }
}

pub async fn the_last_word_may_be_its_beginning(index: impl SearchIndex) {
    apply(&index, HERE, 2, vec![put(1, "the printer"), put(2, "there, print!")]).await;
    for (typed, expected) in [
        ("prin", vec![2, 1]),
        ("p", vec![2, 1]),
        ("printe", vec![1]),
        ("the prin", vec![1]),
        ("rinter", vec![]),
        ("prin the", vec![]),
        ("print!", vec![2]),
    ] {
        assert_eq!(seqs(&index, typed).await, expected, "{typed}");
    }
}

pub async fn languages_without_spaces_are_found_by_any_part(index: impl SearchIndex) {
    let texts = ["東京都のプリンター", "打印机坏了,请看PDF文件", "เครื่องพิมพ์เสีย", "京都"];
    let changes = texts.into_iter().zip(1..).map(|(text, seq)| put(seq, text)).collect();
    apply(&index, HERE, 4, changes).await;
    for (typed, expected, marked) in [
        ("京都", vec![4, 1], "京都|京都"),
        ("東", vec![1], "東"),
        ("プリンタ", vec![1], "プリンタ"),
        ("印机", vec![2], "印机"),
        ("pdf", vec![2], "PDF"),
        ("机印", vec![], ""),
    ] {
        assert_eq!(seqs(&index, typed).await, expected, "{typed}");
        assert_eq!(hits(&index, typed).await, marked, "{typed}");
    }
    assert_eq!(seqs(&index, "พิมพ์").await, [3]);
}

pub async fn what_people_type_is_never_an_expression(index: impl SearchIndex) {
    apply(&index, HERE, 2, vec![put(1, "a NEAR b or c\0d \u{2}e\u{3}"), put(2, "scope 0101a")]).await;
    for (typed, expected) in [
        ("a NEAR b", vec![1]),
        ("NEAR(a b)", vec![]),
        ("b OR zzz", vec![]),
        ("c NOT d", vec![]),
        ("text : a", vec![]),
        ("scope", vec![2]),
        ("\"a", vec![1]),
        ("a\" OR \"scope", vec![]),
        ("a*", vec![1]),
        ("^a", vec![1]),
        ("{text}:a", vec![]),
        ("d", vec![1]),
        ("c\0d", vec![1]),
        ("\u{2}e\u{3}", vec![1]),
        ("%_\\ a", vec![1]),
        ("a)) --", vec![1]),
    ] {
        assert_eq!(seqs(&index, typed).await, expected, "{typed:?}");
    }
    let scope = format!("{HERE}a");
    assert_eq!(seqs(&index, &scope).await, [0; 0], "what names the session is no text");
    for hostile in ["x".repeat(10_000), "\"".repeat(5_000) + "x", "x ".repeat(200), "(x".repeat(200)] {
        assert_eq!(seqs(&index, &hostile).await, [0; 0]);
    }
}

pub async fn pages_come_newest_first(index: impl SearchIndex) {
    apply(&index, HERE, 7, (1..=7).map(|seq| put(seq, "again and again")).collect()).await;
    let mut before = None;
    let mut all = Vec::new();
    for (expected, more) in [(vec![7, 6, 5], true), (vec![4, 3, 2], true), (vec![1], false)] {
        let page = find(&index, HERE, Customer, "again", before, 3).await;
        let seqs: Vec<Seq> = page.found.iter().map(|found| found.seq).collect();
        assert_eq!((&seqs, page.more, page.indexed_to), (&expected, more, 7));
        before = seqs.last().copied();
        all.extend(seqs);
    }
    assert_eq!(all, [7, 6, 5, 4, 3, 2, 1]);
    assert!(find(&index, HERE, Customer, "again", Some(0), 3).await.found.is_empty());
    assert_eq!(find(&index, HERE, Customer, "again", Some(Seq::MAX), 7).await.found.len(), 7);
    assert!(!find(&index, HERE, Customer, "again", None, 7).await.more);
}

pub async fn rewritten_and_removed_texts_are_not_found(index: impl SearchIndex) {
    apply(&index, HERE, 3, vec![put(1, "my PIN is 1234"), put(2, "card 4711"), put(3, "hello")]).await;
    let edited =
        Document { seq: 1, visibility: Visibility::All, version: 4, text: "my PIN is a secret".to_owned() };
    apply(&index, HERE, 5, vec![Change::Put(edited), Change::Remove(2)]).await;
    for (typed, expected) in
        [("1234", vec![]), ("4711", vec![]), ("card", vec![]), ("secret", vec![1]), ("hello", vec![3])]
    {
        assert_eq!(seqs(&index, typed).await, expected, "{typed}");
    }
    let found = find(&index, HERE, Customer, "pin", None, 10).await;
    assert_eq!((found.found[0].version, found.indexed_to), (4, 5));
    apply(&index, HERE, 6, vec![Change::Remove(2), Change::Remove(99)]).await;
    assert_eq!(seqs(&index, "hello").await, [3], "to remove what is not there is fine");
}

pub async fn customers_find_nothing_of_private_notes(index: impl SearchIndex) {
    let changes = (1..=6).map(|seq| if seq % 2 == 0 { note(seq, "fraud?") } else { put(seq, "fraud!") });
    apply(&index, HERE, 6, changes.collect()).await;
    let customer = find(&index, HERE, Customer, "fraud", None, 3).await;
    assert_eq!(customer.found.iter().map(|found| found.seq).collect::<Vec<_>>(), [5, 3, 1]);
    assert!(!customer.more, "nor are they counted");
    assert_eq!(find(&index, HERE, Technician, "fraud", None, 10).await.found.len(), 6);
}

pub async fn sessions_are_apart(index: impl SearchIndex) {
    apply(&index, HERE, 1, vec![put(1, "printer here")]).await;
    apply(&index, THERE, 2, vec![put(1, "printer there"), put(2, "printer")]).await;
    assert_eq!(seqs(&index, "printer").await, [1]);
    assert_eq!(hits(&index, "there").await, "");
    assert_eq!(find(&index, THERE, Technician, "printer", None, 10).await.found.len(), 2);
    let nowhere = find(&index, SessionId([3; 16]), Technician, "printer", None, 10).await;
    assert_eq!(nowhere, Results { found: vec![], more: false, indexed_to: 0 });
}

pub async fn the_place_is_remembered_and_forgotten(index: impl SearchIndex) {
    assert_eq!(index.indexed_to(HERE).await.unwrap(), 0);
    let page = |session, indexed_to, text| {
        let changes = vec![put(indexed_to, text)];
        Page { org: ORG, session, changes, indexed_to }
    };
    let pages = vec![page(HERE, 3, "one"), page(THERE, 9, "one"), page(HERE, 4, "one")];
    index.apply(pages).await.unwrap();
    assert_eq!((index.indexed_to(HERE).await.unwrap(), index.indexed_to(THERE).await.unwrap()), (4, 9));
    index.forget(HERE).await.unwrap();
    assert_eq!((index.indexed_to(HERE).await.unwrap(), index.indexed_to(THERE).await.unwrap()), (0, 9));
    assert!(seqs(&index, "one").await.is_empty());
    assert_eq!(find(&index, THERE, Technician, "one", None, 10).await.found.len(), 1);
}

const fn file(number: u8) -> AttachmentId {
    AttachmentId([number; 16])
}

fn text_of(session: SessionId, number: u8, text: &str) -> FileText {
    FileText { org: ORG, session, attachment: file(number), text: text.to_owned() }
}

async fn find_all(index: &impl SearchIndex, typed: &str, only: Option<&[SessionId]>) -> OrgResults {
    let query = Query::parse(typed).unwrap();
    index.find_in_org(OrgSearch { org: ORG, only, query: &query, after: None, limit: 100 }).await.unwrap()
}

/// Session and seq of messages; of files the number stands for the seq, and 1,000 more.
async fn places(index: &impl SearchIndex, typed: &str, only: Option<&[SessionId]>) -> Vec<(SessionId, Seq)> {
    let found = find_all(index, typed, only).await.found;
    let place = |what| match what {
        FoundWhat::Message { seq, .. } => seq,
        FoundWhat::File(AttachmentId(id)) => 1_000 + Seq::from(id[0]),
    };
    found.into_iter().map(|found| (found.session, place(found.what))).collect()
}

pub async fn an_organisation_is_searched_newest_session_first(index: impl SearchIndex) {
    apply(&index, LATER, 2, vec![put(1, "printer"), note(2, "printer note")]).await;
    apply(&index, HERE, 3, (1..=3).map(|seq| put(seq, "the printer again")).collect()).await;
    apply(&index, THERE, 1, vec![put(1, "a scanner")]).await;
    apply(&index, HERE, 4, vec![put(4, "Printer")]).await;
    let all = [(LATER, 2), (LATER, 1), (HERE, 4), (HERE, 3), (HERE, 2), (HERE, 1)];
    assert_eq!(places(&index, "print", None).await, all);
    assert_eq!(places(&index, "printer note", None).await, all[..1]);
    for limit in [1, 2, 5, 6] {
        let query = Query::parse("printer").unwrap();
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let search = OrgSearch { org: ORG, only: None, query: &query, after, limit };
            let page = index.find_in_org(search).await.unwrap();
            seen.extend(page.found.iter().map(|found| (found.session, found.place)));
            after = page.found.last().map(|found| found.place);
            if !page.more {
                break;
            }
        }
        assert_eq!(seen.len(), all.len(), "{limit}");
        assert!(seen.is_sorted_by(|(_, one), (_, next)| one > next), "{limit}");
    }
    let query = Query::parse("printer").unwrap();
    for place in [i64::MIN, 0, i64::MAX] {
        let after = Some(Place(place));
        let search = OrgSearch { org: ORG, only: None, query: &query, after, limit: 9 };
        let found = index.find_in_org(search).await.unwrap().found.len();
        assert_eq!(found, if place == i64::MAX { 6 } else { 0 }, "{place}");
    }
    apply(&index, HERE, 5, vec![Change::Remove(4)]).await;
    index.forget(LATER).await.unwrap();
    assert_eq!(places(&index, "printer", None).await, all[3..]);
}

pub async fn organisations_are_apart(index: impl SearchIndex) {
    apply(&index, HERE, 1, vec![put(1, "printer")]).await;
    let page = Page { org: OTHER_ORG, session: THERE, changes: vec![put(1, "printer")], indexed_to: 1 };
    index.apply(vec![page]).await.unwrap();
    let foreign = FileText { org: OTHER_ORG, ..text_of(THERE, 1, "printer") };
    index.put_file(foreign).await.unwrap();
    assert_eq!(places(&index, "printer", None).await, [(HERE, 1)]);
    assert!(
        places(&index, &format!("{ORG}o"), None).await.is_empty(),
        "what names the organisation is no text"
    );
    assert!(places(&index, "printer", Some(&[THERE])).await.is_empty());
}

pub async fn whoever_sees_only_some_sessions_finds_only_those(index: impl SearchIndex) {
    for session in [HERE, THERE, LATER] {
        apply(&index, session, 1, vec![put(1, "printer")]).await;
        index.put_file(text_of(session, session.0[0], "printer manual")).await.unwrap();
    }
    let own = [(THERE, 1_002), (THERE, 1)];
    assert_eq!(places(&index, "printer", Some(&[THERE])).await, own);
    assert!(places(&index, "printer", Some(&[])).await.is_empty());
    let many: Vec<SessionId> = (0..2_000_u16).map(|n| SessionId([n.to_be_bytes()[1]; 16])).collect();
    assert_eq!(places(&index, "printer", Some(&many)).await.len(), 6);
}

pub async fn texts_of_files_are_found_in_the_organisation_and_not_in_the_room(index: impl SearchIndex) {
    apply(&index, HERE, 2, vec![put(1, "see the manual"), put(2, "thanks")]).await;
    index.put_file(text_of(HERE, 1, "Manual of the printer\nToner 4711")).await.unwrap();
    index.put_file(text_of(HERE, 2, "other Manual")).await.unwrap();
    let all = [(HERE, 1_002), (HERE, 1_001), (HERE, 1)];
    assert_eq!(places(&index, "manual", None).await, all, "files before messages");
    let found = find_all(&index, "4711", None).await.found;
    let marked: Vec<&str> =
        found[0].excerpt.iter().filter(|part| part.hit).map(|part| part.text.as_str()).collect();
    assert_eq!((found.len(), marked), (1, vec!["4711"]));
    assert_eq!(seqs(&index, "manual").await, [1]);
    assert!(seqs(&index, "4711").await.is_empty());
    index.put_file(text_of(HERE, 1, "a new text")).await.unwrap();
    assert!(places(&index, "4711", None).await.is_empty(), "another text stands in its place");
    index.remove_file(HERE, file(2)).await.unwrap();
    index.remove_file(HERE, file(9)).await.unwrap();
    assert_eq!(places(&index, "manual", None).await, [(HERE, 1)]);
    index.put_file(text_of(THERE, 3, "before any message")).await.unwrap();
    assert_eq!(index.indexed_to(THERE).await.unwrap(), 0);
    apply(&index, THERE, 1, vec![put(1, "any message")]).await;
    assert_eq!(places(&index, "any message", None).await, [(THERE, 1_003), (THERE, 1)]);
    index.forget(THERE).await.unwrap();
    assert!(places(&index, "any message", None).await.is_empty());
}

pub async fn long_texts_are_found_to_their_end_and_told_once(index: impl SearchIndex) {
    let long = format!("needle {} needle zebra", "hay stack\n".repeat(30_000));
    index.put_file(text_of(HERE, 1, &long)).await.unwrap();
    index.put_file(text_of(HERE, 2, "needle")).await.unwrap();
    index.put_file(text_of(THERE, 3, &long)).await.unwrap();
    assert_eq!(places(&index, "zebra", None).await, [(THERE, 1_003), (HERE, 1_001)]);
    let all = [(THERE, 1_003), (HERE, 1_002), (HERE, 1_001)];
    assert_eq!(places(&index, "needle", None).await, all);
    assert_eq!(places(&index, "hay", None).await, [all[0], all[2]]);
    let query = Query::parse("hay").unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    for _ in 0..3 {
        let search = OrgSearch { org: ORG, only: None, query: &query, after, limit: 1 };
        let page = index.find_in_org(search).await.unwrap();
        after = page.found.last().map(|found| found.place).or(after);
        seen.extend(page.found.into_iter().map(|found| found.session));
    }
    assert_eq!(seen, [THERE, HERE], "not again on the next page");
}

pub async fn files_that_were_looked_at_are_remembered(index: impl SearchIndex) {
    let all = [file(1), file(2), file(3)];
    assert_eq!(index.missing_files(&all).await.unwrap(), all);
    index.put_file(text_of(HERE, 1, "text")).await.unwrap();
    index.put_file(text_of(HERE, 2, "")).await.unwrap();
    assert_eq!(index.missing_files(&all).await.unwrap(), all[2..], "nothing in it is an answer too");
    index.remove_file(HERE, file(2)).await.unwrap();
    assert_eq!(index.missing_files(&all).await.unwrap(), all[1..]);
    index.forget(HERE).await.unwrap();
    assert_eq!(index.missing_files(&all).await.unwrap(), all);
}
