//! Looking through Files: what is asked, how names are folded, who may write a report; rules and records for every backend.

use async_trait::async_trait;
use deskside_proto::{
    Attachment, AttachmentId, CaptureKind, Millis, OrgId, OrgRole, Participant, Seq, SessionId, UserId,
    api::{FilesEntry, FilesHas, FilesSort, Outcome, StorageKind, StorageShare},
    limits::SEARCH_MAX_CHARS,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::StoreError;

/// Characters of what a session is found by; beyond that are names of a crowd.
const KEY_MAX_CHARS: usize = 4_000;
/// Words of a query that may stand anywhere; what follows them is looked for as it stands.
const WORDS_MAX: usize = 4;

/// What people see when they look through Files.
#[async_trait]
pub trait ArchiveStore: Send + Sync + 'static {
    /// Ended sessions of `org` that `user` may see and that fit, in the order asked for, after [`FilesQuery::after`].
    async fn list_files(
        &self,
        user: UserId,
        org: OrgId,
        query: FilesQuery,
    ) -> Result<Vec<FilesEntry>, StoreError>;
    /// Puts a report in place of the earlier one, and a line into the audit log, in one transaction.
    async fn save_report(&self, report: NewReport) -> Result<ReportOutcome, StoreError>;
    /// Those of `sessions` that are over and that `user` may see in the Files of `org`, in no order.
    async fn seen_in_files(
        &self,
        user: UserId,
        org: OrgId,
        sessions: &[SessionId],
    ) -> Result<Vec<SeenSession>, StoreError>;
    /// Ended sessions of `org` to which `user` is limited; `None` for somebody who sees all. It narrows a search: what is found is
    /// compared with [`ArchiveStore::seen_in_files`] all the same.
    async fn only_sessions(&self, user: UserId, org: OrgId) -> Result<Option<Vec<SessionId>>, StoreError>;
    /// A stored or direct file as long as it is offered, with the place of its message; not on anybody's behalf.
    async fn offered_file(
        &self,
        session: SessionId,
        attachment: AttachmentId,
    ) -> Result<Option<(Attachment, Option<Seq>)>, StoreError>;
    /// Stored files that may have text in them; not on anybody's behalf.
    async fn documents(&self, which: Documents, limit: u32) -> Result<Vec<StoredDocument>, StoreError>;
    /// The organisation of a session; not on anybody's behalf.
    async fn org_of(&self, session: SessionId) -> Result<Option<OrgId>, StoreError>;
    /// What the charts are made of, for those who manage `org`; `None` for others.
    async fn statistics(
        &self,
        user: UserId,
        org: OrgId,
        query: StatisticsQuery,
    ) -> Result<Option<RawStatistics>, StoreError>;
}

/// Which sessions to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesQuery {
    /// All of them are found in the title or the names of those who took part.
    pub words: Vec<Folded>,
    /// Sessions that began at or after.
    pub from: Option<Millis>,
    /// Sessions that began before.
    pub to: Option<Millis>,
    /// Who was let in as a technician.
    pub technician: Option<UserId>,
    /// Found in the names of the customers.
    pub customer: Option<Folded>,
    pub has: Vec<FilesHas>,
    /// Bytes of stored files.
    pub min_bytes: Option<u64>,
    pub max_bytes: Option<u64>,
    pub sort: FilesSort,
    pub after: Option<FilesPlace>,
    pub limit: u32,
}

/// A session's place in a sorted list: equal values are told apart by the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilesPlace {
    /// Start (milliseconds since 1970), duration (milliseconds) or stored bytes.
    pub value: i64,
    pub session: SessionId,
}

impl FilesPlace {
    /// Where `entry` stands in a list sorted by `sort`.
    #[must_use]
    pub fn of(entry: &FilesEntry, sort: FilesSort) -> Self {
        let value = match sort {
            FilesSort::Newest | FilesSort::Oldest => entry.started_at.0,
            FilesSort::Longest => entry.ended_at.0 - entry.started_at.0,
            FilesSort::Largest => i64::try_from(entry.stored_bytes).unwrap_or(i64::MAX),
        };
        Self { value, session: entry.session_id }
    }
}

