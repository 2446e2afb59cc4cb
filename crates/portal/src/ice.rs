//! Where clients find a way to each other: STUN and TURN servers, and credentials for the latter.
//!
//! TURN's credentials follow the scheme that coturn calls "TURN REST API" (draft-uberti-behave-turn-rest-00): the user name says until
//! when it is good, the password is an HMAC-SHA1 of it under a secret that portal and TURN server share. Nothing is stored; what was
//! minted ends by itself.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use deskside_proto::{Millis, ParticipantId, api::IceServer};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Seconds that credentials are good for: long enough to find a way, too short to be worth passing on (research S15).
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Servers that the organisation runs or trusts. Empty: only ways inside one network, and the portal's relay.
#[derive(Debug, Clone, Default)]
pub struct IceConfig {
    pub stun: Vec<IceUrl>,
    pub turn: Option<TurnConfig>,
}

#[derive(Debug, Clone)]
pub struct TurnConfig {
    pub urls: Vec<IceUrl>,
    pub secret: TurnSecret,
    /// How long credentials are good for.
    pub life: Duration,
}

/// Shared with the TURN server (`static-auth-secret`); never shown, never logged.
#[derive(Clone)]
pub struct TurnSecret(String);

impl TurnSecret {
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for TurnSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TurnSecret(…)")
    }
}

impl FromStr for TurnSecret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let secret = text.trim();
        // HMAC-SHA1 takes any key; one that can be guessed gives the server to everybody.
        if secret.len() < 16 {
            return Err(
                "give a secret of at least 16 characters, the same as the TURN server's static-auth-secret"
                    .to_owned(),
            );
        }
        Ok(Self(secret.to_owned()))
    }
}

/// Address of a server after RFC 7064 (`stun:`, `stuns:`) or RFC 7065 (`turn:`, `turns:`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IceUrl(String);

impl IceUrl {
    fn is_turn(&self) -> bool {
        self.0.starts_with("turn")
    }
}

