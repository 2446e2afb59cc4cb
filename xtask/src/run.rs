//! `cargo xtask run`: the portal and the desktop app, or the scripted tour.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::house::{House, data_folder};
use crate::lifeline::{self, Guarded};
use crate::setup::{self, Purpose};
use crate::steps::Steps;
use crate::test::tool_path;

/// The portal's own default address.
const PORTAL: ([u8; 4], u16) = ([127, 0, 0, 1], 7300);
/// A first start creates the database; a slow disk may take its time.
const START_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(200);

pub(crate) fn run(house: &House, steps: &mut Steps) -> Result<()> {
    let tools = setup::setup(house, steps, Purpose::Run)?;
    build::build(house, steps, &tools)?;
    lifeline::go_on()?;

    let address = SocketAddr::from(PORTAL);
    if answers(address) {
        bail!(
            "something answers at http://{address} already: is the portal running in another terminal? End it first"
        );
    }
    let data = data_folder()?.join("portal");
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
    let mut portal = steps.step("start the portal", || {
        let mut portal = Guarded::spawn(
            Command::new(house.program("deskside-portal")).arg("serve").arg("--data-dir").arg(&data),
        )?;
        wait_until_it_answers(&mut portal, address)?;
        Ok(portal)
    })?;
    let app = if lifeline::has_display() {
        Some(Guarded::spawn(&mut Command::new(house.program("deskside")))?)
    } else {
        None
    };
    welcome(address, &data.display().to_string(), app.is_some());
    stay(&mut portal, app)
}

/// The whole main job by itself. The program does its own set-up, and its exit status is ours.
pub(crate) fn scripted(house: &House, steps: &mut Steps) -> Result<()> {
    let tools = setup::setup(house, steps, Purpose::Test)?;
    build::build(house, steps, &tools)?;
    lifeline::go_on()?;
    steps.step("the scripted tour", || {
        lifeline::run_guarded(
            Command::new(house.program("deskside-scripted"))
                .current_dir(&house.root)
                .env("PATH", tool_path(&tools)?),
        )
    })
}

fn welcome(address: SocketAddr, data: &str, window: bool) {
    println!("\nThe portal runs at http://{address}  (its data: {data})");
    println!(
        "First time: open the one-time set-up link above in a browser; it makes your organisation and its first admin."
    );
    println!("After that: sign in with that e-mail and password, in the desktop app or at http://{address}.");
    if window {
        println!("The desktop app is open; its portal address is http://{address}.");
    } else {
        println!(
            "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY), so the desktop app was not opened."
        );
    }
    println!("Ctrl-C ends everything.\n");
}

/// Until Ctrl-C, or until the portal ends. Closing the window leaves the portal running.
fn stay(portal: &mut Guarded, mut app: Option<Guarded>) -> Result<()> {
    while !lifeline::stopping() {
        if let Some(status) = portal.ended()? {
            bail!("the portal ended by itself ({status}); what it said stands above");
        }
        if let Some(window) = &mut app
            && let Some(status) = window.ended()?
        {
            println!("The desktop app was closed ({status}). The portal goes on; Ctrl-C ends it.");
            app = None;
        }
        sleep(POLL);
    }
    println!("\nEnding …");
    drop(app);
    portal.stop();
    Ok(())
}

fn wait_until_it_answers(portal: &mut Guarded, address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + START_LIMIT;
    while !answers(address) {
        lifeline::go_on()?;
        if let Some(status) = portal.ended()? {
            bail!("the portal ended at once ({status}); what it said stands above");
        }
        if Instant::now() > deadline {
            bail!("the portal does not answer at http://{address} after {} s", START_LIMIT.as_secs());
        }
        sleep(POLL);
    }
    Ok(())
}

/// Does a portal answer there?
fn answers(address: SocketAddr) -> bool {
    ask(address).is_ok_and(|reply| reply.starts_with("HTTP/1.1 200"))
}

/// `GET /api/v1/info`, by hand: one request is no reason for an HTTP client.
fn ask(address: SocketAddr) -> Result<String> {
    let limit = Duration::from_secs(2);
    let mut socket = TcpStream::connect_timeout(&address, limit)?;
    socket.set_read_timeout(Some(limit))?;
    // In one piece: a server that answers the first of several closes on the others, and the answer is lost with the connection.
    let request = format!("GET /api/v1/info HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    let mut reply = [0_u8; 64];
    let length = socket.read(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply[..length]).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn server(reply: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = [0_u8; 256];
            let length = socket.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /api/v1/info HTTP/1.1\r\n"));
            socket.write_all(reply.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn only_a_200_is_an_answer() {
        assert!(answers(server("HTTP/1.1 200 OK\r\n\r\n{}")));
        assert!(!answers(server("HTTP/1.1 503 Service Unavailable\r\n\r\n")));
    }

    #[test]
    fn nobody_there_is_no_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!answers(address));
    }
}
