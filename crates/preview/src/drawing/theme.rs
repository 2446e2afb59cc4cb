//! Themes: colours, fonts, and the styles that shapes choose from (ECMA-376 part 1 §20.1.6.9).

use super::color::Rgba;
use crate::container::opc::{Package, Relations};
use crate::container::tree::{Node, Tree};
use crate::container::xml::Ns;
use crate::error::Result;

/// One of the twelve colours of a scheme (§20.1.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

/// In the order of the schema.
const SLOTS: [&str; 12] = [
    "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink",
    "folHlink",
];

impl Slot {
    pub(super) const DARK1: Self = Self(0);
    pub(super) const LIGHT1: Self = Self(1);
    pub(super) const DARK2: Self = Self(2);
    pub(super) const LIGHT2: Self = Self(3);
    pub(super) const OTHERS: [Self; 8] =
        [Self(4), Self(5), Self(6), Self(7), Self(8), Self(9), Self(10), Self(11)];

    pub(super) fn named(name: &str) -> Option<Self> {
        SLOTS.iter().position(|slot| *slot == name).map(Self)
    }
}

/// Office 2013 and later, where a document has no theme.
const OFFICE: [(u8, u8, u8); 12] = [
    (0, 0, 0),
    (255, 255, 255),
    (0x44, 0x54, 0x6a),
    (0xe7, 0xe6, 0xe6),
    (0x44, 0x72, 0xc4),
    (0xed, 0x7d, 0x31),
    (0xa5, 0xa5, 0xa5),
    (0xff, 0xc0, 0x00),
    (0x5b, 0x9b, 0xd5),
    (0x70, 0xad, 0x47),
    (0x05, 0x63, 0xc1),
    (0x95, 0x4f, 0x72),
];

/// Styles of one kind that are looked through; themes have three.
const STYLES: usize = 64;

/// The fonts of headings or of text (§20.1.4.1.24, §20.1.4.1.25); empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fonts {
    pub(crate) latin: String,
    pub(crate) east_asian: String,
    pub(crate) complex: String,
}

/// A theme.
#[derive(Debug)]
pub(crate) struct Theme {
    colors: [Rgba; 12],
    pub(crate) major: Fonts,
    pub(crate) minor: Fonts,
    /// The part, for the styles in it.
    tree: Tree,
    /// Of its pictures.
    pub(crate) relations: Relations,
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            colors: OFFICE.map(|(red, green, blue)| Rgba::rgb(red, green, blue)),
            major: Fonts { latin: "Calibri Light".to_owned(), ..Fonts::default() },
            minor: Fonts { latin: "Calibri".to_owned(), ..Fonts::default() },
            tree: Tree::default(),
            relations: Relations::default(),
        }
    }
}

impl Theme {
    /// The theme in this part; Office's own where there is no such part.
    pub(crate) fn read(package: &Package<'_>, part: &str) -> Result<Self> {
        let mut theme = Self::default();
        if let Some(tree) = package.tree(part)? {
            theme.take(tree);
            theme.relations = package.relations(part)?;
        }
        Ok(theme)
    }

    fn take(&mut self, tree: Tree) {
        self.tree = tree;
        let Some(root) = self.tree.root() else { return };
        // A `themeOverride` has the parts of `themeElements` itself.
        let elements = root.child(Ns::A, "themeElements").unwrap_or(root);
        if let Some(scheme) = elements.child(Ns::A, "clrScheme") {
            for (color, name) in self.colors.iter_mut().zip(SLOTS) {
                let said = scheme.child(Ns::A, name).and_then(own_color);
                *color = said.unwrap_or(*color);
            }
        }
        let fonts = |name| elements.path(Ns::A, &["fontScheme", name]).map(read_fonts);
        let (major, minor) = (fonts("majorFont"), fonts("minorFont"));
        self.major = major.unwrap_or_else(|| self.major.clone());
        self.minor = minor.unwrap_or_else(|| self.minor.clone());
    }

    pub(crate) fn color(&self, slot: Slot) -> Rgba {
        self.colors.get(slot.0).copied().unwrap_or(Rgba::BLACK)
    }

