//! What an action asks its endpoint: a [`SendAttachment`] with a customer's answers in it (rows C03–C07).

use deskside_proto::{FlowProblemCode, SendAttachment};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use crate::template::{self, Answers, Piece};

/// Everything but the unreserved characters (RFC 3986 §2.3): an answer is one value, never syntax.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Headers that say how the request itself travels, or that have a field of their own.
const RESERVED: [&str; 17] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// A request that can be sent; its authorization is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub url: Url,
    pub headers: Vec<(String, String)>,
    /// As the flow has it; not yet a safe name.
    pub file_name: String,
}

/// Why answers cannot go into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    #[error("The endpoint is not a web address any more once the answers are in it.")]
    Url,
    /// `..` in a path would leave the folder that the flow names.
    #[error("An answer would lead out of the endpoint's folder.")]
    Path,
    #[error("An answer holds a line break or another control character, which no header may.")]
    Header,
}

impl Request {
    /// The request of `action` with `answers` in it.
    ///
    /// # Errors
    /// [`FillError`].
    pub fn of(action: &SendAttachment, answers: &Answers) -> Result<Self, FillError> {
        let url = fill_url(&action.endpoint, answers)?;
        let header = |name: &str, value: &str| {
            let value = template::fill(value, answers, str::to_owned);
            let fits = !value.chars().any(|c| c.is_control() && c != '\t');
            if fits { Ok((name.to_owned(), value)) } else { Err(FillError::Header) }
        };
        let headers =
            action.headers.iter().map(|one| header(&one.name, &one.value)).collect::<Result<_, _>>()?;
        let file_name = template::fill(&action.file_name, answers, str::to_owned).trim().to_owned();
        Ok(Self { url, headers, file_name })
    }
}

fn fill_url(endpoint: &str, answers: &Answers) -> Result<Url, FillError> {
    let Endpoint { origin, rest } = Endpoint::of(endpoint).map_err(|_| FillError::Url)?;
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let encoded =
        |text: &str| template::fill(text, answers, |value| utf8_percent_encode(value, VALUE).to_string());
    let filled = encoded(path);
    // Browsers, and `url`, read `%2e%2e` as `..` as well.
    let leaves =
        |segment: &str| matches!(percent_decode_str(segment).collect::<Vec<_>>().as_slice(), b"." | b"..");
    if filled != path && filled.split('/').any(leaves) {
        return Err(FillError::Path);
    }
    let query = query.map(|query| format!("?{}", encoded(query))).unwrap_or_default();
    let url = Url::parse(&format!("{origin}{filled}{query}")).map_err(|_| FillError::Url)?;
    let server = Url::parse(origin).map_err(|_| FillError::Url)?;
    let same =
        (url.scheme(), url.host_str(), url.port()) == (server.scheme(), server.host_str(), server.port());
    if same { Ok(url) } else { Err(FillError::Url) }
}

/// A template of an address: which server stands fast, what follows does not.
#[derive(Debug, Clone, Copy)]
struct Endpoint<'a> {
    /// `https://files.example:8443`
    origin: &'a str,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Endpoint<'a> {
    fn of(text: &'a str) -> Result<Self, FlowProblemCode> {
        use FlowProblemCode::{CredentialsInUrl, SchemeNotAllowed, UrlInvalid, VariableInHost};
        let lower = text.to_ascii_lowercase();
        let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
        // `url` drops tabs and line breaks and turns a backslash into a slash: no two readers agree on those.
        if text.contains(|c: char| {
            c.is_control() || c.is_whitespace() && !text.contains("{{") || matches!(c, '\\' | '#')
        }) {
            return Err(UrlInvalid);
        }
        let Some(scheme) = scheme else {
            let before = text.split("://").next().unwrap_or_default();
            return Err(if before.contains("{{") { VariableInHost } else { SchemeNotAllowed });
        };
        let authority = text[scheme.len()..].split(['/', '?']).next().unwrap_or_default();
        if authority.contains("{{") || authority.contains("}}") {
            return Err(VariableInHost);
        }
        if authority.contains('@') {
            return Err(CredentialsInUrl);
        }
        let (origin, rest) = text.split_at(scheme.len() + authority.len());
        let fits = !authority.is_empty() && Url::parse(origin).is_ok_and(|url| url.host_str().is_some());
        if fits { Ok(Self { origin, rest }) } else { Err(UrlInvalid) }
    }
}

