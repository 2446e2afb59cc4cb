//! What stands for the fields of a slide: its number, date and footer ([MS-PPT] 2.4.15 `HeadersFooters…`).

use super::super::record::{Record, kind};
use super::Field;

/// What a slide, or the document for all slides, says of headers and footers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeadersFooters {
    pub(crate) date: bool,
    /// The date is that of today, not [`Self::date_text`].
    pub(crate) today: bool,
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
                    let flags = bytes.u16().and_then(|_| bytes.u16()).unwrap_or(0);
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
}

impl FieldValues {
    /// As displayed. Today's date is nothing: there is no clock here, and a wrong date would be worse than none.
    pub(crate) fn value(&self, field: Field) -> String {
        match field {
            Field::SlideNumber => self.number.to_string(),
            Field::FooterDate if !self.margins.today => self.margins.date_text.clone(),
            Field::FooterDate | Field::Today => String::new(),
            Field::Header => self.margins.header_text.clone(),
            Field::Footer => self.margins.footer_text.clone(),
        }
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
        let mut values = FieldValues { number: 12, margins };
        let all = [Field::SlideNumber, Field::FooterDate, Field::Today, Field::Header, Field::Footer];
        assert_eq!(all.map(|field| values.value(field)), ["12", "May", "", "", "F"]);
        values.margins.today = true;
        assert_eq!(values.value(Field::FooterDate), "");
    }
}
