//! How long to wait before the next attempt to connect.

/// Milliseconds before the second attempt, at most.
const FIRST_MILLIS: u64 = 500;
/// Milliseconds between two attempts, at most.
const CEILING_MILLIS: u64 = 30_000;

/// Exponential back-off with equal jitter: half of the step is sure, the other half is drawn, so that a portal that restarts
/// is not stormed by everybody at once. `attempt` counts failures, from 1.
pub(crate) fn delay_millis(attempt: u32, random: u64) -> i64 {
    let step = FIRST_MILLIS.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(CEILING_MILLIS);
    let half = step / 2;
    i64::try_from(half + random % (half + 1)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_ceiling_and_differ() {
        for (attempt, least, most) in
            [(1, 250, 500), (2, 500, 1_000), (3, 1_000, 2_000), (7, 15_000, 30_000), (99, 15_000, 30_000)]
        {
            for random in [0, 1, 12_345, u64::MAX] {
                let delay = delay_millis(attempt, random);
                assert!((least..=most).contains(&delay), "attempt {attempt}: {delay}");
            }
        }
        assert_ne!(delay_millis(5, 1), delay_millis(5, 2));
    }
}
