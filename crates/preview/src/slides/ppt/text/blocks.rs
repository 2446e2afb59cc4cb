//! Texts as paragraphs of the model.

use std::collections::HashMap;

use super::super::scheme::Scheme;
use super::bullets;
use super::fields::FieldValues;
use super::props::{CharacterProps, ParagraphProps, TextColor};
use super::styles::Sheet;
use super::{Run, Text};
use crate::limits::Quota;
use crate::model::{Align, Block, Color, Inline, Label, LineHeight, Paragraph, Script, TabStop, TextStyle};

/// Master units, 1/576 inch, in a point.
const UNITS: f32 = 8.0;
/// A line is this many times as high as its letters.
const LINE: f32 = 1.2;
/// Letters that count as much as a paragraph.
const LETTERS: usize = 100;
/// Paragraph and line ends in UTF-16.
const PARAGRAPH_END: u16 = 0x0d;
const LINE_END: u16 = 0x0b;

/// What decides how text looks on a slide.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) sheet: &'a Sheet,
    pub(crate) scheme: &'a Scheme,
    pub(crate) fonts: &'a [String],
    pub(crate) links: &'a HashMap<u32, String>,
    pub(crate) fields: &'a FieldValues,
}

/// The paragraphs of a text, with numbers by its runs of version 9; what `quota` has no room for is left out.
pub(crate) fn blocks(
    text: &Text,
    runs_9: &[ParagraphProps],
    look: Look<'_>,
    quota: &mut Quota,
) -> Vec<Block> {
    let mut builder = Builder::new(text, runs_9, look);
    let mut blocks = Vec::new();
    let mut start = 0;
    // A last paragraph end ends nothing: no paragraph follows it.
    let units = text.units.strip_suffix(&[PARAGRAPH_END]).unwrap_or(&text.units);
    for stretch in units.split(|unit| *unit == PARAGRAPH_END) {
        if !quota.take(1 + stretch.len() / LETTERS) {
            break;
        }
        let paragraph = builder.paragraph(start, stretch);
        quota.take(paragraph.inlines.len());
        blocks.push(Block::Paragraph(paragraph));
        start += stretch.len() + 1;
    }
    blocks
}

/// Where reading runs has come to.
#[derive(Clone, Copy, Default)]
struct Place {
    run: usize,
    /// Units before the run.
    before: usize,
}

impl Place {
    /// The run that a unit is in; what comes after all runs is in the last one.
    fn advance<'r, T>(&mut self, runs: &'r [Run<T>], unit: usize) -> Option<&'r T> {
        while let Some(run) = runs.get(self.run)
            && unit >= self.before + run.length
            && self.run + 1 < runs.len()
        {
            self.before += run.length;
            self.run += 1;
        }
        runs.get(self.run).map(|run| &run.props)
    }
}

struct Builder<'a> {
    text: &'a Text,
    runs_9: &'a [ParagraphProps],
    look: Look<'a>,
    paragraph: Place,
    character: Place,
    link: usize,
    field: usize,
    /// `pp9rt` of the run before, and how often it began again.
    run_9: (u8, usize),
    counters: [Option<Counter>; 5],
}

/// The number of the last numbered paragraph of a level.
#[derive(Clone, Copy)]
struct Counter {
    scheme: u16,
    start: i16,
    number: u32,
}

impl<'a> Builder<'a> {
    fn new(text: &'a Text, runs_9: &'a [ParagraphProps], look: Look<'a>) -> Self {
        let (paragraph, character) = (Place::default(), Place::default());
        Self {
            text,
            runs_9,
            look,
            paragraph,
            character,
            link: 0,
            field: 0,
            run_9: (0, 0),
            counters: [None; 5],
        }
    }

    fn paragraph(&mut self, start: usize, units: &[u16]) -> Paragraph {
        let run = self.paragraph.advance(&self.text.paragraphs, start);
        let level = run.map_or(0, |run| run.level);
        let sheet = self.look.sheet.level(self.text.kind, level);
        let mut props = sheet.paragraph.clone();
        props.overlay(&self.text.ruler[level.min(4)]);
        if let Some(run) = run {
            props.overlay(&run.props);
        }
        let mut first = sheet.character.clone();
        if let Some(own) = self.character.advance(&self.text.characters, start) {
            first.overlay(own);
        }
        if let Some(numbers) = self.numbers(&first) {
            props.overlay(numbers);
        }
        let inlines = self.inlines(start, units, &sheet.character);
        let label = self.label(&props, &first, level, !inlines.is_empty());
        let style = if inlines.is_empty() { self.style(&first, false) } else { TextStyle::default() };
        self.place(&props, first.size, Paragraph { label, inlines, style, ..Paragraph::default() })
    }

