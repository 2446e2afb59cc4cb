//! How often somebody may try: sign-in, set-up and join, by address and by what they try (research S16); search and links, by who asks.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

use deskside_proto::{ErrorCode, ParticipantId, UserId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::net::rate_key;

/// Tries per minute; as many can come at once.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    pub sign_in_per_address: NonZeroU32,
    pub sign_in_per_email: NonZeroU32,
    pub join_per_address: NonZeroU32,
    pub join_per_secret: NonZeroU32,
    pub search_per_participant: NonZeroU32,
    pub ice_per_participant: NonZeroU32,
    /// Links of invitations and for new passwords.
    pub links_per_address: NonZeroU32,
    pub links_overall: NonZeroU32,
    pub forgot_per_address: NonZeroU32,
    pub forgot_overall: NonZeroU32,
    pub invites_per_person: NonZeroU32,
    pub copies_per_participant: NonZeroU32,
    /// Tries of actions and steps of rehearsals.
    pub rehearsals_per_person: NonZeroU32,
}

/// Letters to one address about a forgotten password at once, and in an hour after.
const FORGOT_PER_HOUR: NonZeroU32 = match NonZeroU32::new(3) {
    Some(letters) => letters,
    None => NonZeroU32::MIN,
};

impl Default for Rates {
    fn default() -> Self {
        let per_minute = |tries| NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN);
        Self {
            sign_in_per_address: per_minute(10),
            sign_in_per_email: per_minute(10),
            // A look-up and a join for each customer; an office of customers may share one address.
            join_per_address: per_minute(20),
            join_per_secret: per_minute(20),
            // Somebody who types and thinks; the field waits for a pause before it asks.
            search_per_participant: per_minute(120),
            // Once for each connection and each time it is made anew.
            ice_per_participant: per_minute(60),
            links_per_address: per_minute(20),
            // Nobody guesses 256 bits: this only bounds the work.
            links_overall: per_minute(1_000),
            forgot_per_address: per_minute(5),
            forgot_overall: per_minute(100),
            invites_per_person: per_minute(60),
            // Each reads a whole log, twice.
            copies_per_participant: per_minute(6),
            // Somebody who clicks through a flow; each may fetch a few files.
            rehearsals_per_person: per_minute(60),
        }
    }
}

/// One limiter per rule.
pub struct RateLimits {
    sign_in_address: Limiter<IpAddr>,
    sign_in_email: Limiter<[u8; 32]>,
    join_address: Limiter<IpAddr>,
    join_secret: Limiter<[u8; 32]>,
    search: Limiter<ParticipantId>,
    ice: Limiter<ParticipantId>,
    links_address: Limiter<IpAddr>,
    links: Limiter<()>,
    forgot_address: Limiter<IpAddr>,
    forgot_email: Limiter<[u8; 32]>,
    forgot: Limiter<()>,
    invites: Limiter<UserId>,
    copy: Limiter<ParticipantId>,
    rehearsals: Limiter<UserId>,
}

struct Limiter<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(per_minute)))
    }

    fn hourly(per_hour: NonZeroU32) -> Self {
        Self(RateLimiter::keyed(Quota::per_hour(per_hour)))
    }

    fn check(&self, key: &K) -> Result<(), ErrorCode> {
        // Bounds the table: whoever comes from many addresses must not fill the memory.
        if self.0.len() > 10_000 {
            self.0.retain_recent();
        }
        self.0.check_key(key).map_err(|_| ErrorCode::TooManyRequests)
    }
}

impl RateLimits {
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self {
            sign_in_address: Limiter::new(rates.sign_in_per_address),
            sign_in_email: Limiter::new(rates.sign_in_per_email),
            join_address: Limiter::new(rates.join_per_address),
            join_secret: Limiter::new(rates.join_per_secret),
            search: Limiter::new(rates.search_per_participant),
            ice: Limiter::new(rates.ice_per_participant),
            links_address: Limiter::new(rates.links_per_address),
            links: Limiter::new(rates.links_overall),
            forgot_address: Limiter::new(rates.forgot_per_address),
            forgot_email: Limiter::hourly(FORGOT_PER_HOUR),
            forgot: Limiter::new(rates.forgot_overall),
            invites: Limiter::new(rates.invites_per_person),
            copy: Limiter::new(rates.copies_per_participant),
            rehearsals: Limiter::new(rates.rehearsals_per_person),
        }
    }

    /// Counts a try to sign in (or to set up) as `email`.
    pub fn sign_in(&self, from: IpAddr, email: &str) -> Result<(), ErrorCode> {
        self.sign_in_address.check(&rate_key(from))?;
        self.sign_in_email.check(&crate::secret::hash(&email.to_lowercase()))
    }

    /// Counts a try of a join code or link.
    pub fn join(&self, from: IpAddr, secret: &str) -> Result<(), ErrorCode> {
        self.join_address.check(&rate_key(from))?;
        self.join_secret.check(&crate::secret::hash(secret.trim()))
    }

    /// Counts a search in an organisation's Files. Ids of people and places are never the same.
    pub fn search_files(&self, by: UserId) -> Result<(), ErrorCode> {
        self.search.check(&ParticipantId(by.0))
    }

    /// Counts a search.
    pub fn search(&self, by: ParticipantId) -> Result<(), ErrorCode> {
        self.search.check(&by)
    }

    /// Counts a set of credentials for TURN servers.
    pub fn ice(&self, by: ParticipantId) -> Result<(), ErrorCode> {
        self.ice.check(&by)
    }

    /// Counts a try of a link of an invitation or for a new password.
    pub fn link(&self, from: IpAddr) -> Result<(), ErrorCode> {
        self.links_address.check(&rate_key(from))?;
        self.links.check(&())
    }

    /// Counts a forgotten password, whether anybody has that address or not.
    pub fn forgot(&self, from: IpAddr, email: &str) -> Result<(), ErrorCode> {
        self.forgot_address.check(&rate_key(from))?;
        self.forgot_email.check(&crate::secret::hash(&email.to_lowercase()))?;
        self.forgot.check(&())
    }

    /// Counts a link that an admin makes for somebody.
    pub fn invite(&self, by: UserId) -> Result<(), ErrorCode> {
        self.invites.check(&by)
    }

    /// Counts a try of a bot.
    pub fn rehearsal(&self, by: UserId) -> Result<(), ErrorCode> {
        self.rehearsals.check(&by)
    }

    /// Counts a customer's copy of a transcript.
    pub fn copy(&self, by: ParticipantId) -> Result<(), ErrorCode> {
        self.copy.check(&by)
    }
}
