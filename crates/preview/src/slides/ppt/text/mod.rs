//! Text as it is stored: the atoms of one text after the other ([MS-PPT] 2.9.76 `TextClientDataSubContainerOrAtom`).

pub(super) mod blocks;
pub(super) mod bullets;
pub(super) mod fields;
pub(super) mod props;
pub(super) mod styles;

use super::record::{Bytes, Record, Records, kind};
use props::{CharacterProps, ParagraphProps, skip_special_info};

/// What a text is to its slide ([MS-PPT] 2.13.33 `TextTypeEnum`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TextType {
    Title,
    Body,
    Notes,
    #[default]
    Other,
    CenterBody,
    CenterTitle,
    HalfBody,
    QuarterBody,
}

impl TextType {
    pub(super) const fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Title,
            1 => Self::Body,
            2 => Self::Notes,
            5 => Self::CenterBody,
            6 => Self::CenterTitle,
            7 => Self::HalfBody,
            8 => Self::QuarterBody,
            _ => Self::Other,
        }
    }

    pub(super) const fn number(self) -> usize {
        match self {
            Self::Title => 0,
            Self::Body => 1,
            Self::Notes => 2,
            Self::Other => 4,
            Self::CenterBody => 5,
            Self::CenterTitle => 6,
            Self::HalfBody => 7,
            Self::QuarterBody => 8,
        }
    }

    pub(super) const fn is_title(self) -> bool {
        matches!(self, Self::Title | Self::CenterTitle)
    }
}

/// What a `*` in the text stands for (`…MetaCharAtom`s, [MS-PPT] 2.9.47 – 2.9.53).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    SlideNumber,
    /// The date, as the headers and footers of the slide say it.
    FooterDate,
    /// Today, in the format with this number.
    Today(u8),
    Header,
    Footer,
}

/// A stretch of text with the same properties; characters are UTF-16 units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run<T> {
    pub(super) length: usize,
    pub(super) props: T,
}

/// Fields of a text that are kept.
const FIELDS: usize = 1000;

/// What is set of a paragraph, and its level (0 to 4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leveled {
    pub(super) level: usize,
    pub(super) props: ParagraphProps,
}

/// A link on characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Identifier among the document's external objects.
    pub(super) id: u32,
}

/// A text with everything that its atoms say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) kind: TextType,
    /// UTF-16, 0x0D between paragraphs, 0x0B between lines.
    pub(super) units: Vec<u16>,
    pub(super) paragraphs: Vec<Run<Leveled>>,
    pub(super) characters: Vec<Run<CharacterProps>>,
    /// Margins and tab stops of its levels.
    pub(super) ruler: [ParagraphProps; 5],
    /// By their place in the text.
    pub(super) fields: Vec<(usize, Field)>,
    pub(super) links: Vec<Link>,
    /// Numbers instead of bullets, by runs of version 9.
    pub(super) runs_9: Vec<ParagraphProps>,
}

/// The texts of a list: each begins with its header.
pub(super) fn texts(records: Records<'_>) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    let mut link = None;
    for record in records {
        if record.kind == kind::TEXT_HEADER {
            let kind = TextType::from_number(record.bytes().u32().unwrap_or(4));
            texts.push(Text { kind, ..Text::default() });
            link = None;
        } else if let Some(text) = texts.last_mut() {
            text.add(&record, &mut link);
        }
    }
    texts.iter_mut().for_each(Text::sort);
    texts
}

/// The text of a shape, which may do without a header.
pub(super) fn text_of_shape(textbox: &Record<'_>) -> Text {
    let mut text = Text::default();
    let mut link = None;
    for record in textbox.children() {
        text.add(&record, &mut link);
    }
    text.sort();
    text
}

