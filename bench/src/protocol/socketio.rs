//! socket.io 4 over a WebSocket (engine.io protocol 4), with the room server in `peers/socketio`.

use std::net::SocketAddr;

use anyhow::{Result, bail};
use async_trait::async_trait;

use super::{Client, Heard};
use crate::link::Link;
use crate::stamp::Stamp;

pub struct Participant {
    server: SocketAddr,
    room: String,
    /// Its own name in the ids of what it says.
    name: String,
    said: u64,
}

impl Participant {
    #[must_use]
    pub fn new(server: SocketAddr, room: String, name: String) -> Self {
        Self { server, room, name, said: 0 }
    }
}

#[async_trait]
impl Client for Participant {
    async fn connect(&mut self, _heard: &mut Heard) -> Result<Link> {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", self.server);
        let mut link = Link::web(self.server, [127, 0, 0, 1].into(), &url, None).await?;
        wait(&mut link, "0{").await?;
        link.send("40").await?;
        wait(&mut link, "40").await?;
        link.send(format!(r#"420["join","{}","{}"]"#, self.room, self.name)).await?;
        wait(&mut link, "430").await?;
        Ok(link)
    }

    fn say(&mut self, body: &str) -> String {
        self.said += 1;
        format!(r#"42{}["say","{}-{}","{body}"]"#, self.said, self.name, self.said)
    }

    fn hear(&mut self, text: &str, heard: &mut Heard) -> Result<()> {
        match text {
            // The server's ping.
            "2" => heard.replies.push("3".to_owned()),
            "41" | "1" => bail!("the server closes the connection"),
            _ => heard.stamps.extend(Stamp::scan(text)),
        }
        Ok(())
    }
}

async fn wait(link: &mut Link, prefix: &str) -> Result<()> {
    loop {
        let text = link.next().await?;
        if text.starts_with(prefix) {
            return Ok(());
        }
        if text == "2" {
            link.send("3").await?;
        } else if text.starts_with("44") {
            bail!("the server refused: {text}");
        }
    }
}