    /// What version 9 says of the paragraph that begins with these characters.
    fn numbers(&mut self, first: &CharacterProps) -> Option<&'a ParagraphProps> {
        let run = first.run_9.unwrap_or(0);
        if run < self.run_9.0 {
            self.run_9.1 += 16;
        }
        self.run_9.0 = run;
        self.runs_9.get(self.run_9.1 + usize::from(run))
    }

    /// Writes margins, distances and alignment into a paragraph.
    fn place(&self, props: &ParagraphProps, size: Option<u16>, mut paragraph: Paragraph) -> Paragraph {
        let points = |units: Option<i16>| f32::from(units.unwrap_or(0)) / UNITS;
        let line = f32::from(size.unwrap_or(18)) * LINE;
        let distance = |spacing: Option<i16>| match spacing.unwrap_or(0) {
            percent @ 0.. => f32::from(percent) / 100.0 * line,
            units => f32::from(units) / -UNITS,
        };
        paragraph.rtl = props.rtl.unwrap_or(false);
        paragraph.align = match (props.align.unwrap_or(0), paragraph.rtl) {
            (0, false) | (2, true) => Align::Start,
            (1, _) => Align::Center,
            (0, true) | (2, false) => Align::End,
            _ => Align::Justify,
        };
        paragraph.indent_start = points(props.left_margin);
        paragraph.indent_first = points(props.indent) - paragraph.indent_start;
        paragraph.space_before = distance(props.space_before);
        paragraph.space_after = distance(props.space_after);
        paragraph.line_height = match props.line_spacing {
            None | Some(100) => None,
            Some(percent @ 0..) => Some(LineHeight::Times(f32::from(percent) / 100.0)),
            Some(units) => Some(LineHeight::Exactly(f32::from(units) / -UNITS)),
        };
        paragraph.tabs = props.tabs.iter().flatten().map(|tab| TabStop::start(points(Some(*tab)))).collect();
        paragraph
    }

    /// The bullet or the number; an empty paragraph has none, and is not counted.
    fn label(
        &mut self,
        props: &ParagraphProps,
        first: &CharacterProps,
        level: usize,
        filled: bool,
    ) -> Option<Label> {
        if !filled {
            return None;
        }
        self.counters.iter_mut().skip(level + 1).for_each(|counter| *counter = None);
        let bulleted = props.has_bullet.unwrap_or(false);
        let ordered = bulleted && props.numbered.unwrap_or(props.numbering.is_some());
        let text = if ordered {
            self.count(props, level)
        } else {
            if let Some(counter) = self.counters.get_mut(level) {
                *counter = None;
            }
            let text = bulleted.then(|| self.bullet(props)).flatten()?;
            text.to_string()
        };
        let style = self.label_style(props, first);
        Some(Label { text, style, level: level as u8, ordered })
    }

    fn count(&mut self, props: &ParagraphProps, level: usize) -> String {
        let (scheme, start) = props.numbering.unwrap_or((3, 1));
        let before = self.counters.get(level).copied().flatten();
        let before = before.filter(|counter| (counter.scheme, counter.start) == (scheme, start));
        let first = u32::try_from(start).unwrap_or(1);
        let number = before.map_or(first, |counter| counter.number.saturating_add(1));
        if let Some(slot) = self.counters.get_mut(level) {
            *slot = Some(Counter { scheme, start, number });
        }
        bullets::number(scheme, number)
    }

    fn bullet(&self, props: &ParagraphProps) -> Option<char> {
        let font = if props.bullet_has_font == Some(false) { None } else { props.bullet_font };
        let font = font.and_then(|font| self.look.fonts.get(usize::from(font)));
        let bullet = bullets::symbol(font.map_or("", String::as_str), props.bullet_char.unwrap_or(0x2022))?;
        (!bullet.is_control() && !bullet.is_whitespace()).then_some(bullet)
    }

    fn label_style(&self, props: &ParagraphProps, first: &CharacterProps) -> TextStyle {
        let mut style = self.style(first, false);
        style.underline = false;
        if props.bullet_has_color == Some(true) {
            style.color = props.bullet_color.map(|color| self.color(color)).or(style.color);
        }
        if props.bullet_has_size == Some(true) {
            style.size = match (props.bullet_size, style.size) {
                (Some(percent @ 25..=400), Some(size)) => Some(size * f32::from(percent) / 100.0),
                (Some(points @ -4000..=-1), _) => Some(-f32::from(points)),
                (_, size) => size,
            };
        }
        style
    }

    /// The characters of a paragraph, cut where something about them changes.
    fn inlines(&mut self, start: usize, units: &[u16], base: &CharacterProps) -> Vec<Inline> {
        let mut line = Line::default();
        for (offset, unit) in units.iter().enumerate() {
            let place = start + offset;
            self.character.advance(&self.text.characters, place);
            let link = self.link_at(place);
            if line.run != Some((self.character.run, link)) {
                self.flush(&mut line, base);
                line.run = Some((self.character.run, link));
            }
            match (self.field_at(place), *unit) {
                (Some(value), _) => line.units.extend(value.encode_utf16()),
                (None, LINE_END) => self.flush_with(&mut line, base, Inline::LineBreak),
                (None, 9) => self.flush_with(&mut line, base, Inline::Tab),
                (None, 0..=0x1f) => {}
                (None, unit) => line.units.push(unit),
            }
        }
        self.flush(&mut line, base);
        line.inlines
    }

    fn flush_with(&self, line: &mut Line, base: &CharacterProps, inline: Inline) {
        self.flush(line, base);
        line.inlines.push(inline);
    }

    fn flush(&self, line: &mut Line, base: &CharacterProps) {
        if line.units.is_empty() {
            return;
        }
        let (run, link) = line.run.unwrap_or((0, None));
        let mut props = base.clone();
        if let Some(own) = self.text.characters.get(run) {
            props.overlay(&own.props);
        }
        let east_asian = line.units.iter().any(|unit| matches!(unit, 0x2e80..=0xd7ff | 0xf900..=0xfaff));
        let mut style = self.style(&props, east_asian);
        let link = link.and_then(|id| self.look.links.get(&id)).cloned();
        if link.is_some() {
            style.underline = true;
            style.color = Some(self.look.scheme.color(6));
        }
        let symbols = props.symbol_font.and_then(|font| self.look.fonts.get(usize::from(font)));
        let text = plain(&line.units, symbols.map_or("", String::as_str));
        line.inlines.push(Inline::Text { text, style, link });
        line.units.clear();
    }

    fn link_at(&mut self, place: usize) -> Option<u32> {
        while self.text.links.get(self.link).is_some_and(|link| link.end <= place) {
            self.link += 1;
        }
        self.text.links.get(self.link).filter(|link| link.start <= place).map(|link| link.id)
    }

    fn field_at(&mut self, place: usize) -> Option<String> {
        while self.text.fields.get(self.field).is_some_and(|(at, _)| *at < place) {
            self.field += 1;
        }
        let field = self.text.fields.get(self.field).filter(|(at, _)| *at == place);
        field.map(|(_, field)| self.look.fields.value(*field))
    }

    fn style(&self, props: &CharacterProps, east_asian: bool) -> TextStyle {
        let font = if east_asian { props.east_asian_font.or(props.font) } else { props.font };
        let font = font.and_then(|font| self.look.fonts.get(usize::from(font)));
        TextStyle {
            bold: props.bold.unwrap_or(false),
            italic: props.italic.unwrap_or(false),
            underline: props.underline.unwrap_or(false),
            script: match props.position.unwrap_or(0) {
                0 => None,
                1.. => Some(Script::Super),
                _ => Some(Script::Sub),
            },
            font: font.cloned(),
            size: props.size.map(f32::from),
            color: Some(self.color(props.color.unwrap_or(TextColor::Scheme(1)))),
            ..TextStyle::default()
        }
    }

    fn color(&self, color: TextColor) -> Color {
        match color {
            TextColor::Scheme(index) => self.look.scheme.color(usize::from(index)),
            TextColor::Rgb([red, green, blue]) => Color::rgb(red, green, blue),
        }
    }
}

/// What has been read of a paragraph's characters.
#[derive(Default)]
struct Line {
    inlines: Vec<Inline>,
    /// Of one run, not written yet.
    units: Vec<u16>,
    run: Option<(usize, Option<u32>)>,
}

/// UTF-16 as text, symbols of the private area as their likeness.
fn plain(units: &[u16], symbol_font: &str) -> String {
    if !units.iter().any(|unit| matches!(unit, 0xf000..=0xf0ff)) {
        return String::from_utf16_lossy(units);
    }
    let mut text = String::new();
    for stretch in
        units.chunk_by(|one, next| (0xf000..=0xf0ff).contains(one) == (0xf000..=0xf0ff).contains(next))
    {
        if stretch.first().is_some_and(|unit| (0xf000..=0xf0ff).contains(unit)) {
            text.extend(stretch.iter().filter_map(|unit| bullets::symbol(symbol_font, *unit)));
        } else {
            text.push_str(&String::from_utf16_lossy(stretch));
        }
    }
    text
}
