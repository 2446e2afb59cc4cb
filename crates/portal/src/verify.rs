//! Whether the vaults are as they were sealed: each organisation's chain of manifests, every manifest and every file's bytes, and
//! whether anything stands there that nobody knows. Reads only, beside a running portal too.
//!
//! What it can say: bytes, manifests and chain fit together. Whoever can write both the database and the storage can make a new chain
//! from some place on; to notice that, keep the hash of the last manifest (`head` of the report) elsewhere.

mod command;
mod files;

use std::sync::Arc;

use deskside_proto::{OrgId, SessionId};
use deskside_store::{BlobStanding, ChainEntry, Ledger, StoreError};
use futures_util::TryStreamExt;
use serde::Serialize;

use crate::blobs::{Blobs, Folder, Key};

pub(crate) use command::{VerifyArgs, main};

/// Manifests of a chain that are read at a time.
const PAGE: u32 = 200;

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the organisation's files cannot be read: {0}")]
    Blobs(#[from] std::io::Error),
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It is not there.
    Missing,
    /// Its bytes are not those that were sealed.
    Changed,
    /// Nobody knows it.
    Unexpected,
    /// It names another manifest before it than stands there.
    Unlinked,
    /// It is the manifest of another session or place.
    Misplaced,
    /// The database says something else of it than the manifest.
    Contradicted,
    /// A place of the chain is empty.
    Gap,
    /// A sealed session that no manifest names.
    Outside,
    /// Its session is gone, and the audit log does not say who deleted it.
    DeletionUnknown,
}

impl Problem {
    /// For people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Changed => "was changed since it was sealed",
            Self::Unexpected => "is not known to the portal",
            Self::Unlinked => "does not follow the manifest before it in the chain",
            Self::Misplaced => "is the manifest of another session or place",
            Self::Contradicted => "is described otherwise by the database",
            Self::Gap => "is missing from the chain",
            Self::Outside => "is sealed, but no manifest names it",
            Self::DeletionUnknown => "was deleted, and the audit log does not say so",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The object's key, or the place of the chain.
    pub file: String,
    /// What its sender called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub problem: Problem,
}

/// What was found in one organisation's vaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub org: OrgId,
    pub name: String,
    pub manifests: u64,
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Files whose bytes were erased since: their hashes stand in the manifests.
    pub erased: u64,
    /// Places of the chain whose sessions were deleted.
    pub deleted: u64,
    /// Hash of the last manifest.
    pub head: Option<String>,
    pub findings: Vec<Finding>,
}

/// What is looked at.
pub struct Verifier {
    pub ledger: Arc<dyn Ledger>,
    pub blobs: Blobs,
}

impl Verifier {
    /// Looks at the vaults of an organisation, or at one session's; `progress` is told now and then.
    ///
    /// # Errors
    /// [`VerifyError`] where database or storage cannot be read.
    pub async fn verify(
        &self,
        org: OrgId,
        name: String,
        only: Option<SessionId>,
        mut progress: impl FnMut(&Report) + Send,
    ) -> Result<Report, VerifyError> {
        let mut report = Report {
            org,
            name,
            manifests: 0,
            files: 0,
            bytes: 0,
            erased: 0,
            deleted: 0,
            head: None,
            findings: Vec::new(),
        };
        let mut place = 0;
        loop {
            let page = self.ledger.chain(org, place, PAGE).await?;
            let Some(last) = page.last() else { break };
            let after = last.place;
            for entry in page {
                for missing in place + 1..entry.place {
                    report.find(format!("chain/{org}/{missing}"), None, Problem::Gap);
                }
                place = entry.place;
                let sha256 = entry.sha256.clone();
                if only.is_none_or(|only| only == entry.session) {
                    self.verify_entry(entry, &mut report).await?;
                    progress(&report);
                }
                report.head = Some(sha256);
            }
            place = after;
        }
        for outside in self.ledger.sealed_outside(org, PAGE).await? {
            if only.is_none_or(|only| only == outside) {
                report.find(Key::manifest(org, outside, 1).to_string(), None, Problem::Outside);
            }
        }
        self.find_strangers(only, &mut report).await?;
        progress(&report);
        Ok(report)
    }

    /// A place of the chain, with the files of its manifest. What seems wrong may have changed by right meanwhile, and is looked at again.
    async fn verify_entry(&self, entry: ChainEntry, report: &mut Report) -> Result<(), VerifyError> {
        let mut first = report.clone_counts();
        self.verify_manifest(&entry, &mut first).await?;
        if !first.findings.is_empty() {
            let now = self.ledger.manifests(entry.session).await?;
            let now = now.into_iter().find(|now| now.place == entry.place).unwrap_or(entry);
            first = report.clone_counts();
            self.verify_manifest(&now, &mut first).await?;
        }
        report.take(first);
        Ok(())
    }

    /// Objects that nobody knows.
    async fn find_strangers(&self, only: Option<SessionId>, report: &mut Report) -> Result<(), VerifyError> {
        let org = report.org;
        for folder in [Folder::transcripts(org), Folder::attachments(org)] {
            let of_vault = folder == Folder::transcripts(org);
            let mut keys = self.blobs.list(&folder);
            while let Some(key) = keys.try_next().await? {
                let place = key.session_and_name();
                if only.is_some() && place.as_ref().map(|(session, _)| *session) != only {
                    continue;
                }
                let known = match &place {
                    None => false,
                    Some((session, name)) if of_vault => self.knows_of_vault(org, *session, name).await?,
                    Some((session, name)) => match name.parse() {
                        Ok(id) => {
                            self.ledger.attachment_standing(org, *session, id).await? != BlobStanding::Unknown
                        }
                        Err(_) => false,
                    },
                };
                // Erased since it was listed?
                if !known && self.blobs.size(&key).await?.is_some() {
                    report.find(key.to_string(), None, Problem::Unexpected);
                }
            }
        }
        Ok(())
    }

    /// Whether a file of that name belongs into the session's vault, now or in a moment.
    async fn knows_of_vault(&self, org: OrgId, session: SessionId, name: &str) -> Result<bool, VerifyError> {
        match self.ledger.session_standing(org, session).await? {
            BlobStanding::Going => return Ok(true),
            BlobStanding::Unknown => return Ok(false),
            BlobStanding::Kept => {}
        }
        let part = match name {
            "transcript.txt" | "transcript.html" | "transcript.json" | "manifest.json" => return Ok(true),
            _ => name.strip_prefix("manifest-").and_then(|rest| rest.strip_suffix(".json")),
        };
        let Some(part) = part.and_then(|part| part.parse::<usize>().ok()).filter(|part| *part > 1) else {
            return Ok(false);
        };
        // The next one may be on its way into the chain.
        Ok(part <= self.ledger.manifests(session).await?.len() + 1)
    }
}

impl Report {
    fn find(&mut self, file: String, name: Option<String>, problem: Problem) {
        self.findings.push(Finding { file, name, problem });
    }

    /// The same without findings: what one more manifest adds to.
    fn clone_counts(&self) -> Self {
        Self { findings: Vec::new(), name: String::new(), head: self.head.clone(), ..*self }
    }

    fn take(&mut self, counted: Self) {
        let Self { manifests, files, bytes, erased, deleted, findings, .. } = counted;
        (self.manifests, self.files, self.bytes) = (manifests, files, bytes);
        (self.erased, self.deleted) = (erased, deleted);
        self.findings.extend(findings);
    }
}
