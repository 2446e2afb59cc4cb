//! Whether a file is a snapshot or a recording: its name and its bytes have to say the same.

use std::path::Path;

use deskside_proto::CaptureKind;
use infer::MatcherType;

/// Bytes of a file's beginning that [`of_content`] wants: the signatures that `infer` knows end before.
pub const HEAD_BYTES: usize = 8 * 1024;

const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "avif", "heic"];
const VIDEOS: [&str; 9] = ["mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "wmv"];

/// What a name promises; `None` for what is hidden, still being written or something else.
#[must_use]
pub fn of_name(name: &str) -> Option<CaptureKind> {
    // `.part`, `.tmp` and the like are other extensions; editors mark theirs in front or behind.
    if name.starts_with(['.', '~', '#']) || name.ends_with('~') {
        return None;
    }
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    if PICTURES.contains(&extension.as_str()) {
        Some(CaptureKind::Snapshot)
    } else if VIDEOS.contains(&extension.as_str()) {
        Some(CaptureKind::Recording)
    } else {
        None
    }
}

/// What the bytes say.
#[must_use]
pub fn of_content(head: &[u8]) -> Option<CaptureKind> {
    match infer::get(head)?.matcher_type() {
        MatcherType::Image => Some(CaptureKind::Snapshot),
        MatcherType::Video => Some(CaptureKind::Recording),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Z02: names of files that tools make, and that are none.
    #[test]
    fn names_promise_pictures_and_videos() {
        let (picture, video) = (Some(CaptureKind::Snapshot), Some(CaptureKind::Recording));
        for (name, expected) in [
            ("Screenshot from 2026-11-22 14-30-05.png", picture),
            ("a.PNG", picture),
            ("a.b.jpeg", picture),
            ("Grüße.webp", picture),
            ("2026-11-22.mkv", video),
            ("clip.MP4", video),
            (".a.png", None),
            ("~a.png", None),
            ("a.png~", None),
            ("#a.png", None),
            ("a.png.part", None),
            ("a.png.crdownload", None),
            ("a.tmp", None),
            ("a.mp4.tmp", None),
            ("png", None),
            (".png", None),
            ("a.", None),
            ("a.txt", None),
            ("a.svg", None),
            ("a.exe", None),
            ("invoice\u{202e}gnp.exe", None),
            ("", None),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn content_has_the_last_word() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Some(CaptureKind::Snapshot)),
            (b"\xff\xd8\xff\xe0", Some(CaptureKind::Snapshot)),
            (
                b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\x82\x84webm",
                Some(CaptureKind::Recording),
            ),
            (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", Some(CaptureKind::Recording)),
            (b"MZ\x90\x00", None),
            (b"%PDF-1.7", None),
            (b"#!/bin/sh\n", None),
            (b"", None),
        ] {
            assert_eq!(of_content(head), expected, "{head:?}");
        }
    }
}
