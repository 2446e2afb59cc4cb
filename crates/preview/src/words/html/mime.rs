//! Web pages in one file, with their pictures, as mail (RFC 2557): what Office saves as `.mht`, and web applications hand
//! out as `.doc`.

use std::ops::Range;

/// Parts of one file, and multiparts inside each other.
const PARTS: usize = 1000;
const NESTED: usize = 4;

/// A part, with its place in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// In lower case.
    pub(super) kind: String,
    pub(super) charset: Option<String>,
    encoding: String,
    /// `Content-Location`, `Content-ID`.
    pub(super) location: String,
    pub(super) id: String,
    body: Range<usize>,
}

/// All parts of a message that are not made of parts themselves.
pub(super) fn parts(message: &[u8]) -> Vec<Part> {
    let mut found = Vec::new();
    let mut waiting = vec![(0..message.len(), 0)];
    while let Some((range, depth)) = waiting.pop() {
        let (part, boundary) = headers(message, range);
        match boundary.filter(|_| depth < NESTED) {
            Some(boundary) => {
                let mut inside: Vec<(Range<usize>, usize)> = split(message, part.body, &boundary)
                    .into_iter()
                    .map(|range| (range, depth + 1))
                    .collect();
                // The first one is to be taken first.
                inside.reverse();
                waiting.extend(inside);
            }
            None => found.push(part),
        }
        if found.len() >= PARTS || waiting.len() > PARTS {
            break;
        }
    }
    found
}

/// Lines of a stretch, with their places, line ends taken off.
fn lines(message: &[u8], range: Range<usize>) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let rest = message.get(at..range.end).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let line = &rest[..length];
        let place = at..at + length;
        at += length;
        Some((place, line.trim_ascii_end()))
    })
}

/// What stands before the first empty line, and the boundary of a multipart.
fn headers(message: &[u8], range: Range<usize>) -> (Part, Option<String>) {
    let mut part = Part { body: range.end..range.end, ..Part::default() };
    let mut boundary = None;
    let mut header = String::new();
    for (place, line) in lines(message, range.clone()) {
        let folded =
            line.first().is_some_and(|first| matches!(first, b' ' | b'\t')) && !line.trim_ascii().is_empty();
        if folded && header.len() < 4096 {
            header.push_str(&String::from_utf8_lossy(line));
            continue;
        }
        part.header(&header, &mut boundary);
        header = String::from_utf8_lossy(line).into_owned();
        if line.is_empty() {
            part.body = place.end..range.end;
            break;
        }
    }
    (part, boundary)
}

impl Part {
    fn header(&mut self, header: &str, boundary: &mut Option<String>) {
        let Some((name, value)) = header.split_once(':') else { return };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "content-type" => {
                self.kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                self.charset = parameter(value, "charset");
                *boundary = parameter(value, "boundary").filter(|_| self.kind.starts_with("multipart/"));
            }
            "content-transfer-encoding" => self.encoding = value.to_ascii_lowercase(),
            "content-location" => value.clone_into(&mut self.location),
            "content-id" => value.trim_matches(['<', '>']).clone_into(&mut self.id),
            _ => {}
        }
    }

    /// Its bytes as they were before they were mailed.
    pub(super) fn decode(&self, message: &[u8]) -> Vec<u8> {
        let body = message.get(self.body.clone()).unwrap_or_default();
        match self.encoding.as_str() {
            "base64" => base64(body),
            "quoted-printable" => quoted_printable(body),
            _ => body.to_vec(),
        }
    }
}

/// `name=value` or `name="value"` after the first semicolon.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case(wanted) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// What stands between lines of `--boundary`.
fn split(message: &[u8], range: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut end = range.end;
    for (place, line) in lines(message, range) {
        let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()))
        else {
            continue;
        };
        if let Some(start) = start.take() {
            parts.push(start..place.start);
        }
        if rest.starts_with(b"--") || parts.len() >= PARTS {
            end = place.end;
            break;
        }
        start = Some(place.end);
    }
    // Cut off in the middle.
    parts.extend(start.map(|start| start..end));
    parts
}

/// Bytes of base64; whatever is no digit of it is passed over.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

/// RFC 2045 §6.7.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'='),
            },
            _ => bytes.push(*first),
        }
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "From: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=\"b 1\"\r\n\r\nfor old readers\r\n\
        --b 1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/html; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=C3=A9 a=\r\nb =zz\r\n--b2--\r\n\r\n--b 1\r\n\
        Content-Type: image/png\r\nContent-Location: file:///C:/a.png\r\nContent-ID: <pic>\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBO\r\nRw==\r\n--b 1--\r\n";

    #[test]
    fn parts_are_found_and_decoded() {
        let message = MESSAGE.as_bytes();
        let found = parts(message);
        let kinds: Vec<_> = found.iter().map(|part| part.kind.as_str()).collect();
        assert_eq!(kinds, ["text/html", "image/png"]);
        assert_eq!(found[0].decode(message), "<p>café ab =zz\r\n".as_bytes());
        assert_eq!(found[0].charset.as_deref(), Some("utf-8"));
        assert_eq!((found[1].location.as_str(), found[1].id.as_str()), ("file:///C:/a.png", "pic"));
        assert_eq!(found[1].decode(message), b"\x89PNG");
    }

    #[test]
    fn what_is_cut_off_is_read_as_far_as_it_goes() {
        for length in 0..MESSAGE.len() {
            let message = &MESSAGE.as_bytes()[..length];
            for part in parts(message) {
                part.decode(message);
            }
        }
        let own = b"--b\n".repeat(5000);
        let mut message = b"Content-Type: multipart/mixed; boundary=b\n\n".to_vec();
        message.extend(own);
        assert!(parts(&message).len() <= PARTS);
    }
}
