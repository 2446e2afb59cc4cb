//! As much of X.509 as it takes to read when a certificate ends (RFC 5280 §4.1): the library that checks certificates tells
//! only yes or no.

/// Seconds since 1970 at which `certificate` stops to be valid. `None` for what is no certificate.
#[must_use]
pub fn not_after(certificate: &[u8]) -> Option<i64> {
    let (_, certificate, _) = read(certificate)?;
    let (_, mut fields, _) = read(certificate)?;
    // tbsCertificate: [0] version (may be missing), serialNumber, signature, issuer, validity …
    if fields.first() == Some(&0xa0) {
        fields = read(fields)?.2;
    }
    for _ in 0..3 {
        fields = read(fields)?.2;
    }
    let (_, validity, _) = read(fields)?;
    let (_, _, rest) = read(validity)?;
    let (tag, text, _) = read(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// Tag and content of the first value, and what follows it.
fn read(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// `UTCTime` (two digits of the year; 50 and more are of the last century) or `GeneralizedTime`, both in UTC.
fn time(tag: u8, text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let century = match (tag, digits.get(..2)?) {
        (0x17, year) if year >= "50" => "19",
        (0x17, _) => "20",
        (0x18, _) => "",
        _ => return None,
    };
    let parsed = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", format!("{century}{digits}")).ok()?;
    Some(parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        assert_eq!(time(0x17, "700101000000Z"), Some(0));
        assert_eq!(time(0x17, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(0x18, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(time(0x18, "20500101000000+0100"), None);
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        for bytes in [
            &b""[..],
            b"\x30",
            b"\x30\x82\xff\xff",
            b"\x30\x03\x30\x01\x02",
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(not_after(bytes), None, "{bytes:?}");
        }
    }
}
