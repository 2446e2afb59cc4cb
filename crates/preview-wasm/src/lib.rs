//! Document previews as a module for a web worker: [`deskside_preview`] behind strings, numbers and bytes.
//!
//! The worker does all I/O: it has the document's bytes, or fetches them and calls again when an error says `waiting`. What
//! crosses the boundary is exactly `serde_json` of the native types. A trap ends the worker, never the page.

mod answers;

use std::io;

use deskside_preview::{Hint, Limits, Opened, PreviewError, ReadAt, open};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The document as the worker has it.
    pub type Source;

    /// Bytes.
    #[wasm_bindgen(method, getter)]
    fn length(this: &Source) -> f64;

    /// Copies what there is from `offset` on into `buffer`, as much as fits; how many bytes that were. −1: they have not come
    /// yet; −2: they cannot be read.
    #[wasm_bindgen(method)]
    fn read(this: &Source, offset: f64, buffer: &mut [u8]) -> f64;
}

/// The most that the worker is asked to fetch at once, in bytes.
const PIECE: u64 = 4 * 1024 * 1024;

impl ReadAt for Source {
    fn len(&self) -> u64 {
        // Lengths of files are far below 2^53.
        self.length() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self.read(offset as f64, buffer) {
            -1.0 => {
                let length = PIECE.min(ReadAt::len(self).saturating_sub(offset));
                Err(PreviewError::Waiting { offset, length }.into())
            }
            count if count < 0.0 => Err(io::Error::other("unreadable")),
            count => Ok((count as usize).min(buffer.len())),
        }
    }
}

/// A document that is shown.
#[wasm_bindgen]
pub struct Preview {
    opened: Opened<'static>,
}

#[wasm_bindgen]
impl Preview {
    /// Opens the document `source`, called `name`; `now` = seconds since 1970 on the clock of who looks at it.
    ///
    /// # Errors
    /// Throws a JSON `Failure`.
    #[wasm_bindgen(constructor)]
    pub fn new(source: Source, name: &str, now: f64) -> Result<Preview, JsValue> {
        // A worker lives for one document: what it leaks is gone with it.
        let source: &'static Source = Box::leak(Box::new(source));
        let mut opened = open(source, &Hint { name }, &Limits::default()).map_err(thrown)?;
        opened.tell_time(now as i64);
        Ok(Self { opened })
    }

    /// JSON `Overview`.
    #[must_use]
    pub fn overview(&self) -> String {
        answers::json(self.opened.overview())
    }

    /// JSON `Part` of a JSON `Window`.
    ///
    /// # Errors
    /// Throws a JSON `Failure`.
    pub fn next(&mut self, window: &str) -> Result<String, JsValue> {
        answers::next(&mut self.opened, window).map_err(thrown)
    }

    /// JSON `Found` of a JSON `Search`.
    ///
    /// # Errors
    /// Throws a JSON `Failure`.
    pub fn find(&mut self, search: &str) -> Result<String, JsValue> {
        answers::find(&mut self.opened, search).map_err(thrown)
    }

    /// A picture that a part named.
    ///
    /// # Errors
    /// Throws a JSON `Failure`.
    pub fn picture(&mut self, id: u32) -> Result<Picture, JsValue> {
        let picture = self.opened.picture(id).map_err(thrown)?;
        Ok(Picture { kind: answers::media_type(picture.kind), bytes: picture.bytes })
    }

    /// JSON list of `Warning`.
    #[must_use]
    pub fn warnings(&self) -> String {
        answers::json(&self.opened.warnings())
    }
}

/// A picture's bytes and media type.
#[wasm_bindgen]
pub struct Picture {
    kind: &'static str,
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl Picture {
    /// What a browser calls it.
    #[must_use]
    pub fn media_type(&self) -> String {
        self.kind.to_owned()
    }

    /// Gives the bytes away.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

fn thrown(error: PreviewError) -> JsValue {
    JsValue::from_str(&answers::failure(&error))
}
