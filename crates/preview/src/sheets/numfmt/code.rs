//! Format codes taken apart into sections.

use std::cmp::Ordering;

use super::date::DatePattern;
use super::fraction::FractionPattern;
use super::number::{NumberPattern, Piece};
use super::scan::{Token, scan};
use crate::model::Color;

/// One of up to four parts of a format code.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) color: Option<Color>,
    pub(super) condition: Option<Condition>,
    /// As [`Token::Locale`].
    pub(super) locale: u32,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Of texts too.
    Number(NumberPattern),
    Fraction(FractionPattern),
    Date(DatePattern),
}

impl Kind {
    /// The section around a text.
    pub(super) fn with_text(&self, text: &str) -> String {
        match self {
            Self::Number(pattern) => pattern.with_text(text),
            Self::Fraction(_) | Self::Date(_) => text.to_owned(),
        }
    }
}

/// Which numbers a section is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) compare: Compare,
    pub(super) limit: f64,
}

/// How a value has to stand to a limit; of formats and of conditional formatting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Compare {
    Below,
    AtMost,
    Is,
    Not,
    AtLeast,
    Above,
}

impl Compare {
    /// Whether `order`, of the value to the limit, is meant.
    pub(crate) const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Below => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Is => order.is_eq(),
            Self::Not => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::Above => order.is_gt(),
        }
    }
}

impl Condition {
    pub(super) const ANY: Self = Self { compare: Compare::AtLeast, limit: f64::NEG_INFINITY };
    pub(super) const ABOVE_ZERO: Self = Self { compare: Compare::Above, limit: 0.0 };
    pub(super) const AT_LEAST_ZERO: Self = Self { compare: Compare::AtLeast, limit: 0.0 };
    pub(super) const BELOW_ZERO: Self = Self { compare: Compare::Below, limit: 0.0 };

    pub(super) fn holds(self, value: f64) -> bool {
        // What is no number is only not the limit.
        value
            .partial_cmp(&self.limit)
            .map_or(self.compare == Compare::Not, |order| self.compare.accepts(order))
    }

    /// No positive number meets it, so that a sign would say nothing.
    pub(super) fn only_negative(self) -> bool {
        match self.compare {
            Compare::Below | Compare::AtMost => self.limit <= 0.0,
            Compare::Is => self.limit < 0.0,
            Compare::Not | Compare::AtLeast | Compare::Above => false,
        }
    }

    /// Exactly the negative numbers are left for the next section.
    pub(super) fn leaves_negative(self) -> bool {
        matches!(self.compare, Compare::AtLeast | Compare::Above) && self.limit == 0.0
    }
}

impl Section {
    /// It has a place for a text.
    pub(super) fn shows_text(&self) -> bool {
        matches!(&self.kind, Kind::Number(pattern) if pattern.has_text())
    }

    fn of(tokens: Vec<Token>) -> Self {
        let (mut color, mut condition, mut locale) = (None, None, 0);
        let mut rest = Vec::with_capacity(tokens.len());
        for token in tokens {
            match token {
                Token::Color(found) => color = Some(found),
                Token::Condition(found) => condition = Some(found),
                Token::Locale(found) => locale = found,
                token => rest.push(token),
            }
        }
        let kind = if is_date(&rest) {
            Kind::Date(DatePattern::of(&rest, locale))
        } else if let Some(fraction) = FractionPattern::of(&rest) {
            Kind::Fraction(fraction)
        } else {
            Kind::Number(NumberPattern::of(&rest))
        };
        Self { color, condition, locale, kind }
    }
}

/// All sections, at most four.
pub(super) fn sections(code: &str) -> Vec<Section> {
    let tokens = scan(code);
    tokens.split(|token| *token == Token::End).take(4).map(|tokens| Section::of(tokens.to_vec())).collect()
}

/// It shows parts of a date or a time. Beside digits letters are just letters (`0.0 m`), but for parts of seconds (`ss.0`).
fn is_date(tokens: &[Token]) -> bool {
    let mut part_of_second = false;
    let mut found = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Letters(..) | Token::Elapsed(..) | Token::HalfDay(..) => {
                found = true;
                part_of_second = false;
            }
            Token::Point => {
                let before = index.checked_sub(1).and_then(|before| tokens.get(before));
                part_of_second = matches!(before, Some(Token::Letters('s', _) | Token::Elapsed('s', _)));
            }
            Token::Digit(b'0') if part_of_second => {}
            Token::Digit(_) | Token::Text | Token::General => return false,
            _ => part_of_second = false,
        }
    }
    found
}

/// What a token that means nothing in its place shows.
pub(super) fn as_literal(token: &Token) -> Piece {
    Piece::Literal(match token {
        Token::Literal(text) => text.clone(),
        Token::Numeral(digit) => digit.to_string(),
        Token::Digit(digit) => char::from(*digit).to_string(),
        Token::Point => ".".to_owned(),
        Token::Comma => ",".to_owned(),
        Token::Percent => "%".to_owned(),
        Token::Slash => "/".to_owned(),
        Token::Exponent(plus) => if *plus { "E+" } else { "E-" }.to_owned(),
        Token::Text => "@".to_owned(),
        Token::Letters(letter, count) => letter.to_string().repeat(*count),
        Token::HalfDay(before, after) => format!("{before}/{after}"),
        Token::General
        | Token::Elapsed(..)
        | Token::Color(_)
        | Token::Condition(_)
        | Token::Locale(_)
        | Token::End => String::new(),
    })
}
