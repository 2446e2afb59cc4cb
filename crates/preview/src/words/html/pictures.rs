//! Pictures that a page brings along; all others stay outside.

use std::rc::Rc;

use super::mime::{Part, base64};
use crate::error::{PreviewError, Result};
use crate::model::PictureRef;

/// Pictures of one page.
const MOST: usize = 10_000;

/// A picture that was shown.
enum Held {
    /// Place among the parts of the message.
    Part(usize),
    /// Bytes that stood in the page, still in base64.
    Text(String),
}

/// The pictures of a page.
#[derive(Default)]
pub(super) struct Pictures {
    message: Rc<[u8]>,
    parts: Vec<Part>,
    held: Vec<Held>,
}

impl Pictures {
    pub(super) fn new(message: Rc<[u8]>, parts: Vec<Part>) -> Self {
        Self { message, parts, held: Vec::new() }
    }

    /// The picture that a page names.
    pub(super) fn find(&mut self, source: &str) -> PictureRef {
        let found = self.held(source).filter(|_| self.held.len() < MOST);
        let id = found.map(|held| {
            self.held.push(held);
            self.held.len() as u32 - 1
        });
        PictureRef { id, width: 0.0, height: 0.0, alt: String::new(), crop: None }
    }

    fn held(&self, source: &str) -> Option<Held> {
        if let Some(data) = source.strip_prefix("data:") {
            let (kind, text) = data.split_once(',')?;
            return kind.ends_with(";base64").then(|| Held::Text(text.to_owned()));
        }
        let id = source.strip_prefix("cid:");
        let file = source.rsplit(['/', '\\']).next().unwrap_or(source);
        let named = |part: &Part| {
            let location = part.location.rsplit(['/', '\\']).next().unwrap_or_default();
            part.location == source || !file.is_empty() && location == file
        };
        let place = self.parts.iter().position(|part| match id {
            Some(id) => part.id == id,
            None => named(part),
        })?;
        Some(Held::Part(place))
    }

    /// The bytes of a picture.
    pub(super) fn read(&self, id: u32) -> Result<Vec<u8>> {
        match self.held.get(id as usize) {
            Some(Held::Part(place)) => {
                let part = self.parts.get(*place).ok_or(PreviewError::Unsupported(None))?;
                Ok(part.decode(&self.message))
            }
            Some(Held::Text(text)) => Ok(base64(text.as_bytes())),
            None => Err(PreviewError::Unsupported(None)),
        }
    }
}
