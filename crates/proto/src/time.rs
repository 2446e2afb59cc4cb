//! Time on the wire.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Milliseconds since 1970-01-01T00:00:00Z. Pure code is given it; only shells read a clock.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS, ToSchema,
)]
#[serde(transparent)]
#[ts(export)]
pub struct Millis(pub i64);

impl Millis {
    /// Later than everything that happens: the last time that JavaScript's `Date` can hold (ECMA-262 §21.4.1.1).
    pub const FOREVER: Self = Self(8_640_000_000_000_000);

    /// This time and `millis` more (negative: earlier), stopping at the ends of the scale.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this; negative where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
