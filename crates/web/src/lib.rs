//! The session client and direct transfer for browsers: [`deskside_session`] and [`deskside_transfer`] behind strings, numbers and
//! bytes.
//!
//! The page does all I/O (socket, IndexedDB, clock, randomness); this module only decides. Whoever drives it keeps the contract
//! of `deskside_session`: outputs are done in their order, each completely before the next.
//!
//! Invariants
//! - What crosses the boundary is exactly `serde_json` of the native types: the page reads the same bytes as the desktop's window.
//! - Nothing that comes in can make it panic: what cannot be read is an exception with a sentence.

mod bindings;
mod direct;
mod driver;

pub use bindings::{WebLink, WebMeeting, WebNoise};
pub use direct::{DirectError, LinkDriver, MeetingDriver, NoiseDriver};
pub use driver::{Driver, DriverError};

use wasm_bindgen::prelude::wasm_bindgen;

/// One session as one participant's browser lives it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WebSession {
    driver: Driver,
}

#[wasm_bindgen]
impl WebSession {
    /// `restored_json` is what the outbox held: a JSON list of `QueuedMessage`.
    ///
    /// # Errors
    /// Throws where the list cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(restored_json: &str) -> Result<WebSession, wasm_bindgen::JsError> {
        Ok(Self { driver: Driver::new(restored_json)? })
    }

    /// Takes one step: a JSON `Input` in, a JSON list of `Output` out. `now` is in milliseconds since 1970 (`Date.now()`),
    /// `random` are 16 fresh bytes.
    ///
    /// # Errors
    /// Throws where an argument cannot be read; the session stays as it was.
    pub fn handle(
        &mut self,
        input_json: &str,
        now: f64,
        random: &[u8],
    ) -> Result<String, wasm_bindgen::JsError> {
        Ok(self.driver.handle(input_json, now, random)?)
    }

    /// When to step with `tick`, in milliseconds since 1970, unless something else comes first.
    #[must_use]
    pub fn next_wake(&self) -> Option<f64> {
        self.driver.next_wake()
    }
}
