//! Word documents from 97 to 2003 ([MS-DOC]).

use crate::container::ole::Ole;
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::Overview;
use crate::source::ReadAt;
use crate::{Content, Format};

/// Word 2 to 95 without a compound file around it.
pub(crate) fn open_bare<'a>(_source: &'a dyn ReadAt, _limits: &Limits) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Doc)))
}

pub(crate) fn open<'a>(_ole: Ole<'a>, _limits: &Limits) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Doc)))
}
