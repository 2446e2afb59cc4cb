//! What stands for the fields of a slide: its number, date and footer ([MS-PPT] 2.4.15 `HeadersFooters…`).

use super::super::record::{Record, kind};
use super::Field;
use crate::sheets::numfmt::{DateSystem, NumberFormat};

/// How PowerPoint writes the current date and time in English, as codes of number formats: `PpDateTimeFormat`, which
/// [MS-PPT] 2.9.50 `DateTimeMCAtom` counts from 0.
const FORMATS: [&str; 13] = [
    "m/d/yy",
    "dddd, mmmm dd, yyyy",
    "d mmmm yyyy",
    "mmmm d, yyyy",
    "d-mmm-yy",
    "mmmm yy",
    "mmm-yy",
    "mm/dd/yy h:mm",
    "mm/dd/yy h:mm AM/PM",
    "h:mm",
    "h:mm:ss",
    "h:mm AM/PM",
    "h:mm:ss AM/PM",
];
/// Days between the first of sheets and 1970.
const EPOCH: f64 = 25_569.0;

/// What a slide, or the document for all slides, says of headers and footers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeadersFooters {
    pub(crate) date: bool,
    /// The date is that of today, not [`Self::date_text`].
    pub(crate) today: bool,
    /// How the date of today is written.
    pub(crate) format: u8,
    pub(crate) number: bool,
    pub(crate) footer: bool,
    pub(crate) date_text: String,
    pub(crate) header_text: String,
    pub(crate) footer_text: String,
}

impl HeadersFooters {
    pub(crate) fn read(container: &Record<'_>) -> Self {
        let mut found = Self::default();
        for record in container.children() {
            match (record.kind, record.instance) {
                (kind::HEADERS_FOOTERS_ATOM, _) => {
                    let mut bytes = record.bytes();
                    found.format =
                        bytes.u16().and_then(|format| u8::try_from(format).ok()).unwrap_or_default();
                    let flags = bytes.u16().unwrap_or(0);
                    found.date = flags & 1 != 0;
                    found.today = flags & 2 != 0;
                    found.number = flags & 8 != 0;
                    found.footer = flags & 32 != 0;
                }
                (kind::CSTRING, 0) => found.date_text = short(record),
                (kind::CSTRING, 1) => found.header_text = short(record),
                (kind::CSTRING, 2) => found.footer_text = short(record),
                _ => {}
            }
        }
        found
    }
}

/// [MS-PPT] 2.4.16: no more than 255 characters.
fn short(record: Record<'_>) -> String {
    record.text().chars().take(255).collect()
}

/// The values of fields on one slide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldValues {
    pub(crate) number: u32,
    pub(crate) margins: HeadersFooters,
    /// Seconds since 1970, where it is known what time it is.
    pub(crate) now: Option<i64>,
}

impl FieldValues {
    /// As displayed. Today's date is nothing where it is not known: a wrong date would be worse than none.
    pub(crate) fn value(&self, field: Field) -> String {
        match field {
            Field::SlideNumber => self.number.to_string(),
            Field::FooterDate if !self.margins.today => self.margins.date_text.clone(),
            Field::FooterDate => self.today(self.margins.format),
            Field::Today(format) => self.today(format),
            Field::Header => self.margins.header_text.clone(),
            Field::Footer => self.margins.footer_text.clone(),
        }
    }

    fn today(&self, format: u8) -> String {
        let code = FORMATS.get(usize::from(format)).unwrap_or(&FORMATS[0]);
        let shown = |now: i64| {
            let days = EPOCH + now as f64 / 86_400.0;
            NumberFormat::parse(code).number(days, DateSystem::From1900).text
        };
        self.now.map(shown).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{Records, tests::record};
    use super::*;

    #[test]
    fn fields_have_the_values_of_headers_and_footers() {
        let mut atoms = record(kind::HEADERS_FOOTERS_ATOM, 0, &[1, 0, 0b10_1101, 0]);
        atoms.extend(record(kind::CSTRING, 0, b"M\0a\0y\0"));
        atoms.extend(record(kind::CSTRING, 2, b"F\0"));
        let bytes = record(kind::HEADERS_FOOTERS, 3, &atoms);
        let margins = HeadersFooters::read(&Records::new(&bytes).next().expect("just made"));
        assert!(margins.date && margins.number && margins.footer && !margins.today);
        let mut values = FieldValues { number: 12, margins, now: None };
        let all = [Field::SlideNumber, Field::FooterDate, Field::Today(1), Field::Header, Field::Footer];
        assert_eq!(all.map(|field| values.value(field)), ["12", "May", "", "", "F"]);
        values.margins.today = true;
        assert_eq!(values.value(Field::FooterDate), "");
    }

    #[test]
    fn today_is_written_in_the_format_that_is_asked_for() {
        let margins = HeadersFooters { today: true, format: 3, ..HeadersFooters::default() };
        // 2026-11-05 20:06:09.
        let values = FieldValues { number: 1, margins, now: Some(1_793_909_169) };
        assert_eq!(values.value(Field::FooterDate), "November 5, 2026");
        let asked = [
            (0, "11/5/26"),
            (1, "Thursday, November 05, 2026"),
            (4, "5-Nov-26"),
            (8, "11/05/26 8:06 PM"),
            (10, "20:06:09"),
            (99, "11/5/26"),
        ];
        for (format, expected) in asked {
            assert_eq!(values.value(Field::Today(format)), expected, "{format}");
        }
    }
}
