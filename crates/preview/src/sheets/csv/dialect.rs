//! What stands between the fields.

use csv_core::{ReadFieldResult, ReaderBuilder};

use super::number::looks_like_number;
use crate::error::Result;
use crate::plain::text::Text;

/// What delimiters are guessed among; the first of equals wins.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes and lines that the guess is made over.
const SAMPLE: usize = 64 * 1024;
const LINES: usize = 200;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// The offset of the first record.
    pub(super) start: u64,
}

impl Dialect {
    /// By the `sep=` that Excel understands, otherwise by what makes the most even table of the first lines.
    pub(super) fn guess(text: &mut Text<'_>, name: &str) -> Result<Self> {
        let (mut at, mut raw, mut sample) = (text.start(), Vec::new(), String::new());
        for number in 0..LINES {
            let Some(end) = text.line(at, &mut raw)? else { break };
            let line = text.decode(&raw);
            if let (0, Some(delimiter)) = (number, said(&line)) {
                return Ok(Self { delimiter, start: end.next });
            }
            sample.push_str(&line);
            sample.push_str(if end.goes_on { "" } else { "\n" });
            at = end.next;
            if sample.len() > SAMPLE {
                break;
            }
        }
        let name = name.to_ascii_lowercase();
        let tabs = name.ends_with(".tsv") || name.ends_with(".tab");
        Ok(Self { delimiter: best(&sample, tabs), start: text.start() })
    }
}

/// `sep=;`, alone on the first line.
fn said(line: &str) -> Option<u8> {
    let line = line.trim_matches('"');
    let rest =
        line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..))?;
    match rest.as_bytes() {
        [delimiter] if delimiter.is_ascii() && *delimiter != b'"' => Some(*delimiter),
        _ => None,
    }
}

fn best(sample: &str, tabs: bool) -> u8 {
    let usual = if tabs { b'\t' } else { b',' };
    let mut best = (usual, 0.0);
    for candidate in CANDIDATES {
        let likely = if candidate == usual { 1.5 } else { 1.0 };
        let score = likely * score(sample, candidate);
        if score > best.1 {
            best = (candidate, score);
        }
    }
    best.0
}

/// 0 to 1: how even the table is, how whole its fields look, how many they are.
fn score(sample: &str, delimiter: u8) -> f32 {
    let table = Counted::of(sample, delimiter);
    let records: usize = table.widths.iter().sum();
    let usual = (0..table.widths.len()).rev().max_by_key(|width| table.widths[*width]).unwrap_or(0);
    if usual < 2 || records == 0 {
        // Nothing but few lines of it have more than one field.
        let wide: usize = table.widths.iter().skip(2).sum();
        return 0.1 * wide as f32 / records.max(1) as f32;
    }
    let even = table.widths[usual] as f32 / records as f32;
    let whole = table.whole as f32 / table.fields.max(1) as f32;
    even * even * whole * (1.0 - 1.0 / usual as f32)
}

/// What a delimiter makes of a sample.
#[derive(Default)]
struct Counted {
    /// How many records have so many fields.
    widths: Vec<usize>,
    fields: usize,
    /// Fields that no other delimiter would take apart.
    whole: usize,
}

impl Counted {
    fn of(sample: &str, delimiter: u8) -> Self {
        let mut core = ReaderBuilder::new().delimiter(delimiter).build();
        let mut counted = Self::default();
        let (mut input, mut field, mut output) = (sample.as_bytes(), Vec::new(), [0; 1024]);
        let mut width = 0;
        while !input.is_empty() {
            let (result, read, written) = core.read_field(input, &mut output);
            input = &input[read..];
            field.extend_from_slice(&output[..written]);
            let ReadFieldResult::Field { record_end } = result else { continue };
            counted.fields += 1;
            counted.whole += usize::from(is_whole(&String::from_utf8_lossy(&field), delimiter));
            field.clear();
            width += 1;
            if record_end {
                counted.widths.resize(counted.widths.len().max(width + 1), 0);
                counted.widths[width] += 1;
                width = 0;
            }
        }
        counted
    }
}

/// Numbers have commas in them, and sentences have them before blanks.
fn is_whole(field: &str, delimiter: u8) -> bool {
    let other = |byte: &u8| CANDIDATES.contains(byte) && *byte != delimiter;
    looks_like_number(field)
        || !field
            .as_bytes()
            .iter()
            .zip(field.as_bytes().iter().skip(1).chain(b" "))
            .any(|(byte, after)| other(byte) && *after != b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_makes_an_even_table() -> Result<()> {
        for (text, name, expected) in [
            ("a,b,c\n1,2,3\n", "x.csv", b','),
            ("a;b\n1,5;2,5\n3,5;4,5\n", "x.csv", b';'),
            ("name\tnote\nx\tone, two\ny\tthree; four\n", "x.csv", b'\t'),
            ("a,b\n1,2\n", "x.tsv", b','),
            ("a|b,b|c\nd|e|f\n", "x.csv", b'|'),
            ("\"a;b\";\"c,d\"\n\"e\";\"f;g;h\"\n", "x.csv", b';'),
            ("a\tb\n1,000\t2,000\n", "x.tsv", b'\t'),
            ("sep=^\na^b\n", "x.csv", b'^'),
            ("one column\n", "x.csv", b','),
            ("", "x.tab", b'\t'),
        ] {
            let bytes = text.as_bytes().to_vec();
            let dialect = Dialect::guess(&mut Text::plain(&bytes)?, name)?;
            assert_eq!(char::from(dialect.delimiter), char::from(expected), "{text:?}");
        }
        Ok(())
    }
}
