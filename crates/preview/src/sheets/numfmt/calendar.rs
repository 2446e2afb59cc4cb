//! Serial dates and the calendars that formats name.

use super::DateSystem;

/// A day of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: usize,
    /// 1 to 31; 0 on the day before 1900-01-01, which Excel calls January 0.
    pub(super) day: i64,
    /// 0 = Sunday.
    pub(super) weekday: usize,
}

/// 1899-12-30 and 1904-01-01 as days since 1970-01-01.
const EPOCH_1900: i64 = -25_569;
const EPOCH_1904: i64 = -24_107;

/// The day of a serial date.
pub(super) fn day(serial: i64, dates: DateSystem) -> Day {
    match (dates, serial) {
        // Until the 29th of February 1900, which never was, weekdays are one too early and serials one too small.
        (DateSystem::From1900, 0) => Day { year: 1900, month: 1, day: 0, weekday: 6 },
        (DateSystem::From1900, 60) => Day { year: 1900, month: 2, day: 29, weekday: 3 },
        (DateSystem::From1900, 1..60) => {
            let day = gregorian(serial + EPOCH_1900 + 1);
            Day { weekday: (day.weekday + 6) % 7, ..day }
        }
        (DateSystem::From1900, _) => gregorian(serial + EPOCH_1900),
        (DateSystem::From1904, _) => gregorian(serial + EPOCH_1904),
    }
}

/// The day of the Gregorian calendar, also before it was in use; `days` since 1970-01-01.
fn gregorian(days: i64) -> Day {
    // Years that begin in March, in cycles of 400 (146,097 days).
    let shifted = days + 719_468;
    let cycle = shifted.div_euclid(146_097);
    let in_cycle = shifted.rem_euclid(146_097);
    let year = (in_cycle - in_cycle / 1460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
    let in_year = in_cycle - (365 * year + year / 4 - year / 100);
    let march_month = (5 * in_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    Day {
        year: cycle * 400 + year + i64::from(month <= 2),
        month: month as usize,
        day: in_year - (153 * march_month + 2) / 5 + 1,
        weekday: (days + 4).rem_euclid(7) as usize,
    }
}

/// A calendar that a locale (`[$-1030411]`: calendar 3, language 0x411) counts years by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    Gregorian,
    Japanese,
    Taiwanese,
    Thai,
}

impl Calendar {
    /// The one that years and eras are shown by.
    pub(super) const fn of_locale(locale: u32) -> Self {
        match (locale >> 16) & 0xff {
            3 => Self::Japanese,
            4 => Self::Taiwanese,
            7 => Self::Thai,
            _ => Self::Gregorian,
        }
    }

    /// The one that era years (`e`, `g`) are shown by: that of the language where the locale names none.
    pub(super) const fn of_eras(locale: u32) -> Self {
        match (Self::of_locale(locale), locale & 0xffff) {
            (Self::Gregorian, 0x411) => Self::Japanese,
            (Self::Gregorian, 0x404) => Self::Taiwanese,
            (Self::Gregorian, 0x41e) => Self::Thai,
            (calendar, _) => calendar,
        }
    }

    /// The era of a day, by one letter, shortly and in full, and the year in it.
    pub(super) fn era(self, day: Day) -> ([&'static str; 3], i64) {
        match self {
            Self::Gregorian => (["", "", ""], day.year),
            Self::Thai => (["", "", ""], day.year + 543),
            Self::Taiwanese if day.year > 1911 => (["", "民國", "中華民國"], day.year - 1911),
            Self::Taiwanese => (["", "民國前", "民國前"], 1912 - day.year),
            Self::Japanese => {
                let date = (day.year, day.month, day.day);
                let era = ERAS.iter().find(|era| date >= era.0);
                era.map_or((["", "", ""], day.year), |era| (era.1, day.year - era.0.0 + 1))
            }
        }
    }
}

/// The Japanese eras, the latest first, by their first day.
#[allow(clippy::type_complexity, reason = "a table of a day and three names")]
const ERAS: [((i64, usize, i64), [&str; 3]); 5] = [
    ((2019, 5, 1), ["R", "令", "令和"]),
    ((1989, 1, 8), ["H", "平", "平成"]),
    ((1926, 12, 25), ["S", "昭", "昭和"]),
    ((1912, 7, 30), ["T", "大", "大正"]),
    ((1868, 1, 1), ["M", "明", "明治"]),
];
