//! What a STUN server says our address is (RFC 8489), asked from the very socket that QUIC will use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;

const MAGIC: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// How long an answer is waited for, each of [`TRIES`] times.
const WAIT: Duration = Duration::from_millis(300);
const TRIES: usize = 3;

/// Our address as `server` sees it, if it answers within a second.
pub(super) async fn mapped_address(socket: &UdpSocket, server: SocketAddr) -> Option<SocketAddr> {
    let mut transaction = [0; 12];
    getrandom::fill(&mut transaction).ok()?;
    let request = request(transaction);
    let mut answer = [0; 1500];
    for _ in 0..TRIES {
        socket.send_to(&request, server).await.ok()?;
        let deadline = tokio::time::Instant::now() + WAIT;
        while let Ok(Ok((length, from))) =
            tokio::time::timeout_at(deadline, socket.recv_from(&mut answer)).await
        {
            let found = (from == server).then(|| parse(&answer[..length], transaction)).flatten();
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// `host` and `port` of a `stun:` URL (RFC 7064), port 3478 unless said.
pub(super) fn server_of(url: &str) -> Option<(&str, u16)> {
    let rest = url.strip_prefix("stun:")?;
    let rest = rest.split('?').next()?;
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (rest, 3478),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then_some((host, port))
}

fn request(transaction: [u8; 12]) -> [u8; 20] {
    let mut request = [0; 20];
    request[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
    request[4..8].copy_from_slice(&MAGIC.to_be_bytes());
    request[8..].copy_from_slice(&transaction);
    request
}

fn parse(answer: &[u8], transaction: [u8; 12]) -> Option<SocketAddr> {
    let header = answer.get(..20)?;
    let kind = u16::from_be_bytes([header[0], header[1]]);
    if kind != BINDING_SUCCESS || header[4..8] != MAGIC.to_be_bytes() || header[8..] != transaction {
        return None;
    }
    let mut attributes = answer.get(20..)?;
    while let Some(head) = attributes.get(..4) {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = attributes.get(4..4 + length)?;
        if u16::from_be_bytes([head[0], head[1]]) == XOR_MAPPED_ADDRESS {
            return unmask(value, transaction);
        }
        attributes = attributes.get(4 + length.next_multiple_of(4)..)?;
    }
    None
}

fn unmask(value: &[u8], transaction: [u8; 12]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes([*value.get(2)?, *value.get(3)?]) ^ (MAGIC >> 16) as u16;
    let address: IpAddr = match value.get(1)? {
        1 => {
            let masked: [u8; 4] = value.get(4..8)?.try_into().ok()?;
            Ipv4Addr::from_bits(u32::from_be_bytes(masked) ^ MAGIC).into()
        }
        2 => {
            let masked: [u8; 16] = value.get(4..20)?.try_into().ok()?;
            let mut mask = [0; 16];
            mask[..4].copy_from_slice(&MAGIC.to_be_bytes());
            mask[4..].copy_from_slice(&transaction);
            Ipv6Addr::from_bits(u128::from_be_bytes(masked) ^ u128::from_be_bytes(mask)).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 §2.2, with its transaction id and without the attributes that need a password.
    #[test]
    fn reads_the_address_of_the_standards_example() {
        let transaction = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
        let mut answer = vec![0x01, 0x01, 0x00, 0x1c, 0x21, 0x12, 0xa4, 0x42];
        answer.extend(transaction);
        answer.extend([0x80, 0x22, 0x00, 0x0b]);
        answer.extend(b"test vector ");
        answer.extend([0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        assert_eq!(parse(&answer, transaction), Some("192.0.2.1:32853".parse().unwrap()));
        assert_eq!(parse(&answer, [0; 12]), None, "an answer to another request");
        for length in 0..answer.len() {
            assert_eq!(parse(&answer[..length], transaction), None, "cut to {length} bytes");
        }
    }

    #[test]
    fn reads_stun_urls() {
        assert_eq!(server_of("stun:stun.example.org"), Some(("stun.example.org", 3478)));
        assert_eq!(server_of("stun:192.0.2.1:99"), Some(("192.0.2.1", 99)));
        assert_eq!(server_of("stun:[2001:db8::1]:99"), Some(("2001:db8::1", 99)));
        assert_eq!(server_of("turn:example.org"), None);
        assert_eq!(server_of("stun:"), None);
    }
}
