//! What people noted to cells ([MS-XLS] 2.4.179).

use std::collections::HashMap;

use super::globals::Globals;
use super::object::text;
use super::record::{Record, Records};
use super::version::Version;
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::sheet::{EXTRAS, SheetData};

#[derive(Default)]
pub(super) struct Notes {
    /// The object that comes before a text.
    object: Option<u16>,
    texts: HashMap<u16, String>,
    /// Row, column and number of the object that holds the text.
    places: Vec<(u16, u16, u16)>,
    /// A note before BIFF8 goes on in further records: its cell, its bytes, how many are still to come.
    open: Option<(u32, u32, Vec<u8>, usize)>,
}

impl Notes {
    pub(super) fn take(
        &mut self,
        record: Record<'_>,
        records: &Records<'_>,
        globals: &Globals,
        data: &mut SheetData,
    ) {
        let mut bytes = Bytes(record.data);
        match record.kind {
            0x001c if globals.version == Version::Biff8 => {
                if let (Some(row), Some(column), Some(_), Some(object)) =
                    (bytes.u16(), bytes.u16(), bytes.u16(), bytes.u16())
                    && self.places.len() < EXTRAS
                {
                    self.places.push((row, column, object));
                }
            }
            0x001c => self.narrow(bytes, globals, data),
            0x005d => {
                bytes.take(6);
                self.object = bytes.u16();
            }
            0x01b6 => {
                if let (Some(object), Some(text)) = (self.object, text(record, records))
                    && self.texts.len() < EXTRAS
                {
                    self.texts.insert(object, text.text);
                }
            }
            _ => {}
        }
    }

    /// A note before BIFF8: its text follows, 2,048 bytes in each record.
    fn narrow(&mut self, mut bytes: Bytes<'_>, globals: &Globals, data: &mut SheetData) {
        let (Some(row), Some(column), Some(count)) = (bytes.u16(), bytes.u16(), bytes.u16()) else { return };
        if row == 0xffff {
            if let Some((_, _, text, left)) = &mut self.open {
                *left = left.saturating_sub(usize::from(count));
                text.extend_from_slice(bytes.0);
            }
        } else {
            let left = usize::from(count).saturating_sub(bytes.0.len());
            self.open = Some((row.into(), column.into(), bytes.0.to_vec(), left));
        }
        if let Some((row, column, text, _)) = self.open.take_if(|(_, _, _, left)| *left == 0) {
            data.note(row, column, globals.spelling.decode(&text));
        }
    }

    pub(super) fn finish(self, data: &mut SheetData) {
        for (row, column, object) in self.places {
            if let Some(text) = self.texts.get(&object) {
                data.note(row.into(), column.into(), text.clone());
            }
        }
    }
}
