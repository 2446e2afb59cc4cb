//! Numbers as decimal digits: Excel rounds what it shows, fifteen digits, not what it stores.

use std::io::Write as _;

/// Digits that Excel tells apart.
const PRECISION: usize = 15;

/// A number without its sign: 0.`digits` × 10^`point`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    /// 0 to 9; the first and the last are not 0.
    digits: [u8; PRECISION],
    length: usize,
    point: i32,
}

impl Decimal {
    /// Of a finite number.
    pub(super) fn new(value: f64) -> Self {
        let mut text = [0_u8; 32];
        let mut free = &mut text[..];
        // d.dddddddddddddde±x: at most 15 digits, a point, `e` and four more characters.
        let written = write!(free, "{:.14e}", value.abs()).is_ok();
        debug_assert!(written, "fits into 32 bytes");
        let left = free.len();
        let (mantissa, exponent) = split(&text[..32 - left]);
        let mut decimal = Self { point: exponent + 1, ..Self::default() };
        for digit in mantissa.iter().filter(|byte| byte.is_ascii_digit()).take(PRECISION) {
            decimal.digits[decimal.length] = digit - b'0';
            decimal.length += 1;
        }
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.length > 0 && self.digits[self.length - 1] == 0 {
            self.length -= 1;
        }
        if self.length == 0 {
            self.point = 0;
        }
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.length == 0
    }

    /// The power of ten of the first digit; 0 of zero.
    pub(super) const fn exponent(&self) -> i32 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// Times 10^`by`.
    pub(super) const fn shift(&mut self, by: i32) {
        if !self.is_zero() {
            self.point += by;
        }
    }

    /// Rounds half away from zero to `decimals` digits behind the point; negative: in front of it.
    pub(super) fn round(&mut self, decimals: i32) {
        let Ok(keep) = usize::try_from(self.point.saturating_add(decimals)) else {
            *self = Self::default();
            return;
        };
        let Some(next) = self.digits[..self.length].get(keep) else { return };
        let up = *next >= 5;
        self.length = keep;
        if up {
            self.increment();
        }
        self.trim();
    }

    fn increment(&mut self) {
        for index in (0..self.length).rev() {
            if self.digits[index] < 9 {
                self.digits[index] += 1;
                return;
            }
            self.digits[index] = 0;
        }
        self.digits[0] = 1;
        self.length = 1;
        self.point += 1;
    }

    /// Digits in front of the point; 0 of numbers below 1.
    pub(super) fn integers(&self) -> usize {
        if self.is_zero() { 0 } else { usize::try_from(self.point).unwrap_or(0) }
    }

    /// Digits behind the point.
    pub(super) fn decimals(&self) -> usize {
        usize::try_from(self.length as i32 - self.point).unwrap_or(0)
    }

    /// The digit, as ASCII, that counts 10^`power`.
    pub(super) fn digit(&self, power: i32) -> char {
        let index = usize::try_from(self.point - 1 - power).ok();
        let digit = index.and_then(|index| self.digits[..self.length].get(index));
        char::from(b'0' + digit.copied().unwrap_or(0))
    }

    /// The digits one after the other, at least one: `123`, `0`.
    pub(super) fn put_integers(&self, out: &mut String) {
        for power in (0..self.integers().max(1) as i32).rev() {
            out.push(self.digit(power));
        }
    }

    /// Point and digits behind it, nothing of a whole number.
    pub(super) fn put_decimals(&self, out: &mut String) {
        if self.decimals() > 0 {
            out.push('.');
        }
        for place in 1..=self.decimals() as i32 {
            out.push(self.digit(-place));
        }
    }
}

fn split(text: &[u8]) -> (&[u8], i32) {
    let at = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
    let exponent = text.get(at + 1..).and_then(|digits| std::str::from_utf8(digits).ok());
    (&text[..at], exponent.and_then(|digits| digits.parse().ok()).unwrap_or(0))
}