/// Text in which case and composition make no difference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded(String);

impl Folded {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let lower = text.nfkc().flat_map(char::to_lowercase).nfc();
        // The small sigma has another form at a word's end, where somebody who types has not come yet.
        Self(lower.map(|c| if c == 'ς' { 'σ' } else { c }).filter(|c| *c != '\0').collect())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of what somebody typed.
#[must_use]
pub fn words_of(typed: &str) -> Vec<Folded> {
    let short: String = typed.chars().take(SEARCH_MAX_CHARS).collect();
    let words: Vec<&str> = short.split_whitespace().collect();
    let apart = words.len().min(WORDS_MAX);
    let rest = words[apart..].join(" ");
    let all = words[..apart].iter().copied().chain(Some(rest.as_str()).filter(|rest| !rest.is_empty()));
    all.map(Folded::new).collect()
}

/// What a session is found by: its title and the names of those who were let in, each on a line.
#[must_use]
pub fn search_key<'a>(title: &'a str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = String::new();
    for text in std::iter::once(title).chain(names) {
        key.push_str(Folded::new(text).as_str());
        key.push('\n');
    }
    key.chars().take(KEY_MAX_CHARS).collect()
}

/// Kind of a stored file, for the picture of what takes room; as the views `attachment_kind` of the databases.
#[must_use]
pub fn kind_of(media_type: &str, capture: Option<CaptureKind>) -> StorageKind {
    const DOCUMENTS: [&str; 6] = [
        "application/pdf",
        "application/msword",
        "application/rtf",
        "application/json",
        "application/xml",
        "application/epub+zip",
    ];
    match capture {
        Some(CaptureKind::Snapshot) => return StorageKind::Snapshots,
        Some(CaptureKind::Recording) => return StorageKind::Recordings,
        None => {}
    }
    match media_type {
        picture if picture.starts_with("image/") => StorageKind::Pictures,
        video if video.starts_with("video/") => StorageKind::Videos,
        sound if sound.starts_with("audio/") => StorageKind::Sounds,
        text if text.starts_with("text/") || text.starts_with("application/vnd.") => StorageKind::Documents,
        listed if DOCUMENTS.contains(&listed) => StorageKind::Documents,
        _ => StorageKind::Other,
    }
}

/// A technician's words on how a session turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    pub org: OrgId,
    pub session: SessionId,
    pub by: UserId,
    pub at: Millis,
    pub outcome: Outcome,
    pub notes: String,
}

/// What a [`NewReport`] meets, read in the transaction that saves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportStanding {
    /// The session is one of the organisation's, and the writer may see it.
    pub is_visible: bool,
    /// The writer's.
    pub role: Option<OrgRole>,
    /// The writer was let into the session as a technician.
    pub took_part: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    Saved,
    NotFound,
    /// Only who took part, and who manages the organisation, may write it.
    Forbidden,
}

impl ReportStanding {
    #[must_use]
    pub fn outcome(self) -> ReportOutcome {
        match self {
            Self { is_visible: false, .. } => ReportOutcome::NotFound,
            Self { took_part: true, .. } => ReportOutcome::Saved,
            Self { role, .. } if role.is_some_and(OrgRole::manages) => ReportOutcome::Saved,
            _ => ReportOutcome::Forbidden,
        }
    }
}

/// A session that somebody may see in Files, as a search tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSession {
    pub id: SessionId,
    pub title: String,
    pub started_at: Millis,
    /// In the order they came.
    pub people: Vec<Participant>,
}

/// Which documents are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// Of every session, the newest first, those older than this one where given.
    Before(Option<AttachmentId>),
    /// Of one session.
    Of(SessionId),
}

