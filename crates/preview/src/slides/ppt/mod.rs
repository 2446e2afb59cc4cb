//! Presentations from 97 to 2003 ([MS-PPT]).

use crate::container::ole::Ole;
use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::model::Overview;
use crate::{Content, Format};

pub(crate) fn open<'a>(_ole: Ole<'a>, _limits: &Limits) -> Result<(Overview, Content<'a>)> {
    Err(PreviewError::Unsupported(Some(Format::Ppt)))
}
