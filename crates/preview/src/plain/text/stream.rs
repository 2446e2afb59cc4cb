//! Text as one stream that can go on at any place where it was before.

use std::io::{self, BufRead, Read};

use super::Text;
use crate::container::decode::read_buffered;

/// A place in a [`Stream`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where its line begins, in the source.
    line: u64,
    /// Bytes of the decoded line before it.
    passed: usize,
}

/// UTF-8 with `\n` at the end of each line.
pub(crate) struct Stream<'a> {
    text: Text<'a>,
    raw: Vec<u8>,
    /// The line that is handed out, where it begins, and where the next one does.
    line: Vec<u8>,
    at: u64,
    next: u64,
    unread: usize,
    /// Bytes that may still be handed out.
    allowed: u64,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(text: Text<'a>) -> Self {
        let start = text.start();
        Self { text, raw: Vec::new(), line: Vec::new(), at: start, next: start, unread: 0, allowed: u64::MAX }
    }

    /// The place of the next byte.
    pub(crate) const fn mark(&self) -> Mark {
        Mark { line: self.at, passed: self.unread }
    }

    /// Bytes of the source before its next byte, about.
    pub(crate) const fn offset(&self) -> u64 {
        self.at
    }

    /// Goes to a place that [`Self::mark`] told.
    pub(crate) fn seek(&mut self, mark: Mark) -> io::Result<()> {
        (self.at, self.next) = (mark.line, mark.line);
        self.line.clear();
        self.unread = 0;
        if mark.passed > 0 {
            self.fill()?;
        }
        self.unread = mark.passed.min(self.line.len());
        Ok(())
    }

    /// From here on, more than `bytes` are an error: whoever reads keeps them all.
    pub(crate) const fn allow(&mut self, bytes: u64) {
        self.allowed = bytes;
    }

    /// Over what [`Self::allow`] allows.
    pub(crate) const fn is_over(&self) -> bool {
        self.allowed == 0
    }

    fn fill(&mut self) -> io::Result<()> {
        let Some(end) = self.text.line(self.next, &mut self.raw)? else {
            self.at = self.next;
            self.line.clear();
            self.unread = 0;
            return Ok(());
        };
        let decoded = self.text.decode(&self.raw);
        self.line.clear();
        self.line.extend_from_slice(decoded.as_bytes());
        // The last line may have no end.
        let unended = self.text.is_end(end.next) && end.next == self.next + self.raw.len() as u64;
        if !end.goes_on && !unended {
            self.line.push(b'\n');
        }
        (self.at, self.next, self.unread) = (self.next, end.next, 0);
        Ok(())
    }
}

impl BufRead for Stream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowed == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        // A line may decode to nothing.
        while self.unread >= self.line.len() && !self.text.is_end(self.next) {
            self.fill()?;
        }
        Ok(self.line.get(self.unread..).unwrap_or(&[]))
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.line.len() - self.unread);
        self.unread += amount;
        self.allowed = self.allowed.saturating_sub(amount as u64);
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;

    #[test]
    fn a_stream_goes_on_where_it_was() -> Result<()> {
        let bytes = b"\xef\xbb\xbfone\r\ntw\xff\rthree\n".to_vec();
        let mut stream = Stream::new(Text::plain(&bytes)?);
        let mut places = Vec::new();
        let mut all = Vec::new();
        let mut byte = [0];
        loop {
            places.push(stream.mark());
            if stream.read(&mut byte)? == 0 {
                break;
            }
            all.push(byte[0]);
        }
        assert_eq!(String::from_utf8_lossy(&all), "one\ntw\u{fffd}\nthree\n");
        for (read, place) in places.into_iter().enumerate() {
            stream.seek(place)?;
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest)?;
            assert_eq!(rest, all[read..]);
        }
        Ok(())
    }

    #[test]
    fn a_limit_ends_it_with_an_error() -> Result<()> {
        let bytes = b"one\ntwo\n".to_vec();
        let mut stream = Stream::new(Text::plain(&bytes)?);
        stream.allow(4);
        assert!(stream.read_to_end(&mut Vec::new()).is_err() && stream.is_over());
        Ok(())
    }
}
