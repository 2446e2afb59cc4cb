//! The manifest of a session's vault: what belongs to it with size and SHA-256, and the hash of the manifest before it in the
//! organisation's chain, so that a change afterwards shows (`deskside-portal verify`).
//!
//! One JSON object in a form that never varies, so that the same vault is the same bytes: the fields of [`ManifestHead`] in their
//! order without spaces, then `"files"` with one file on each line. It is written and read line by line, whatever its length.

use deskside_proto::{Millis, OrgId, SessionId, api::VaultFile};
use serde::{Deserialize, Serialize};

/// Of the form above.
pub const VERSION: u32 = 1;
/// What stands behind the head, before the first file.
const FILES: &str = ",\"files\":[";
const END: &str = "]}";

/// What a manifest says but its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestHead {
    pub version: u32,
    pub org: OrgId,
    pub session: SessionId,
    /// 1 with the transcript; 2, 3 … for what joined later.
    pub part: u32,
    /// In the organisation's chain: 1, 2, 3 …
    pub place: u64,
    /// SHA-256 of the manifest before, lower-case hex; null for the first.
    pub previous: Option<String>,
    pub sealed_at: Millis,
}

impl ManifestHead {
    /// The first line, with its end.
    ///
    /// # Errors
    /// None that happens: plain data with text keys.
    pub fn line(&self) -> serde_json::Result<String> {
        let head = serde_json::to_string(self)?;
        Ok(format!("{}{FILES}\n", head.trim_end_matches('}')))
    }
}

/// The line of a file; `is_first` of the manifest's files. A line ends where the next begins.
///
/// # Errors
/// None that happens: plain data with text keys.
pub fn file_line(file: &VaultFile, is_first: bool) -> serde_json::Result<String> {
    let before = if is_first { "" } else { ",\n" };
    Ok(format!("{before}{}", serde_json::to_string(file)?))
}

/// What ends a manifest.
#[must_use]
pub fn last_line(is_empty: bool) -> String {
    if is_empty { format!("{END}\n") } else { format!("\n{END}\n") }
}

/// A line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Head(ManifestHead),
    File(VaultFile),
    End,
}

/// Reads the next line, without its end; `is_first` of the manifest. `None` where it is none of ours.
#[must_use]
pub fn read_line(line: &str, is_first: bool) -> Option<Line> {
    if is_first {
        let head = line.strip_suffix(FILES)?;
        return serde_json::from_str(&format!("{head}}}")).ok().map(Line::Head);
    }
    if line == END {
        return Some(Line::End);
    }
    serde_json::from_str(line.strip_suffix(',').unwrap_or(line)).ok().map(Line::File)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::api::VaultKind;

    fn written(head: &ManifestHead, files: &[VaultFile]) -> String {
        let mut text = head.line().unwrap();
        for (n, file) in files.iter().enumerate() {
            text += &file_line(file, n == 0).unwrap();
        }
        text + &last_line(files.is_empty())
    }

    /// Z14: the form is told to others, and stays.
    #[test]
    fn a_manifest_reads_as_it_was_written() {
        let head = ManifestHead {
            version: VERSION,
            org: OrgId([1; 16]),
            session: SessionId([2; 16]),
            part: 1,
            place: 7,
            previous: Some("ab".repeat(32)),
            sealed_at: Millis(5),
        };
        let file = |name: &str, erased| VaultFile {
            kind: VaultKind::Attachment,
            name: name.to_owned(),
            size: 3,
            sha256: "cd".repeat(32),
            attachment_id: Some(deskside_proto::AttachmentId([3; 16])),
            erased,
        };
        let hostile = "]}\n\"\u{202e}\u{0}{\"files\":[";
        for files in [vec![], vec![file("a.txt", false)], vec![file(hostile, true), file("b", false)]] {
            let text = written(&head, &files);
            let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&whole["place"], whole["files"].as_array().unwrap().len()), (&7.into(), files.len()));
            let mut lines = text.lines().enumerate().map(|(n, line)| read_line(line, n == 0).unwrap());
            assert_eq!(lines.next(), Some(Line::Head(head.clone())));
            let read: Vec<_> = lines.collect();
            let expected = files.into_iter().map(Line::File).chain([Line::End]).collect::<Vec<_>>();
            assert_eq!(read, expected);
        }
        for (line, is_first) in
            [("", true), ("{}", true), ("{\"version\":1,\"files\":[", true), ("null", false)]
        {
            assert_eq!(read_line(line, is_first), None, "{line}");
        }
    }
}
