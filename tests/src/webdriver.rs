//! Real windows and browsers behind WebDriver: one driver process for each, in its own process group.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::ca::Ca;
use crate::page::Page;
use crate::process::Process;
use crate::stage::Stage;
use crate::{ports, wait, workspace};

/// A cold browser on a busy machine.
const START: Duration = Duration::from_secs(90);
/// Flags of the project's machines: no sandbox for root, no GPU, and no calls home.
const CHROMIUM_FLAGS: [&str; 8] = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
];

/// How a browser shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Headless,
    /// A window on the stage's screen.
    Window,
}

/// Debian's Chromium with a profile of its own, trusting the portal's certificate.
pub async fn chromium(stage: &Stage, name: &str, ca: Option<&Ca>, look: Look) -> Result<Page> {
    let profile = stage.subfolder(&format!("{name}-profile"))?;
    let mut args: Vec<String> = CHROMIUM_FLAGS.iter().map(|&flag| flag.to_owned()).collect();
    args.push(format!("--user-data-dir={}", profile.display()));
    args.push("--window-size=1280,900".to_owned());
    if look == Look::Headless {
        args.push("--headless=new".to_owned());
    }
    if is_root() {
        args.push("--no-sandbox".to_owned());
    }
    if let Some(ca) = ca {
        args.push(format!("--ignore-certificate-errors-spki-list={}", ca.fingerprint));
    }
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": workspace::tool("chromium")?, "args": args },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    let port = ports::free()?;
    let mut command = Command::new(workspace::tool("chromedriver")?);
    command.arg(format!("--port={port}"));
    let driver = match look {
        Look::Headless => stage.spawn(&format!("{name}-chromedriver"), command)?,
        Look::Window => stage.spawn_on_screen(&format!("{name}-chromedriver"), command).await?,
    };
    let page = connect(name, driver, port, capabilities).await?;
    Ok(page)
}

/// Debian's Firefox ESR, headless; it accepts the test's certificate by the session's capability.
pub async fn firefox(stage: &Stage, name: &str) -> Result<Page> {
    let profiles = stage.subfolder(&format!("{name}-profiles"))?;
    let port = ports::free()?;
    let mut command = Command::new(workspace::tool("geckodriver")?);
    command
        .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--profile-root"])
        .arg(&profiles)
        .args(["--websocket-port", &ports::free()?.to_string()])
        .env("HOME", stage.subfolder(&format!("{name}-home"))?);
    let driver = stage.spawn(&format!("{name}-geckodriver"), command)?;
    let capabilities = json!({
        "browserName": "firefox",
        "acceptInsecureCerts": true,
        "moz:firefoxOptions": {
            "binary": workspace::tool("firefox-esr")?,
            "args": ["-headless", "--width=1280", "--height=900"],
            "prefs": {
                "app.normandy.enabled": false,
                "app.update.enabled": false,
                "browser.safebrowsing.malware.enabled": false,
                "browser.safebrowsing.phishing.enabled": false,
                "datareporting.policy.dataSubmissionEnabled": false,
                "network.captive-portal-service.enabled": false,
                "network.connectivity-service.enabled": false,
            },
        },
    });
    connect(name, driver, port, capabilities).await
}

/// A desktop app under WebKitWebDriver; `settings` are the variables that the app is to see.
pub async fn desktop(stage: &Stage, name: &str, settings: &[(String, String)]) -> Result<Page> {
    let port = ports::free()?;
    let mut command = Command::new(workspace::tool("WebKitWebDriver")?);
    command
        .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .envs(settings.iter().cloned());
    let driver = stage.spawn_on_screen(&format!("{name}-webkit"), command).await?;
    let program = workspace::program("deskside")?;
    let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": [] } });
    connect(name, driver, port, capabilities).await
}

async fn connect(name: &str, mut driver: Process, port: u16, capabilities: Value) -> Result<Page> {
    let address = format!("127.0.0.1:{port}");
    wait::until(&format!("{} to listen", driver.name), START, async || {
        if let Some(status) = driver.ended()? {
            bail!("{} ended by itself: {status}", driver.name);
        }
        Ok(tokio::net::TcpStream::connect(&address).await.is_ok())
    })
    .await?;
    let Value::Object(capabilities) = capabilities else { bail!("capabilities are an object") };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let url = format!("http://{address}");
    // An app that dies at its start never answers: the driver keeps the request open for ever.
    let client: Client = tokio::time::timeout(START, builder.connect(&url))
        .await
        .with_context(|| format!("{name} did not open in {START:?}\n{}", driver.said()))?
        .with_context(|| format!("{name} did not open\n{}", driver.said()))?;
    Ok(Page::new(name, client, driver))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}
