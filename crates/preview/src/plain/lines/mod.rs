//! Text in any encoding, in windows.

use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::Overview;
use crate::source::ReadAt;
use crate::{Content, Format};

pub(crate) fn open<'a>(_source: &'a dyn ReadAt, _limits: &Limits) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Text)))
}
