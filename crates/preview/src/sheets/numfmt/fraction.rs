//! Numbers as fractions: `# ?/?`, `# ??/16`.

use super::code::as_literal;
use super::decimal::Decimal;
use super::number::{Piece, Places};
use super::scan::Token;

#[derive(Clone, Debug)]
pub(super) struct FractionPattern {
    /// The whole number and what stands around it; without digits the fraction shows all of the value.
    whole: Vec<Piece>,
    numerator: Vec<u8>,
    denominator: Denominator,
    after: Vec<Piece>,
    percent: bool,
}

#[derive(Clone, Debug)]
enum Denominator {
    /// At most so many digits.
    Places(Vec<u8>),
    Fixed(u32),
}

/// Digits of a denominator: more say nothing, with fifteen digits in all.
const PLACES: usize = 7;

impl FractionPattern {
    /// None where the tokens are no fraction.
    pub(super) fn of(tokens: &[Token]) -> Option<Self> {
        let slash = tokens.iter().position(|token| *token == Token::Slash)?;
        let (before, after) = tokens.split_at(slash);
        let after = after.get(1..)?;
        let is_space = |token: &Token| matches!(token, Token::Literal(text) if text.trim().is_empty());
        let end = before.iter().rposition(|token| !is_space(token))? + 1;
        let start = before[..end].iter().rposition(|token| !matches!(token, Token::Digit(_)));
        let start = start.map_or(0, |other| other + 1);
        let numerator = digits(&before[start..end]);
        let skipped = after.iter().take_while(|token| is_space(token)).count();
        let (denominator, length) = denominator(&after[skipped..])?;
        let whole: Vec<Piece> = before[..start].iter().map(piece).collect();
        let after: Vec<Piece> = after[skipped + length..].iter().map(piece).collect();
        let percent = tokens.contains(&Token::Percent);
        (!numerator.is_empty()).then_some(Self { whole, numerator, denominator, after, percent })
    }

    pub(super) fn put(&self, value: f64, out: &mut String) {
        if value < 0.0 {
            out.push('-');
        }
        let value = value.abs() * if self.percent { 100.0 } else { 1.0 };
        let places = self.whole.iter().filter(|piece| matches!(piece, Piece::Digit(_))).count();
        let mut whole = if places > 0 { value.trunc() } else { 0.0 };
        let (mut numerator, denominator) = self.nearest(value - whole);
        #[allow(clippy::float_cmp, reason = "both are whole")]
        if places > 0 && numerator == denominator {
            whole += 1.0;
            numerator = 0.0;
        }
        let hidden = places > 0 && numerator == 0.0;
        // A whole number of 0 is shown only where nothing else is.
        let mut whole_places = Places::new(Decimal::new(whole), places, false);
        let last = self.whole.iter().rposition(|piece| matches!(piece, Piece::Digit(_)));
        for (index, piece) in self.whole.iter().enumerate() {
            match piece {
                Piece::Digit(_) if hidden && whole == 0.0 && Some(index) == last => out.push('0'),
                Piece::Digit(digit) => whole_places.put(*digit, out),
                Piece::Literal(text) => out.push_str(text),
                _ => {}
            }
        }
        let mut fraction = String::new();
        self.put_fraction(numerator, denominator, &mut fraction);
        if hidden {
            fraction = " ".repeat(fraction.chars().count());
        }
        out.push_str(&fraction);
        for piece in &self.after {
            if let Piece::Literal(text) = piece {
                out.push_str(text);
            }
        }
    }

    fn put_fraction(&self, numerator: f64, denominator: f64, out: &mut String) {
        let mut above = Places::new(Decimal::new(numerator), self.numerator.len(), false);
        for (index, digit) in self.numerator.iter().enumerate() {
            // At least one digit.
            let last = index + 1 == self.numerator.len();
            above.put(if last { b'0' } else { *digit }, out);
        }
        out.push('/');
        let start = out.len();
        Decimal::new(denominator).put_integers(out);
        if let Denominator::Places(places) = &self.denominator {
            // It stands at the left of its places.
            let missing = places.len().saturating_sub(out.len() - start);
            let spaces = places.iter().rev().take(missing).filter(|digit| **digit != b'#').count();
            out.push_str(&" ".repeat(spaces));
        }
    }

    /// The fraction that comes nearest.
    fn nearest(&self, value: f64) -> (f64, f64) {
        match &self.denominator {
            Denominator::Fixed(fixed) => ((value * f64::from(*fixed)).round(), f64::from(*fixed)),
            Denominator::Places(places) => {
                let most = 10_f64.powi(places.len().min(PLACES) as i32) - 1.0;
                nearest_fraction(value, most)
            }
        }
    }
}

/// The best of all fractions whose denominator is at most `most`: a convergent of the continued fraction or one between two.
fn nearest_fraction(value: f64, most: f64) -> (f64, f64) {
    let (mut older, mut newer) = ((0.0, 1.0), (1.0, 0.0));
    let mut rest = value;
    // Each step at least doubles the denominator after two.
    for _ in 0..64 {
        let step = rest.floor();
        let next: (f64, f64) = (step * newer.0 + older.0, step * newer.1 + older.1);
        if next.1 > most {
            let fits = ((most - older.1) / newer.1).floor();
            let between = (fits * newer.0 + older.0, fits * newer.1 + older.1);
            let error = |(above, below): (f64, f64)| (above / below - value).abs();
            return if between.1 > 0.0 && error(between) < error(newer) { between } else { newer };
        }
        (older, newer) = (newer, next);
        if rest - step < 1e-11 {
            break;
        }
        rest = 1.0 / (rest - step);
    }
    newer
}

fn digits(tokens: &[Token]) -> Vec<u8> {
    let digits = tokens.iter().filter_map(|token| match token {
        Token::Digit(digit) => Some(*digit),
        _ => None,
    });
    digits.collect()
}

/// The denominator that tokens begin with, and how many of them it is.
fn denominator(tokens: &[Token]) -> Option<(Denominator, usize)> {
    let mut number = String::new();
    for token in tokens {
        match token {
            Token::Numeral(digit) => number.push(*digit),
            Token::Digit(b'0') if !number.is_empty() => number.push('0'),
            _ => break,
        }
    }
    if !number.is_empty() {
        let length = number.len();
        return number.parse().ok().map(|fixed| (Denominator::Fixed(fixed), length));
    }
    let length = tokens.iter().take_while(|token| matches!(token, Token::Digit(_))).count();
    (length > 0).then(|| (Denominator::Places(digits(&tokens[..length])), length))
}

fn piece(token: &Token) -> Piece {
    match token {
        Token::Digit(digit) => Piece::Digit(*digit),
        token => as_literal(token),
    }
}
