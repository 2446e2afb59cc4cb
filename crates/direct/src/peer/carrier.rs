//! An open lane as the link sees it: messages in, messages out, and how much it takes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use deskside_transfer::{CarrierId, LaneKind};
use tokio::{runtime::Handle, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::lane::{Lane, LaneStats};

use super::attempt::Event;

/// Bytes that wait in front of a lane, at most: enough that it never waits for the link's thread. The lane has its own window.
const QUEUE_BYTES: usize = 1 << 20;
/// Messages that wait for the link's thread, from all lanes of a peer: at 256 KiB, 4 MiB.
pub(super) const MESSAGES_WAITING: usize = 16;

pub(super) struct Carrier {
    pub(super) lane: Arc<dyn Lane>,
    pub(super) kind: LaneKind,
    outgoing: mpsc::UnboundedSender<Bytes>,
    queue: Arc<Queue>,
    /// Milliseconds of the link's clock.
    pub(super) since: u64,
    ended: CancellationToken,
}

#[derive(Default)]
struct Queue {
    bytes: AtomicUsize,
    /// The link's thread was told that there is room, and has not looked yet.
    told: AtomicBool,
}

/// One message of a lane.
pub(super) struct Message {
    pub(super) carrier: CarrierId,
    pub(super) bytes: Bytes,
}

impl Carrier {
    /// Takes a lane into use: its messages go to `messages`, its end to `events`.
    pub(super) fn start(
        id: CarrierId,
        lane: Arc<dyn Lane>,
        since: u64,
        messages: mpsc::Sender<Message>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let queue = Arc::new(Queue::default());
        let ended = CancellationToken::new();
        let runtime = Handle::current();
        let reading = read(id, lane.clone(), messages, events.clone());
        let stop = ended.clone();
        runtime.spawn(async move { stop.run_until_cancelled(reading).await });
        let writing = write(id, lane.clone(), to_send, queue.clone(), events);
        let (stop, closing) = (ended.clone(), lane.clone());
        runtime.spawn(async move {
            stop.run_until_cancelled(writing).await;
            closing.close().await;
        });
        Self { kind: lane.kind(), lane, outgoing, queue, since, ended }
    }

    /// Bytes that it takes now.
    pub(super) fn free(&self) -> usize {
        self.queue.told.store(false, Ordering::Release);
        let most = QUEUE_BYTES.max(2 * self.lane.max_message());
        most.saturating_sub(self.queue.bytes.load(Ordering::Acquire))
    }

    pub(super) fn send(&self, bytes: Bytes) {
        self.queue.bytes.fetch_add(bytes.len(), Ordering::AcqRel);
        // Fails only once the lane has ended, which it says itself.
        let _ = self.outgoing.send(bytes);
    }

    /// Of carriers that are up, the link uses those of the highest rank for content.
    pub(super) fn rank(&self) -> u8 {
        match self.kind {
            LaneKind::Relay => 1,
            LaneKind::Webrtc => 2,
            LaneKind::Quic => 3,
        }
    }

    pub(super) fn stats(&self) -> LaneStats {
        self.lane.stats()
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

async fn read(
    carrier: CarrierId,
    lane: Arc<dyn Lane>,
    messages: mpsc::Sender<Message>,
    events: mpsc::UnboundedSender<Event>,
) {
    loop {
        match lane.receive().await {
            // Waits while the link's thread has enough to do: the lane then holds its sender back.
            Ok(bytes) => {
                if messages.send(Message { carrier, bytes }).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = events.send(Event::Ended { slot: carrier, error });
                return;
            }
        }
    }
}

async fn write(
    carrier: CarrierId,
    lane: Arc<dyn Lane>,
    mut to_send: mpsc::UnboundedReceiver<Bytes>,
    queue: Arc<Queue>,
    events: mpsc::UnboundedSender<Event>,
) {
    while let Some(bytes) = to_send.recv().await {
        let length = bytes.len();
        // The reader tells of the end.
        if lane.send(bytes).await.is_err() {
            return;
        }
        queue.bytes.fetch_sub(length, Ordering::AcqRel);
        if !queue.told.swap(true, Ordering::AcqRel) {
            let _ = events.send(Event::Room { slot: carrier });
        }
    }
}
