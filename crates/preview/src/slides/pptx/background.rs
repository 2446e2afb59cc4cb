//! What stands behind everything on a slide (§19.3.1.1).

use super::shapes::{Sheet, Walker};
use crate::container::xml::Ns;
use crate::drawing::scope::Scope;
use crate::drawing::{fill, shape};
use crate::model::Fill;

/// Of the slide, or else of its layout, or else of its master.
pub(super) fn of(walker: &Walker<'_, '_>) -> Option<Fill> {
    let sheets = [Some(&walker.sheet), walker.layout.as_ref(), walker.master.as_ref()];
    let palette = walker.sheet.scope.palette;
    sheets.into_iter().flatten().find_map(|sheet| own(sheet, &sheet.scope.with_palette(palette))).flatten()
}

fn own(sheet: &Sheet<'_>, scope: &Scope<'_>) -> Option<Option<Fill>> {
    let background = sheet.root.path(Ns::P, &["cSld", "bg"])?;
    if let Some(properties) = background.child(Ns::P, "bgPr") {
        return fill::among(properties, scope);
    }
    let reference = background.child(Ns::P, "bgRef")?;
    let color = scope.palette.inside(reference);
    let index = reference.number("idx").unwrap_or(0);
    Some(shape::of_theme(index, &scope.with_palette(scope.palette.with(color))))
}
