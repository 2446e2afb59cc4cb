//! Text in any encoding, in windows.

use super::text::{Text, visible};
use crate::error::Result;
use crate::limits::Limits;
use crate::model::{Lines, Overview, Warning};
use crate::source::ReadAt;
use crate::{Content, Format, LineReader, Shape};

/// Lines between two that are known by their offset.
const INTERVAL: u64 = 1024;
/// Bytes that one call passes over on its way to a window far ahead.
const STEP: u64 = 32 * 1024 * 1024;
/// Bytes of text in one window, about; what is over it comes with the next.
const WINDOW: usize = 4 * 1024 * 1024;

pub(crate) fn open<'a>(source: &'a dyn ReadAt, _limits: &Limits) -> Result<(Overview, Content<'a>)> {
    let text = Text::plain(source)?;
    let mut overview = Overview::new(Format::Text, Shape::Lines);
    overview.encoding = Some(text.encoding().name().to_owned());
    Ok((overview, Content::Lines(Box::new(Reader::new(text)))))
}

struct Reader<'a> {
    text: Text<'a>,
    /// Offsets of lines 0, [`INTERVAL`], twice that …
    marks: Vec<u64>,
    /// Lines found so far, and the offset behind the last of them.
    known: u64,
    end: u64,
    raw: Vec<u8>,
}

impl<'a> Reader<'a> {
    fn new(text: Text<'a>) -> Self {
        let start = text.start();
        Self { text, marks: vec![start], known: 0, end: start, raw: Vec::new() }
    }

    /// Reads line number `line`, which begins at `at`; where the next one begins, or none at the end.
    fn step(&mut self, line: u64, at: u64) -> Result<Option<u64>> {
        let Some(found) = self.text.line(at, &mut self.raw)? else { return Ok(None) };
        if line == self.known {
            self.known += 1;
            self.end = found.next;
            if self.known.is_multiple_of(INTERVAL) {
                self.marks.push(found.next);
            }
        }
        Ok(Some(found.next))
    }

    /// The known line nearest to `wanted`, not behind it, and its offset.
    fn nearest(&self, wanted: u64) -> (u64, u64) {
        if wanted >= self.known {
            return (self.known, self.end);
        }
        let number = wanted / INTERVAL;
        let mark = usize::try_from(number).ok().and_then(|number| self.marks.get(number));
        mark.map_or((0, self.text.start()), |offset| (number * INTERVAL, *offset))
    }

    /// The offset of line `wanted`; none where it does not exist, or is further ahead than one call goes.
    fn find(&mut self, wanted: u64) -> Result<Option<u64>> {
        let (mut line, mut at) = self.nearest(wanted);
        let begin = at;
        while line < wanted {
            match self.step(line, at)? {
                Some(next) if next - begin < STEP => at = next,
                _ => return Ok(None),
            }
            line += 1;
        }
        Ok(Some(at))
    }
}

impl LineReader for Reader<'_> {
    fn lines(&mut self, from: u64, count: usize) -> Result<Lines> {
        let mut lines = Vec::new();
        if let Some(mut at) = self.find(from)? {
            let mut size = 0;
            while lines.len() < count && size < WINDOW {
                let Some(next) = self.step(from + lines.len() as u64, at)? else { break };
                let line = self.text.decode(&self.raw);
                lines.push(visible(&line, false).into_owned());
                size += line.len();
                at = next;
            }
        }
        Ok(Lines { from, lines, known: self.known, complete: self.text.is_end(self.end) })
    }

    fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::{Late, patiently};
    use super::*;

    fn numbered(lines: std::ops::Range<u64>) -> String {
        lines.map(|line| format!("line {line}\r\n")).collect()
    }

    #[test]
    fn any_window_is_read_from_anywhere() -> Result<()> {
        let source = numbered(0..5000).into_bytes();
        let mut reader = Reader::new(Text::plain(&source)?);
        for (from, count, first, got) in [
            (0, 2, "line 0", 2),
            (4998, 9, "line 4998", 2),
            (1023, 3, "line 1023", 3),
            (3000, 1, "line 3000", 1),
            (2, 1, "line 2", 1),
        ] {
            let lines = reader.lines(from, count)?;
            assert_eq!((lines.lines[0].as_str(), lines.lines.len(), lines.from), (first, got, from));
        }
        let behind = reader.lines(9000, 5)?;
        assert_eq!((behind.lines.len(), behind.known, behind.complete), (0, 5000, true));
        Ok(())
    }

    #[test]
    fn only_what_is_asked_for_is_read() -> Result<()> {
        let source = numbered(0..100_000).into_bytes();
        let mut reader = Reader::new(Text::plain(&source)?);
        let lines = reader.lines(0, 50)?;
        assert_eq!((lines.known, lines.complete), (50, false));
        Ok(())
    }

    #[test]
    fn a_window_far_ahead_is_reached_in_steps() -> Result<()> {
        let source = "x".repeat(99).into_bytes();
        let source = [source, vec![b'\n']].concat().repeat(STEP as usize / 100 * 2);
        let mut reader = Reader::new(Text::plain(&source)?);
        let wanted = STEP / 100 * 2 - 1;
        let first = reader.lines(wanted, 1)?;
        assert!(first.lines.is_empty() && !first.complete && first.known > STEP / 200);
        assert_eq!(reader.lines(wanted, 1)?.lines.len(), 1);
        Ok(())
    }

    #[test]
    fn bytes_that_come_late_lose_nothing() -> Result<()> {
        let text = numbered(0..100_000);
        let source = Late::new(text.clone());
        let mut reader = Reader::new(patiently(|| Text::plain(&source))?);
        let mut all = String::new();
        let mut from = 0;
        loop {
            let lines = patiently(|| reader.lines(from, 777))?;
            from += lines.lines.len() as u64;
            lines.lines.iter().for_each(|line| all.extend([line.as_str(), "\r\n"]));
            if lines.complete && from >= lines.known {
                break;
            }
        }
        assert_eq!((from, all == text), (100_000, true));
        Ok(())
    }
}
