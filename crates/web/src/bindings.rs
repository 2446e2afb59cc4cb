//! What a page sees of direct transfer. Each class only hands on; `direct` says what the arguments are.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::direct::{LinkDriver, MeetingDriver, NoiseDriver};

/// Everything between this page and one endpoint of a peer.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WebLink(LinkDriver);

#[wasm_bindgen]
impl WebLink {
    /// # Errors
    /// Throws where an argument cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(peer: &str, incarnation: f64, window_bytes: f64) -> Result<WebLink, JsError> {
        Ok(Self(LinkDriver::new(peer, incarnation, window_bytes)?))
    }

    /// # Errors
    /// Throws where an argument cannot be read; nothing has happened then.
    pub fn handle(&mut self, input: &str, now: f64, carried: Option<Vec<u8>>) -> Result<(), JsError> {
        Ok(self.0.handle(input, now, carried.unwrap_or_default())?)
    }

    /// # Errors
    /// Never with values that can be.
    pub fn poll(&mut self) -> Result<Option<String>, JsError> {
        Ok(self.0.poll()?)
    }

    pub fn carried(&mut self) -> Vec<u8> {
        self.0.carried()
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<f64> {
        self.0.next_deadline()
    }

    /// # Errors
    /// Never with values that can be.
    pub fn views(&self) -> Result<String, JsError> {
        Ok(self.0.views()?)
    }

    /// # Errors
    /// Throws where `attachment` is no id.
    pub fn manifest(&self, attachment: &str) -> Result<Option<String>, JsError> {
        Ok(self.0.manifest(attachment)?)
    }
}

/// How this page and one endpoint of a peer get to know each other.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WebMeeting(MeetingDriver);

#[wasm_bindgen]
impl WebMeeting {
    /// # Errors
    /// Throws where an argument cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(pair: &str, ours: &str, nonce: &[u8]) -> Result<WebMeeting, JsError> {
        Ok(Self(MeetingDriver::new(pair, ours, nonce)?))
    }

    #[must_use]
    pub fn initiates(&self) -> bool {
        self.0.initiates()
    }

    /// # Errors
    /// Never with values that can be.
    pub fn begin(&mut self) -> Result<String, JsError> {
        Ok(self.0.begin()?)
    }

    /// # Errors
    /// Throws where the peer cannot be trusted: the meeting is over then.
    pub fn receive(&mut self, body: &str, fresh: &[u8]) -> Result<String, JsError> {
        Ok(self.0.receive(body, fresh)?)
    }
}

/// The encryption of one socket over the portal's relay.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WebNoise(NoiseDriver);

#[wasm_bindgen]
impl WebNoise {
    /// # Errors
    /// Throws where an argument cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(pair: &str, secret: &[u8], peer: &str, ephemeral: &[u8]) -> Result<WebNoise, JsError> {
        Ok(Self(NoiseDriver::new(pair, secret, peer, ephemeral)?))
    }

    /// The public key of a secret, in hex.
    ///
    /// # Errors
    /// Throws where it is not 32 bytes.
    pub fn public(secret: &[u8]) -> Result<String, JsError> {
        Ok(NoiseDriver::public(secret)?)
    }

    #[must_use]
    pub fn hello(&self) -> Vec<u8> {
        self.0.hello().to_vec()
    }

    /// # Errors
    /// Throws where it does not come from the pinned peer.
    pub fn hear(&mut self, hello: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(self.0.hear(hello)?)
    }

    /// # Errors
    /// Throws before the handshake, after a refusal, and where it is too long.
    pub fn seal(&mut self, content: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(self.0.seal(content)?)
    }

    /// # Errors
    /// Throws where it is not the next frame of the pinned peer.
    pub fn open(&mut self, frame: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(self.0.open(frame)?)
    }
}