/// An endpoint with something in the place of its variables: the server that it leads to stands in it. `None` where it is no endpoint.
#[must_use]
pub fn sample(endpoint: &str) -> Option<String> {
    let Endpoint { origin, rest } = Endpoint::of(endpoint).ok()?;
    let pieces = template::pieces(rest).ok()?;
    let filled = pieces.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "x" });
    Some(std::iter::once(origin).chain(filled).collect())
}

/// What is wrong with an endpoint, variables included.
pub(crate) fn endpoint_problem(text: &str) -> Option<FlowProblemCode> {
    if let Err(code) = Endpoint::of(text) {
        return Some(code);
    }
    let Some(sample) = sample(text) else { return Some(FlowProblemCode::TemplateInvalid) };
    let fits = !sample.contains(char::is_whitespace) && Url::parse(&sample).is_ok();
    (!fits).then_some(FlowProblemCode::UrlInvalid)
}

/// What is wrong with a header's name: a token (RFC 9110 §5.1) that is not [`RESERVED`].
pub(crate) fn header_name_problem(name: &str) -> Option<FlowProblemCode> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some(FlowProblemCode::HeaderInvalid);
    }
    let lower = name.to_ascii_lowercase();
    let reserved =
        RESERVED.contains(&lower.as_str()) || lower.starts_with("sec-") || lower.starts_with("proxy-");
    reserved.then_some(FlowProblemCode::HeaderReserved)
}

