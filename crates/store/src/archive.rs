//! Looking through Files: what is asked, how names are folded, who may write a report; rules and records for every backend.

use async_trait::async_trait;
use deskside_proto::{
    Millis, OrgId, OrgRole, SessionId, UserId,
    api::{FilesEntry, FilesHas, FilesSort, Outcome, StorageKind},
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
pub fn kind_of(media_type: &str) -> StorageKind {
    const DOCUMENTS: [&str; 6] = [
        "application/pdf",
        "application/msword",
        "application/rtf",
        "application/json",
        "application/xml",
        "application/epub+zip",
    ];
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
            assert_eq!(kind_of(media_type), kind, "{media_type}");
        }
    }
}
