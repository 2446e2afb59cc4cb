//! The portal's relay as `deskside-direct` asks for it: a WebSocket that passes frames on to one endpoint.

use std::{io, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use deskside_direct::lane::{
    LaneError,
    relay::{RelayConnection, RelayConnector},
};
use deskside_proto::limits::RELAY_FRAME_MAX_BYTES;
use deskside_transfer::meeting::{Parties, Role};
use futures_util::{SinkExt as _, StreamExt as _, future};
use tokio_tungstenite::tungstenite::{Error, Message, protocol::WebSocketConfig};

use crate::{account::Access, socket};

/// For the upgrade. The portal answers at once, and holds the socket until the other side is there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that the socket holds back at most: so few that a better lane soon has everything.
const WRITE_BUFFER_MAX_BYTES: usize = 256 * 1024;

/// Opens the relay as one member of the session.
pub(crate) struct PortalRelay(pub(crate) Access);

#[async_trait]
impl RelayConnector for PortalRelay {
    async fn connect(&self, parties: &Parties, role: Role) -> Result<RelayConnection, LaneError> {
        let (own, peer) = match role {
            Role::Initiator => (parties.initiator, parties.responder),
            Role::Responder => (parties.responder, parties.initiator),
        };
        let mut url = self.0.portal.relay_url(parties.session, peer.participant);
        url.query_pairs_mut()
            .append_pair("from", &own.endpoint.to_string())
            .append_pair("to", &peer.endpoint.to_string());
        let limits = WebSocketConfig::default()
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
            .max_message_size(Some(RELAY_FRAME_MAX_BYTES))
            .max_frame_size(Some(RELAY_FRAME_MAX_BYTES));
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, socket::open(&self.0, &url, limits)).await;
        let stream = opened.map_err(|_| LaneError::NoPath)?.map_err(|error| {
            tracing::info!("no relay: {error}");
            LaneError::NoPath
        })?;
        let (sender, receiver) = stream.split();
        let sender = sender.sink_map_err(io::Error::other);
        let sender = sender.with(|frame: Bytes| future::ok::<_, io::Error>(Message::Binary(frame)));
        let receiver = receiver.filter_map(|message| future::ready(content(message)));
        Ok(RelayConnection { sender: Box::pin(sender), receiver: Box::pin(receiver) })
    }
}

/// What of a message is the peer's; the rest is between us and the portal.
fn content(message: Result<Message, Error>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(frame)) => Some(Ok(frame)),
        Ok(Message::Close(_)) => Some(Err(io::ErrorKind::ConnectionReset.into())),
        Ok(_) => None,
        Err(error) => Some(Err(io::Error::other(error))),
    }
}
