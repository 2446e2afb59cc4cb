//! The words of rich text as a stream (RTF 1.9.1, "RTF Syntax").
//!
//! A read that fails (bytes that have not come yet) takes nothing: the same token is asked for again later.

use crate::error::Result;
use crate::source::ReadAt;

/// Bytes asked of the source at once.
const BITE: usize = 64 * 1024;
/// Bytes that the longest token needs: a control word has at most 32 letters, real ones of other writers a few more.
const LONGEST: usize = 256;
/// Letters of a control word; what comes after them is text.
const LETTERS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A control word with its parameter.
    Word(&'t str, Option<i32>),
    /// A control symbol.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    /// Bytes in whatever encoding holds here, without line ends.
    Text(&'t [u8]),
    /// `\bin`: so many raw bytes, clamped to what is there.
    Bin(u64),
    /// Nothing comes after.
    End,
}

/// Where a token stands in the source; a [`Token::Bin`] ends with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
}

pub(super) struct Tokens<'a> {
    source: &'a dyn ReadAt,
    end: u64,
    /// Of the first byte in the buffer that is not taken yet.
    at: u64,
    buffer: Vec<u8>,
    taken: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a dyn ReadAt, start: u64, end: u64) -> Self {
        Self { source, end: end.min(source.len()), at: start, buffer: Vec::new(), taken: 0 }
    }

    /// The next token; [`Token::End`] again and again after the last one.
    ///
    /// # Errors
    /// What keeps the source from being read.
    pub(super) fn next(&mut self) -> Result<(Token<'_>, Span)> {
        self.skip_line_ends()?;
        let start = self.at;
        let (token, length) = scan(&self.buffer[self.taken..]);
        self.taken += length;
        self.at += length as u64;
        if let Scanned::Word { name: (from, to), parameter } = &token
            && self.buffer.get(self.taken - length + from..self.taken - length + to) == Some(b"bin")
        {
            let length = self.skip(parameter.unwrap_or(0));
            return Ok((Token::Bin(length), Span { start, end: self.at }));
        }
        let span = Span { start, end: self.at };
        let bytes = &self.buffer[self.taken - length..self.taken];
        Ok((
            match token {
                Scanned::Open => Token::Open,
                Scanned::Close => Token::Close,
                Scanned::Word { name: (from, to), parameter } => {
                    Token::Word(bytes.get(from..to).map_or("", ascii), parameter)
                }
                Scanned::Named(name) => Token::Word(name, None),
                Scanned::Symbol(byte) => Token::Symbol(byte),
                Scanned::Hex(byte) => Token::Hex(byte),
                Scanned::Text(from) => Token::Text(bytes.get(from..).unwrap_or_default()),
                Scanned::End => Token::End,
            },
            span,
        ))
    }

    /// Passes over the bytes of a `\bin`; how many there are.
    fn skip(&mut self, length: i32) -> u64 {
        let length = u64::from(length.max(0).unsigned_abs()).min(self.end.saturating_sub(self.at));
        self.at += length;
        let buffered = self.buffer.len() - self.taken;
        self.taken += usize::try_from(length).map_or(buffered, |length| length.min(buffered));
        length
    }

    /// Line ends mean nothing; NUL bytes stand at the end of some files.
    fn skip_line_ends(&mut self) -> Result<()> {
        loop {
            self.fill()?;
            let rest = &self.buffer[self.taken..];
            let count = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count();
            let all = count == rest.len() && count > 0;
            self.taken += count;
            self.at += count as u64;
            if !all && (count == 0 || self.buffer.len() - self.taken >= LONGEST || self.is_whole()) {
                return Ok(());
            }
        }
    }

    /// Everything up to the end is in the buffer.
    fn is_whole(&self) -> bool {
        self.at + (self.buffer.len() - self.taken) as u64 >= self.end
    }

    /// Makes sure that a whole token is in the buffer, where there is one.
    fn fill(&mut self) -> Result<()> {
        if self.buffer.len() - self.taken >= LONGEST || self.is_whole() {
            return Ok(());
        }
        self.buffer.drain(..self.taken);
        self.taken = 0;
        while self.buffer.len() < LONGEST && !self.is_whole() {
            let kept = self.buffer.len();
            let from = self.at + kept as u64;
            let length = usize::try_from(self.end - from).unwrap_or(BITE).min(BITE);
            self.buffer.resize(kept + length, 0);
            let read = self.source.read_at(from, &mut self.buffer[kept..]);
            self.buffer.truncate(kept + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                // Shorter than it said.
                self.end = from;
            }
        }
        Ok(())
    }
}

