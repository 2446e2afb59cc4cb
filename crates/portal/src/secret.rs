//! Secrets given to people and programs: tokens, join codes, join links. The store sees [`hash`]es only.

use deskside_proto::limits::JOIN_CODE_SYMBOLS;
use deskside_store::SecretHash;
use sha2::{Digest, Sha256};

use crate::Env;

/// Crockford's base 32: no I, L, O, U.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// SHA-256: enough for secrets of 45 random bits and more that are rate-limited or 128 bits long.
#[must_use]
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// 256 random bits in hex.
#[must_use]
pub fn token(env: &Env) -> String {
    hex::encode(env.random::<32>())
}

/// 128 random bits in hex: the secret part of a join link.
#[must_use]
pub fn join_link(env: &Env) -> String {
    hex::encode(env.random::<16>())
}

/// Nine random symbols (45 bits) that can be read out on the telephone.
#[must_use]
pub fn join_code(env: &Env) -> String {
    let random = env.random::<JOIN_CODE_SYMBOLS>();
    random.iter().map(|byte| char::from(SYMBOLS[usize::from(byte & 31)])).collect()
}

/// Hash of a code as typed or of a link's secret part. `None` for what can be neither.
#[must_use]
pub fn hash_join_secret(typed: &str) -> Option<SecretHash> {
    let typed = typed.trim();
    // Longer than any spelling of either: not worth looking at.
    if typed.len() > 64 {
        return None;
    }
    let link = typed.to_ascii_lowercase();
    if link.len() == 32 && link.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(hash(&link));
    }
    normal_code(typed).map(|code| hash(&code))
}

/// A code as the portal made it: any case, with or without dashes and spaces, I and L for 1, O for 0.
#[must_use]
pub fn normal_code(typed: &str) -> Option<String> {
    let code: Option<String> = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' ' | '\u{2011}' | '\u{2013}'))
        .map(normal_symbol)
        .collect();
    code.filter(|code| code.len() == JOIN_CODE_SYMBOLS)
}

fn normal_symbol(typed: char) -> Option<char> {
    let symbol = match typed.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    u8::try_from(symbol).ok().filter(|byte| SYMBOLS.contains(byte)).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let code = normal_code("A0B1C2D3E").unwrap();
        for typed in ["a0b1c2d3e", "A0B-1C2-D3E", " aO b-iC 2d-3e".trim(), "AOBLC2D3E"] {
            assert_eq!(normal_code(typed).as_deref(), Some(code.as_str()), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_and_no_link_is_refused() {
        for typed in
            ["", "ABC", "A0B1C2D3EF", "A0B1C2D3U", "é0B1C2D3E", &"A".repeat(4_000), "../../etc/passwd"]
        {
            assert_eq!(hash_join_secret(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn codes_and_links_are_what_their_length_promises() {
        let env = Env::system();
        assert_eq!(join_code(&env).len(), JOIN_CODE_SYMBOLS);
        assert_eq!(join_link(&env).len() * 4, 128);
        assert_eq!(token(&env).len() * 4, 256);
        assert_ne!(join_code(&env), join_code(&env));
        assert!(hash_join_secret(&join_code(&env)).is_some() && hash_join_secret(&join_link(&env)).is_some());
    }
}
