//! How a table as text is laid out: by its first records.

use super::looks_like_number;
use super::records::Records;
use crate::error::Result;
use crate::model::{Columns, Sheet};

/// Records and bytes that widths are taken from.
const SAMPLE: usize = 100;
const BYTES: u64 = 128 * 1024;
/// Points of a letter and of the space around a cell's text, in the usual 11 points.
const LETTER: f32 = 5.6;
const AROUND: f32 = 8.0;
/// Points.
const NARROWEST: f32 = 36.0;
const WIDEST: f32 = 260.0;

pub(super) fn of(records: &mut Records<'_>, start: u64, length: u64) -> Result<Sheet> {
    let (mut sample, mut fields, mut at) = (Vec::new(), Vec::new(), start);
    while let Some(record) = records.read(at, &mut fields)? {
        sample.push(std::mem::take(&mut fields));
        at = record.next;
        if sample.len() >= SAMPLE || at - start > BYTES {
            break;
        }
    }
    let widths = widths(&sample);
    // As long as these, the others would be so many.
    let per_record = (at - start).max(1) as f64 / sample.len().max(1) as f64;
    Ok(Sheet {
        frozen_rows: has_header(&sample).into(),
        row_height: 15.0,
        column_width: 48.0,
        columns_hint: widths.len() as u32,
        rows_hint: ((length - start.min(length)) as f64 / per_record).ceil() as u32,
        columns: (0..)
            .zip(widths)
            .map(|(first, width)| Columns { first, last: first, width, hidden: false, style: None })
            .collect(),
        ..Sheet::default()
    })
}

fn widths(sample: &[Vec<String>]) -> Vec<f32> {
    let mut letters: Vec<usize> = Vec::new();
    for fields in sample {
        letters.resize(letters.len().max(fields.len()), 0);
        for (widest, text) in letters.iter_mut().zip(fields) {
            *widest = (*widest).max(text.lines().map(letters_of).max().unwrap_or(0));
        }
    }
    letters.into_iter().map(|count| (count as f32 * LETTER + AROUND).clamp(NARROWEST, WIDEST)).collect()
}

/// Letters of the East are as wide as two.
fn letters_of(line: &str) -> usize {
    line.chars().take(WIDEST as usize).map(|character| if character >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// The first row names the columns: short, different, none of them a number.
fn has_header(sample: &[Vec<String>]) -> bool {
    let [first, second, ..] = sample else { return false };
    let name = |text: &String| {
        !text.trim().is_empty() && text.len() <= 100 && !text.contains('\n') && !looks_like_number(text)
    };
    let mut names: Vec<&String> = first.iter().collect();
    names.sort();
    names.dedup();
    first.len() > 1 && second.len() == first.len() && names.len() == first.len() && first.iter().all(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::text::Text;

    fn layout(text: &str) -> Result<Sheet> {
        let bytes = text.as_bytes().to_vec();
        let text = Text::plain(&bytes)?;
        of(&mut Records::new(text, b','), 0, bytes.len() as u64)
    }

    #[test]
    fn a_header_stays_when_one_scrolls() -> Result<()> {
        for (text, frozen) in
            [("name,age\nx,1\n", 1), ("1,2\n3,4\n", 0), ("a,a\nb,c\n", 0), ("a,\nb,c\n", 0), ("a,b\n", 0)]
        {
            assert_eq!(layout(text)?.frozen_rows, frozen, "{text:?}");
        }
        Ok(())
    }

    #[test]
    fn columns_are_as_wide_as_their_text() -> Result<()> {
        let sheet = layout(&format!("a,{},{}\nb,c,d\n", "x".repeat(20), "x".repeat(900)))?;
        let widths: Vec<f32> = sheet.columns.iter().map(|column| column.width).collect();
        assert_eq!(widths, [NARROWEST, 20.0 * LETTER + AROUND, WIDEST]);
        assert_eq!(sheet.rows_hint, 2);
        Ok(())
    }
}
