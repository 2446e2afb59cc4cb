//! The façade without its bindings, so that it is tested natively.

use deskside_proto::Millis;
use deskside_session::{Context, Input, QueuedMessage, Session};

/// The largest time a JavaScript `Date` can hold, in milliseconds since 1970 (ECMA-262 §21.4.1.1).
const TIME_MAX_MILLIS: f64 = 8.64e15;

/// An argument that cannot be read. The page shows none of these: they mean that page and module do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error(
        "The stored messages cannot be read ({0}). Reload the page; if it stays, clear this site's data."
    )]
    Restored(#[source] serde_json::Error),
    #[error("That step cannot be read ({0}). Reload the page to get the newest version.")]
    Input(#[source] serde_json::Error),
    #[error("The browser's clock says {0}, which is no time. Set the clock and reload the page.")]
    Time(f64),
    #[error("A step needs 16 random bytes and got {0}. Reload the page to get the newest version.")]
    Random(usize),
    #[error("The outcome of a step cannot be written ({0}). Reload the page.")]
    Output(#[source] serde_json::Error),
}

/// A [`Session`] that speaks JSON.
#[derive(Debug)]
pub struct Driver {
    session: Session,
}

impl Driver {
    /// `restored_json`: a list of [`QueuedMessage`]. One that cannot be read is of a later version: it stays where it is kept, and
    /// holds up nothing.
    ///
    /// # Errors
    /// [`DriverError::Restored`] where it is no list.
    pub fn new(restored_json: &str) -> Result<Self, DriverError> {
        let kept: Vec<serde_json::Value> =
            serde_json::from_str(restored_json).map_err(DriverError::Restored)?;
        let restored = kept.into_iter().filter_map(|kept| serde_json::from_value::<QueuedMessage>(kept).ok());
        Ok(Self { session: Session::new(restored.collect()) })
    }

    /// Takes one step: an [`Input`] in, a list of `Output` out, both as JSON. `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// Where an argument cannot be read; nothing has happened then.
    pub fn handle(&mut self, input_json: &str, now: f64, random: &[u8]) -> Result<String, DriverError> {
        let input: Input = serde_json::from_str(input_json).map_err(DriverError::Input)?;
        let random = random.try_into().map_err(|_| DriverError::Random(random.len()))?;
        let context = Context { now: millis(now)?, random };
        let outputs = self.session.handle(input, context);
        serde_json::to_string(&outputs).map_err(DriverError::Output)
    }

    /// Milliseconds since 1970, exact below 2^53.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "times are below 2^53 until the year 287396")]
    pub fn next_wake(&self) -> Option<f64> {
        self.session.next_wake().map(|at| at.0 as f64)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to lie well inside i64")]
fn millis(now: f64) -> Result<Millis, DriverError> {
    if now.is_finite() && now.abs() <= TIME_MAX_MILLIS {
        Ok(Millis(now as i64))
    } else {
        Err(DriverError::Time(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; 16] = [7; 16];
    const POST: &str = r#"{"type":"intent","intent":{"type":"post","text":"hi","attachments":[],"mentions":[],"private":false}}"#;

    #[test]
    fn what_cannot_be_read_is_an_error_and_changes_nothing() {
        let mut driver = Driver::new("[]").unwrap();
        driver.handle(r#"{"type":"start"}"#, 1.0, &RANDOM).unwrap();
        let start = r#"{"type":"tick"}"#;
        for (input, now, random, expected) in [
            ("", 1.0, &RANDOM[..], "That step cannot be read"),
            ("null", 1.0, &RANDOM[..], "That step cannot be read"),
            (r#"{"type":"dance"}"#, 1.0, &RANDOM[..], "That step cannot be read"),
            (start, f64::NAN, &RANDOM[..], "The browser's clock says NaN"),
            (start, f64::INFINITY, &RANDOM[..], "The browser's clock says inf"),
            (start, 1e300, &RANDOM[..], "The browser's clock says 1"),
            (start, 1.0, &[][..], "needs 16 random bytes and got 0"),
            (start, 1.0, &[0; 17][..], "needs 16 random bytes and got 17"),
        ] {
            let error = driver.handle(input, now, random).unwrap_err().to_string();
            assert!(error.contains(expected), "{input:?}: {error}");
        }
        assert_eq!(driver.handle(start, 2.0, &RANDOM).unwrap(), "[]", "still connecting");
    }

    #[test]
    fn an_outbox_that_cannot_be_read_is_an_error() {
        for restored in ["", "{}", "[{]"] {
            let error = Driver::new(restored).unwrap_err().to_string();
            assert!(error.starts_with("The stored messages cannot be read"), "{restored:?}: {error}");
        }
    }

    /// N14: an outbox of an older or later version gives up what can be read of it.
    #[test]
    fn one_kept_message_that_cannot_be_read_holds_up_no_other() {
        let old = r#"{"txn_id":"01890a5dac96774bbcceb302099a8057","order":3,"at":5,
            "command":{"type":"post_message","text":"written before the update","attachments":[]}}"#;
        let later =
            r#"{"txn_id":"01890a5dac96774bbcceb302099a8058","order":4,"at":5,"action":{"type":"sing"}}"#;
        let mut driver = Driver::new(&format!(r#"[{later},{{"txn_id":"x"}},7,{old}]"#)).unwrap();
        let shown = driver.handle(r#"{"type":"start"}"#, 3_000.0, &RANDOM).unwrap();
        assert!(shown.contains("written before the update"), "{shown}");
        assert!(shown.contains(r#"{"type":"unsent","count":1}"#), "{shown}");
    }

    /// What was kept before a reload is shown again and sent under the same `txn_id`.
    #[test]
    fn a_kept_message_comes_back() {
        let mut before = Driver::new("[]").unwrap();
        before.handle(r#"{"type":"start"}"#, 1_000.0, &RANDOM).unwrap();
        let outputs: serde_json::Value =
            serde_json::from_str(&before.handle(POST, 2_000.0, &RANDOM).unwrap()).unwrap();
        let kept = &outputs[0]["op"]["message"];
        assert_eq!(outputs[0]["type"], "persist");

        let mut after = Driver::new(&format!("[{kept}]")).unwrap();
        let shown = after.handle(r#"{"type":"start"}"#, 3_000.0, &RANDOM).unwrap();
        assert!(shown.contains(kept["txn_id"].as_str().unwrap()), "{shown}");
        assert!(shown.contains(r#"{"type":"unsent","count":1}"#), "{shown}");
    }

    #[test]
    fn a_lost_connection_asks_to_be_woken() {
        let mut driver = Driver::new("[]").unwrap();
        driver.handle(r#"{"type":"start"}"#, 1_000.0, &RANDOM).unwrap();
        assert_eq!(driver.next_wake(), None);
        driver.handle(r#"{"type":"disconnected"}"#, 1_000.0, &RANDOM).unwrap();
        let wake = driver.next_wake().unwrap();
        assert!((1_250.0..=1_500.0).contains(&wake), "{wake}");
    }
}
