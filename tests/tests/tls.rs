//! No passwords in the clear: the portal's own program refuses it, and clients refuse a portal they cannot trust.

use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_tests::api::Api;
use deskside_tests::ca::Ca;
use deskside_tests::portal::Portal;
use deskside_tests::{stage, workspace};

/// Plain http beyond loopback: one sentence that says what to do, and no portal.
#[tokio::test]
async fn plain_http_beyond_loopback_is_refused() -> Result<()> {
    stage::play(Duration::from_secs(60), async |stage| {
        let serve = |args: &[&str]| -> Result<Output> {
            let data = stage.subfolder("refused")?;
            let mut command = Command::new(workspace::program("deskside-portal")?);
            // It must end by itself: `timeout` would say 124.
            command.arg("serve").arg("--data-dir").arg(data).args(args);
            let mut limited = Command::new("timeout");
            limited.arg("20").arg(command.get_program()).args(command.get_args());
            limited.output().context("timeout runs")
        };
        for args in [
            &["--listen", "0.0.0.0:0"][..],
            &["--listen", "[::]:0"],
            &["--listen", "127.0.0.1:0", "--public-url", "http://help.example.org"],
        ] {
            let output = serve(args)?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
            assert!(said.contains("--tls-cert") || said.contains("https"), "it says what to do: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
        Ok(())
    })
    .await
}

/// With a certificate it serves; a client that does not trust the authority sends it nothing.
#[tokio::test]
async fn tls_is_spoken_and_checked() -> Result<()> {
    stage::play(Duration::from_secs(120), async |stage| {
        let portal = Portal::start(stage).await?;
        let (status, _) = portal.api()?.status("/info").await?;
        assert_eq!(status, 200);
        let foreign = Ca::create(&stage.subfolder("foreign")?)?;
        let wary = Api::new(portal.url(), Some(foreign.trust()))?;
        let error = wary.status("/info").await.err().context("a foreign authority is refused")?;
        assert!(format!("{error:?}").to_lowercase().contains("certificate"), "{error:?}");
        let plain = Api::new(&portal.url().replacen("https", "http", 1), None)?;
        assert!(plain.status("/info").await.is_err(), "no plain http beside it");
        Ok(())
    })
    .await
}
