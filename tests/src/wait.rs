//! Waiting for a fact, with a deadline and its name in the failure.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// How long a step of a person may take on a machine that is busy building: generous, since only failures wait for it.
pub const STEP: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(40);

/// Asks again and again until `probe` gives something.
pub async fn until_some<T>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let last = match probe().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() >= deadline {
            match last {
                Some(error) => return Err(error.context(format!("waited {limit:?} for {what}"))),
                None => bail!("waited {limit:?} in vain for {what}"),
            }
        }
        sleep(POLL).await;
    }
}

/// Asks again and again until `probe` says yes.
pub async fn until(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    until_some(what, limit, async || Ok(probe().await?.then_some(()))).await
}
