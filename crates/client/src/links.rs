//! How people are asked into a session: `https://<portal>/join/<secret>`, `deskside://join/<portal>/<secret>`, or a code.

use url::Url;

use crate::{
    ClientError,
    portal::{is_loopback, parse_address},
};

/// Characters of anything that could be a link.
const LINK_MAX: usize = 512;
/// Characters of a link's secret: 128 bits in hex are 32.
const SECRET: std::ops::RangeInclusive<usize> = 16..=128;
/// Symbols of a code as typed, without dashes; the portal knows the exact number.
const CODE: std::ops::RangeInclusive<usize> = 6..=16;

/// Where an invitation leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Addresses to try in this order; empty for a bare code, which is for the portal in use. A `deskside://` link to this
    /// computer does not say whether the portal speaks TLS.
    pub portals: Vec<String>,
    pub secret: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("That is neither a join link nor a code. Copy the whole link, or type the code again.")]
    NotAnInvitation,
    #[error("That link is not encrypted, so it was not opened. Ask your technician for a new one.")]
    NotEncrypted,
}

/// Reads what a person pasted, or what another program asked to open: take nothing for granted.
///
/// # Errors
/// [`LinkError`]; nothing was contacted.
pub fn parse(text: &str) -> Result<Invitation, LinkError> {
    let text = text.trim();
    if text.len() > LINK_MAX || text.chars().any(char::is_control) {
        return Err(LinkError::NotAnInvitation);
    }
    if text.contains("://") { parse_link(text) } else { parse_code(text) }
}

fn parse_code(text: &str) -> Result<Invitation, LinkError> {
    let secret: String =
        text.chars().filter(|c| !matches!(c, '-' | ' ' | '–')).map(|c| c.to_ascii_uppercase()).collect();
    let plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && CODE.contains(&secret.len()) {
        Ok(Invitation { portals: Vec::new(), secret })
    } else {
        Err(LinkError::NotAnInvitation)
    }
}

fn parse_link(text: &str) -> Result<Invitation, LinkError> {
    let url = Url::parse(text).map_err(|_| LinkError::NotAnInvitation)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(LinkError::NotAnInvitation);
    }
    let segments: Vec<&str> = url.path().split('/').skip(1).collect();
    match (url.scheme(), url.host_str(), segments.as_slice()) {
        ("https" | "http", Some(_), ["join", secret]) => {
            let portals = vec![origin(text)?];
            Ok(Invitation { portals, secret: link_secret(secret)? })
        }
        ("deskside", Some("join"), [host, secret]) if url.port().is_none() && url.username().is_empty() => {
            Ok(Invitation { portals: portals_of(host)?, secret: link_secret(secret)? })
        }
        _ => Err(LinkError::NotAnInvitation),
    }
}

fn portals_of(host: &str) -> Result<Vec<String>, LinkError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(LinkError::NotAnInvitation);
    }
    let secure = origin(&format!("https://{host}"))?;
    let local = Url::parse(&secure).is_ok_and(|url| is_loopback(&url));
    Ok(if local { vec![origin(&format!("http://{host}"))?, secure] } else { vec![secure] })
}

fn origin(address: &str) -> Result<String, LinkError> {
    match parse_address(address) {
        Ok(url) => Ok(url.origin().ascii_serialization()),
        Err(ClientError::NotEncrypted) => Err(LinkError::NotEncrypted),
        Err(_) => Err(LinkError::NotAnInvitation),
    }
}

fn link_secret(secret: &str) -> Result<String, LinkError> {
    let plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if plain && SECRET.contains(&secret.len()) {
        Ok(secret.to_owned())
    } else {
        Err(LinkError::NotAnInvitation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn invitations_lead_to_their_portal() {
        let remote = ["https://help.example.com"].as_slice();
        for (text, portals, secret) in [
            (format!("https://help.example.com/join/{SECRET}"), remote, SECRET),
            (format!("  deskside://join/help.example.com/{SECRET}\n"), remote, SECRET),
            (
                format!("deskside://join/help.example.com:8443/{SECRET}"),
                ["https://help.example.com:8443"].as_slice(),
                SECRET,
            ),
            (format!("http://127.0.0.1:7300/join/{SECRET}"), &["http://127.0.0.1:7300"], SECRET),
            (
                format!("deskside://join/localhost:7300/{SECRET}"),
                &["http://localhost:7300", "https://localhost:7300"],
                SECRET,
            ),
            ("abc-def-ghj".to_owned(), &[], "ABCDEFGHJ"),
            ("ABC DEF 234".to_owned(), &[], "ABCDEF234"),
        ] {
            let expected = Invitation {
                portals: portals.iter().map(ToString::to_string).collect(),
                secret: secret.to_owned(),
            };
            assert_eq!(parse(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn hostile_and_broken_ones_are_refused() {
        for text in [
            "".to_owned(),
            "hello, world".to_owned(),
            "javascript:alert(1)".to_owned(),
            "ABC-DEF-GHJ/../x".to_owned(),
            format!("file:///join/{SECRET}"),
            format!("deskside://open/help.example.com/{SECRET}"),
            format!("deskside://join/help.example.com/{SECRET}/more"),
            format!("deskside://join/me@help.example.com/{SECRET}"),
            format!("deskside://join/help.example.com%2f@evil.example/{SECRET}"),
            format!("deskside://join//{SECRET}"),
            format!("https://me:pw@help.example.com/join/{SECRET}"),
            format!("https://help.example.com/join/{SECRET}?next=x"),
            format!("https://help.example.com/join/{SECRET}#x"),
            format!("https://help.example.com/x/../../join/{SECRET}/"),
            "https://help.example.com/join/short".to_owned(),
            "https://help.example.com/join/0123456789abcdef%2e%2e".to_owned(),
            format!("https://help.example.com/join/{}", "a".repeat(600)),
        ] {
            assert_eq!(parse(&text), Err(LinkError::NotAnInvitation), "{text}");
        }
        let open = format!("http://help.example.com/join/{SECRET}");
        assert_eq!(parse(&open), Err(LinkError::NotEncrypted));
    }
}
