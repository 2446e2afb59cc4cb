//! What a device is called in a list: from what its client says of itself, which anybody can make up.

use deskside_proto::limits::NAME_MAX_CHARS;

/// Browsers and apps by what is in their `User-Agent`; the first that fits. Most browsers name others too, for old sites' sake.
const CLIENTS: &[(&str, &str)] = &[
    ("deskside/", "Deskside"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("macos", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("linux", "Linux"),
];

/// `Firefox on Linux`, or what the client says, cleaned: one line of at most [`NAME_MAX_CHARS`] characters.
#[must_use]
pub fn of(user_agent: Option<&str>) -> String {
    let text = user_agent.unwrap_or_default();
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| text.contains(part)).map(|(_, name)| *name)
    };
    match (named(CLIENTS), named(SYSTEMS)) {
        (Some(client), Some(system)) => format!("{client} on {system}"),
        (Some(client), None) => client.to_owned(),
        (None, _) => cleaned(text),
    }
}

fn cleaned(text: &str) -> String {
    // A header value holds nothing else that is ASCII; anything else is somebody's joke.
    let plain: String =
        text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(NAME_MAX_CHARS).collect();
    let plain = plain.trim();
    if plain.is_empty() { "Unknown".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_what_people_call_them() {
        let long = "x".repeat(10 * 1024);
        for (user_agent, expected) in [
            (
                Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
                "Firefox on Linux",
            ),
            (
                Some(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                     Safari/537.36 Edg/126.0.0.0",
                ),
                "Edge on Windows",
            ),
            (
                Some(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/17.5 Mobile/15E148 Safari/604.1",
                ),
                "Safari on iPhone",
            ),
            (
                Some(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/126.0.0.0 Safari/537.36",
                ),
                "Chrome on macOS",
            ),
            (Some("deskside/0.1.0 (linux)"), "Deskside on Linux"),
            (Some("deskside/0.1.0"), "Deskside"),
            (Some("curl/8.5.0"), "curl/8.5.0"),
            (Some("  \u{202e}<b>evil</b>\u{0} "), "<b>evil</b>"),
            (Some(&long), &long[..NAME_MAX_CHARS]),
            (Some(" "), "Unknown"),
            (None, "Unknown"),
        ] {
            assert_eq!(of(user_agent), expected);
        }
    }
}