impl FromStr for IceUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text:?} is no address of a STUN or TURN server; give it as turn:turn.example.org:3478")
        };
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (address, query) = match rest.split_once('?') {
            Some((address, query)) => (address, Some(query)),
            None => (rest, None),
        };
        let takes_query = match scheme {
            "stun" | "stuns" => false,
            "turn" | "turns" => true,
            _ => return Err(wrong()),
        };
        let query_fits =
            query.is_none_or(|query| takes_query && matches!(query, "transport=udp" | "transport=tcp"));
        // As the authority of a web address: host, or address in brackets, and port.
        let host = url::Url::parse(&format!("http://{address}/")).ok();
        let host_fits = host
            .is_some_and(|url| url.path() == "/" && url.username().is_empty() && url.password().is_none());
        if query_fits && host_fits && !address.contains(['/', '#', '@', '\\']) {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

/// What the command line says of the ways between clients.
#[derive(Debug, Args)]
pub(crate) struct IceArgs {
    /// STUN servers, by which clients learn how they are seen from outside: stun:stun.example.org:3478.
    #[arg(long, env = "DESKSIDE_STUN", value_delimiter = ',')]
    stun: Vec<IceUrl>,
    /// TURN servers, which relay for clients that find no direct way: turn:turn.example.org:3478. They answer STUN as well.
    #[arg(long, env = "DESKSIDE_TURN", value_delimiter = ',', requires = "turn_secret")]
    turn: Vec<IceUrl>,
    /// The TURN server's `static-auth-secret`. Others on this machine can read a command line: give it by the variable.
    #[arg(long, env = "DESKSIDE_TURN_SECRET", hide_env_values = true)]
    turn_secret: Option<TurnSecret>,
    /// Do not relay files through this portal where clients find no other way.
    #[arg(long, env = "DESKSIDE_NO_RELAY")]
    pub(crate) no_relay: bool,
    /// Bytes per second that one relayed transfer may take in one direction.
    #[arg(long, env = "DESKSIDE_RELAY_BYTES_PER_SECOND", default_value_t = crate::relay::BYTES_PER_SECOND)]
    pub(crate) relay_bytes_per_second: std::num::NonZeroU64,
}

impl IceArgs {
    /// The servers, if each address is of the kind that its option is for.
    pub(crate) fn servers(&self) -> anyhow::Result<IceConfig> {
        if let Some(url) = self.stun.iter().find(|url| url.is_turn()) {
            anyhow::bail!("{} is no STUN server; give it by --turn", url.0);
        }
        if let Some(url) = self.turn.iter().find(|url| !url.is_turn()) {
            anyhow::bail!("{} is no TURN server; give it by --stun", url.0);
        }
        let secret = self.turn_secret.clone().filter(|_| !self.turn.is_empty());
        let turn = secret.map(|secret| TurnConfig { urls: self.turn.clone(), secret, life: LIFE });
        Ok(IceConfig { stun: self.stun.clone(), turn })
    }
}

impl IceConfig {
    /// The servers for `participant` at `now`, and when the credentials end, if there are any.
    #[must_use]
    pub fn servers(&self, participant: ParticipantId, now: Millis) -> (Vec<IceServer>, Option<Millis>) {
        let texts = |urls: &[IceUrl]| urls.iter().map(|url| url.0.clone()).collect();
        let mut servers = Vec::new();
        if !self.stun.is_empty() {
            servers.push(IceServer { urls: texts(&self.stun), username: None, credential: None });
        }
        let Some(turn) = &self.turn else { return (servers, None) };
        let life = i64::try_from(turn.life.as_millis()).unwrap_or(i64::MAX);
        // In whole seconds, as the name says it.
        let expires = now.0.saturating_add(life) / 1000;
        let username = format!("{expires}:{participant}");
        let credential = turn.secret.password(&username);
        servers.push(IceServer {
            urls: texts(&turn.urls),
            username: Some(username),
            credential: Some(credential),
        });
        (servers, Some(Millis(expires * 1000)))
    }
}

impl TurnSecret {
    /// Base64 of the HMAC-SHA1 of `username`.
    fn password(&self, username: &str) -> String {
        match Hmac::<Sha1>::new_from_slice(self.0.as_bytes()) {
            Ok(mac) => STANDARD.encode(mac.chain_update(username.as_bytes()).finalize().into_bytes()),
            // HMAC takes keys of any length; no password at all is good for nothing.
            Err(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(texts: &[&str]) -> Vec<IceUrl> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn addresses_are_those_of_the_rfcs() {
        for (text, fits) in [
            ("stun:stun.example.org", true),
            ("stun:192.0.2.1:3478", true),
            ("stuns:[2001:db8::1]:5349", true),
            ("turn:turn.example.org:3478?transport=udp", true),
            ("turns:turn.example.org?transport=tcp", true),
            ("stun:stun.example.org?transport=udp", false),
            ("turn:turn.example.org?transport=sctp", false),
            ("turn:", false),
            ("turn://turn.example.org", false),
            ("turn:user@turn.example.org", false),
            ("turn:turn.example.org:99999", false),
            ("http://turn.example.org", false),
            ("turn.example.org:3478", false),
        ] {
            assert_eq!(text.parse::<IceUrl>().is_ok(), fits, "{text}");
        }
    }

    /// Research S15: for one participant, for minutes. The password by `openssl dgst -sha1 -hmac` of the name.
    #[test]
    fn credentials_name_their_end_and_their_owner() {
        let turn = TurnConfig {
            urls: urls(&["turn:turn.example.org"]),
            secret: TurnSecret::new("north wind and sun".to_owned()),
            life: Duration::from_secs(600),
        };
        let ice = IceConfig { stun: urls(&["stun:stun.example.org"]), turn: Some(turn) };
        let (servers, expires_at) = ice.servers(ParticipantId([7; 16]), Millis(1_790_000_000_999));
        assert_eq!(expires_at, Some(Millis(1_790_000_600_000)));
        assert_eq!(servers[0].urls, ["stun:stun.example.org"]);
        assert_eq!((&servers[0].username, &servers[0].credential), (&None, &None));
        assert_eq!(servers[1].username.as_deref(), Some("1790000600:07070707070707070707070707070707"));
        assert_eq!(servers[1].credential.as_deref(), Some("r8wQYGGtgrNiNPAI7sWYRPNxm5E="));
        assert_eq!(format!("{:?}", ice.turn.unwrap().secret), "TurnSecret(…)");
    }

    #[test]
    fn without_servers_there_are_none() {
        assert_eq!(IceConfig::default().servers(ParticipantId([7; 16]), Millis(0)), (vec![], None));
        assert!("short".parse::<TurnSecret>().is_err());
    }
}
