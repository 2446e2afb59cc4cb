//! Word documents since 2007 (ECMA-376 part 1 §17).

use crate::container::zip::Zip;
use crate::error::{PreviewError, Result};
use crate::model::Overview;
use crate::{Content, Format};

pub(crate) fn open<'a>(_zip: Zip<'a>) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Docx)))
}
