//! Any encoding in, UTF-8 out, as a stream.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes decoded at once.
const STEP: usize = 32 * 1024;

/// A stream of text in UTF-8; what cannot be decoded becomes U+FFFD, so that one wrong byte costs one character.
pub(crate) struct Utf8<R> {
    inner: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    text: Vec<u8>,
    unread: usize,
    ended: bool,
}

impl<R: Read> Utf8<R> {
    /// XML: by its byte order mark or its declaration, UTF-8 otherwise (XML 1.0 appendix F).
    pub(crate) fn xml(inner: R) -> Self {
        Self { inner, decoder: None, raw: Vec::new(), text: Vec::new(), unread: 0, ended: false }
    }

    /// Text in a known encoding; a byte order mark is taken off.
    pub(crate) fn known(inner: R, encoding: &'static Encoding) -> Self {
        Self { decoder: Some(encoding.new_decoder_with_bom_removal()), ..Self::xml(inner) }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.unread = 0;
        while self.text.is_empty() && !self.ended {
            let kept = self.raw.len();
            self.raw.resize(kept + STEP, 0);
            let count = match self.inner.read(&mut self.raw[kept..]) {
                Ok(count) => count,
                Err(error) => {
                    self.raw.truncate(kept);
                    if error.kind() == io::ErrorKind::Interrupted {
                        continue;
                    }
                    return Err(error);
                }
            };
            self.raw.truncate(kept + count);
            self.ended = count == 0;
            // The declaration must be there whole before it says anything.
            if self.decoder.is_none() && !self.ended && self.raw.len() < 256 {
                continue;
            }
            self.decode();
        }
        Ok(())
    }

    fn decode(&mut self) {
        let decoder = self.decoder.get_or_insert_with(|| declared(&self.raw).new_decoder_with_bom_removal());
        let room = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(self.raw.len() * 3 + 16);
        self.text.resize(room, 0);
        let (result, _, written, _) = decoder.decode_to_utf8(&self.raw, &mut self.text, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty, "the buffer holds the worst case");
        self.text.truncate(written);
        self.raw.clear();
    }
}

/// The encoding that XML says it is in.
pub(crate) fn declared(start: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(start) {
        return encoding;
    }
    match start {
        [0, b'<', ..] => return UTF_16BE,
        [b'<', 0, ..] => return UTF_16LE,
        _ => {}
    }
    let head = &start[..start.len().min(256)];
    let declaration = head.split(|byte| *byte == b'>').next().unwrap_or(head);
    let Some(at) = declaration.windows(8).position(|window| window == b"encoding") else { return UTF_8 };
    let name = declaration[at + 8..].split(|byte| matches!(byte, b'"' | b'\'')).nth(1).unwrap_or(b"");
    match Encoding::for_label(name) {
        // Said in single bytes, so it can't be.
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => encoding,
        _ => UTF_8,
    }
}

impl<R: Read> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unread == self.text.len() {
            self.fill()?;
        }
        Ok(&self.text[self.unread..])
    }

    fn consume(&mut self, amount: usize) {
        self.unread = (self.unread + amount).min(self.text.len());
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

/// Reads what a reader has in its buffer.
pub(crate) fn read_buffered(reader: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let filled = reader.fill_buf()?;
    let count = filled.len().min(buffer.len());
    buffer[..count].copy_from_slice(&filled[..count]);
    reader.consume(count);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_read_in_the_encoding_it_says() -> io::Result<()> {
        let utf16: Vec<u8> = "\u{feff}<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: [(&[u8], &str); 5] = [
            ("<a>é</a>".as_bytes(), "<a>é</a>"),
            ("\u{feff}<a>é</a>".as_bytes(), "<a>é</a>"),
            (b"<?xml encoding='windows-1252'?><a>\xe9\x80</a>", "<?xml encoding='windows-1252'?><a>é€</a>"),
            (&utf16, "<a>é</a>"),
            (b"<a>\xff</a>", "<a>\u{fffd}</a>"),
        ];
        for (bytes, expected) in cases {
            let mut text = String::new();
            Utf8::xml(bytes).read_to_string(&mut text)?;
            assert_eq!(text, expected);
        }
        Ok(())
    }
}