/// A token by its places in the bytes that were scanned.
enum Scanned {
    Open,
    Close,
    Word { name: (usize, usize), parameter: Option<i32> },
    Named(&'static str),
    Symbol(u8),
    Hex(u8),
    Text(usize),
    End,
}

/// The token that `bytes` begin with, and its length.
fn scan(bytes: &[u8]) -> (Scanned, usize) {
    match bytes {
        [] => (Scanned::End, 0),
        [b'{', ..] => (Scanned::Open, 1),
        [b'}', ..] => (Scanned::Close, 1),
        [b'\t', ..] => (Scanned::Named("tab"), 1),
        [b'\\', rest @ ..] => control(rest),
        _ => {
            let ends = |byte: &u8| matches!(byte, b'\\' | b'{' | b'}' | b'\r' | b'\n' | b'\t' | 0);
            (Scanned::Text(0), bytes.iter().position(ends).unwrap_or(bytes.len()))
        }
    }
}

/// What stands after a backslash; the length counts the backslash in.
fn control(rest: &[u8]) -> (Scanned, usize) {
    match rest {
        [] => (Scanned::End, 1),
        [letter, ..] if letter.is_ascii_alphabetic() => word(rest),
        [b'\'', high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => (Scanned::Hex(high << 4 | low), 4),
            _ => (Scanned::Symbol(b'\''), 2),
        },
        [b'\\' | b'{' | b'}', ..] => (Scanned::Text(1), 2),
        [b'\r' | b'\n', ..] => (Scanned::Named("par"), 2),
        [b'\t', ..] => (Scanned::Named("tab"), 2),
        [symbol, ..] => (Scanned::Symbol(*symbol), 2),
    }
}

fn word(rest: &[u8]) -> (Scanned, usize) {
    let letters = rest.iter().take(LETTERS).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let mut at = letters;
    let negative = rest.get(at) == Some(&b'-') && rest.get(at + 1).is_some_and(u8::is_ascii_digit);
    at += usize::from(negative);
    let digits = rest[at..].iter().take(LONGEST - LETTERS - 8).take_while(|byte| byte.is_ascii_digit());
    let (count, value) = digits.fold((0, 0_i64), |(count, value), digit| {
        (count + 1, value.saturating_mul(10).saturating_add(i64::from(digit - b'0')))
    });
    at += count;
    let value = if negative { -value } else { value };
    let value = i32::try_from(value).unwrap_or(if negative { i32::MIN } else { i32::MAX });
    at += usize::from(rest.get(at) == Some(&b' '));
    (Scanned::Word { name: (1, 1 + letters), parameter: (count > 0).then_some(value) }, at + 1)
}

/// The value of a hexadecimal digit.
pub(super) const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;
    use crate::error::PreviewError;

    fn all(tokens: &mut Tokens<'_>) -> Result<Vec<String>> {
        let mut found = Vec::new();
        loop {
            match tokens.next()?.0 {
                Token::End => return Ok(found),
                Token::Text(text) => found.push(String::from_utf8_lossy(text).into_owned()),
                token => found.push(format!("{token:?}")),
            }
        }
    }

    #[test]
    fn words_symbols_and_text_are_told_apart() -> Result<()> {
        for (text, expected) in [
            ("{\\b bold\\b0}", "Open|Word(\"b\", None)|bold|Word(\"b\", Some(0))|Close"),
            ("\\li-720 x", "Word(\"li\", Some(-720))|x"),
            ("a\r\nb\tc", "a|b|Word(\"tab\", None)|c"),
            ("\\'e9\\'zz", "Hex(233)|Symbol(39)|zz"),
            ("\\\\\\{\\}\\~\\*", "\\|{|}|Symbol(126)|Symbol(42)"),
            ("a\\\r\nb\\\nc", "a|Word(\"par\", None)|b|Word(\"par\", None)|c"),
            ("\\fs99999999999999999999 ", "Word(\"fs\", Some(2147483647))"),
            ("\\-x\\b-x", "Symbol(45)|x|Word(\"b\", None)|-x"),
            ("\\bin3 }}}x", "Bin(3)|x"),
            ("\\bin2147483647 ab", "Bin(2)"),
            ("\\bin-5 ab", "Bin(0)|ab"),
            ("x\\", "x"),
            ("\\'4", "Symbol(39)|4"),
        ] {
            let bytes = text.as_bytes().to_vec();
            assert_eq!(all(&mut Tokens::new(&bytes, 0, u64::MAX))?.join("|"), expected, "{text}");
        }
        Ok(())
    }

    #[test]
    fn spans_name_the_bytes_of_the_source() -> Result<()> {
        let bytes = b"{\\pict \nabcd\\bin3 xyz}".to_vec();
        let mut tokens = Tokens::new(&bytes, 0, u64::MAX);
        let mut spans = Vec::new();
        while let (token, span) = tokens.next()?
            && token != Token::End
        {
            spans.push((span.start, span.end));
        }
        assert_eq!(spans, [(0, 1), (1, 7), (8, 12), (12, 21), (21, 22)]);
        Ok(())
    }

    /// Gives its bytes only up to a mark that moves.
    struct Slow {
        bytes: Vec<u8>,
        there: Cell<u64>,
    }

    impl ReadAt for Slow {
        fn len(&self) -> u64 {
            self.bytes.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(300) as u64;
            if offset + length.min(self.len() - offset) > self.there.get() {
                return Err(PreviewError::Waiting { offset, length }.into());
            }
            self.bytes.read_at(offset, &mut buffer[..length as usize])
        }
    }

    #[test]
    fn a_read_that_failed_is_asked_for_again() -> Result<()> {
        let bytes: Vec<u8> = "{\\b some text\\par}".repeat(500).into_bytes();
        let expected = all(&mut Tokens::new(&bytes, 0, u64::MAX))?.concat();
        let slow = Slow { bytes, there: Cell::new(0) };
        let mut tokens = Tokens::new(&slow, 0, u64::MAX);
        let (mut found, mut failed) = (String::new(), 0);
        loop {
            match tokens.next() {
                Ok((Token::End, _)) => break,
                Ok((Token::Text(text), _)) => found.push_str(&String::from_utf8_lossy(text)),
                Ok((token, _)) => found.push_str(&format!("{token:?}")),
                Err(_) => {
                    failed += 1;
                    slow.there.set(slow.there.get() + 700);
                }
            }
        }
        // Text may come in more pieces, and does.
        assert_eq!(found, expected);
        assert!(failed > 5);
        Ok(())
    }
}
