//! Values of cells that say nothing of how they look.

use crate::container::xml::{Ns, Start};
use crate::model::CellKind;
use crate::sheets::numfmt::{DateSystem, NumberFormat, edited, general};

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

    /// The value as a number.
    fn serial(&self) -> Option<f64> {
        match self.kind.as_str() {
            "float" | "percentage" | "currency" => self.number,
            "date" => days(&self.text),
            "time" => part_of_day(&self.text),
            _ => None,
        }
    }

    pub(super) fn kind(&self) -> CellKind {
        match self.kind.as_str() {
            _ if self.error => CellKind::Error,
            "float" | "currency" | "percentage" | "date" | "time" => CellKind::Number,
            "boolean" => CellKind::Bool,
            _ => CellKind::Text,
        }
    }

    /// The value itself where `shown` is something else.
    pub(super) fn edited(&self, format: Option<&NumberFormat>, shown: &str) -> Option<String> {
        let usual = match (format, self.kind.as_str()) {
            (None, "date" | "time") if shown.is_empty() => return None,
            (None, "date") => Some("m/d/yyyy"),
            (None, "time") => Some("h:mm:ss"),
            (None, "percentage") => Some("0.00%"),
            _ => None,
        };
        let usual = usual.map(NumberFormat::parse);
        edited(self.serial()?, format.or(usual.as_ref()), DateSystem::From1900, shown)
    }

    /// As it is shown where no text says it.
    pub(super) fn shown(&self, format: Option<&NumberFormat>) -> String {
        if let (Some(format), Some(serial)) = (format, self.serial()) {
            return format.number(serial, DateSystem::From1900).text;
        }
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

/// Days since 1899-12-30 of `2020-01-02` or `2020-01-02T03:04:05`; none before 1900-03-01, where calendars disagree.
fn days(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1900..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins with March here: its last day is the one that comes and goes.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    let whole = before + (month * 153 + 2) / 5 + day - 1 - 693_899;
    let mut clock = time.trim_end_matches('Z').splitn(3, ':').map(|part| part.parse::<f64>().unwrap_or(0.0));
    let mut next = || clock.next().unwrap_or(0.0);
    let seconds = next() * 3600.0 + next() * 60.0 + next();
    (whole > 60).then_some(whole as f64 + seconds / 86_400.0)
}

/// Days of `PT12H30M05S`.
fn part_of_day(text: &str) -> Option<f64> {
    let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?.replace(',', ".");
    let number = |text: &str| text.parse::<f64>().ok();
    Some((number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(&seconds)?) / 86_400.0)
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
            assert_eq!((value.shown(None).as_str(), value.kind()), (shown, kind), "{attributes}");
        }
        Ok(())
    }

    #[test]
    fn values_without_a_format_are_edited_by_their_kind() -> Result<()> {
        for (attributes, shown, edited) in [
            ("office:value-type='date' office:date-value='2020-01-02'", "02.01.20", Some("01/02/2020")),
            ("office:value-type='date' office:date-value='2020-01-02'", "01/02/2020", None),
            ("office:value-type='time' office:time-value='PT14H03M04S'", "14:03", Some("02:03:04 PM")),
            ("office:value-type='percentage' office:value='0.125'", "13%", Some("12.5%")),
            ("office:value-type='float' office:value='0.125'", "0.13", Some("0.125")),
        ] {
            let text = format!("<table:table-cell {attributes}/>");
            let mut xml = Xml::new(text.as_bytes());
            let Token::Open(start) = xml.next()? else { continue };
            assert_eq!(Value::of(&start).edited(None, shown).as_deref(), edited, "{attributes}");
        }
        Ok(())
    }

    #[test]
    fn dates_and_times_are_days() {
        for (text, expected) in [
            ("1900-03-01", Some(61.0)),
            ("2020-01-02", Some(43_832.0)),
            ("2020-02-29T12:00:00", Some(43_890.5)),
            ("1900-02-28", None),
            ("x", None),
            ("99999-01-01", None),
        ] {
            assert_eq!(days(text), expected, "{text}");
        }
        assert_eq!(part_of_day("PT36H00M00S"), Some(1.5));
        assert_eq!(part_of_day("12:00"), None);
    }
}
