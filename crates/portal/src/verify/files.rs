//! One manifest and the bytes of what it names.

use std::collections::VecDeque;

use deskside_proto::{
    AttachmentId,
    api::{TranscriptFormat, VaultFile, VaultKind},
};
use deskside_store::{ChainEntry, ListedFile};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio_util::io::StreamReader;

use super::{Problem, Report, Verifier, VerifyError};
use crate::{
    blobs::Key,
    manifest::{self, Line, ManifestHead},
};

/// Rows of the database that are read at a time.
const PAGE: u32 = 500;

/// What a manifest names, as the database has it: in the same order.
struct Rows {
    entry: ChainEntry,
    after: Option<AttachmentId>,
    rows: VecDeque<ListedFile>,
}

impl Verifier {
    pub(super) async fn verify_manifest(
        &self,
        entry: &ChainEntry,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        report.manifests += 1;
        let key = Key::manifest(report.org, entry.session, entry.part);
        if entry.erased {
            report.deleted += 1;
            if !entry.deletion_noted {
                report.find(key.to_string(), None, Problem::DeletionUnknown);
            }
            return Ok(());
        }
        if !self.verify_bytes(&key, None, entry.size, &entry.sha256, report).await? {
            return Ok(());
        }
        let Some(content) = self.blobs.get(&key, None).await? else { return Ok(()) };
        let mut lines =
            BufReader::new(StreamReader::new(content.stream.map_err(std::io::Error::other))).lines();
        let (mut is_first, mut is_whole) = (true, false);
        let mut rows = Rows { entry: entry.clone(), after: None, rows: VecDeque::new() };
        while let Some(line) = lines.next_line().await? {
            match manifest::read_line(&line, is_first) {
                Some(Line::Head(head)) => {
                    if let Some(problem) = compare(&head, entry, report) {
                        report.find(key.to_string(), None, problem);
                    }
                }
                Some(Line::File(file)) => self.verify_file(entry, &file, &mut rows, report).await?,
                Some(Line::End) => is_whole = true,
                None => break,
            }
            is_first = false;
        }
        if !is_whole {
            report.find(key.to_string(), None, Problem::Misplaced);
        }
        while let Some(row) = self.next_row(&mut rows).await? {
            let key = Key::attachment(report.org, entry.session, row.attachment);
            report.find(key.to_string(), Some(row.name), Problem::Contradicted);
        }
        Ok(())
    }

    async fn verify_file(
        &self,
        entry: &ChainEntry,
        file: &VaultFile,
        rows: &mut Rows,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        report.files += 1;
        let transcript = |format| Key::transcript(report.org, entry.session, format);
        let key = match (file.kind, file.attachment_id) {
            (VaultKind::TranscriptTxt, None) => transcript(TranscriptFormat::Txt),
            (VaultKind::TranscriptHtml, None) => transcript(TranscriptFormat::Html),
            (VaultKind::TranscriptJson, None) => transcript(TranscriptFormat::Json),
            (_, Some(attachment)) => {
                let key = Key::attachment(report.org, entry.session, attachment);
                let (name, row) = (Some(file.name.clone()), self.next_row(rows).await?);
                let same = row.filter(|row| {
                    (row.attachment, row.size, &row.sha256) == (attachment, file.size, &file.sha256)
                });
                match same {
                    None => report.find(key.to_string(), name, Problem::Contradicted),
                    Some(row) if row.erased => {
                        report.erased += 1;
                        return Ok(());
                    }
                    Some(_) => {}
                }
                key
            }
            (_, None) => {
                let key = Key::manifest(report.org, entry.session, entry.part);
                report.find(key.to_string(), Some(file.name.clone()), Problem::Misplaced);
                return Ok(());
            }
        };
        let name = file.attachment_id.map(|_| file.name.as_str());
        self.verify_bytes(&key, name, file.size, &file.sha256, report).await?;
        Ok(())
    }

    async fn next_row(&self, rows: &mut Rows) -> Result<Option<ListedFile>, VerifyError> {
        if rows.rows.is_empty() {
            let Rows { entry, after, .. } = rows;
            let page = self.ledger.listed_files(entry.session, entry.part, *after, PAGE).await?;
            rows.after = page.last().map(|last| last.attachment).or(rows.after);
            rows.rows.extend(page);
        }
        Ok(rows.rows.pop_front())
    }

    /// Whether an object's bytes are those with that size and hash.
    async fn verify_bytes(
        &self,
        key: &Key,
        name: Option<&str>,
        size: u64,
        sha256: &str,
        report: &mut Report,
    ) -> Result<bool, VerifyError> {
        let name = || name.map(str::to_owned);
        let Some(content) = self.blobs.get(key, None).await? else {
            report.find(key.to_string(), name(), Problem::Missing);
            return Ok(false);
        };
        let (mut hash, mut stream) = (Sha256::new(), content.stream);
        while let Some(piece) = stream.try_next().await.map_err(std::io::Error::other)? {
            report.bytes += piece.len() as u64;
            hash.update(&piece);
        }
        let is_same = content.size == size && hex::encode(hash.finalize()) == sha256;
        if !is_same {
            report.find(key.to_string(), name(), Problem::Changed);
        }
        Ok(is_same)
    }
}

/// What a manifest says of itself, and what the chain says of it; `report.head` is the hash of the one before.
fn compare(head: &ManifestHead, entry: &ChainEntry, report: &Report) -> Option<Problem> {
    let own = (manifest::VERSION, report.org, entry.session, entry.part, entry.place, entry.sealed_at);
    if (head.version, head.org, head.session, head.part, head.place, head.sealed_at) != own {
        return Some(Problem::Misplaced);
    }
    (head.previous != report.head).then_some(Problem::Unlinked)
}
