//! The cells of a sheet, kept small: 24 bytes each, texts in one piece of memory.

/// What is in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Blank,
    Number(f64),
    /// Index into the workbook's strings.
    Shared(u32),
    /// Index into the sheet's own texts.
    Text(u32),
    Bool(bool),
    /// Its code.
    Error(u8),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoredCell {
    pub(crate) row: u32,
    pub(crate) column: u16,
    /// Number of its cell format.
    pub(crate) format: u16,
    pub(crate) value: Value,
}

/// A text and where it changes its font: index of a UTF-16 unit, number of the font.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RichText {
    pub(crate) text: String,
    pub(crate) runs: Vec<(u32, u16)>,
}

impl From<String> for RichText {
    fn from(text: String) -> Self {
        Self { text, runs: Vec::new() }
    }
}

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
    runs: std::collections::HashMap<u32, Vec<(u32, u16)>>,
}

impl Texts {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of the added text.
    pub(crate) fn push(&mut self, text: RichText) -> u32 {
        let index = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        // More than the limit of characters cannot come here, so that 32 bits are enough.
        self.all.push_str(&text.text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        if !text.runs.is_empty() {
            self.runs.insert(index, text.runs);
        }
        index
    }

    pub(crate) fn get(&self, index: u32) -> Option<RichText> {
        let at = index as usize;
        let end = *self.ends.get(at)? as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        let text = self.all.get(start..end)?.to_owned();
        Some(RichText { text, runs: self.runs.get(&index).cloned().unwrap_or_default() })
    }
}

/// Cells in ascending order of rows and columns; of two in one place the later one wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    all: Vec<StoredCell>,
    unsorted: bool,
}

impl Cells {
    pub(crate) fn push(&mut self, cell: StoredCell) {
        if let Some(last) = self.all.last() {
            self.unsorted |= (last.row, last.column) >= (cell.row, cell.column);
        }
        self.all.push(cell);
    }

    /// The cell that was added last.
    pub(crate) fn last_mut(&mut self) -> Option<&mut StoredCell> {
        self.all.last_mut()
    }

    /// The cells of rows `from` to before `to`.
    pub(crate) fn rows(&mut self, from: u32, to: u32) -> &[StoredCell] {
        if std::mem::take(&mut self.unsorted) {
            self.sort();
        }
        let start = self.all.partition_point(|cell| cell.row < from);
        let end = self.all.partition_point(|cell| cell.row < to);
        self.all.get(start..end).unwrap_or_default()
    }

    fn sort(&mut self) {
        // Stable: of equal places the last stays last.
        self.all.sort_by_key(|cell| (cell.row, cell.column));
        self.all.reverse();
        self.all.dedup_by_key(|cell| (cell.row, cell.column));
        self.all.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: u32, column: u16, number: f64) -> StoredCell {
        StoredCell { row, column, format: 0, value: Value::Number(number) }
    }

    #[test]
    fn cells_come_in_order_and_the_later_wins() {
        let mut cells = Cells::default();
        for (row, column, number) in [(5, 1, 1.0), (2, 0, 2.0), (5, 1, 3.0), (5, 0, 4.0)] {
            cells.push(cell(row, column, number));
        }
        assert_eq!(cells.rows(0, 9), [cell(2, 0, 2.0), cell(5, 0, 4.0), cell(5, 1, 3.0)]);
        assert_eq!(cells.rows(3, 5), []);
        assert_eq!(size_of::<StoredCell>(), 24);
    }

    #[test]
    fn texts_are_kept_with_their_runs() {
        let mut texts = Texts::default();
        let rich = RichText { text: "aé".to_owned(), runs: vec![(1, 7)] };
        assert_eq!((texts.push("x".to_owned().into()), texts.push(rich.clone())), (0, 1));
        assert_eq!(
            (texts.get(1), texts.get(0).map(|text| text.text), texts.get(2)),
            (Some(rich), Some("x".to_owned()), None)
        );
    }
}
