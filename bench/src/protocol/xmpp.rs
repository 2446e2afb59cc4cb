//! XMPP over plain TCP: SASL ANONYMOUS (RFC 4505), resource binding (RFC 6120), a room by XEP-0045.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use tokio::time::timeout;

use super::{Client, Heard};
use crate::link::Link;
use crate::stamp::Stamp;

/// The virtual host of the peers' configurations, and its room service.
pub const HOST: &str = "localhost";
pub const ROOMS_HOST: &str = "conference.localhost";
/// A step of the stream's negotiation, on a machine that is busy with ten thousand of them.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// An occupant of a room.
pub struct Occupant {
    server: SocketAddr,
    room: String,
    nick: String,
    said: u64,
}

impl Occupant {
    #[must_use]
    pub fn new(server: SocketAddr, room: String, nick: String) -> Self {
        Self { server, room, nick, said: 0 }
    }
}

#[async_trait]
impl Client for Occupant {
    async fn connect(&mut self, _heard: &mut Heard) -> Result<Link> {
        let mut link = Link::xml(self.server).await?;
        let open = format!(
            "<?xml version='1.0'?><stream:stream to='{HOST}' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
        );
        ask(&mut link, &open, "</stream:features>").await?;
        let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
        ask(&mut link, auth, "<success").await?;
        ask(&mut link, &open, "</stream:features>").await?;
        let bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
        ask(&mut link, bind, "</jid>").await?;
        let join = format!(
            "<presence to='{}@{ROOMS_HOST}/{}'><x xmlns='http://jabber.org/protocol/muc'>\
             <history maxstanzas='0'/></x></presence>",
            self.room, self.nick
        );
        // 110 is one's own presence, which comes after everybody else's.
        let own = ask(&mut link, &join, "110").await?;
        ensure!(!own.contains("type='error'"), "the room refused: {own}");
        Ok(link)
    }

    fn say(&mut self, body: &str) -> String {
        self.said += 1;
        format!(
            "<message to='{}@{ROOMS_HOST}' type='groupchat' id='{}'><body>{body}</body></message>",
            self.room, self.said
        )
    }

    fn hear(&mut self, text: &str, heard: &mut Heard) -> Result<()> {
        heard.stamps.extend(Stamp::scan(text));
        ensure!(!text.contains("<stream:error"), "the server ends the stream: {text}");
        Ok(())
    }
}

/// Sends `text` and waits until `wanted` came; everything that came.
async fn ask(link: &mut Link, text: &str, wanted: &str) -> Result<String> {
    link.send(text).await?;
    let mut came = String::new();
    let answer = async {
        while !came.contains(wanted) {
            came.push_str(&link.next().await?);
            ensure!(
                !came.contains("<failure")
                    && !came.contains("type='error'")
                    && !came.contains("<stream:error"),
                "the server refused {text}: {came}"
            );
        }
        Ok(())
    };
    timeout(ANSWER_LIMIT, answer).await.with_context(|| format!("no {wanted} after {text}"))??;
    Ok(came)
}
