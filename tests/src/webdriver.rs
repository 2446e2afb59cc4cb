//! Real windows and browsers behind WebDriver: one driver process for each, in its own process group.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ca::Ca;
use crate::netem::{Line, Side};
use crate::page::Page;
use crate::process::Process;
use crate::stage::Stage;
use crate::{ports, wait, workspace};

/// A cold browser on a busy machine.
const START: Duration = Duration::from_secs(90);
/// Flags of the project's machines: no sandbox for root, no GPU, and no calls home.
const CHROMIUM_FLAGS: [&str; 9] = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    // A machine without multicast cannot resolve the names that hide its addresses.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
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
    connect(name, driver, loopback(port), capabilities).await
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
    connect(name, driver, loopback(port), capabilities).await
}

/// Whether a driver answers there. That somebody listens says little: the window of a namespace always does.
async fn answers(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    Ok(stream.read(&mut [0; 16]).await? > 0)
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A desktop app under WebKitWebDriver; `settings` are the variables that the app is to see, `place` the end of an emulated line
/// that is all the network it has.
pub async fn desktop(
    stage: &Stage,
    name: &str,
    settings: &[(String, String)],
    place: Option<(&Line, Side)>,
) -> Result<Page> {
    let port = ports::free()?;
    let driver = workspace::tool("WebKitWebDriver")?;
    let (mut command, address) = match place {
        None => (Command::new(driver), loopback(port)),
        Some((line, side)) => (line.command(side, driver), line.window(side, port)?),
    };
    command
        .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .envs(settings.iter().cloned());
    let driver = stage.spawn_on_screen(&format!("{name}-webkit"), command).await?;
    let program = workspace::program("deskside")?;
    let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": [] } });
    connect(name, driver, address, capabilities).await
}

async fn connect(name: &str, mut driver: Process, address: SocketAddr, capabilities: Value) -> Result<Page> {
    wait::until(&format!("{} to listen", driver.name), START, async || {
        if let Some(status) = driver.ended()? {
            bail!("{} ended by itself: {status}", driver.name);
        }
        Ok(answers(address).await.unwrap_or(false))
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
