//! TLS over TCP, blocking: nothing is faster with this library on one connection.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, Stream};

use super::{BUFFER, Done, HOST};
use crate::terminal::say;

/// Sent back once everything is written.
const RECEIPT: &[u8] = b"done";

pub(super) fn receive(config: ServerConfig, target: &Path) -> Result<Done> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    say(listener.local_addr()?.port().to_string());
    let (mut socket, _) = listener.accept()?;
    let begun = Instant::now();
    socket.set_nodelay(true)?;
    let mut tls = ServerConnection::new(Arc::new(config))?;
    let mut stream = Stream::new(&mut tls, &mut socket);
    let mut file = File::create(target)?;
    // The sender's end of the stream is a close notification, which reads as an end.
    let bytes = copy(&mut stream, &mut file)?;
    let seconds = begun.elapsed().as_secs_f64();
    stream.write_all(RECEIPT)?;
    stream.flush()?;
    Ok(Done { bytes, seconds })
}

pub(super) fn send(config: ClientConfig, port: u16, file: &Path) -> Result<()> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from(HOST)?)?;
    let mut stream = Stream::new(&mut tls, &mut socket);
    copy(&mut File::open(file)?, &mut stream)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    let mut receipt = Vec::new();
    stream.take(RECEIPT.len() as u64).read_to_end(&mut receipt)?;
    ensure!(receipt == RECEIPT, "the receiver did not take all of it");
    Ok(())
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut total = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            to.flush()?;
            return Ok(total);
        }
        to.write_all(&buffer[..read])?;
        total += read as u64;
    }
}
