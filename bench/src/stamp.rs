//! What every message of a measurement says: when it was due, when it went out, and which one it is.

use std::sync::OnceLock;
use std::time::Instant;

/// Bytes of every body; what people type is about as long.
pub const BODY_BYTES: usize = 120;
const MARK: &str = "LG1:";

/// One clock for all senders and receivers, in nanoseconds since the first call.
#[must_use]
pub fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The head of a body: `LG1:<scheduled ns>:<actual ns>:<room>:<index>;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When the open-loop schedule wanted it sent: latency counts from here, so that a stalled sender hides nothing.
    pub scheduled: u64,
    /// When it was given to the socket.
    pub actual: u64,
    pub room: u32,
    /// 0, 1, 2 … in its room, over all steps.
    pub index: u64,
}

impl Stamp {
    /// The body, filled up to [`BODY_BYTES`].
    #[must_use]
    pub fn body(&self) -> String {
        let Self { scheduled, actual, room, index } = self;
        let mut body = format!("{MARK}{scheduled}:{actual}:{room}:{index};");
        while body.len() < BODY_BYTES {
            body.push('x');
        }
        body
    }

    /// The stamp that `body` begins with.
    #[must_use]
    pub fn read(body: &str) -> Option<Self> {
        let (head, _) = body.strip_prefix(MARK)?.split_once(';')?;
        let mut parts = head.split(':');
        let mut next = || parts.next()?.parse::<u64>().ok();
        let (scheduled, actual, room, index) = (next()?, next()?, next()?, next()?);
        Some(Self { scheduled, actual, room: u32::try_from(room).ok()?, index })
    }

    /// All stamps in `text`, whatever stands around them.
    pub fn scan(text: &str) -> impl Iterator<Item = Self> {
        text.match_indices(MARK).filter_map(|(at, _)| Self::read(&text[at..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_out_as_it_went_in() {
        let stamp = Stamp { scheduled: 1_234_567, actual: 1_234_999, room: 199, index: 42 };
        let body = stamp.body();
        assert_eq!(body.len(), BODY_BYTES);
        assert_eq!(Stamp::read(&body), Some(stamp));
        let around = format!("<message><body>{body}</body></message><message><body>{body}</body></message>");
        assert_eq!(Stamp::scan(&around).collect::<Vec<_>>(), [stamp, stamp]);
    }

    #[test]
    fn other_texts_have_no_stamp() {
        for text in ["", "hello", "LG1:", "LG1:1:2:3;", "LG1:a:b:c:d;", "LG1:1:2:3:4", "xLG1:1:2:3:4;"] {
            assert_eq!(Stamp::read(text), None, "{text:?}");
        }
    }
}
