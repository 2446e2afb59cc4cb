//! Values as one edits them: what a formula bar shows of a value, whatever its format makes of it in the cell.

use std::sync::LazyLock;

use super::DateSystem;
use super::NumberFormat;
use super::code::Kind;
use super::date::{DatePattern, Moments};
use super::decimal::Decimal;
use super::general::put_scientific;
use super::scan::scan;

/// Decimals that an edit line has room for, and the power of ten below which it writes an exponent, as in LibreOffice.
const DECIMALS: i32 = 20;
const SMALLEST: i32 = -10;
/// Digits that are told apart; whole numbers of more have an exponent.
const DIGITS: i32 = 15;
const SECONDS_PER_DAY: f64 = 86_400.0;
/// Days that a format of hours still counts in hours, as in LibreOffice: 32,768 hours, which it keeps in 16 bits.
const COUNTED_DAYS: f64 = 32_768.0 / 24.0;

/// How dates and times are edited in the United States. Days that are shown in the order of ISO 8601 stay in it.
struct EditPatterns {
    date: DatePattern,
    date_time: DatePattern,
    iso_date: DatePattern,
    iso_date_time: DatePattern,
    time: DatePattern,
    elapsed: DatePattern,
    elapsed_parts: DatePattern,
}

static PATTERNS: LazyLock<EditPatterns> = LazyLock::new(|| {
    let pattern = |code| DatePattern::of(&scan(code), 0);
    EditPatterns {
        date: pattern("mm/dd/yyyy"),
        date_time: pattern("mm/dd/yyyy hh:mm:ss"),
        iso_date: pattern("yyyy-mm-dd"),
        iso_date_time: pattern("yyyy-mm-dd hh:mm:ss"),
        time: pattern("hh:mm:ss AM/PM"),
        elapsed: pattern("[hh]:mm:ss"),
        elapsed_parts: pattern("[hh]:mm:ss.00"),
    }
});

/// The number itself where `shown`, what its format (none = `General`) makes of it, is something else.
pub(crate) fn edited(
    value: f64,
    format: Option<&NumberFormat>,
    dates: DateSystem,
    shown: &str,
) -> Option<String> {
    if !value.is_finite() || is_written_out(value, shown) {
        return None;
    }
    let section = format.and_then(|format| format.choose(value)).map(|(section, _)| &section.kind);
    let mut text = String::new();
    match section {
        Some(Kind::Date(pattern)) if DatePattern::has(value) => {
            edit_pattern(pattern, value).put(value, dates, 0, &mut text);
        }
        Some(Kind::Number(pattern)) if pattern.is_percent() => {
            put_exact(value, 2, &mut text);
            text.push('%');
        }
        _ => put_exact(value, 0, &mut text),
    }
    (text != shown).then_some(text)
}

/// A whole number without anything around it, which most numbers are: nothing is to be written then.
fn is_written_out(value: f64, shown: &str) -> bool {
    let digits = shown.strip_prefix('-').unwrap_or(shown);
    let bare = digits == "0" || digits.starts_with(|first: char| ('1'..='9').contains(&first));
    bare && digits.len() < DIGITS as usize && shown.parse::<i64>().is_ok_and(|whole| whole as f64 == value)
}

/// A day with a time of it is edited with both, even where its format shows one; a time without a day without one; hours
/// beyond a day, or before the first one, as so many hours: they are a sum more often than a moment.
fn edit_pattern(shown: &DatePattern, value: f64) -> &'static DatePattern {
    let patterns = &*PATTERNS;
    let seconds = (value - value.floor()) * SECONDS_PER_DAY;
    let timed = shown.is_timed() || seconds.round() > 0.0;
    let whole = (seconds - seconds.round()).abs() < 0.005;
    match shown.moments() {
        Moments::Time if (0.0..1.0).contains(&value) => &patterns.time,
        Moments::Elapsed if whole => &patterns.elapsed,
        Moments::Time if whole && value.abs() < COUNTED_DAYS => &patterns.elapsed,
        Moments::Elapsed => &patterns.elapsed_parts,
        Moments::Time if value.abs() < COUNTED_DAYS => &patterns.elapsed_parts,
        Moments::IsoDate if timed => &patterns.iso_date_time,
        Moments::IsoDate => &patterns.iso_date,
        Moments::Date if !timed => &patterns.date,
        Moments::Date | Moments::Time => &patterns.date_time,
    }
}

/// All digits of a number times 10^`shift`.
fn put_exact(value: f64, shift: i32, out: &mut String) {
    let mut exact = Decimal::new(value);
    exact.shift(shift);
    if value < 0.0 {
        out.push('-');
    }
    if (SMALLEST..DIGITS).contains(&exact.exponent()) {
        exact.round(DECIMALS);
        exact.put_integers(out);
        exact.put_decimals(out);
    } else {
        put_scientific(exact, DIGITS, out);
    }
}
