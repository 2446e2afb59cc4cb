//! `General`: the shortest that tells a number within eleven characters.

use super::decimal::Decimal;

/// Digits and a point that a cell shows without an exponent.
const WIDTH: i32 = 11;
/// Digits beside an exponent.
const SHORT: i32 = 6;

/// A number as `General` shows it: up to 11 characters, the shortest that tells it.
pub(crate) fn general(value: f64) -> String {
    let mut text = String::new();
    put_general(value, &mut text);
    text
}

pub(super) fn put_general(value: f64, out: &mut String) {
    if !value.is_finite() {
        out.push_str("#NUM!");
        return;
    }
    let exact = Decimal::new(value);
    let negative = value < 0.0;
    if negative {
        out.push('-');
    }
    let mut short = exact.clone();
    // A digit in front of the point, the point itself, the rest behind it.
    short.round((WIDTH - 1 - exact.exponent().max(0) - 1).max(0));
    // Below 0.0001 only what loses nothing.
    let tiny = exact.exponent() < -4 && short != exact;
    if tiny || short.integers() as i32 > WIDTH {
        put_scientific(exact, SHORT, out);
    } else {
        short.put_integers(out);
        short.put_decimals(out);
    }
}

/// So many digits and an exponent of at least two: `1.23457E+11`.
pub(super) fn put_scientific(mut decimal: Decimal, digits: i32, out: &mut String) {
    decimal.round(digits - 1 - decimal.exponent());
    let exponent = decimal.exponent();
    decimal.shift(-exponent);
    decimal.put_integers(out);
    decimal.put_decimals(out);
    out.push_str(if exponent < 0 { "E-" } else { "E+" });
    out.push_str(&format!("{:02}", exponent.abs()));
}
