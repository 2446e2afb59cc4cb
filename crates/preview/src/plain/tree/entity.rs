//! References in XML: its own five and characters by number are resolved, all others shown as they are written.

use std::borrow::Cow;

/// Letters of the longest reference that is resolved.
const LONGEST: usize = 12;

pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        let end = reference.bytes().take(LONGEST).position(|byte| byte == b';');
        let resolved =
            end.and_then(|end| Some((resolve(reference.get(1..end)?)?, reference.get(end + 1..)?)));
        let (character, after) = resolved.unwrap_or(('&', &reference[1..]));
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|character| *character != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_or_shown() {
        for (text, expected) in [
            ("a &amp;&lt;&gt;&quot;&apos; b", "a &<>\"' b"),
            ("&#65;&#x1F642;&#0;&#xffffffff;", "A🙂&#0;&#xffffffff;"),
            ("&lol; & &; &amp", "&lol; & &; &amp"),
            ("&é;&amp;amp;", "&é;&amp;"),
        ] {
            assert_eq!(unescape(text), expected);
        }
    }
}
