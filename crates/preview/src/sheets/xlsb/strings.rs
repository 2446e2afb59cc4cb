//! The shared strings of a workbook, read as far as cells ask for them.

use std::io::Read;

use super::record::{Records, rich};
use crate::error::Result;
use crate::limits::Quota;
use crate::sheets::biff::book::Strings;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::cells::{RichText, Texts};

/// `BrtSSTItem`.
const ITEM: u32 = 19;

#[derive(Default)]
pub(super) struct SharedStrings<'a> {
    records: Option<Records<'a>>,
    texts: Texts,
}

impl<'a> SharedStrings<'a> {
    pub(super) fn new(part: Option<Box<dyn Read + 'a>>) -> Self {
        Self { records: part.map(Records::new), texts: Texts::default() }
    }

    /// Reads until the string `index` is there, if it ever is.
    pub(super) fn read_to(&mut self, index: u32, room: &mut Quota) -> Result<()> {
        while self.texts.len() <= index as usize {
            let Some(records) = &mut self.records else { return Ok(()) };
            match records.next()? {
                Some((ITEM, content)) => {
                    let text = rich(Bytes(content)).unwrap_or_default();
                    let fits = room.take(text.text.len());
                    self.texts.push(if fits { text } else { RichText::default() });
                }
                Some(_) => {}
                None => self.records = None,
            }
        }
        Ok(())
    }
}

impl Strings for SharedStrings<'_> {
    fn get(&mut self, index: u32) -> Option<RichText> {
        self.texts.get(index)
    }
}
