//! Numbers in digits: places, thousands, percent, exponents.

use super::code::as_literal;
use super::decimal::Decimal;
use super::general::{general, put_general};
use super::scan::Token;

/// One thing of a section for numbers or texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(u8),
    Point,
    /// `E+` (true) or `E-`; the digits after it are the exponent's.
    Exponent(bool),
    /// The whole number, as `General` shows it.
    General,
    /// The text, of a number the same.
    Text,
}

#[derive(Clone, Debug, Default)]
pub(super) struct NumberPattern {
    pieces: Vec<Piece>,
    /// Places in front of the point, behind it, and of the exponent.
    integers: usize,
    decimals: usize,
    exponents: usize,
    /// Separators between thousands.
    thousands: bool,
    /// The power of ten that the number is multiplied with: percent, thousands that are left out.
    scale: i32,
}

/// Which digits come next.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Integer,
    Decimal,
    Exponent,
}

impl NumberPattern {
    pub(super) fn of(tokens: &[Token]) -> Self {
        let mut pattern = Self::default();
        let mut part = Part::Integer;
        let scaling = scaling_commas(tokens);
        for (index, token) in tokens.iter().enumerate() {
            let piece = match token {
                Token::Digit(digit) => {
                    match part {
                        Part::Integer => pattern.integers += 1,
                        Part::Decimal => pattern.decimals += 1,
                        Part::Exponent => pattern.exponents += 1,
                    }
                    Piece::Digit(*digit)
                }
                Token::Point if part == Part::Integer => {
                    part = Part::Decimal;
                    Piece::Point
                }
                Token::Comma if scaling.contains(&index) => {
                    pattern.scale -= 3;
                    continue;
                }
                Token::Comma if part == Part::Integer && pattern.integers > 0 => {
                    pattern.thousands = true;
                    continue;
                }
                Token::Percent => {
                    pattern.scale += 2;
                    Piece::Literal("%".to_owned())
                }
                Token::Exponent(plus) if part != Part::Exponent => {
                    part = Part::Exponent;
                    Piece::Exponent(*plus)
                }
                Token::General => Piece::General,
                Token::Text => Piece::Text,
                token => as_literal(token),
            };
            pattern.pieces.push(piece);
        }
        pattern
    }

