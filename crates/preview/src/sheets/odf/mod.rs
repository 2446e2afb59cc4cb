//! OpenDocument and OpenOffice.org 1.0 spreadsheets.

use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::model::Overview;
use crate::{Content, Format};

pub(crate) fn open<'a>(_zip: Zip<'a>, _format: Format) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Sxc)))
}
