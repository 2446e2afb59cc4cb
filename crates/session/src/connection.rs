//! When to connect, when to call a connection dead, and what to say about it.

use deskside_proto::{ErrorCode, Millis, limits};

use crate::{ConnectionState, backoff};

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Idle,
    Connecting,
    /// The transport is open; `welcome` has not come yet.
    Greeting,
    Online,
    Waiting,
    Offline {
        retry_at: Millis,
    },
    Ended,
    Closed {
        code: ErrorCode,
        message: String,
    },
}

/// The connection's state machine; the session does what it asks.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    phase: Phase,
    failures: u32,
    heard_at: Millis,
    ping_at: Millis,
    ping: Option<(u32, Millis)>,
    nonce: u32,
    delay_millis: Option<u32>,
}

/// What the clock makes necessary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Connect,
    Ping(u32),
    /// Nothing was heard for too long.
    Silence,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Idle,
            failures: 0,
            heard_at: Millis(0),
            ping_at: Millis(0),
            ping: None,
            nonce: 0,
            delay_millis: None,
        }
    }

    pub(crate) fn state(&self) -> ConnectionState {
        match &self.phase {
            Phase::Idle | Phase::Connecting | Phase::Greeting => {
                ConnectionState::Connecting { attempt: self.failures + 1 }
            }
            Phase::Online => ConnectionState::Online { delay_millis: self.delay_millis },
            Phase::Waiting => ConnectionState::Waiting,
            Phase::Offline { retry_at } => ConnectionState::Offline { retry_at: *retry_at },
            Phase::Ended => ConnectionState::Ended,
            Phase::Closed { code, message } => {
                ConnectionState::Closed { code: *code, message: message.clone() }
            }
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        self.phase == Phase::Online
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether frames of the portal are expected now.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Greeting | Phase::Online | Phase::Waiting | Phase::Ended)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. })
    }

    pub(crate) fn connecting(&mut self) {
        self.phase = Phase::Connecting;
    }

    pub(crate) fn opened(&mut self, now: Millis) {
        self.phase = Phase::Greeting;
        self.ping = None;
        self.heard(now);
        self.ping_at = now.plus(limits::PING_EVERY_MILLIS);
    }

    pub(crate) fn welcomed(&mut self, waiting: bool) {
        self.failures = 0;
        self.phase = if waiting { Phase::Waiting } else { Phase::Online };
    }

    pub(crate) fn ended(&mut self) {
        self.phase = Phase::Ended;
    }

    pub(crate) fn closed(&mut self, code: ErrorCode, message: String) {
        self.phase = Phase::Closed { code, message };
    }

    pub(crate) fn lost(&mut self, now: Millis, random: u64) {
        self.failures = self.failures.saturating_add(1);
        self.delay_millis = None;
        self.phase = Phase::Offline { retry_at: now.plus(backoff::delay_millis(self.failures, random)) };
    }

    pub(crate) fn heard(&mut self, now: Millis) {
        self.heard_at = now;
    }

    /// Takes a pong; whether the delay changed.
    pub(crate) fn pong(&mut self, nonce: u32, now: Millis) -> bool {
        let Some((_, sent_at)) = self.ping.take_if(|(expected, _)| *expected == nonce) else { return false };
        let delay = u32::try_from(now.since(sent_at).max(0)).unwrap_or(u32::MAX);
        self.delay_millis.replace(delay) != Some(delay)
    }

    pub(crate) fn due(&mut self, now: Millis) -> Option<Due> {
        match self.phase {
            Phase::Offline { retry_at } if now >= retry_at => Some(Due::Connect),
            _ if !self.is_open() && self.phase != Phase::Connecting => None,
            _ if now.since(self.heard_at) >= limits::SILENCE_MAX_MILLIS && self.is_open() => {
                Some(Due::Silence)
            }
            Phase::Online | Phase::Waiting | Phase::Ended if now >= self.ping_at => {
                self.nonce = self.nonce.wrapping_add(1);
                self.ping = Some((self.nonce, now));
                self.ping_at = now.plus(limits::PING_EVERY_MILLIS);
                Some(Due::Ping(self.nonce))
            }
            _ => None,
        }
    }

    pub(crate) fn next_wake(&self) -> Option<Millis> {
        match self.phase {
            Phase::Offline { retry_at } => Some(retry_at),
            Phase::Greeting => Some(self.heard_at.plus(limits::SILENCE_MAX_MILLIS)),
            Phase::Online | Phase::Waiting | Phase::Ended => {
                Some(self.ping_at.min(self.heard_at.plus(limits::SILENCE_MAX_MILLIS)))
            }
            Phase::Idle | Phase::Connecting | Phase::Closed { .. } => None,
        }
    }
}
