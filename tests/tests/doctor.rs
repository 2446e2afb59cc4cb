//! `deskside-portal doctor` on a healthy and on several sick machines.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_tests::ca::Ca;
use deskside_tests::portal::Portal;
use deskside_tests::{stage, workspace};

struct Diagnosis {
    healthy: bool,
    said: String,
}

impl Diagnosis {
    /// The one line about `what`, of the kind `ok` or `problem`.
    fn says(&self, kind: &str, what: &str) -> bool {
        self.said.lines().any(|line| line.starts_with(kind) && line.contains(what))
    }
}

fn doctor(data: &Path, args: &[&str]) -> Result<Diagnosis> {
    let output = Command::new(workspace::program("deskside-portal")?)
        .arg("doctor")
        .arg("--data-dir")
        .arg(data)
        .args(args)
        .output()?;
    let said = String::from_utf8(output.stdout)? + &String::from_utf8_lossy(&output.stderr);
    Ok(Diagnosis { healthy: output.status.success(), said })
}

#[tokio::test]
async fn a_healthy_machine_has_no_problem() -> Result<()> {
    stage::play(Duration::from_secs(60), async |stage| {
        let ca = Ca::create(stage.folder())?;
        let (cert, key) = (ca.certificate.display().to_string(), ca.key.display().to_string());
        let args = ["--listen", "127.0.0.1:0", "--public-url", "https://localhost", "--tls-cert", &cert];
        let diagnosis = doctor(&stage.subfolder("data")?, &[&args[..], &["--tls-key", &key]].concat())?;
        assert!(diagnosis.healthy && !diagnosis.said.contains("problem"), "{}", diagnosis.said);
        for what in ["data folder", "disk space", "port", "clock", "TLS"] {
            assert!(diagnosis.says("ok", what), "{what}: {}", diagnosis.said);
        }
        Ok(())
    })
    .await
}

/// A portal that runs already is no problem of the port, in plain http or over its own TLS; another certificate's is.
#[tokio::test]
async fn a_running_portal_is_known() -> Result<()> {
    stage::play(Duration::from_secs(120), async |stage| {
        let plain = Portal::start_plain(stage).await?;
        let diagnosis = doctor(&plain.data, &["--listen", &plain.listen().to_string()])?;
        assert!(diagnosis.healthy && diagnosis.says("ok", "port"), "{}", diagnosis.said);
        Ok(())
    })
    .await?;
    stage::play(Duration::from_secs(120), async |stage| {
        let portal = Portal::start(stage).await?;
        let own = portal.ca.as_ref().context("it speaks TLS")?;
        let diagnosis = with_tls(&portal, own)?;
        assert!(diagnosis.healthy && diagnosis.says("ok", "port"), "{}", diagnosis.said);
        let diagnosis = with_tls(&portal, &Ca::create(&stage.subfolder("foreign")?)?)?;
        assert!(!diagnosis.healthy && diagnosis.says("problem", "port"), "{}", diagnosis.said);
        Ok(())
    })
    .await
}

/// A doctor who was given `ca`'s certificate looks at `portal`.
fn with_tls(portal: &Portal, ca: &Ca) -> Result<Diagnosis> {
    let (cert, key) = (ca.certificate.display().to_string(), ca.key.display().to_string());
    let listen = portal.listen().to_string();
    let args = ["--listen", &listen, "--public-url", "https://localhost", "--tls-cert", &cert];
    doctor(&portal.data, &[&args[..], &["--tls-key", &key]].concat())
}

#[tokio::test]
async fn each_illness_is_named_with_a_cure() -> Result<()> {
    stage::play(Duration::from_secs(60), async |stage| {
        let data = stage.subfolder("data")?;
        let other = TcpListener::bind("127.0.0.1:0")?;
        let taken = other.local_addr()?.to_string();
        let diagnosis = doctor(&data, &["--listen", &taken])?;
        assert!(!diagnosis.healthy && diagnosis.says("problem", "port"), "{}", diagnosis.said);

        let file = stage.folder().join("a file");
        std::fs::write(&file, "not a folder")?;
        let diagnosis = doctor(&file.join("data"), &["--listen", "127.0.0.1:0"])?;
        assert!(!diagnosis.healthy && diagnosis.says("problem", "data folder"), "{}", diagnosis.said);

        let ca = Ca::create(stage.folder())?;
        let (cert, key) = (ca.certificate.display().to_string(), ca.authority.display().to_string());
        let diagnosis = doctor(&data, &["--listen", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key])?;
        assert!(!diagnosis.healthy && diagnosis.says("problem", "TLS"), "no key in it: {}", diagnosis.said);

        let right = ca.key.display().to_string();
        let args =
            ["--listen", "127.0.0.1:0", "--public-url", "https://help.example.org", "--tls-cert", &cert];
        let diagnosis = doctor(&data, &[&args[..], &["--tls-key", &right]].concat())?;
        assert!(!diagnosis.healthy && diagnosis.says("problem", "TLS"), "another host: {}", diagnosis.said);
        Ok(())
    })
    .await
}
