//! Sends back what comes, over the transport of the session socket: same server, same upgrade, same settings but for the
//! largest message (`cargo xtask autobahn` sends some of 16 MiB). Prints its address, and ends with its standard input.
#![expect(clippy::print_stdout, reason = "its address is for whoever started it")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use axum::{
    Router,
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::any,
};
use deskside_portal::socket;

/// The suite's largest message.
const MESSAGE_MAX_BYTES: usize = 16 * 1024 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    listener.set_nonblocking(true)?;
    std::thread::spawn(|| {
        // Whoever started it is gone.
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    let router = Router::new().route("/", any(upgrade));
    axum_server::from_tcp(listener)?.serve(router.into_make_service()).await
}

fn upgrade(upgrade: WebSocketUpgrade) -> impl Future<Output = Response> {
    std::future::ready(socket::transport(upgrade, MESSAGE_MAX_BYTES).on_upgrade(echo))
}

/// Pings and close frames are the transport's own business.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let said = matches!(message, Message::Text(_) | Message::Binary(_));
        if said && socket.send(message).await.is_err() {
            return;
        }
    }
}
