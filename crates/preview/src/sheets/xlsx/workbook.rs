//! The workbook's own part: which sheets there are, in which order (ECMA-376 part 1 §18.2).

use super::color::Palette;
use super::styles::is_true;
use crate::container::opc::{Package, Relations};
use crate::container::tree::Node;
use crate::container::xml::{Ns, Token};
use crate::drawing::theme::Theme;
use crate::error::{PreviewError, Result};
use crate::model::{Color, SheetInfo};
use crate::sheets::numfmt::DateSystem;

/// Sheets whose tabs' colours are looked for: each costs a look into its part.
const COLORED: usize = 64;
/// Sheets that are listed.
const SHEETS: usize = 10_000;

/// A workbook as its own part tells it.
pub(super) struct Workbook {
    pub(super) sheets: Vec<SheetPart>,
    pub(super) dates: DateSystem,
    pub(super) strings: Option<String>,
    pub(super) styles: Option<String>,
    pub(super) palette: Palette,
    pub(super) theme: Theme,
    pub(super) macros: bool,
}

/// A sheet and the part it is in, where there is one.
pub(super) struct SheetPart {
    pub(super) info: SheetInfo,
    pub(super) part: Option<String>,
}

impl Workbook {
    pub(super) fn read(package: &Package<'_>) -> Result<Self> {
        let main = package.main().unwrap_or_else(|_| "xl/workbook.xml".to_owned());
        let relations = package.relations(&main)?;
        let tree = package.tree(&main)?;
        let root = tree.as_ref().and_then(crate::container::tree::Tree::root);
        let root = root.ok_or_else(|| PreviewError::malformed("no workbook"))?;
        let kind = |name: &str, usual: &str| {
            relations
                .of_kind(name)
                .filter(|part| package.zip.has(part))
                .map(str::to_owned)
                .or_else(|| package.zip.has(usual).then(|| usual.to_owned()))
        };
        let theme = kind("theme", "xl/theme/theme1.xml").map(|part| Theme::read(package, &part));
        // A damaged theme costs colours, not the workbook.
        let theme = theme.and_then(Result::ok).unwrap_or_default();
        let palette = Palette::new(&theme);
        let list = root.child(Ns::S, "sheets");
        let nodes = list.iter().flat_map(|list| list.all(Ns::S, "sheet")).take(SHEETS);
        let mut sheets: Vec<SheetPart> =
            nodes.enumerate().map(|(index, node)| sheet(package, &relations, node, index)).collect();
        if sheets.is_empty() {
            return Err(PreviewError::malformed("a workbook without sheets"));
        }
        for sheet in sheets.iter_mut().take(COLORED) {
            let part = sheet.part.as_deref();
            sheet.info.color = part.and_then(|part| tab_color(package, part, &palette).ok().flatten());
        }
        let date1904 = root.child(Ns::S, "workbookPr").and_then(|node| node.attribute("date1904"));
        Ok(Self {
            sheets,
            dates: if is_true(date1904) { DateSystem::From1904 } else { DateSystem::From1900 },
            strings: kind("sharedStrings", "xl/sharedStrings.xml"),
            styles: kind("styles", "xl/styles.xml"),
            palette,
            theme,
            macros: relations.iter().any(|(_, relation)| {
                matches!(relation.kind.as_str(), "vbaProject" | "xlMacrosheet" | "xlIntlMacrosheet")
            }) || package.zip.has("xl/vbaProject.bin"),
        })
    }
}

fn sheet(package: &Package<'_>, relations: &Relations, node: Node<'_>, index: usize) -> SheetPart {
    let id = node.attribute_in(Ns::R, "id").or(node.attribute("id"));
    let usual = format!("xl/worksheets/sheet{}.xml", index + 1);
    let part = id.and_then(|id| relations.part(id)).unwrap_or(&usual);
    let hidden = matches!(node.attribute("state"), Some("hidden" | "veryHidden"));
    SheetPart {
        info: SheetInfo { name: node.attribute("name").unwrap_or_default().to_owned(), hidden, color: None },
        part: package.zip.has(part).then(|| part.to_owned()),
    }
}

/// The colour of a sheet's tab, which stands at the beginning of its part.
fn tab_color(package: &Package<'_>, part: &str, palette: &Palette) -> Result<Option<Color>> {
    let Some(mut xml) = package.xml(part)? else { return Ok(None) };
    let mut found = None;
    // The sheet, its properties, the colour: what comes first in a sheet.
    for _ in 0..16 {
        match xml.next()? {
            Token::Open(start) if start.name() == "tabColor" => {
                found = Some(crate::container::tree::Opening::of(&start));
                break;
            }
            Token::Open(start) if start.name() == "sheetData" => return Ok(None),
            Token::End => return Ok(None),
            _ => {}
        }
    }
    let Some(opening) = found else { return Ok(None) };
    let tree = crate::container::tree::Tree::from_start(&mut xml, opening, 4)?;
    Ok(tree.root().and_then(|root| palette.of(root)))
}
