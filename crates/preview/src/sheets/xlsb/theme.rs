//! The colours of the workbook's theme, in the order that cells number them.

use crate::container::opc::Package;
use crate::container::xml::Ns;
use crate::error::Result;
use crate::sheets::biff::color::Rgb;

/// In the order of their numbers (ECMA-376 part 1 §18.8.3): light and dark change places.
const NAMES: [&str; 12] = [
    "lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink",
    "folHlink",
];

/// Black and white where there is no theme.
pub(super) fn colors(package: &Package<'_>, part: Option<&str>) -> Result<Vec<Rgb>> {
    let tree = match part {
        Some(part) => package.tree(part)?,
        None => None,
    };
    let root = tree.as_ref().and_then(|tree| tree.root());
    let scheme = root.and_then(|root| root.path(Ns::A, &["themeElements", "clrScheme"]));
    let color = |name: &str| {
        let value = scheme?.child(Ns::A, name)?.elements().next()?;
        let hex = value.attribute("lastClr").or(value.attribute("val"))?;
        let number = u32::from_str_radix(hex, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some([red, green, blue])
    };
    Ok(NAMES
        .iter()
        .map(|name| color(name).unwrap_or(if *name == "lt1" { [255; 3] } else { [0; 3] }))
        .collect())
}
