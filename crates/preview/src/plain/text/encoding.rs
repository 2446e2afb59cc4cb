//! Which encoding text is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::pieces::Pieces;
use crate::container::decode::declared;
use crate::error::Result;
use crate::sniff::utf16_without_mark;

/// Bytes that a guess is made over, at the beginning and, where that is nothing but ASCII, in the middle.
const SAMPLE: usize = 64 * 1024;

/// Encoding, and bytes of the byte order mark.
pub(super) fn of_text(pieces: &mut Pieces<'_>) -> Result<(&'static Encoding, u64)> {
    let head = sample(pieces, 0)?;
    if let Some((encoding, mark)) = Encoding::for_bom(&head) {
        return Ok((encoding, mark as u64));
    }
    if utf16_without_mark(&head[..head.len().min(crate::sniff::HEAD)]) {
        return Ok((if head.first() == Some(&0) { UTF_16BE } else { UTF_16LE }, 0));
    }
    if pieces.len() > 2 * SAMPLE as u64 && is_ascii(&head) {
        return Ok((guess(&sample(pieces, pieces.len() / 2)?), 0));
    }
    Ok((guess(&head), 0))
}

/// As it says; as text where it says nothing, or UTF-8 and is not.
pub(super) fn of_xml(pieces: &mut Pieces<'_>) -> Result<(&'static Encoding, u64)> {
    let head = sample(pieces, 0)?;
    if let Some((encoding, mark)) = Encoding::for_bom(&head) {
        return Ok((encoding, mark as u64));
    }
    match declared(&head) {
        said if said == UTF_8 => of_text(pieces),
        said => Ok((said, 0)),
    }
}

fn sample(pieces: &mut Pieces<'_>, at: u64) -> Result<Vec<u8>> {
    let piece = pieces.from(at)?;
    Ok(piece[..piece.len().min(SAMPLE)].to_vec())
}

/// Nothing but ASCII, and none of the escapes of ISO-2022-JP.
fn is_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii() && !bytes.windows(2).any(|pair| pair == b"\x1b$")
}

fn guess(sample: &[u8]) -> &'static Encoding {
    if is_ascii(sample) || is_utf8(sample) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// UTF-8, but for single bytes that something has damaged; what the sample cuts apart at its ends does not count.
fn is_utf8(sample: &[u8]) -> bool {
    if sample.is_ascii() {
        return false;
    }
    let cut = sample.iter().take(3).take_while(|byte| matches!(byte, 0x80..=0xbf)).count();
    let (mut whole, mut wrong) = (0_usize, 0_usize);
    for chunk in sample[cut..].utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    let tail = sample.utf8_chunks().last().is_some_and(|chunk| {
        !chunk.invalid().is_empty()
            && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none())
    });
    wrong -= usize::from(tail && wrong > 0);
    wrong * 20 <= whole && whole > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(bytes: &[u8]) -> Result<(&'static str, u64)> {
        let bytes = bytes.to_vec();
        let (encoding, mark) = of_text(&mut Pieces::new(&bytes))?;
        Ok((encoding.name(), mark))
    }

    #[test]
    fn text_is_in_the_encoding_that_fits() -> Result<()> {
        let utf16: Vec<u8> = "a line".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let late =
            [vec![b'a'; SAMPLE * 2], "çà et là, été".as_bytes().to_vec(), vec![b'a'; SAMPLE * 2]].concat();
        let damaged = ["größer ".repeat(30).as_bytes(), b"\xff", "größer".as_bytes()].concat();
        let cases: [(&[u8], &str, u64); 11] = [
            (b"", "UTF-8", 0),
            (b"plain", "UTF-8", 0),
            ("\u{feff}x".as_bytes(), "UTF-8", 3),
            (b"\xff\xfex\0", "UTF-16LE", 2),
            (&utf16, "UTF-16LE", 0),
            ("schön".as_bytes(), "UTF-8", 0),
            (b"sch\xf6n und gr\xfcn", "windows-1252", 0),
            (b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x90\xa2\x8a\x45", "Shift_JIS", 0),
            (b"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0", "windows-1251", 0),
            (&late, "UTF-8", 0),
            (&damaged, "UTF-8", 0),
        ];
        for (bytes, name, mark) in cases {
            assert_eq!(named(bytes)?, (name, mark), "{:?}", &bytes[..bytes.len().min(20)]);
        }
        Ok(())
    }
}
