//! Dates and times.

use super::DateSystem;
use super::calendar::{Calendar, Day, day};
use super::code::as_literal;
use super::general::put_general;
use super::names::names;
use super::number::Piece;
use super::scan::{Token, scan};

/// Locales that stand for the reader's own long date and long time.
pub(super) const SYSTEM_DATE: u32 = 0xf800;
pub(super) const SYSTEM_TIME: u32 = 0xf400;

#[derive(Clone, Debug)]
pub(super) struct DatePattern {
    pieces: Vec<DatePiece>,
    /// Digits of parts of seconds.
    precision: u32,
    /// Hours count to twelve.
    half_days: bool,
    /// Months stand beside days.
    dated: bool,
}

#[derive(Clone, Debug)]
enum DatePiece {
    Literal(String),
    /// `y`, `m`, `d`, `e`, `g`, `b`, `a`, and how often.
    Day(char, usize),
    Hour(usize),
    Minute(usize),
    Second(usize),
    /// All hours, minutes, seconds since the beginning of day 0.
    Elapsed(char, usize),
    /// Parts of seconds, so many digits.
    Part(u32),
    HalfDay(&'static str, &'static str),
}

/// What a format shows of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moments {
    /// Anything of a day, also beside a time.
    Date,
    /// The same, the year first: `2019-03-01`.
    IsoDate,
    /// Nothing of a day.
    Time,
    /// Hours, minutes or seconds that go past a day.
    Elapsed,
}

/// Parts of seconds that are shown.
const PRECISION: u32 = 6;
/// Days that have a date. Excel knows none outside of the years 1900 to 9999 and fills the cell with `#`; LibreOffice goes
/// on to the year 32767, and so is it here: a date says more.
const DAYS: std::ops::Range<f64> = -11_274_306.0..11_274_306.0;
const SECONDS_PER_DAY: i64 = 86_400;

/// A moment taken apart.
struct Moment {
    day: Day,
    /// Since the beginning of the day.
    second: i64,
    /// Since the beginning of day 0, without a sign.
    elapsed: i64,
    /// In units of the format's precision.
    part: i64,
}

