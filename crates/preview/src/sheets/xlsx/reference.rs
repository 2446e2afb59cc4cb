//! References to cells: `A1`, `$B$2:C9` (ECMA-376 part 1 §18.18.62).

use crate::model::Merge;
use crate::sheets::store::{COLUMNS, ROWS};

/// Row and column of a cell, from 0.
pub(super) fn cell(text: &str) -> Option<(u32, u32)> {
    let (column, row) = parts(text)?;
    Some((row?, column?))
}

/// The column of a reference that may have lost its row.
pub(super) fn column(text: &str) -> Option<u32> {
    parts(text)?.0
}

/// A rectangle of cells, one cell, whole columns (`A:B`) or whole rows (`1:2`).
pub(super) fn range(text: &str) -> Option<Merge> {
    let (first, last) = text.trim().split_once(':').unwrap_or((text.trim(), text.trim()));
    let ((first_column, first_row), (last_column, last_row)) = (parts(first)?, parts(last)?);
    let (mut rows, mut columns) = (
        [first_row.unwrap_or(0), last_row.unwrap_or(ROWS - 1)],
        [first_column.unwrap_or(0), last_column.unwrap_or(COLUMNS - 1)],
    );
    rows.sort_unstable();
    columns.sort_unstable();
    Some(Merge { first_row: rows[0], first_column: columns[0], last_row: rows[1], last_column: columns[1] })
}

/// Column and row, where they are there; none where it is no reference.
fn parts(text: &str) -> Option<(Option<u32>, Option<u32>)> {
    let mut bytes = text.bytes().filter(|byte| *byte != b'$').peekable();
    let mut column = 0_u32;
    while let Some(letter) = bytes.next_if(u8::is_ascii_alphabetic) {
        column = column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)?;
    }
    let mut row = 0_u32;
    while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
        row = row.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
    }
    let valid = bytes.next().is_none() && column <= COLUMNS && row <= ROWS && (column > 0 || row > 0);
    valid.then_some((column.checked_sub(1), row.checked_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_letters_and_numbers() {
        for (text, expected) in [
            ("A1", Some((0, 0))),
            ("$b$2", Some((1, 1))),
            ("XFD1048576", Some((1_048_575, 16_383))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("1", None),
            ("A", None),
            ("A1B", None),
            ("", None),
            ("ZZZZZZZZZZZZZ99999999999999", None),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_may_be_the_wrong_way_round_or_open() {
        for (text, expected) in [
            ("A1:B3", Some([0, 0, 2, 1])),
            ("B3:A1", Some([0, 0, 2, 1])),
            ("C4", Some([3, 2, 3, 2])),
            ("B:C", Some([0, 1, 1_048_575, 2])),
            ("2:3", Some([1, 0, 2, 16_383])),
            ("A1:", None),
            ("x!A1", None),
        ] {
            let range = range(text)
                .map(|merge| [merge.first_row, merge.first_column, merge.last_row, merge.last_column]);
            assert_eq!(range, expected, "{text}");
        }
    }
}