impl Text {
    /// Takes in one of its atoms; `link` is what the one before says of a link.
    fn add(&mut self, record: &Record<'_>, link: &mut Option<u32>) {
        match record.kind {
            kind::TEXT_HEADER => self.kind = TextType::from_number(record.bytes().u32().unwrap_or(4)),
            kind::TEXT_CHARS => {
                let pairs = record.data.chunks_exact(2);
                self.units = pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            }
            kind::TEXT_BYTES => {
                // The low bytes of UTF-16; old writers mean their code page by what would be control characters.
                let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(record.data).0;
                self.units = text.encode_utf16().collect();
            }
            kind::STYLE_TEXT_PROP => self.read_styles(record.bytes()),
            kind::TEXT_RULER => self.ruler = ruler(record.bytes()).unwrap_or_default(),
            kind::SLIDE_NUMBER_META => self.add_field(record, Field::SlideNumber),
            kind::DATE_TIME_META => {
                let format = record.data.get(4).copied().unwrap_or_default();
                self.add_field(record, Field::Today(format));
            }
            kind::RTF_DATE_TIME_META => self.add_field(record, Field::Today(0)),
            kind::GENERIC_DATE_META => self.add_field(record, Field::FooterDate),
            kind::HEADER_META => self.add_field(record, Field::Header),
            kind::FOOTER_META => self.add_field(record, Field::Footer),
            kind::INTERACTIVE_INFO if record.instance == 0 => *link = linked(record),
            kind::TEXT_INTERACTIVE_INFO if record.instance == 0 => {
                if let Some(id) = link.take() {
                    self.add_link(record.bytes(), id);
                }
            }
            kind::STYLE_TEXT_PROP_9 => self.runs_9 = runs_9(record.bytes()),
            _ => {}
        }
    }

    /// Fields and links are looked for from the front to the back.
    fn sort(&mut self) {
        self.fields.sort_by_key(|(place, _)| *place);
        self.links.sort_by_key(|link| (link.end, link.start));
    }

    fn add_field(&mut self, record: &Record<'_>, field: Field) {
        if self.fields.len() >= FIELDS {
            return;
        }
        let position = record.bytes().i32().and_then(|position| usize::try_from(position).ok());
        self.fields.extend(position.map(|position| (position, field)));
    }

    fn add_link(&mut self, mut bytes: Bytes<'_>, id: u32) {
        let mut place = || usize::try_from(bytes.i32()?).ok();
        if let Some((start, end)) = place().zip(place()) {
            self.links.push(Link { start, end, id });
        }
    }

    /// [MS-PPT] 2.9.44 `StyleTextPropAtom`: runs of paragraphs and of characters, each over the text and one more.
    fn read_styles(&mut self, mut bytes: Bytes<'_>) {
        let length = self.units.len() + 1;
        self.paragraphs = runs(&mut bytes, length, |bytes| {
            let level = usize::from(bytes.u16()?).min(4);
            Some(Leveled { level, props: ParagraphProps::read(bytes)? })
        });
        self.characters = runs(&mut bytes, length, CharacterProps::read);
    }
}

