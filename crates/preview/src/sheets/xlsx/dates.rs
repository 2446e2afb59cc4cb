//! Dates that cells hold as text (ISO 8601, `t="d"`), as the serial numbers that formats take.

use crate::sheets::numfmt::DateSystem;

/// `2020-01-31`, `2020-01-31T12:30:59.5Z`, `12:30:59` as days since the workbook's first.
pub(crate) fn serial(text: &str, dates: DateSystem) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (Some(date), Some(time)),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let days = date.map_or(Some(0), |date| days(date, dates))?;
    let share = time.map_or(Some(0.0), share_of_day)?;
    Some(days as f64 + share)
}

fn days(date: &str, dates: DateSystem) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 0000-03-01, by years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (153 * month + 2) / 5 + day - 1;
    // 1899-12-30 and 1904-01-01; before March 1900 serials are one smaller.
    Some(match dates {
        DateSystem::From1900 if days - 693_899 < 61 => days - 693_900,
        DateSystem::From1900 => days - 693_899,
        DateSystem::From1904 => days - 695_361,
    })
}

fn share_of_day(time: &str) -> Option<f64> {
    // What follows says the zone, which workbooks do not know.
    let time = time.split(['+', '-']).next()?;
    let mut parts = time.splitn(3, ':').map(str::parse::<f64>);
    let hours = parts.next()?.ok()?;
    let minutes = parts.next().and_then(Result::ok).unwrap_or(0.0);
    let seconds = parts.next().and_then(Result::ok).unwrap_or(0.0);
    let share = (hours * 3600.0 + minutes * 60.0 + seconds) / 86_400.0;
    (0.0..=1.0).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::numfmt::NumberFormat;

    #[test]
    fn dates_as_text_are_dates() {
        let format = NumberFormat::parse("yyyy-mm-dd hh:mm:ss");
        for dates in [DateSystem::From1900, DateSystem::From1904] {
            for (text, expected) in [
                ("2020-02-29", "2020-02-29 00:00:00"),
                ("2019-08-05T15:07:09Z", "2019-08-05 15:07:09"),
                ("1904-01-02T23:59:59.4", "1904-01-02 23:59:59"),
                ("2019-08-05T15:07+02:00", "2019-08-05 15:07:00"),
            ] {
                let serial = serial(text, dates).expect("a date");
                assert_eq!(format.number(serial, dates).text, expected, "{text}");
            }
        }
        assert_eq!(serial("1900-01-01", DateSystem::From1900), Some(1.0));
        assert_eq!(serial("1900-03-01", DateSystem::From1900), Some(61.0));
        assert_eq!(serial("12:00:00", DateSystem::From1900), Some(0.5));
        for text in ["", "x", "2020", "2020-13-01", "2020-01-01T99:00", "99999-01-01"] {
            assert_eq!(serial(text, DateSystem::From1900), None, "{text}");
        }
    }
}
