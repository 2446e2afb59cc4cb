//! Records, each from its offset.

use std::ops::Range;

use csv_core::{ReadFieldResult, ReaderBuilder};

use super::COLUMNS;
use crate::error::Result;
use crate::plain::text::Text;

/// Bytes of a field that are kept, as in Excel.
pub(super) const LONGEST: usize = 32_767;
/// Bytes that a quoted field may go on for, over as many lines as it likes; then its quote was none.
const QUOTED: usize = 1024 * 1024;

/// A table as text, record by record.
pub(super) struct Records<'a> {
    text: Text<'a>,
    /// With quotes, and without.
    quoting: csv_core::Reader,
    literal: csv_core::Reader,
    /// Where quotes are none, because one of them is never closed.
    unclosed: Vec<Range<u64>>,
    raw: Vec<u8>,
}

/// What is said of a record besides its fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The offset behind it.
    pub(super) next: u64,
    pub(super) cut: bool,
    pub(super) damaged: bool,
}

/// How an attempt to read a record ended.
enum Attempt {
    Whole(Record),
    /// In the middle of a quoted field, at this offset.
    Unclosed(u64),
    /// Nothing is there.
    End,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: Text<'a>, delimiter: u8) -> Self {
        let reader = |quoting| ReaderBuilder::new().delimiter(delimiter).quoting(quoting).build();
        Self { text, quoting: reader(true), literal: reader(false), unclosed: Vec::new(), raw: Vec::new() }
    }

    /// Whether nothing comes at this offset any more.
    pub(super) fn is_end(&self, at: u64) -> bool {
        self.text.is_end(at)
    }

    /// Reads the record that begins at `at`; none at the end. An empty line is a record without fields.
    pub(super) fn read(&mut self, at: u64, fields: &mut Vec<String>) -> Result<Option<Record>> {
        if !self.unclosed.iter().any(|stretch| stretch.contains(&at)) {
            match self.attempt(at, fields, true)? {
                Attempt::Whole(record) => return Ok(Some(record)),
                Attempt::End => return Ok(None),
                Attempt::Unclosed(end) => self.unclosed.push(at..end),
            }
        }
        Ok(match self.attempt(at, fields, false)? {
            Attempt::Whole(record) => Some(Record { damaged: true, ..record }),
            Attempt::Unclosed(_) | Attempt::End => None,
        })
    }

    fn attempt(&mut self, at: u64, fields: &mut Vec<String>, quoting: bool) -> Result<Attempt> {
        let core = if quoting { &mut self.quoting } else { &mut self.literal };
        core.reset();
        fields.clear();
        let mut here = at;
        let mut fill = Fill { fields, field: Vec::new(), cut: false };
        loop {
            let Some(end) = self.text.line(here, &mut self.raw)? else {
                return Ok(if here == at { Attempt::End } else { Attempt::Unclosed(here) });
            };
            // What lies between two records is nothing to the parser.
            if here == at && self.raw.is_empty() {
                return Ok(Attempt::Whole(Record { next: end.next, cut: false, damaged: false }));
            }
            let line = self.text.decode(&self.raw);
            here = end.next;
            let last = self.text.is_end(here);
            let over = fill.feed(core, line.as_bytes()) || (!end.goes_on || last) && fill.feed(core, b"\n");
            if over {
                return Ok(Attempt::Whole(Record { next: here, cut: fill.cut, damaged: false }));
            }
            if quoting && !end.goes_on && here - at > QUOTED as u64 {
                return Ok(Attempt::Unclosed(here));
            }
        }
    }
}

/// The fields of a record as they come.
struct Fill<'f> {
    fields: &'f mut Vec<String>,
    field: Vec<u8>,
    cut: bool,
}

impl Fill<'_> {
    /// Whether the record is over.
    fn feed(&mut self, core: &mut csv_core::Reader, mut input: &[u8]) -> bool {
        let mut output = [0; 1024];
        // No bytes at all would mean the end to the parser.
        while !input.is_empty() {
            let (result, read, written) = core.read_field(input, &mut output);
            input = &input[read..];
            let kept = written.min(LONGEST.saturating_sub(self.field.len()));
            self.cut |= kept < written;
            self.field.extend_from_slice(&output[..kept]);
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end } => {
                    self.take();
                    if record_end {
                        return true;
                    }
                }
                ReadFieldResult::End => return true,
            }
        }
        false
    }

    fn take(&mut self) {
        if self.fields.len() >= COLUMNS {
            self.cut = true;
        } else {
            // A cut may have hit the middle of a character.
            let whole = match std::str::from_utf8(&self.field) {
                Ok(text) => text,
                Err(error) => self
                    .field
                    .get(..error.valid_up_to())
                    .map_or("", |valid| std::str::from_utf8(valid).unwrap_or_default()),
            };
            self.fields.push(whole.to_owned());
        }
        self.field.clear();
    }
}