/// A stored file that may have text in it: offered, and neither picture, video nor sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    pub org: OrgId,
    pub session: SessionId,
    pub attachment: AttachmentId,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// Whether a file of that type may have text in it; as the queries of the databases.
#[must_use]
pub fn may_have_text(media_type: &str) -> bool {
    !["image/", "video/", "audio/"].iter().any(|family| media_type.starts_with(family))
}

/// What the charts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatisticsQuery {
    /// Sessions that began at or after, and before.
    pub from: Millis,
    pub to: Millis,
    /// Milliseconds that the caller's clock is ahead of UTC: days begin at their midnight.
    pub offset: i64,
    pub now: Millis,
    /// What goes by itself until then is told.
    pub until: Millis,
    /// Milliseconds from a session's end until its files go, and until it goes as a whole; `None`: they stay.
    pub files_life: Option<i64>,
    pub session_life: Option<i64>,
}

/// Milliseconds of a day.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

impl StatisticsQuery {
    /// Days since 1970 on the caller's calendar.
    #[must_use]
    pub fn day(&self, at: Millis) -> i64 {
        (at.0 + self.offset).div_euclid(DAY)
    }

    /// Files go before their session does, if it goes at all.
    #[must_use]
    pub fn files_go_first(&self) -> bool {
        self.files_life.is_some_and(|files| self.session_life.is_none_or(|session| files < session))
    }
}

/// What the charts are made of. Days are those of [`StatisticsQuery::day`], in order; days without anything are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawStatistics {
    pub days: Vec<RawDay>,
    pub storage: Vec<StorageShare>,
    pub frees: Vec<RawFrees>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawDay {
    pub day: i64,
    pub sessions: u32,
    /// Milliseconds from the making of a session to its first customer's coming in, in no order.
    pub joins: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFrees {
    pub day: i64,
    pub bytes: u64,
    pub sessions: u32,
    pub files: u32,
}

/// Files that go by themselves, and whole sessions, put together by day.
#[must_use]
pub fn frees_by_day(parts: impl IntoIterator<Item = RawFrees>) -> Vec<RawFrees> {
    let mut days = std::collections::BTreeMap::<i64, RawFrees>::new();
    for part in parts {
        let none = RawFrees { day: part.day, bytes: 0, sessions: 0, files: 0 };
        let day = days.entry(part.day).or_insert(none);
        day.bytes += part.bytes;
        day.sessions += part.sessions;
        day.files += part.files;
    }
    days.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_make_no_difference() {
        for (one, other) in [
            ("ÄRGER", "ärger"),
            ("cre\u{300}me", "CRÈME"),
            ("ΕΛΛΆΣ", "ελλάσ"),
            ("Straße", "straße"),
            ("ﬁle", "FILE"),
            ("a\0b", "AB"),
            ("İ", "i\u{307}"),
        ] {
            assert_eq!(Folded::new(one), Folded::new(other), "{one}");
        }
    }

    #[test]
    fn words_stand_anywhere_and_the_rest_as_it_is() {
        let words = |typed| words_of(typed).iter().map(|word| word.0.clone()).collect::<Vec<_>>();
        assert_eq!(words("  Carl  PRINTER "), ["carl", "printer"]);
        assert_eq!(words("a b c d e f"), ["a", "b", "c", "d", "e f"]);
        assert!(words(" \u{3000} ").is_empty());
        assert_eq!(words(&"x".repeat(10_000))[0].len(), SEARCH_MAX_CHARS);
    }

    #[test]
    fn files_are_of_a_kind() {
        for (media_type, kind) in [
            ("image/png", StorageKind::Pictures),
            ("video/webm", StorageKind::Videos),
            ("audio/ogg", StorageKind::Sounds),
            ("text/csv", StorageKind::Documents),
            ("application/pdf", StorageKind::Documents),
            (
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                StorageKind::Documents,
            ),
            ("application/zip", StorageKind::Other),
            ("", StorageKind::Other),
        ] {
            assert_eq!(kind_of(media_type, None), kind, "{media_type}");
        }
    }
}
