//! How many bytes a second one socket may bring.

use std::{num::NonZeroU64, time::Duration};

use tokio::time::{Instant, sleep_until};

/// Time's worth of bytes that may come at once.
const BURST: Duration = Duration::from_millis(200);

/// A leaky bucket (GCRA, ITU-T I.371) over bytes: who is too fast is not read from for a moment.
#[derive(Debug)]
pub(super) struct Throttle {
    bytes_per_second: NonZeroU64,
    /// When the bucket would be empty.
    empty_at: Instant,
}

impl Throttle {
    pub(super) fn new(bytes_per_second: NonZeroU64, now: Instant) -> Self {
        Self { bytes_per_second, empty_at: now }
    }

    /// `bytes` came: ends when more may come.
    pub(super) async fn count(&mut self, bytes: usize) {
        let now = Instant::now();
        let nanos = (bytes as u64).saturating_mul(1_000_000_000) / self.bytes_per_second;
        self.empty_at = self.empty_at.max(now) + Duration::from_nanos(nanos);
        if let Some(ready_at) = self.empty_at.checked_sub(BURST).filter(|ready_at| *ready_at > now) {
            sleep_until(ready_at).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_a_stream_keeps_to_the_rate() {
        let start = Instant::now();
        let mut throttle = Throttle::new(NonZeroU64::new(1_000_000).unwrap(), start);
        throttle.count(200_000).await;
        assert_eq!(start.elapsed(), Duration::ZERO, "at once");
        for _ in 0..100 {
            throttle.count(50_000).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }
}
