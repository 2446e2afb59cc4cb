//! Number formats: what a value looks like in a cell (ECMA-376 part 1 §18.8.30), as Excel shows it in the United States.

mod builtin;
mod calendar;
mod code;
mod date;
mod decimal;
mod edited;
mod fraction;
mod general;
mod names;
mod number;
mod scan;
#[cfg(test)]
mod tests;

use crate::model::Color;
use code::{Condition, Kind, Section};

pub(crate) use code::Compare;
pub(crate) use edited::edited;
pub(crate) use general::general;
pub(crate) use scan::palette;

/// On which day serial dates begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DateSystem {
    /// 1 = 1900-01-01, with the 29th of February that 1900 did not have.
    #[default]
    From1900,
    /// 0 = 1904-01-01.
    From1904,
}

/// What stands in the cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) text: String,
    /// The format's own colour (`[Red]`).
    pub(crate) color: Option<Color>,
}

/// A format code, taken apart once and used for many cells.
#[derive(Clone, Debug)]
pub(crate) struct NumberFormat {
    /// For numbers, at most three; none where the only section is for text.
    numbers: Vec<Section>,
    /// For text; none = shown as it is.
    text: Option<Section>,
}

impl NumberFormat {
    /// Any text is a format: what cannot be understood shows values as `General` does.
    pub(crate) fn parse(code: &str) -> Self {
        // No code at all is none that hides everything.
        let mut numbers = code::sections(if code.trim().is_empty() { "General" } else { code });
        // The fourth section is for text, and so is the last one where it says `@` (§18.8.31).
        let has_text = numbers.len() > 3 || numbers.last().is_some_and(Section::shows_text);
        let text = if has_text { numbers.pop() } else { None };
        Self { numbers, text }
    }

    /// The code of a format that files name only by its number, as in the United States.
    pub(crate) const fn builtin(id: u16) -> Option<&'static str> {
        builtin::code(id)
    }

    /// A number.
    pub(crate) fn number(&self, value: f64, dates: DateSystem) -> Shown {
        if !value.is_finite() {
            return Shown { text: "#NUM!".to_owned(), color: None };
        }
        let Some((section, signed)) = self.choose(value) else {
            let text = general(value);
            return if self.numbers.is_empty() { self.text(&text) } else { Shown { text, color: None } };
        };
        let value = if signed { value } else { value.abs() };
        let mut text = String::new();
        match &section.kind {
            Kind::Number(pattern) => pattern.put(value, &mut text),
            Kind::Fraction(pattern) => pattern.put(value, &mut text),
            Kind::Date(pattern) => pattern.put(value, dates, section.locale, &mut text),
        }
        Shown { text, color: section.color.clone() }
    }

    /// A text (`@`).
    pub(crate) fn text(&self, text: &str) -> Shown {
        match &self.text {
            None => Shown { text: text.to_owned(), color: None },
            Some(section) => Shown { text: section.kind.with_text(text), color: section.color.clone() },
        }
    }

    /// The section for a number, and whether it shows its sign: a section that is for negative numbers only has its own.
    fn choose(&self, value: f64) -> Option<(&Section, bool)> {
        let meets = |index: usize| {
            let section = self.numbers.get(index)?;
            let condition = section.condition.unwrap_or_else(|| self.usual(index));
            condition.holds(value).then(|| (section, !condition.only_negative()))
        };
        (0..self.numbers.len()).find_map(meets)
    }

    /// What the section at `index` is for where it does not say itself: positive; negative; everything else.
    fn usual(&self, index: usize) -> Condition {
        let first = self.numbers.first().and_then(|section| section.condition);
        match (index, self.numbers.len()) {
            (0, 2) => Condition::AT_LEAST_ZERO,
            (0, 3) => Condition::ABOVE_ZERO,
            (1, 2) if first.is_none_or(Condition::leaves_negative) => Condition::BELOW_ZERO,
            (1, 3) => Condition::BELOW_ZERO,
            _ => Condition::ANY,
        }
    }
}
