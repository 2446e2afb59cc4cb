//! Identifiers: 128 bits, shown as 32 lower-case hex digits, one type for each kind of thing.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

use crate::Millis;

/// A text that is not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hex digits")]
pub struct ParseIdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ts_rs::TS, utoipa::ToSchema)]
        #[ts(export, type = "string")]
        #[schema(value_type = String, pattern = "^[0-9a-f]{32}$", example = "0192d3c4b5a67788990011aabbccddee")]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// A UUIDv7 (RFC 9562 §5.7): sorts by creation time, with 74 random bits taken from `random`.
            #[must_use]
            pub fn new(now: Millis, random: [u8; 16]) -> Self {
                Self(uuid_v7(now, random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                with_hex(&self.0, |hex| f.write_str(hex))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                with_hex(&self.0, |hex| serializer.serialize_str(hex))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

ids! {
    /// An organisation.
    OrgId,
    /// A person who can sign in.
    UserId,
    /// A place where a person is signed in.
    DeviceId,
    /// A person asked to join an organisation.
    InvitationId,
    /// A session: one customer's case, from its code to its transcript.
    SessionId,
    /// One person's place in one session.
    ParticipantId,
    /// An event of a session's log.
    EventId,
    /// A file in a session.
    AttachmentId,
    /// An upload that is under way.
    UploadId,
    /// A text that technicians keep ready.
    CannedReplyId,
    /// An organisation's bot.
    BotId,
    /// A text that is kept encrypted and never shown again.
    SecretId,
    /// A client's own name for a command: the same command sent again carries the same `TxnId` and has effect once.
    TxnId,
    /// One running client (a browser's tab, a run of the desktop app) of a participant who may have several.
    EndpointId,
}

fn uuid_v7(now: Millis, random: [u8; 16]) -> [u8; 16] {
    let mut id = random;
    let millis = now.0.max(0).to_be_bytes();
    id[..6].copy_from_slice(&millis[2..]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}

/// Every frame and every query has several: digit by digit from a table, not through the formatter.
pub(crate) fn with_hex<const BYTES: usize, T>(id: &[u8; BYTES], what: impl FnOnce(&str) -> T) -> T {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; BYTES];
    for (pair, byte) in pairs.iter_mut().zip(id) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0x0f)];
    }
    // Digits are ASCII.
    what(std::str::from_utf8(pairs.as_flattened()).unwrap_or_default())
}

pub(crate) fn parse_hex<const BYTES: usize>(text: &str) -> Result<[u8; BYTES], ParseIdError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * BYTES {
        return Err(ParseIdError);
    }
    let mut id = [0; BYTES];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(id)
}

fn nibble(digit: u8) -> Result<u8, ParseIdError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ParseIdError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_survive_a_round_trip() {
        let earlier = SessionId::new(Millis(1_000), [0xff; 16]);
        let later = SessionId::new(Millis(1_001), [0; 16]);
        assert!(earlier < later);
        assert_eq!(earlier.to_string().parse(), Ok(earlier));
        assert_eq!(&earlier.to_string()[12..13], "7", "UUID version");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "0",
            "ZZ92d3c4b5a67788990011aabbccddee",
            "0192d3c4b5a67788990011aabbccddee0",
            "é192d3c4b5a67788990011aabbccdde",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(ParseIdError), "{text:?}");
        }
    }
}
