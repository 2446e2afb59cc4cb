//! The clock and the source of randomness, as arguments: tests bring their own.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use deskside_proto::Millis;

use crate::faults;

type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;
type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Where time and randomness come from.
#[derive(Clone)]
pub struct Env {
    now: Clock,
    fill: Random,
}

impl Env {
    /// The system's clock and its cryptographic random source.
    #[must_use]
    pub fn system() -> Self {
        Self::new(system_now, |bytes| {
            getrandom::fill(bytes).expect("the operating system has random bytes; nothing is safe without");
        })
    }

    pub fn new(
        now: impl Fn() -> Millis + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), fill: Arc::new(fill) }
    }

    #[must_use]
    pub fn now(&self) -> Millis {
        (self.now)()
    }

    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill)(&mut bytes);
        bytes
    }
}

fn system_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    faults::clock(Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}