impl DatePattern {
    pub(super) fn of(tokens: &[Token], locale: u32) -> Self {
        match locale & 0xffff {
            SYSTEM_DATE => return Self::of(&scan("dddd, mmmm d, yyyy"), 0),
            SYSTEM_TIME => return Self::of(&scan("h:mm:ss AM/PM"), 0),
            _ => {}
        }
        let mut pattern = Self { pieces: Vec::new(), precision: 0, half_days: false, dated: false };
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            index += 1;
            let piece = match token {
                Token::Letters('m', count @ ..=2) if is_minute(tokens, index - 1) => {
                    DatePiece::Minute(*count)
                }
                Token::Letters('h', count) => DatePiece::Hour(*count),
                Token::Letters('s', count) => DatePiece::Second(*count),
                Token::Letters(letter, count) => {
                    pattern.dated |= *letter == 'd' && *count <= 2;
                    DatePiece::Day(*letter, *count)
                }
                Token::Elapsed(letter, count) => DatePiece::Elapsed(*letter, *count),
                Token::HalfDay(before, after) => {
                    pattern.half_days = true;
                    DatePiece::HalfDay(before, after)
                }
                Token::Point => {
                    let digits = tokens.iter().skip(index).take_while(|token| **token == Token::Digit(b'0'));
                    let count = digits.count();
                    index += count;
                    pattern.pieces.push(DatePiece::Literal(".".to_owned()));
                    if count == 0 {
                        continue;
                    }
                    let digits = (count as u32).min(PRECISION);
                    pattern.precision = pattern.precision.max(digits);
                    DatePiece::Part(digits)
                }
                token => match as_literal(token) {
                    Piece::Literal(text) => DatePiece::Literal(text),
                    _ => continue,
                },
            };
            pattern.pieces.push(piece);
        }
        pattern
    }

    /// The number is one of a day that can be shown.
    pub(super) fn has(value: f64) -> bool {
        DAYS.contains(&value)
    }

    /// What it shows of a moment.
    pub(super) fn moments(&self) -> Moments {
        let is_elapsed = |piece: &DatePiece| matches!(piece, DatePiece::Elapsed(..));
        let mut days = self.pieces.iter().enumerate().filter_map(|(at, piece)| match piece {
            DatePiece::Day(letter, count) => Some((at, *letter, *count)),
            _ => None,
        });
        match days.next() {
            None if self.pieces.iter().any(is_elapsed) => Moments::Elapsed,
            None => Moments::Time,
            Some((at, 'y', 3..)) if matches!(self.pieces.get(at + 1), Some(DatePiece::Literal(text)) if text == "-") => {
                Moments::IsoDate
            }
            Some(_) => Moments::Date,
        }
    }

    /// It shows a time of a day.
    pub(super) fn is_timed(&self) -> bool {
        let of_time = |piece: &DatePiece| {
            matches!(
                piece,
                DatePiece::Hour(_) | DatePiece::Minute(_) | DatePiece::Second(_) | DatePiece::Part(_)
            )
        };
        self.pieces.iter().any(of_time)
    }

    pub(super) fn put(&self, value: f64, dates: DateSystem, locale: u32, out: &mut String) {
        if !DAYS.contains(&value) {
            put_general(value, out);
            return;
        }
        let moment = self.moment(value, dates);
        if value < 0.0 && self.pieces.iter().any(|piece| matches!(piece, DatePiece::Elapsed(..))) {
            out.push('-');
        }
        for piece in &self.pieces {
            match piece {
                DatePiece::Literal(text) => out.push_str(text),
                DatePiece::Day(letter, count) => self.put_day((*letter, *count), moment.day, locale, out),
                DatePiece::Hour(width) => {
                    let hour = moment.second / 3600;
                    let hour = if self.half_days { (hour + 11) % 12 + 1 } else { hour };
                    put_padded(hour, *width, out);
                }
                DatePiece::Minute(width) => put_padded(moment.second / 60 % 60, *width, out),
                DatePiece::Second(width) => put_padded(moment.second % 60, *width, out),
                DatePiece::Elapsed(letter, width) => {
                    let unit = match letter {
                        'h' => 3600,
                        'm' => 60,
                        _ => 1,
                    };
                    put_padded(moment.elapsed / unit, *width, out);
                }
                DatePiece::Part(digits) => {
                    let part = moment.part / 10_i64.pow(self.precision - digits);
                    put_padded(part, *digits as usize, out);
                }
                DatePiece::HalfDay(before, after) => {
                    out.push_str(if moment.second < SECONDS_PER_DAY / 2 { before } else { after });
                }
            }
        }
    }

    fn put_day(&self, (letter, count): (char, usize), day: Day, locale: u32, out: &mut String) {
        let names = names(locale);
        match (letter, count) {
            ('y', count) if Calendar::of_locale(locale) == Calendar::Thai => {
                put_year(day.year + 543, count, out)
            }
            ('y', count) => put_year(day.year, count, out),
            ('b', count) => put_year(day.year + 543, count, out),
            ('e', count) => match Calendar::of_eras(locale) {
                Calendar::Gregorian => put_padded(day.year, 4, out),
                calendar => put_padded(calendar.era(day).1, count.min(2), out),
            },
            ('g', count) => {
                let (era, _) = Calendar::of_eras(locale).era(day);
                out.push_str(era.get(count - 1).or(era.last()).unwrap_or(&""));
            }
            ('m', 1 | 2) => put_padded(day.month as i64, count, out),
            ('m', 3) => out.push_str(names.short_month(day.month)),
            ('m', 5) => out.extend(names.month(day.month).chars().next()),
            ('m', _) if self.dated => out.push_str(names.dated_month(day.month)),
            ('m', _) => out.push_str(names.month(day.month)),
            ('d', 1 | 2) => put_padded(day.day, count, out),
            ('d' | 'a', 3) => out.push_str(names.short_weekday(day.weekday)),
            ('d' | 'a', _) => out.push_str(names.weekday(day.weekday)),
            _ => {}
        }
    }

    /// Rounds to what the format can show of a second, so that 59.9999 seconds are a minute.
    fn moment(&self, value: f64, dates: DateSystem) -> Moment {
        let parts = 10_i64.pow(self.precision);
        let per_day = SECONDS_PER_DAY * parts;
        // Days and their rest one by one: together they would lose digits.
        let days = value.floor();
        let ticks = ((value - days) * per_day as f64).round() as i64;
        let serial = days as i64 + ticks / per_day;
        let in_day = ticks % per_day;
        let elapsed = (serial * per_day).saturating_add(in_day).unsigned_abs() / parts.unsigned_abs();
        let backwards =
            value < 0.0 && self.pieces.iter().any(|piece| matches!(piece, DatePiece::Elapsed(..)));
        let (second, part) = if backwards {
            let left = (serial * per_day).saturating_add(in_day).saturating_abs();
            (left / parts % SECONDS_PER_DAY, left % parts)
        } else {
            (in_day / parts, in_day % parts)
        };
        Moment { day: day(serial, dates), second, elapsed: elapsed as i64, part }
    }
}

/// `m` is minutes behind hours and in front of seconds.
fn is_minute(tokens: &[Token], index: usize) -> bool {
    let unit = |token: &Token| match token {
        Token::Letters(letter, _) | Token::Elapsed(letter, _) => Some(*letter),
        _ => None,
    };
    let (before, after) = tokens.split_at(index);
    let before = before.iter().rev().find_map(unit);
    let after = after.iter().skip(1).find_map(unit);
    before == Some('h') || after == Some('s')
}

fn put_padded(number: i64, width: usize, out: &mut String) {
    out.push_str(&format!("{number:0width$}"));
}

/// One or two letters: two digits.
fn put_year(year: i64, count: usize, out: &mut String) {
    if count <= 2 {
        put_padded(year.rem_euclid(100), 2, out);
    } else {
        put_padded(year, 4, out);
    }
}
