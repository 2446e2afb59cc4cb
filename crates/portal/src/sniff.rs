//! What a file is, by its content and never by what its sender says (row N07), and its hash.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use deskside_proto::AttachmentPolicy;
use sha2::{Digest, Sha256};

/// Bytes looked at for a signature.
const HEAD: usize = 8192;
/// Pictures that may be shown in place. No SVG: it can carry script (research S07).
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];
/// What browsers play in place.
const MEDIA: [&str; 12] = [
    "video/webm",
    "video/mp4",
    "video/x-m4v",
    "video/quicktime",
    "video/x-matroska",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-wav",
    "audio/x-flac",
    "audio/m4a",
    "audio/aac",
    "audio/opus",
];
/// Extensions whose contents cannot be told apart, or only by reading far into the file.
const FAMILIES: [&[&str]; 9] = [
    &["jpg", "jpeg", "jpe", "jfif"],
    &["tif", "tiff"],
    &["mid", "midi"],
    &["mp4", "m4v", "m4a", "mov", "3gp", "heic", "heif", "avif"],
    &["webm", "mkv", "mka", "mk3d"],
    &["ogg", "oga", "ogv", "opus"],
    &["asf", "wma", "wmv"],
    &["doc", "dot", "xls", "xlt", "ppt", "pps", "msg", "msi"],
    &[
        "zip", "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xlsb", "xltx", "pptx", "pptm", "potx",
        "ppsx", "odt", "ods", "odp", "odg", "sxc", "sxw", "sxi", "epub", "jar", "apk", "kmz", "pages",
        "numbers", "key",
    ],
];

/// What one pass over a file finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed {
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub media_type: String,
    /// What such files are usually called; `None` for text, and for what has no signature.
    pub extension: Option<&'static str>,
}

impl Sniffed {
    /// Whether what is inside may be sent: a signature that is known has to be one of an allowed extension, whatever the file's
    /// name says. Text, and what has no signature, goes by its name.
    #[must_use]
    pub fn is_allowed(&self, policy: &AttachmentPolicy) -> bool {
        let Some(found) = self.extension else { return true };
        let family = FAMILIES.iter().find(|family| family.contains(&found));
        policy.allows(found) || family.is_some_and(|family| family.iter().any(|other| policy.allows(other)))
    }
}

/// Whether it is a picture that the browser may be told to show.
#[must_use]
pub fn is_picture(media_type: &str) -> bool {
    PICTURES.contains(&media_type)
}

/// Whether the browser may be told to show or play it.
#[must_use]
pub fn shown_inline(media_type: &str) -> bool {
    is_picture(media_type) || MEDIA.contains(&media_type)
}

/// Looks at a file while it comes, piece by piece.
#[derive(Default)]
pub struct Sniffer {
    hash: Sha256,
    text: TextCheck,
    head: Vec<u8>,
    size: u64,
}

impl Sniffer {
    pub fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.text.take(piece);
        let room = HEAD - self.head.len().min(HEAD);
        self.head.extend_from_slice(&piece[..piece.len().min(room)]);
        self.size += piece.len() as u64;
    }

    /// Bytes taken so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    #[must_use]
    pub fn finish(self) -> Sniffed {
        let kind = infer::get(&self.head);
        let media_type = kind.map_or_else(|| self.text.media_type(), |kind| kind.mime_type()).to_owned();
        let signed = kind.filter(|kind| kind.matcher_type() != infer::MatcherType::Text);
        let extension = signed.map(|kind| kind.extension());
        Sniffed { size: self.size, sha256: hex::encode(self.hash.finalize()), media_type, extension }
    }
}

/// Reads the file once.
pub fn sniff(path: &Path) -> io::Result<Sniffed> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut sniffer = Sniffer::default();
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(sniffer.finish()),
            Ok(read) => sniffer.take(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether bytes that come in pieces are UTF-8 without NUL.
#[derive(Default)]
struct TextCheck {
    /// Beginning of a character whose rest has not come.
    rest: Vec<u8>,
    failed: bool,
}

impl TextCheck {
    fn take(&mut self, chunk: &[u8]) {
        if self.failed {
            return;
        }
        self.rest.extend_from_slice(chunk);
        self.failed = self.rest.contains(&0);
        match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.clear(),
            Err(error) if error.error_len().is_none() => drop(self.rest.drain(..error.valid_up_to())),
            Err(_) => self.failed = true,
        }
    }

    fn media_type(&self) -> &'static str {
        if self.failed || !self.rest.is_empty() { "application/octet-stream" } else { "text/plain" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media_type(bytes: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let found = sniff(file.path()).unwrap();
        assert_eq!((found.size, found.sha256), (bytes.len() as u64, hex::encode(Sha256::digest(bytes))));
        found.media_type
    }

    #[test]
    fn the_content_says_what_a_file_is() {
        let long_text = "ä".repeat(300_001);
        let cases: [(&[u8], &str); 8] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"%PDF-1.7\n", "application/pdf"),
            ("Grüße\n".as_bytes(), "text/plain"),
            (long_text.as_bytes(), "text/plain"),
            (b"text with \0 in it", "application/octet-stream"),
            (b"latin-1: gr\xfc\xdfe", "application/octet-stream"),
            ("cut ä".as_bytes().split_last().unwrap().1, "application/octet-stream"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(media_type(bytes), expected, "{:?}", &bytes[..bytes.len().min(20)]);
        }
    }

    /// N06, research S05: what a file is called cannot let another kind through.
    #[test]
    fn the_content_has_to_be_of_an_allowed_kind() {
        let only = |types: &[&str]| AttachmentPolicy {
            allowed_types: Some(types.iter().map(|&name| name.to_owned()).collect()),
            ..AttachmentPolicy::default()
        };
        let sniffed = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            sniff(file.path()).unwrap()
        };
        let program = sniffed(b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff");
        let zip = sniffed(b"PK\x03\x04\x14\0\0\0\x08\0");
        let picture = sniffed(b"\xff\xd8\xff\xe0\0\x10JFIF");
        let (text, script) = (sniffed(b"Hello\n"), sniffed(b"#!/bin/sh\nrm -rf\n"));
        for (what, found, types, expected) in [
            ("anything goes", &program, None, true),
            ("a program called .pdf", &program, Some(&["pdf", "txt"][..]), false),
            ("a program where programs may be sent", &program, Some(&["exe"][..]), true),
            ("an archive called .docx", &zip, Some(&["docx"][..]), true),
            ("an archive called .png", &zip, Some(&["png"][..]), false),
            ("a picture by its other extension", &picture, Some(&["jpeg"][..]), true),
            ("text goes by its name", &text, Some(&["csv"][..]), true),
            ("a script is text", &script, Some(&["txt"][..]), true),
        ] {
            let policy = types.map_or_else(AttachmentPolicy::default, only);
            assert_eq!(found.is_allowed(&policy), expected, "{what}: {found:?}");
        }
    }

    #[test]
    fn a_drawing_with_script_is_never_shown_inline() {
        let svg = media_type(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
        assert!(!shown_inline(&svg), "{svg}");
        assert!(!shown_inline("image/svg+xml") && !shown_inline("text/html") && shown_inline("image/png"));
    }
}
