//! What every index must do, as one suite of tests: [`contract_suite!`](crate::contract_suite), made as the store's.
#![expect(clippy::unwrap_used, reason = "the suite is test code: a panic is the report")]

use deskside_proto::{
    ParticipantRole::{self, Customer, Technician},
    Seq, SessionId, Visibility,
};

use crate::{Change, Document, Page, Query, Results, Search, SearchIndex};

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

fn put(seq: Seq, text: &str) -> Change {
    Change::Put(Document { seq, visibility: Visibility::All, version: 0, text: text.to_owned() })
}

fn note(seq: Seq, text: &str) -> Change {
    Change::Put(Document { seq, visibility: Visibility::Technicians, version: 0, text: text.to_owned() })
}

async fn apply(index: &impl SearchIndex, session: SessionId, indexed_to: Seq, changes: Vec<Change>) {
    index.apply(vec![Page { session, changes, indexed_to }]).await.unwrap();
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
    let page = |session, indexed_to, text| Page { session, changes: vec![put(indexed_to, text)], indexed_to };
    let pages = vec![page(HERE, 3, "one"), page(THERE, 9, "one"), page(HERE, 4, "one")];
    index.apply(pages).await.unwrap();
    assert_eq!((index.indexed_to(HERE).await.unwrap(), index.indexed_to(THERE).await.unwrap()), (4, 9));
    index.forget(HERE).await.unwrap();
    assert_eq!((index.indexed_to(HERE).await.unwrap(), index.indexed_to(THERE).await.unwrap()), (0, 9));
    assert!(seqs(&index, "one").await.is_empty());
    assert_eq!(find(&index, THERE, Technician, "one", None, 10).await.found.len(), 1);
}
