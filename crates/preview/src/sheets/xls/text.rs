//! Strings: in a code page before BIFF8, in UTF-16 or its lower halves since.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::record::Chain;
use crate::sheets::biff::cells::RichText;

/// Runs kept of one string.
const RUNS: usize = 4096;

/// The encoding of a code page ([MS-XLS] 2.4.52); Western where it says nothing that is known.
pub(super) fn encoding(code_page: u16) -> &'static Encoding {
    let label = match code_page {
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        866 => "ibm866",
        1250 => "windows-1250",
        1251 => "windows-1251",
        1253 => "windows-1253",
        1254 => "windows-1254",
        1255 => "windows-1255",
        1256 => "windows-1256",
        1257 => "windows-1257",
        1258 => "windows-1258",
        10_000 | 32_768 => "macintosh",
        10_007 => "x-mac-cyrillic",
        20_866 => "koi8-r",
        65_001 => "utf-8",
        _ => "windows-1252",
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

/// How strings are written in a version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// BIFF8.
    pub(super) unicode: bool,
    pub(super) encoding: &'static Encoding,
}

impl Spelling {
    /// A string after a length in one byte.
    pub(super) fn short(self, chain: &mut Chain<'_>) -> Option<RichText> {
        let count = usize::from(chain.u8()?);
        self.counted(chain, count)
    }

    /// A string after a length in two bytes.
    pub(super) fn long(self, chain: &mut Chain<'_>) -> Option<RichText> {
        let count = usize::from(chain.u16()?);
        self.counted(chain, count)
    }

    /// A string of so many characters (bytes before BIFF8).
    pub(super) fn counted(self, chain: &mut Chain<'_>, count: usize) -> Option<RichText> {
        if self.unicode { unicode(chain, count) } else { Some(self.decode(&chain.bytes(count)).into()) }
    }

    /// Bytes in the code page.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        self.encoding.decode_without_bom_handling(bytes).0.into_owned()
    }
}

/// What comes before and after the characters ([MS-XLS] 2.5.293).
struct Frame {
    count: usize,
    wide: bool,
    runs: usize,
    extension: usize,
}

impl Frame {
    fn read(chain: &mut Chain<'_>, count: usize) -> Option<Self> {
        let flags = chain.u8()?;
        let runs = if flags & 8 != 0 { usize::from(chain.u16()?) } else { 0 };
        let extension = if flags & 4 != 0 { chain.u32()? as usize } else { 0 };
        Some(Self { count, wide: flags & 1 != 0, runs, extension })
    }
}

fn unicode(chain: &mut Chain<'_>, count: usize) -> Option<RichText> {
    // A length without anything behind it is how some write empty strings.
    if count == 0 && chain.is_empty() {
        return Some(RichText::default());
    }
    let frame = Frame::read(chain, count)?;
    let text = chain.characters(frame.count, frame.wide);
    let mut runs = Vec::new();
    for _ in 0..frame.runs {
        let (Some(at), Some(font)) = (chain.u16(), chain.u16()) else { break };
        if runs.len() < RUNS {
            runs.push((u32::from(at), font));
        }
    }
    chain.skip(frame.extension);
    Some(RichText { text, runs })
}

/// A string of the table of strings.
pub(super) fn shared(chain: &mut Chain<'_>) -> Option<RichText> {
    let count = usize::from(chain.u16()?);
    unicode(chain, count)
}

/// Passes over a string of the table of strings.
pub(super) fn skip_shared(chain: &mut Chain<'_>) -> Option<()> {
    let count = usize::from(chain.u16()?);
    let frame = Frame::read(chain, count)?;
    chain.skip_characters(frame.count, frame.wide);
    chain.skip(frame.runs * 4);
    chain.skip(frame.extension);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::record::{Records, kind, tests::records};
    use super::*;

    #[test]
    fn strings_are_read_over_the_ends_of_records() {
        // Rich (one run) and with four bytes of phonetic text; its runs are cut in the middle.
        let first = [3, 0, 0x0c, 1, 0, 4, 0, 0, 0, b'a', b'b', b'c', 1, 0];
        let bytes = records(&[(0xfc, &first), (kind::CONTINUE, &[9, 0, 1, 2, 3, 4, 1, 0, 1, 0xac, 0x20])]);
        let mut stream = Records::new(&bytes, 0);
        let Some(record) = stream.next() else { panic!("a record") };
        let mut chain = stream.joined(record);
        let mut skipped = chain.clone();
        assert_eq!(shared(&mut chain), Some(RichText { text: "abc".to_owned(), runs: vec![(1, 9)] }));
        assert_eq!(skip_shared(&mut skipped), Some(()));
        assert_eq!(chain.place(), skipped.place());
        assert_eq!(shared(&mut chain).map(|rich| rich.text).as_deref(), Some("€"));
        assert_eq!(shared(&mut chain), None);
    }

    #[test]
    fn code_pages_are_encodings() {
        for (page, byte, expected) in
            [(1251, 0xc6, "Ж"), (1252, 0xc6, "Æ"), (10_000, 0x8a, "ä"), (9, 0x80, "€")]
        {
            let spelling = Spelling { unicode: false, encoding: encoding(page) };
            assert_eq!(spelling.decode(&[byte]), expected, "{page}");
        }
    }
}
