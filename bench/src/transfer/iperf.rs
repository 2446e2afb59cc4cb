//! iperf3: what TCP without TLS carries from memory to memory, as one may hope for at most.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::report::Sample;
use super::run::Run;
use crate::servers::process::free_port;

const LIMIT: Duration = Duration::from_secs(60);

/// Its version, where there is one.
pub(super) fn version() -> Option<String> {
    super::version("iperf3")
}

/// `mib` once over loopback.
pub(super) async fn measure(folder: &Path, mib: u64) -> Result<Sample> {
    let port = free_port()?.to_string();
    let command = |more: &[&str]| {
        let mut command = Command::new("iperf3");
        command.args(["--port", &port]).args(more);
        command
    };
    let server = ["--server", "--one-off", "--bind", "127.0.0.1", "--forceflush"];
    let mut server = Run::start("iperf3-server", folder, &mut command(&server))?;
    server.until(LIMIT, |said| said.find("Server listening")).await?;
    let bytes = format!("{mib}M");
    let client = ["--client", "127.0.0.1", "--bytes", &bytes, "--json"];
    let client = Run::start("iperf3-client", folder, &mut command(&client))?;
    let (said, sent) = client.end(LIMIT).await?;
    let (_, received) = server.end(LIMIT).await?;
    let (bytes, mb_s) = read(&said)?;
    Ok(Sample {
        mb_s,
        cpu_tx: sent.per_gb(bytes),
        cpu_rx: received.per_gb(bytes),
        rss_mib: sent.peak_mib.max(received.peak_mib),
        ..Sample::default()
    })
}

/// Bytes received, and 10⁶ of them a second.
fn read(said: &str) -> Result<(u64, f64)> {
    let said: Value = serde_json::from_str(said).context("iperf3 wrote no JSON")?;
    let sum = &said["end"]["sum_received"];
    let bytes = sum["bytes"].as_u64().context("iperf3 received nothing")?;
    let bits = sum["bits_per_second"].as_f64().context("iperf3 has no rate")?;
    ensure!(bytes > 0 && bits > 0.0, "iperf3 received nothing");
    Ok((bytes, bits / 8e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_receivers() {
        let said = r#"{"end": {"sum_sent": {"bytes": 9, "bits_per_second": 9e9},
            "sum_received": {"bytes": 1000000, "bits_per_second": 16000000.0}}}"#;
        assert_eq!(read(said).unwrap(), (1_000_000, 2.0));
    }

    #[test]
    fn a_failed_run_is_no_rate() {
        for said in [
            "",
            "{}",
            r#"{"error": "unable to connect"}"#,
            r#"{"end": {"sum_received": {"bytes": 0, "bits_per_second": 0}}}"#,
        ] {
            assert!(read(said).is_err(), "{said}");
        }
    }
}