    pub(super) fn is_percent(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text == "%"))
    }

    pub(super) fn has_text(&self) -> bool {
        self.pieces.contains(&Piece::Text)
    }

    /// The section around a text.
    pub(super) fn with_text(&self, text: &str) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.as_str(),
            Piece::Text | Piece::General => text,
            Piece::Digit(_) | Piece::Point | Piece::Exponent(_) => "",
        });
        pieces.collect()
    }

    pub(super) fn put(&self, value: f64, out: &mut String) {
        // A lone `General` has its own sign; beside other things the sign stands in front of all.
        if value < 0.0 {
            out.push('-');
        }
        let mut mantissa = Decimal::new(value);
        mantissa.shift(self.scale);
        let mut exponent = 0;
        if self.pieces.iter().any(|piece| matches!(piece, Piece::Exponent(_))) {
            exponent = self.split_exponent(&mut mantissa);
        } else {
            mantissa.round(self.decimals as i32);
        }
        self.put_pieces(value, &mantissa, exponent, out);
    }

    /// Makes a mantissa of a number, rounded; the exponent is a multiple of the places in front of the point.
    fn split_exponent(&self, mantissa: &mut Decimal) -> i32 {
        let places = (self.integers as i32).max(1);
        let exact = mantissa.clone();
        let raised = i32::from(self.integers == 0);
        let mut exponent = (exact.exponent() + raised).div_euclid(places) * places;
        mantissa.shift(-exponent);
        mantissa.round(self.decimals as i32);
        // 9.99 became 10.0.
        if mantissa.integers() > self.integers && !mantissa.is_zero() {
            exponent += places;
            *mantissa = exact;
            mantissa.shift(-exponent);
            mantissa.round(self.decimals as i32);
        }
        if mantissa.is_zero() { 0 } else { exponent }
    }

    fn put_pieces(&self, value: f64, mantissa: &Decimal, exponent: i32, out: &mut String) {
        let mut integer = Places::new(mantissa.clone(), self.integers, self.thousands);
        let mut power = Places::new(Decimal::new(f64::from(exponent)), self.exponents, false);
        let (mut part, mut place) = (Part::Integer, 0);
        let shown = self.shown_decimals(mantissa);
        for piece in &self.pieces {
            match (piece, part) {
                (Piece::Literal(text), _) => out.push_str(text),
                (Piece::Digit(digit), Part::Integer) => integer.put(*digit, out),
                (Piece::Digit(digit), Part::Decimal) => {
                    place += 1;
                    if place <= shown {
                        out.push(mantissa.digit(-(place as i32)));
                    } else if *digit == b'?' {
                        out.push(' ');
                    }
                }
                (Piece::Digit(digit), Part::Exponent) => power.put(*digit, out),
                (Piece::Point, _) => {
                    if self.integers == 0 && mantissa.integers() > 0 {
                        mantissa.put_integers(out);
                    }
                    out.push('.');
                    part = Part::Decimal;
                }
                (Piece::Exponent(plus), _) => {
                    out.push('E');
                    out.push_str(if exponent < 0 {
                        "-"
                    } else if *plus {
                        "+"
                    } else {
                        ""
                    });
                    part = Part::Exponent;
                }
                (Piece::General, _) => put_general(value.abs(), out),
                (Piece::Text, _) => out.push_str(&general(value.abs())),
            }
        }
    }

    /// Places behind the point that show a digit: up to the last that is not 0, or that must be there.
    fn shown_decimals(&self, mantissa: &Decimal) -> usize {
        let point = self.pieces.iter().position(|piece| *piece == Piece::Point);
        let behind = self.pieces.iter().skip(point.unwrap_or(self.pieces.len()));
        let digits = behind
            .take_while(|piece| !matches!(piece, Piece::Exponent(_)))
            .filter(|piece| matches!(piece, Piece::Digit(_)));
        let needed = digits.enumerate().filter(|(_, piece)| **piece == Piece::Digit(b'0'));
        needed.last().map_or(0, |(place, _)| place + 1).max(mantissa.decimals())
    }
}

/// Commas behind the last digit, or behind the last one in front of the point: each leaves out a thousand.
fn scaling_commas(tokens: &[Token]) -> Vec<usize> {
    let digit = |token: &Token| matches!(token, Token::Digit(_));
    let point = tokens.iter().position(|token| *token == Token::Point).unwrap_or(tokens.len());
    let (before, after) = tokens.split_at(point);
    let mut found = Vec::new();
    for (part, offset) in [(before, 0), (after, point)] {
        if let Some(last) = part.iter().rposition(digit) {
            let commas = part.iter().skip(last + 1).take_while(|token| **token == Token::Comma).count();
            found.extend((0..commas).map(|index| offset + last + 1 + index));
        }
    }
    found
}

/// Fills places from left to right with the digits of a whole number.
pub(super) struct Places {
    number: Decimal,
    /// Places still to come.
    left: usize,
    first: bool,
    /// A digit was shown: from now on every place shows one.
    started: bool,
    thousands: bool,
}

impl Places {
    pub(super) const fn new(number: Decimal, places: usize, thousands: bool) -> Self {
        Self { number, left: places, first: true, started: false, thousands }
    }

    /// The next place; the first one takes all digits that have no place of their own.
    pub(super) fn put(&mut self, placeholder: u8, out: &mut String) {
        if std::mem::take(&mut self.first) {
            for power in (self.left..self.number.integers()).rev() {
                self.put_digit(power, out);
            }
        }
        self.left = self.left.saturating_sub(1);
        let power = self.left;
        if self.started || placeholder == b'0' || power < self.number.integers() {
            self.put_digit(power, out);
        } else if placeholder == b'?' {
            out.push(' ');
        }
    }

    fn put_digit(&mut self, power: usize, out: &mut String) {
        self.started = true;
        out.push(self.number.digit(power as i32));
        if self.thousands && power > 0 && power.is_multiple_of(3) {
            out.push(',');
        }
    }
}
