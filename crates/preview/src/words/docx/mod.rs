//! Word documents since 2007 (ECMA-376 part 1 §17), Transitional and Strict.
//!
//! The main part is read as a stream, one paragraph or table at a time; styles, lists and settings are read before, notes,
//! margins and pictures when something refers to them.

mod anchor;
mod blocks;
mod body;
mod chunk;
mod fields;
mod flat;
mod inline;
mod math;
mod notes;
mod numbering;
mod paragraph;
mod paragraph_props;
mod parts;
mod picture;
mod run_props;
mod scout;
mod section;
mod settings;
mod shape;
mod story;
mod styles;
mod table;
mod table_style;
#[cfg(test)]
mod tests;
mod theme;
mod units;
mod vml;

use crate::container::opc::Package;
use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::format::Shape;
use crate::model::Overview;
use crate::words::symbols;
use crate::{Content, Format};

pub(crate) use flat::open as open_flat;

/// Where the main part usually is.
const MAIN: [&str; 2] = ["word/document.xml", "document.xml"];

pub(crate) fn open<'a>(zip: Zip<'a>) -> Result<(Overview, Content<'a>)> {
    let package = Package::new(zip);
    let main = main_part(&package)?;
    let reader = body::Body::open(package, &main)?;
    Ok((Overview::new(Format::Docx, Shape::Flow), Content::Flow(Box::new(reader))))
}

/// The main part: as relationships say, or where Word puts it.
fn main_part(package: &Package<'_>) -> Result<String> {
    match package.main() {
        Ok(main) => Ok(main),
        Err(error @ (PreviewError::Waiting { .. } | PreviewError::Encrypted)) => Err(error),
        Err(error) => {
            let usual = MAIN.iter().find(|name| package.zip.has(name)).map(|name| (*name).to_owned());
            usual.ok_or(error)
        }
    }
}