fn runs<T>(
    bytes: &mut Bytes<'_>,
    length: usize,
    mut props: impl FnMut(&mut Bytes<'_>) -> Option<T>,
) -> Vec<Run<T>> {
    let (mut runs, mut covered) = (Vec::new(), 0_usize);
    while covered < length {
        let Some(count) = bytes.u32() else { break };
        let Some(props) = props(bytes) else { break };
        let count = (count as usize).min(length - covered);
        covered += count;
        runs.push(Run { length: count, props });
    }
    runs
}

/// What a click on something leads to ([MS-PPT] 2.8.24, actions 2.13.10).
pub(super) fn linked(interactive: &Record<'_>) -> Option<u32> {
    let mut bytes = interactive.child(kind::INTERACTIVE_INFO_ATOM)?.bytes();
    bytes.u32()?;
    bytes.u32().filter(|id| *id != 0)
}

/// [MS-PPT] 2.9.28 `TextRuler`.
fn ruler(mut bytes: Bytes<'_>) -> Option<[ParagraphProps; 5]> {
    let mask = bytes.u32()?;
    let has = |bit: usize| mask & 1 << bit != 0;
    bytes.u16_if(has(1))?;
    bytes.u16_if(has(0))?;
    let mut levels: [ParagraphProps; 5] = Default::default();
    if has(2) {
        let count = bytes.u16()?;
        let tabs: Option<Vec<i16>> = (0..count).map(|_| Some((bytes.i16()?, bytes.u16()?).0)).collect();
        let tabs = tabs?;
        levels.iter_mut().for_each(|level| level.tabs = Some(tabs.clone()));
    }
    for (number, level) in levels.iter_mut().enumerate() {
        level.left_margin = bytes.i16_if(has(3 + number))?;
        level.indent = bytes.i16_if(has(8 + number))?;
    }
    Some(levels)
}

/// [MS-PPT] 2.9.67 `StyleTextProp9Atom`.
pub(super) fn runs_9(mut bytes: Bytes<'_>) -> Vec<ParagraphProps> {
    let mut runs = Vec::new();
    while !bytes.0.is_empty() {
        let Some(props) = ParagraphProps::read_9(&mut bytes) else { break };
        runs.push(props);
        if CharacterProps::skip_9(&mut bytes).and_then(|()| skip_special_info(&mut bytes)).is_none() {
            break;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;

    #[test]
    fn texts_of_a_list_take_their_atoms() {
        let mut bytes = record(kind::TEXT_HEADER, 0, &0_u32.to_le_bytes());
        bytes.extend(record(kind::TEXT_BYTES, 0, b"A *\xe9"));
        bytes.extend(record(kind::SLIDE_NUMBER_META, 0, &2_u32.to_le_bytes()));
        bytes.extend(record(kind::TEXT_HEADER, 1, &1_u32.to_le_bytes()));
        bytes.extend(record(kind::TEXT_CHARS, 0, &[0x3b, 0x04, 0x0d, 0, 0x3c, 0x04]));
        let mut style = Vec::new();
        // Two paragraphs of levels 0 and 9, and one run of bold characters that claims too much.
        for (count, level) in [(2_u32, 0_u16), (2, 9)] {
            style.extend(count.to_le_bytes());
            style.extend(level.to_le_bytes());
            style.extend([0; 4]);
        }
        style.extend([99, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
        bytes.extend(record(kind::STYLE_TEXT_PROP, 0, &style));
        let all = texts(Records::new(&bytes));
        assert_eq!(all.len(), 2);
        assert_eq!(String::from_utf16_lossy(&all[0].units), "A *é");
        assert_eq!((all[0].kind, &all[0].fields[..]), (TextType::Title, &[(2, Field::SlideNumber)][..]));
        let levels: Vec<(usize, usize)> =
            all[1].paragraphs.iter().map(|run| (run.length, run.props.level)).collect();
        assert_eq!(levels, [(2, 0), (2, 4)]);
        assert_eq!(all[1].characters.len(), 1);
        assert_eq!((all[1].characters[0].length, all[1].characters[0].props.bold), (4, Some(true)));
    }

    #[test]
    fn links_belong_to_the_characters_that_follow() {
        let atom = record(kind::INTERACTIVE_INFO_ATOM, 0, &[0, 0, 0, 0, 5, 0, 0, 0]);
        let mut bytes = record(kind::INTERACTIVE_INFO, 0, &atom);
        bytes.extend(record(kind::TEXT_INTERACTIVE_INFO, 0, &[1, 0, 0, 0, 3, 0, 0, 0]));
        bytes.extend(record(kind::TEXT_INTERACTIVE_INFO, 0, &[7, 0, 0, 0, 9, 0, 0, 0]));
        let textbox = record(kind::CLIENT_TEXTBOX, 0, &bytes);
        let text = text_of_shape(&Records::new(&textbox).next().expect("just made"));
        assert_eq!(text.links, [Link { start: 1, end: 3, id: 5 }]);
    }

    #[test]
    fn rulers_and_numbers_of_version_9() {
        let mut data = 0b1_0000_1000_u32.to_le_bytes().to_vec();
        data.extend([100, 0, 50, 0]);
        let levels = ruler(Bytes(&data)).unwrap_or_default();
        assert_eq!((levels[0].left_margin, levels[0].indent, levels[1].indent), (Some(100), Some(50), None));
        let mut data = (3_u32 << 24).to_le_bytes().to_vec();
        data.extend([1, 0, 3, 0, 5, 0]);
        data.extend([0; 8]);
        data.extend([0; 3]);
        let runs = runs_9(Bytes(&data));
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].numbered, runs[0].numbering), (Some(true), Some((3, 5))));
    }
}
