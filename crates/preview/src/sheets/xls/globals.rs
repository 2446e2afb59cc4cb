//! What all sheets of a workbook share ([MS-XLS] 2.1.7.20.3), and the list of them.

use super::record::{Chain, Place, Record, Records, kind};
use super::styles::{Colors, RawFont, RawFormat, add_font, fonts, plain};
use super::text::{Spelling, encoding, shared, skip_shared};
use super::version::{Begin, Part, Version};
use crate::drawing::officeart::blips::{Blip, blips};
use crate::drawing::officeart::options::Options;
use crate::drawing::officeart::record as officeart;
use crate::sheets::biff::book::{Book, Strings};
use crate::sheets::biff::bytes::Bytes;
use crate::sheets::biff::cells::RichText;
use crate::sheets::biff::color::Palette;
use crate::sheets::biff::units::digit;
use crate::sheets::numfmt::DateSystem;

/// Sheets of a workbook; Excel's own limit is memory.
const SHEETS: usize = 4096;
/// Fonts, formats and number formats that are kept ([MS-XLS] allows 65,430 formats).
const STYLES: usize = 65_536;

/// A sheet as the workbook lists it.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) hidden: bool,
    /// Where it says that its substream begins.
    pub(super) at: usize,
    pub(super) module: bool,
}

/// The workbook.
#[derive(Debug)]
pub(super) struct Globals {
    pub(super) version: Version,
    pub(super) spelling: Spelling,
    pub(super) sheets: Vec<Bound>,
    pub(super) book: Book,
    pub(super) colors: Palette,
    /// Where each shared string is.
    pub(super) strings: Vec<Place>,
    /// What all drawings share.
    pub(super) drawings: Vec<u8>,
    /// The pictures in it.
    pub(super) blips: Vec<Blip>,
    /// What all shapes say that say nothing else.
    pub(super) usual: Options<'static>,
    /// Pixels of a digit in the default font.
    pub(super) digit: f32,
    /// It has programs.
    pub(super) macros: bool,
    /// It is encrypted; the record that says how.
    pub(super) encrypted: Option<(usize, usize)>,
    /// Cell formats that cells of BIFF2 describe themselves.
    own_formats: Vec<[u8; 3]>,
    fonts_of_cells: Vec<RawFormat>,
}

/// While reading.
#[derive(Default)]
struct Raw {
    fonts: Vec<RawFont>,
    formats: Vec<RawFormat>,
    palette: Palette,
    /// Number formats so far: before BIFF5 they are numbered by their order.
    codes: u16,
}