    /// The name of a font as it is meant: `+mj-lt` is the theme's for headings (§20.1.10.73 and others).
    pub(crate) fn font<'f>(&'f self, name: &'f str) -> Option<&'f str> {
        let name = match name {
            "+mj-lt" => &self.major.latin,
            "+mj-ea" => &self.major.east_asian,
            "+mj-cs" => &self.major.complex,
            "+mn-lt" => &self.minor.latin,
            "+mn-ea" => &self.minor.east_asian,
            "+mn-cs" => &self.minor.complex,
            name => name,
        };
        (!name.is_empty()).then_some(name)
    }

    /// The fill that `idx` of a `fillRef` or `bgRef` names (§20.1.4.2.10): from 1 those of shapes, from 1001 those of
    /// backgrounds.
    pub(crate) fn fill(&self, index: u32) -> Option<Node<'_>> {
        match index {
            1..=999 => self.style("fillStyleLst", index - 1),
            1001.. => self.style("bgFillStyleLst", index - 1001),
            _ => None,
        }
    }

    /// The line (`a:ln`) that `idx` of a `lnRef` names (§20.1.4.2.19); 0 is none.
    pub(crate) fn line(&self, index: u32) -> Option<Node<'_>> {
        self.style("lnStyleLst", index.checked_sub(1)?)
    }

    fn style(&self, list: &str, index: u32) -> Option<Node<'_>> {
        let root = self.tree.root()?;
        let elements = root.child(Ns::A, "themeElements").unwrap_or(root);
        elements.path(Ns::A, &["fmtScheme", list])?.elements().take(STYLES).nth(index as usize)
    }
}

/// A colour of the scheme itself, which cannot name one of the scheme.
fn own_color(slot: Node<'_>) -> Option<Rgba> {
    let color = slot.elements().next()?;
    let text = match color.name() {
        "sysClr" => color.attribute("lastClr").or(match color.attribute("val")? {
            "window" => Some("FFFFFF"),
            _ => Some("000000"),
        }),
        _ => color.attribute("val"),
    };
    text.and_then(Rgba::hex)
}

fn read_fonts(fonts: Node<'_>) -> Fonts {
    let face = |name| {
        let face = fonts.child(Ns::A, name).and_then(|font| font.attribute("typeface"));
        face.unwrap_or_default().to_owned()
    };
    Fonts { latin: face("latin"), east_asian: face("ea"), complex: face("cs") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::xml::Xml;

    #[test]
    fn a_theme_has_colors_fonts_and_styles() -> Result<()> {
        let xml = "<a:theme><a:themeElements><a:clrScheme><a:dk1><a:sysClr val='windowText' lastClr='111111'/></a:dk1>\
            <a:accent1><a:srgbClr val='123456'/></a:accent1></a:clrScheme><a:fontScheme><a:majorFont>\
            <a:latin typeface='Arial'/></a:majorFont></a:fontScheme><a:fmtScheme><a:fillStyleLst><a:noFill/>\
            <a:solidFill/></a:fillStyleLst><a:lnStyleLst><a:ln w='1'/></a:lnStyleLst><a:bgFillStyleLst><a:gradFill/>\
            </a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>";
        let mut theme = Theme::default();
        theme.take(Tree::whole(Xml::new(xml.as_bytes()), 9)?);
        assert_eq!(theme.color(Slot::DARK1).color().as_str(), "#111111");
        assert_eq!(theme.color(Slot::OTHERS[0]).color().as_str(), "#123456");
        assert_eq!(theme.color(Slot::LIGHT1), Rgba::WHITE, "as in Office where it is not said");
        assert_eq!(
            (theme.font("+mj-lt"), theme.font("+mn-ea"), theme.font("x")),
            (Some("Arial"), None, Some("x"))
        );
        let names =
            [theme.fill(2), theme.fill(1001), theme.line(1), theme.fill(0), theme.line(0), theme.fill(7)];
        let names = names.map(|node| node.map(Node::name));
        assert_eq!(names, [Some("solidFill"), Some("gradFill"), Some("ln"), None, None, None]);
        Ok(())
    }
}
