//! Which fields are numbers to whoever reads them.

/// Digits that can't be but a number; more are the number of a card or a parcel.
const DIGITS: usize = 15;

/// A plain number, in whatever country: `-1,234.5`, `1.234,5`, `1 234`, `12%`, `€ 5`, `1e-3`. Not `007`, nor `1.2.3`.
pub(super) fn looks_like_number(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.len() > 40 {
        return false;
    }
    let text = text.strip_prefix(['+', '-', '−']).unwrap_or(text);
    let text = text.strip_prefix(['$', '€', '£', '¥']).unwrap_or(text).trim_start();
    let text = text.strip_suffix(['%', '$', '€', '£', '¥']).unwrap_or(text).trim_end();
    let text = text.strip_prefix(['-', '−']).unwrap_or(text);
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(head, tail)| (head, Some(tail)));
    let exponent = exponent.is_none_or(|power| {
        let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
        is_digits(digits) && digits.len() <= 3
    });
    exponent && is_mantissa(mantissa)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_mantissa(text: &str) -> bool {
    let (whole, fraction) = text.rsplit_once(['.', ',']).unwrap_or((text, ""));
    let fraction_fits = fraction.is_empty() || is_digits(fraction);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let leads = whole.len() > 1 && whole.starts_with('0');
    if digits == 0 || digits > DIGITS || leads {
        return false;
    }
    fraction_fits && (whole.is_empty() || is_digits(whole) || is_grouped(whole)) || is_grouped(text)
}

/// Thousands with the same mark between them.
fn is_grouped(text: &str) -> bool {
    let Some(mark) = text.chars().find(|character| !character.is_ascii_digit()) else { return false };
    if !matches!(mark, ',' | '.' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}') {
        return false;
    }
    let mut groups = text.split(mark);
    let first = groups.next().is_some_and(|group| is_digits(group) && group.len() <= 3);
    first && groups.all(|group| is_digits(group) && group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_text() {
        for number in [
            "0",
            "12",
            " -1.5 ",
            "1,234.5",
            "1.234,5",
            "1 234",
            "1'234'567",
            ".5",
            "0,5",
            "12 %",
            "€5",
            "1e-3",
            "-$2",
        ] {
            assert!(looks_like_number(number), "{number}");
        }
        for text in [
            "",
            "-",
            "007",
            "1.2.3",
            "2020-01-01",
            "a1",
            "1a",
            "1e",
            "$",
            "%",
            "1,23,4",
            "12345678901234567",
            "1..2",
        ] {
            assert!(!looks_like_number(text), "{text}");
        }
    }
}
