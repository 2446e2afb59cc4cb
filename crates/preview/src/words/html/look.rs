//! How text looks inside the elements that are open.

use std::rc::Rc;

use super::css;
use crate::model::{Align, Border, Color, Script, TextStyle, VerticalAlign};

/// Inherited from element to element.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    pub(super) text: TextStyle,
    pub(super) align: Align,
    /// Points.
    pub(super) indent: f32,
    pub(super) first: f32,
    pub(super) link: Option<Rc<str>>,
    /// White space is kept.
    pub(super) pre: bool,
    pub(super) hidden: bool,
    pub(super) upper: bool,
    pub(super) rtl: bool,
    /// Behind cells that say nothing of their own.
    pub(super) row_fill: Option<Color>,
}

/// What elements say of themselves and do not hand down.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Own {
    pub(super) fill: Option<Color>,
    /// Start, top, end, bottom; the inner none says that there is none.
    pub(super) borders: [Option<Option<Border>>; 4],
    pub(super) width: Option<f32>,
    pub(super) height: Option<f32>,
    pub(super) before: Option<f32>,
    pub(super) after: Option<f32>,
    pub(super) vertical: Option<VerticalAlign>,
    pub(super) page_break: bool,
    pub(super) page_break_after: bool,
    pub(super) padding: Option<f32>,
}

/// Points: the usual size of letters.
pub(super) const SIZE: f32 = 12.0;

impl Look {
    pub(super) fn size(&self) -> f32 {
        self.text.size.unwrap_or(SIZE)
    }

    /// Takes declarations.
    pub(super) fn declare(&mut self, own: &mut Own, text: &str, inline: bool) {
        css::declarations(text, |name, value| {
            if !self.text_declaration(name, value, inline)
                && !self.block_declaration(own, name, value, inline)
            {
                own.declaration(name, value);
            }
        });
    }

    fn text_declaration(&mut self, name: &str, value: &str, inline: bool) -> bool {
        let lower = value.to_ascii_lowercase();
        match name {
            "font-weight" => {
                let heavy = lower.parse::<u16>().map_or(lower.starts_with("bold"), |weight| weight >= 600);
                self.text.bold = heavy;
            }
            "font-style" => self.text.italic = matches!(lower.as_str(), "italic" | "oblique"),
            "font-variant" => self.text.small_caps = lower == "small-caps",
            "text-transform" => self.upper = lower == "uppercase",
            "font-family" => self.text.font = first_family(value),
            "font-size" => self.text.size = css::font_size(value, self.size()).or(self.text.size),
            "font" => self.font(value),
            "color" => self.text.color = css::color(value),
            "background" | "background-color" | "mso-highlight" if inline => {
                self.text.highlight = css::first_color(value);
            }
            "text-decoration" | "text-decoration-line" => {
                self.text.underline = lower.contains("underline");
                self.text.strike = lower.contains("line-through");
            }
            "vertical-align" if inline => self.text.script = script(&lower).or(self.text.script),
            "display" if lower == "none" => self.hidden = true,
            "visibility" => self.hidden = lower == "hidden",
            "mso-hide" if lower == "all" => self.hidden = true,
            "white-space" => self.pre = lower.starts_with("pre"),
            "direction" => self.rtl = lower == "rtl",
            _ => return false,
        }
        true
    }

    /// `italic bold 12pt/14pt Arial`
    fn font(&mut self, value: &str) {
        let lower = value.to_ascii_lowercase();
        self.text.bold = lower.contains("bold");
        self.text.italic = lower.contains("italic");
        let sized = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
        if let Some(word) = value.split_ascii_whitespace().find(sized) {
            let size = word.split('/').next().unwrap_or(word);
            self.text.size = css::font_size(size, self.size()).or(self.text.size);
            if let Some((_, family)) = value.split_once(word) {
                self.text.font = first_family(family).or(self.text.font.take());
            }
        }
    }

