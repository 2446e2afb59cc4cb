//! Values of cells that say nothing of how they look.

use crate::container::xml::{Ns, Start};
use crate::model::CellKind;
use crate::sheets::numfmt::general;

/// What the attributes of a cell say of its value; `office:` in OpenDocument, `table:` before it.
#[derive(Debug, Default)]
pub(super) struct Value {
    kind: String,
    number: Option<f64>,
    /// Of dates, times, texts and truths.
    text: String,
    currency: String,
    error: bool,
}

impl Value {
    pub(super) fn of(start: &Start<'_>) -> Self {
        let mut value = Self::default();
        start.attributes(|ns, name, text| match (ns, name) {
            (Ns::CalcExt, "value-type") => value.error = text == "error",
            (Ns::Office | Ns::Table, "value-type") => value.kind = text.into_owned(),
            (Ns::Office | Ns::Table, "value") => value.number = text.trim().parse().ok(),
            (Ns::Office | Ns::Table, "currency") => value.currency = text.into_owned(),
            (Ns::Office | Ns::Table, "date-value" | "time-value" | "string-value" | "boolean-value") => {
                value.text = text.into_owned();
            }
            _ => {}
        });
        value
    }

    pub(super) fn kind(&self) -> CellKind {
        match self.kind.as_str() {
            _ if self.error => CellKind::Error,
            "float" | "currency" | "percentage" | "date" | "time" => CellKind::Number,
            "boolean" => CellKind::Bool,
            _ => CellKind::Text,
        }
    }

    /// As it is shown where no text says it.
    pub(super) fn shown(&self) -> String {
        match (self.kind.as_str(), self.number) {
            ("float", Some(number)) => general(number),
            ("percentage", Some(number)) => format!("{:.2}%", number * 100.0),
            ("currency", Some(number)) if self.currency.is_empty() => format!("{number:.2}"),
            ("currency", Some(number)) => format!("{number:.2} {}", self.currency),
            ("boolean", _) => self.text.to_uppercase(),
            ("date", _) => self.text.replacen('T', " ", 1),
            ("time", _) => duration(&self.text).unwrap_or_else(|| self.text.clone()),
            ("string", _) => self.text.clone(),
            _ => String::new(),
        }
    }
}

/// `PT12H30M05S` as a clock shows it.
fn duration(text: &str) -> Option<String> {
    let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?.split(['.', ',']).next()?;
    let number = |text: &str| text.parse::<u32>().ok();
    Some(format!("{:02}:{:02}:{:02}", number(hours)?, number(minutes)?, number(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::xml::{Token, Xml};
    use crate::error::Result;

    #[test]
    fn values_are_shown_without_a_text() -> Result<()> {
        for (attributes, shown, kind) in [
            ("office:value-type='float' office:value='1.5'", "1.5", CellKind::Number),
            ("table:value-type='float' table:value='1.5'", "1.5", CellKind::Number),
            ("office:value-type='percentage' office:value='0.125'", "12.50%", CellKind::Number),
            (
                "office:value-type='currency' office:value='3' office:currency='EUR'",
                "3.00 EUR",
                CellKind::Number,
            ),
            ("office:value-type='boolean' office:boolean-value='true'", "TRUE", CellKind::Bool),
            (
                "office:value-type='date' office:date-value='2020-01-02T03:04:05'",
                "2020-01-02 03:04:05",
                CellKind::Number,
            ),
            ("office:value-type='time' office:time-value='PT02H03M04.5S'", "02:03:04", CellKind::Number),
            ("office:value-type='string' office:string-value='x'", "x", CellKind::Text),
            ("", "", CellKind::Text),
        ] {
            let text = format!("<table:table-cell {attributes}/>");
            let mut xml = Xml::new(text.as_bytes());
            let Token::Open(start) = xml.next()? else { continue };
            let value = Value::of(&start);
            assert_eq!((value.shown().as_str(), value.kind()), (shown, kind), "{attributes}");
        }
        Ok(())
    }
}
