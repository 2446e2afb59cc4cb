//! The certificate that a session description announces.

use deskside_proto::Digest32;

use crate::lane::LaneError;

/// Longest description, bytes: ours have about 1,000, a browser's 2,000.
const LENGTH_MAX: usize = 16 << 10;

/// `Ok` if `sdp` announces the pinned certificate and no other (RFC 8122: `a=fingerprint:sha-256 AB:CD:…`).
pub(super) fn check_fingerprint(sdp: &str, pinned: &Digest32) -> Result<(), LaneError> {
    if sdp.len() > LENGTH_MAX {
        return Err(LaneError::Rules("an endless session description".into()));
    }
    let mut seen = false;
    for announced in sdp.lines().filter_map(|line| line.trim().strip_prefix("a=fingerprint:")) {
        let digest = announced.split_once(' ').and_then(|(algorithm, hex)| {
            algorithm.eq_ignore_ascii_case("sha-256").then(|| parse(hex.trim())).flatten()
        });
        if digest.as_ref() != Some(pinned) {
            return Err(LaneError::WrongPeer("the description announces another certificate".into()));
        }
        seen = true;
    }
    seen.then_some(()).ok_or_else(|| LaneError::WrongPeer("the description announces no certificate".into()))
}

fn parse(hex: &str) -> Option<Digest32> {
    let mut digest = [0; 32];
    let mut pairs = hex.split(':');
    for byte in &mut digest {
        let pair = pairs.next().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(Digest32(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(byte: u8) -> String {
        format!("a=fingerprint:sha-256 {}\r\n", vec![format!("{byte:02X}"); 32].join(":"))
    }

    #[test]
    fn only_the_pinned_certificate_alone_is_accepted() {
        let pinned = Digest32([0xab; 32]);
        let ours = line(0xab);
        let refused = |sdp: &str| matches!(check_fingerprint(sdp, &pinned), Err(LaneError::WrongPeer(_)));
        assert_eq!(check_fingerprint(&format!("v=0\r\n{ours}"), &pinned), Ok(()));
        assert_eq!(check_fingerprint(&ours.to_lowercase(), &pinned), Ok(()));
        assert!(refused("v=0\r\n"), "none");
        assert!(refused(&line(0xac)), "another");
        assert!(refused(&format!("{ours}{}", line(0xac))), "another beside it");
        assert!(refused(&ours.replace("sha-256", "sha-1")), "a weaker digest");
        assert!(refused(&ours.replace("AB\r\n", "AB:AB\r\n")), "a longer one");
        assert!(refused(&ours.replace("AB:", "+B:")), "a sign is no digit");
    }
}
