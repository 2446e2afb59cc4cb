//! Where links lead ([MS-XLS] 2.4.140, [MS-OSHARED] 2.3.7.1); shown, never followed.

use super::text::Spelling;
use crate::sheets::biff::bytes::{Bytes, utf16};

const URL: [u8; 16] = *b"\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\x00\xaa\x00\x4b\xa9\x0b";
const FILE: [u8; 16] = *b"\x03\x03\0\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";

/// The target, with the place inside it after `#`; `bytes` begin after the cells.
pub(super) fn target(mut bytes: Bytes<'_>, spelling: Spelling) -> Option<String> {
    bytes.take(20)?;
    let flags = bytes.u32()?;
    for flag in [0x10, 0x80] {
        if flags & flag != 0 {
            text(&mut bytes)?;
        }
    }
    let mut target = match flags & 0x101 {
        0x101 => text(&mut bytes)?,
        1 => moniker(&mut bytes, spelling).unwrap_or_default(),
        _ => String::new(),
    };
    if flags & 8 != 0
        && let Some(place) = text(&mut bytes)
    {
        target.push('#');
        target.push_str(&place);
    }
    Some(target)
}

/// A text after its count of characters, the NUL at its end included.
fn text(bytes: &mut Bytes<'_>) -> Option<String> {
    let count = bytes.u32()? as usize;
    bytes.utf16(count).map(until_nul)
}

fn until_nul(text: String) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}

fn moniker(bytes: &mut Bytes<'_>, spelling: Spelling) -> Option<String> {
    let kind = bytes.take(16)?;
    if kind == URL {
        let count = bytes.u32()? as usize;
        return bytes.take(count).map(utf16).map(until_nul);
    }
    if kind != FILE {
        return None;
    }
    let up = bytes.u16()?;
    let count = bytes.u32()? as usize;
    let short = until_nul(spelling.decode(bytes.take(count)?));
    bytes.take(24)?;
    let rest = bytes.u32()? as usize;
    let long = bytes.take(rest)?;
    let mut long = Bytes(long);
    let name = long.u32().and_then(|count| {
        long.u16()?;
        long.take(count as usize).map(utf16)
    });
    Some("..\\".repeat(usize::from(up).min(64)) + &name.unwrap_or(short))
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn counted(text: &str) -> Vec<u8> {
        let mut bytes = (text.encode_utf16().count() as u32 + 1).to_le_bytes().to_vec();
        bytes.extend(wide(text));
        bytes
    }

    #[test]
    fn targets_are_told() {
        let mut url = URL.to_vec();
        url.extend((wide("http://a/").len() as u32).to_le_bytes());
        url.extend(wide("http://a/"));
        let mut file = FILE.to_vec();
        file.extend([1, 0, 6, 0, 0, 0]);
        file.extend(b"b.xls\0");
        file.extend([0; 28]);
        let cases: [(u32, Vec<Vec<u8>>, &str); 4] = [
            (3, vec![url.clone()], "http://a/"),
            (0x1b, vec![counted("shown"), url, counted("A1")], "http://a/#A1"),
            (8, vec![counted("Sheet2!A1")], "#Sheet2!A1"),
            (1, vec![file], "..\\b.xls"),
        ];
        let spelling = Spelling { unicode: true, encoding: WINDOWS_1252 };
        for (flags, parts, expected) in cases {
            let mut bytes = vec![0; 20];
            bytes.extend(flags.to_le_bytes());
            bytes.extend(parts.concat());
            assert_eq!(target(Bytes(&bytes), spelling).as_deref(), Some(expected));
        }
        assert_eq!(target(Bytes(&[0; 30]), spelling).as_deref(), Some(""));
        assert_eq!(target(Bytes(&[0; 10]), spelling), None);
    }
}
