//! What a server says of a file: its name and its type.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

/// `filename*`, then `filename` of `Content-Disposition` (RFC 6266 §4.3), then the last segment of the path. As the server wrote it:
/// with folders, controls and whatever else.
pub(crate) fn name(headers: &HeaderMap, url: &Url) -> Option<String> {
    let declared = headers.get(CONTENT_DISPOSITION).and_then(|value| of_disposition(&text(value)));
    declared.or_else(|| of_path(url))
}

/// `type/subtype` in lower case, without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    (is_token(kind) && is_token(subtype)).then_some(essence)
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(legal)
}

/// Servers write names in UTF-8 or ISO 8859-1, whatever the rules say.
fn text(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn of_disposition(value: &str) -> Option<String> {
    let (mut extended, mut plain) = (None, None);
    for parameter in parameters(value) {
        let Some((key, value)) = parameter.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        // Of two with one key the first counts.
        if key.eq_ignore_ascii_case("filename*") {
            extended = extended.or_else(|| of_extended(value));
        } else if key.eq_ignore_ascii_case("filename") {
            plain = plain.or_else(|| Some(unquoted(value)));
        }
    }
    extended.filter(|name| !name.is_empty()).or(plain.filter(|name| !name.is_empty()))
}

/// Split at semicolons outside of quotes.
fn parameters(value: &str) -> Vec<&str> {
    let (mut found, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in value.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                found.push(&value[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&value[from..]);
    found
}

/// `charset'language'percent-encoded`: RFC 8187 §3.2. What is in another charset, or not in the one it names, is no name.
fn of_extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    if charset.eq_ignore_ascii_case("utf-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(latin1(&bytes))
    } else {
        None
    }
}

/// Without quotes. A backslash takes only quotes and backslashes as they are: others stand in Windows paths.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let (mut name, mut characters) = (String::new(), inner.chars().peekable());
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('"', _) => break,
            ('\\', Some(&next @ ('"' | '\\'))) => {
                characters.next();
                name.push(next);
            }
            _ => name.push(character),
        }
    }
    name
}

fn of_path(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back().filter(|segment| !segment.is_empty())?;
    Some(percent_decode_str(last).decode_utf8_lossy().into_owned())
}