/// A media type: `type/subtype`, then parameters (RFC 9110 §8.3.1).
pub(crate) fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_essence = essence.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
    is_essence && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Answer;
    use FlowProblemCode::{CredentialsInUrl, SchemeNotAllowed, TemplateInvalid, UrlInvalid, VariableInHost};

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), Answer::text(*text))).collect()
    }

    fn action(endpoint: &str) -> SendAttachment {
        SendAttachment { endpoint: endpoint.to_owned(), ..SendAttachment::default() }
    }

    /// C04, S10: no answer chooses the server.
    #[test]
    fn endpoints() {
        for (text, problem) in [
            ("https://files.example/report.pdf", None),
            ("HTTP://files.example", None),
            ("https://files.example:8443/{{ id }}?q={{word}}&n=1", None),
            ("https://[2001:db8::1]/x", None),
            ("", Some(SchemeNotAllowed)),
            ("files.example/report.pdf", Some(SchemeNotAllowed)),
            ("ftp://files.example/x", Some(SchemeNotAllowed)),
            ("file:///etc/passwd", Some(SchemeNotAllowed)),
            ("{{scheme}}://files.example/", Some(VariableInHost)),
            ("https://{{host}}/x", Some(VariableInHost)),
            ("https://files{{n}}.example/x", Some(VariableInHost)),
            ("https://files.example:{{port}}/x", Some(VariableInHost)),
            ("https://files.example{{id}}", Some(VariableInHost)),
            ("https://me:secret@files.example/x", Some(CredentialsInUrl)),
            ("https://files.example/{{", Some(TemplateInvalid)),
            ("https://files.example/{{A}}", Some(TemplateInvalid)),
            ("https:///x", Some(UrlInvalid)),
            ("https://files.example\\@evil.example/", Some(UrlInvalid)),
            ("https://files.example/a b", Some(UrlInvalid)),
            ("https://files.ex\nample/", Some(UrlInvalid)),
            ("https://files.example/#x", Some(UrlInvalid)),
            ("https://files.example:99999/", Some(UrlInvalid)),
        ] {
            assert_eq!(endpoint_problem(text), problem, "{text}");
        }
    }

    #[test]
    fn answers_are_values_in_path_and_query() {
        let url = |endpoint: &str, value: &str| {
            Request::of(&action(endpoint), &answers(&[("v", value)])).map(|request| request.url.to_string())
        };
        for (endpoint, value, expected) in [
            ("https://a.example/{{v}}", "4711", Ok("https://a.example/4711")),
            ("https://a.example/{{v}}", "a/../b?c#d", Ok("https://a.example/a%2F..%2Fb%3Fc%23d")),
            (
                "https://a.example/f?q={{v}}&x=1",
                "a&x=2 +ü",
                Ok("https://a.example/f?q=a%26x%3D2%20%2B%C3%BC&x=1"),
            ),
            ("https://a.example/{{v}}", "@evil.example", Ok("https://a.example/%40evil.example")),
            ("https://a.example/{{v}}", "%2e%2e", Ok("https://a.example/%252e%252e")),
            ("https://a.example/x/{{v}}/y", "..", Err(FillError::Path)),
            ("https://a.example/x/{{v}}", ".", Err(FillError::Path)),
            ("https://a.example/x/.{{v}}/y", ".", Err(FillError::Path)),
            ("https://a.example/x/%2e{{v}}/y", ".", Err(FillError::Path)),
            ("https://a.example/../x", "", Ok("https://a.example/x")),
            ("https://a.example/x?back={{v}}", "../..", Ok("https://a.example/x?back=..%2F..")),
            ("https://a.example/{{v}}", "a\r\nb\0", Ok("https://a.example/a%0D%0Ab%00")),
        ] {
            assert_eq!(url(endpoint, value), expected.map(str::to_owned), "{endpoint} {value:?}");
        }
    }

    /// C07: CR/LF in an answer would be a header of its own.
    #[test]
    fn answers_in_headers() {
        let mut action = action("https://a.example/");
        action.headers = vec![deskside_proto::FlowHeader { name: "X-Case".into(), value: "n={{v}}".into() }];
        let headers =
            |value: &str| Request::of(&action, &answers(&[("v", value)])).map(|request| request.headers);
        assert_eq!(headers("7 ü"), Ok(vec![("X-Case".into(), "n=7 ü".into())]));
        for value in ["a\r\nX-Admin: 1", "a\nb", "a\0", "\u{85}"] {
            assert_eq!(headers(value), Err(FillError::Header), "{value:?}");
        }
    }

    #[test]
    fn header_names_and_media_types() {
        use FlowProblemCode::{HeaderInvalid, HeaderReserved};
        for (name, problem) in [
            ("X-Api-Key", None),
            ("Accept", None),
            ("", Some(HeaderInvalid)),
            ("X Api", Some(HeaderInvalid)),
            ("X:Api", Some(HeaderInvalid)),
            ("X-Äpi", Some(HeaderInvalid)),
            ("{{v}}", Some(HeaderInvalid)),
            ("HOST", Some(HeaderReserved)),
            ("Authorization", Some(HeaderReserved)),
            ("Transfer-Encoding", Some(HeaderReserved)),
            ("Proxy-Anything", Some(HeaderReserved)),
        ] {
            assert_eq!(header_name_problem(name), problem, "{name}");
        }
        for (text, fits) in [
            ("application/pdf", true),
            ("text/plain; charset=utf-8", true),
            ("pdf", false),
            ("a/b/c", false),
            ("text/plain\r\nX: 1", false),
            ("/", false),
        ] {
            assert_eq!(is_media_type(text), fits, "{text}");
        }
    }

    #[test]
    fn a_file_name_with_answers() {
        let mut action = action("https://a.example/");
        action.file_name = " Invoice {{v}}.pdf".into();
        let named = Request::of(&action, &answers(&[("v", "4711")])).map(|request| request.file_name);
        assert_eq!(named, Ok("Invoice 4711.pdf".to_owned()));
    }
}
