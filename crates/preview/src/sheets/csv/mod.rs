//! Tables as text (RFC 4180 and what people do).

use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::Overview;
use crate::source::ReadAt;
use crate::{Content, Format};

pub(crate) fn open<'a>(
    _source: &'a dyn ReadAt,
    _name: &str,
    _limits: &Limits,
) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Csv)))
}
