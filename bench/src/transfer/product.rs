//! The product between a desktop and a browser: `direct-peer` beside a page with the engine in wasm and the page's own driver.
//!
//! The page is `bench/direct.html?me=send|receive&bytes=…` of a folder. Its letters to `desktop` are lines on the desktop's socket, and
//! what the desktop says comes back as letters to the page; to `bench` it tells the same as the pages without an engine.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};

use super::arrival::arrival;
use super::chromium::{self, Told, browser, told};
use super::line::End;
use super::ours::{Lane, Peers};
use super::report::Sample;
use super::run::{Between, Run};
use super::stage::Stage;

/// What the page calls its file.
const FILE: &str = "file.bin";
const START: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(150);

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ToChromium,
    FromChromium,
}

/// `file` from the desktop to the page, or as many bytes from the page into the folder `target`.
pub(super) async fn measure(
    pages: &Path,
    peers: &Peers<'_>,
    way: Way,
    file: &Path,
    target: &Path,
) -> Result<Sample> {
    let bytes = file.metadata()?.len();
    let stage = Stage::open(pages).await?;
    let socket = peers.folder.join("product.sock");
    let me = if way == Way::ToChromium { "receive" } else { "send" };
    let page = browser(
        "product-page",
        peers.folder,
        &stage.url(&format!("bench/direct.html?me={me}&bytes={bytes}")),
    )?;
    let Told::Open(_) = told(&stage, START).await? else { bail!("the page is done before it began") };
    let in_page = Between::begin(page.pid())?;
    let name = "product-desktop";
    let (desktop, stream) = match way {
        Way::ToChromium => {
            let mut command = peers.command(End::A, "send", file, &socket, Lane::WebRtc);
            let run = Run::start(name, peers.folder, &mut command)?;
            (run, reached(&socket).await?)
        }
        Way::FromChromium => {
            // Who sends listens: here that is the page.
            let listener = UnixListener::bind(&socket)?;
            let mut command = peers.command(End::B, "receive", target, &socket, Lane::WebRtc);
            let run = Run::start(name, peers.folder, &mut command)?;
            (run, timeout(START, listener.accept()).await.context("the desktop does not call")??.0)
        }
    };
    let ended = async {
        // Who receives knows when all is there: on the desktop that is seen from outside.
        let on_disk = match way {
            Way::ToChromium => Ok(0.0),
            Way::FromChromium => {
                let arrived = arrival(target, &desktop, LIMIT, || target.join(FILE).exists()).await;
                arrived.map(|arrived| arrived.seconds)
            }
        };
        if on_disk.is_err() {
            // Its own words say more; and a page would wait for it for long.
            desktop.end(LIMIT).await?;
            bail!("the desktop ended without the file");
        }
        let told = told(&stage, LIMIT).await?;
        let Told::Done { bytes, seconds } = told else { bail!("the page opened twice") };
        let (_, spent) = desktop.end(LIMIT).await?;
        anyhow::Ok((bytes, if way == Way::ToChromium { seconds } else { on_disk? }, spent))
    };
    let (bytes, seconds, on_desktop) = tokio::select! {
        ended = ended => ended?,
        failed = bridge(&stage, stream) => {
            failed?;
            bail!("the page fell silent")
        }
    };
    let in_page = in_page.end()?;
    Ok(match way {
        Way::ToChromium => chromium::sample(bytes, seconds, on_desktop, in_page),
        Way::FromChromium => chromium::sample(bytes, seconds, in_page, on_desktop),
    })
}

/// The desktop's socket, as soon as it listens.
async fn reached(socket: &Path) -> Result<UnixStream> {
    let reach = async {
        loop {
            if let Ok(stream) = UnixStream::connect(socket).await {
                return stream;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(START, reach).await.context("the desktop does not listen")
}

/// Lines of the socket to the page, letters of the page into the socket; for as long as somebody listens.
async fn bridge(stage: &Stage, stream: UnixStream) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    loop {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => stage.say("page", line),
                // It has all it wants; the page is still to tell its end.
                Ok(None) | Err(_) => std::future::pending().await,
            },
            letter = stage.hear_as("desktop", LIMIT) => {
                let mut line = letter?;
                line.push('\n');
                // Who has ended hears no more: the page's last signals are for nobody.
                let _ = write.write_all(line.as_bytes()).await;
            }
        }
    }
}