impl Globals {
    /// Reads the substream that begins at `at`.
    pub(super) fn read(stream: &[u8], at: usize, begin: Begin) -> Self {
        let mut globals = Self::new(begin.version);
        let mut raw = Raw::default();
        let mut records = Records::new(stream, at);
        records.next();
        let mut depth = 0_usize;
        while let Some(record) = records.next() {
            if let Some(inner) = Begin::of(&record) {
                // Sheets of BIFF4 stand inside of their workbook; an end may be missing.
                if begin.part == Part::Globals && inner.part != Part::Chart {
                    break;
                }
                depth += 1;
            }
            if record.kind == kind::EOF {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
            globals.take(&mut raw, record, &records);
        }
        globals.finish(raw);
        globals
    }

    fn new(version: Version) -> Self {
        Self {
            version,
            spelling: Spelling { unicode: version == Version::Biff8, encoding: encoding(1252) },
            sheets: Vec::new(),
            book: Book::default(),
            colors: Palette::default(),
            strings: Vec::new(),
            drawings: Vec::new(),
            blips: Vec::new(),
            usual: Options::default(),
            digit: 7.0,
            macros: false,
            encrypted: None,
            own_formats: Vec::new(),
            fonts_of_cells: Vec::new(),
        }
    }

    fn take(&mut self, raw: &mut Raw, record: Record<'_>, records: &Records<'_>) {
        let mut bytes = Bytes(record.data);
        match record.kind {
            0x0022 if bytes.u16() == Some(1) => self.book.dates = DateSystem::From1904,
            0x002f => self.encrypted = Some((record.at, record.data.len())),
            0x0042 => self.spelling.encoding = encoding(bytes.u16().unwrap_or(0)),
            0x0085 => self.sheets.extend(self.bound(&mut records.joined(record))),
            0x0092 => raw.palette.define(palette(bytes)),
            0x00d3 => self.macros = true,
            0x00eb => self.drawings.extend(records.joined(record).bytes(usize::MAX)),
            0x00fc => self.strings = strings(records.joined(record)),
            0x0031 | 0x0231 if raw.fonts.len() < STYLES => {
                let font = RawFont::read(self.version, self.spelling, &mut records.joined(record));
                add_font(&mut raw.fonts, font.unwrap_or_default());
            }
            0x0045 => {
                if let (Some(color), Some(font)) = (bytes.u16(), raw.fonts.last_mut()) {
                    font.set_color(color);
                }
            }
            0x001e | 0x041e => self.code(raw, &mut records.joined(record)),
            0x0043 | 0x0243 | 0x0443 | 0x00e0 if raw.formats.len() < STYLES => {
                raw.formats.push(RawFormat::read(self.version, record.data).unwrap_or_default());
            }
            _ => {}
        }
    }

    fn bound(&self, chain: &mut Chain<'_>) -> Option<Bound> {
        let at = chain.u32()? as usize;
        let (state, part) = (chain.u8()?, chain.u8()?);
        let name = self.spelling.short(chain).unwrap_or_default().text.replace('\0', "");
        let room = self.sheets.len() < SHEETS;
        room.then_some(Bound { name, hidden: state & 3 != 0, at, module: part == 6 })
    }

    /// A number format ([MS-XLS] 2.4.126).
    fn code(&mut self, raw: &mut Raw, chain: &mut Chain<'_>) {
        let spelling = self.spelling;
        let (id, code) = if self.version >= Version::Biff5 {
            let id = chain.u16();
            (id, if spelling.unicode { spelling.long(chain) } else { spelling.short(chain) })
        } else {
            if self.version == Version::Biff4 {
                chain.skip(2);
            }
            (Some(raw.codes), spelling.short(chain))
        };
        raw.codes = raw.codes.saturating_add(1);
        if let (Some(id), Some(code)) = (id, code)
            && self.book.codes.len() < STYLES
        {
            self.book.codes.insert(id, code.text);
        }
    }

    fn finish(&mut self, raw: Raw) {
        let colors = Colors { palette: &raw.palette, version: self.version };
        self.book.fonts = fonts(raw.fonts, colors);
        let fonts = &self.book.fonts;
        self.book.formats = raw.formats.iter().map(|format| format.named(fonts, colors)).collect();
        if self.book.formats.is_empty() {
            self.book.formats.push(plain(fonts));
        }
        if let Some(font) = fonts.first() {
            self.digit = digit(font.font.as_deref().unwrap_or_default(), font.size.unwrap_or(0.0));
        }
        self.fonts_of_cells = raw.formats;
        let group = officeart::Records::new(&self.drawings).next();
        (self.blips, self.usual) = (blips(group), Options::usual(group));
        self.colors = raw.palette;
    }

    /// The number of the format of a cell of BIFF2, from its three bytes; `extended`: of the record `IXFE` before it.
    pub(super) fn format_of_cell2(&mut self, attributes: [u8; 3], extended: Option<u16>) -> u16 {
        let named = match attributes[0] & 0x3f {
            0x3f => extended.unwrap_or(0x3f),
            format => u16::from(format),
        };
        if usize::from(named) < self.fonts_of_cells.len() {
            return named;
        }
        if let Some(at) = self.own_formats.iter().position(|own| *own == attributes) {
            return (self.book.formats.len() - self.own_formats.len() + at) as u16;
        }
        if self.own_formats.len() >= 256 {
            return 0;
        }
        let colors = Colors { palette: &self.colors, version: self.version };
        let format = RawFormat::of_cell2(attributes).named(&self.book.fonts, colors);
        self.own_formats.push(attributes);
        self.book.formats.push(format);
        (self.book.formats.len() - 1) as u16
    }
}

fn palette(mut bytes: Bytes<'_>) -> impl Iterator<Item = [u8; 3]> {
    let count = bytes.u16().unwrap_or(0);
    (0..count).map_while(move |_| match *bytes.take(4)? {
        [red, green, blue, _] => Some([red, green, blue]),
        _ => None,
    })
}

/// Where the strings of the table are; its counts may lie.
fn strings(mut chain: Chain<'_>) -> Vec<Place> {
    chain.skip(8);
    let mut places = Vec::new();
    loop {
        if chain.is_empty() {
            return places;
        }
        places.push(chain.place());
        if skip_shared(&mut chain).is_none() {
            return places;
        }
    }
}

/// The shared strings of a workbook's stream.
pub(super) struct SharedStrings<'s> {
    pub(super) stream: &'s [u8],
    pub(super) places: &'s [Place],
}

impl Strings for SharedStrings<'_> {
    fn get(&mut self, index: u32) -> Option<RichText> {
        let place = *self.places.get(index as usize)?;
        shared(&mut Chain::from(self.stream, place))
    }
}