    fn block_declaration(&mut self, own: &mut Own, name: &str, value: &str, inline: bool) -> bool {
        let em = self.size();
        match name {
            "text-align" => self.align = align(value).unwrap_or(self.align),
            "text-indent" => self.first = css::length(value, em).unwrap_or(0.0),
            "margin-left" | "padding-left" if !inline => {
                self.indent += css::length(value, em).unwrap_or(0.0).clamp(-200.0, 400.0);
            }
            "margin" if !inline => {
                let parts: Vec<&str> = value.split_ascii_whitespace().collect();
                let side = |place: [usize; 4]| {
                    let place = place.get(parts.len().wrapping_sub(1))?;
                    css::length(parts.get(*place)?, em)
                };
                own.before = side([0, 0, 0, 0]);
                own.after = side([0, 0, 2, 2]);
                self.indent += side([0, 1, 1, 3]).unwrap_or(0.0).clamp(-200.0, 400.0);
            }
            "margin-top" => own.before = css::length(value, em),
            "margin-bottom" => own.after = css::length(value, em),
            _ => return false,
        }
        true
    }
}

impl Own {
    fn declaration(&mut self, name: &str, value: &str) {
        let all = [0, 1, 2, 3];
        match name {
            "background" | "background-color" => self.fill = css::first_color(value),
            "border" => self.border(&all, value),
            "border-left" => self.border(&[0], value),
            "border-top" => self.border(&[1], value),
            "border-right" => self.border(&[2], value),
            "border-bottom" => self.border(&[3], value),
            "width" if !value.contains('%') => self.width = css::length(value, SIZE),
            "height" if !value.contains('%') => self.height = css::length(value, SIZE),
            "padding" => {
                let first = value.split_ascii_whitespace().next().unwrap_or_default();
                self.padding = css::length(first, SIZE).filter(|points| *points >= 0.0);
            }
            "vertical-align" => self.vertical = vertical(value).or(self.vertical),
            "page-break-before" | "break-before" => self.page_break = breaks(value),
            "page-break-after" | "break-after" => self.page_break_after = breaks(value),
            _ => {}
        }
    }

    fn border(&mut self, sides: &[usize], value: &str) {
        let border = css::border(value);
        for side in sides {
            if let Some(known) = self.borders.get_mut(*side) {
                *known = Some(border.clone());
            }
        }
    }
}

fn breaks(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "always" | "page" | "left" | "right")
}

fn script(value: &str) -> Option<Script> {
    match value {
        "super" => Some(Script::Super),
        "sub" => Some(Script::Sub),
        _ => None,
    }
}

/// The first of the fonts that are wished for.
fn first_family(value: &str) -> Option<String> {
    let first = value.split(',').next().unwrap_or_default().trim().trim_matches(['"', '\'']).trim();
    (!first.is_empty() && first.len() <= 100).then(|| first.to_owned())
}

pub(super) fn align(value: &str) -> Option<Align> {
    Some(match value.trim().to_ascii_lowercase().as_str() {
        "left" | "start" => Align::Start,
        "center" | "middle" | "-webkit-center" => Align::Center,
        "right" | "end" => Align::End,
        "justify" => Align::Justify,
        _ => return None,
    })
}

pub(super) fn vertical(value: &str) -> Option<VerticalAlign> {
    Some(match value.trim().to_ascii_lowercase().as_str() {
        "top" | "baseline" => VerticalAlign::Top,
        "middle" | "center" => VerticalAlign::Middle,
        "bottom" => VerticalAlign::Bottom,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_change_the_look() {
        let mut look = Look::default();
        let mut own = Own::default();
        look.declare(
            &mut own,
            "FONT-WEIGHT: 700; font: italic 14pt/16pt 'My Font', serif; color:red; text-align:right; \
             margin:1pt 2pt 3pt 4pt; border-bottom:solid windowtext 1.5pt; background:yellow; width:50%; height:10pt",
            false,
        );
        assert_eq!(
            (look.text.bold, look.text.italic, look.text.size),
            (false, true, Some(14.0)),
            "font resets"
        );
        assert_eq!(look.text.font.as_deref(), Some("My Font"));
        assert_eq!((look.align, look.indent), (Align::End, 4.0));
        assert_eq!((own.before, own.after, own.width, own.height), (Some(1.0), Some(3.0), None, Some(10.0)));
        assert!(own.fill.is_some() && own.borders[3].is_some() && own.borders[0].is_none());
        look.declare(&mut own, "background:yellow; vertical-align:super; mso-hide:all", true);
        assert!(look.hidden && look.text.highlight.is_some());
        assert_eq!(look.text.script, Some(Script::Super));
    }
}
