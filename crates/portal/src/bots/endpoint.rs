//! What an action's endpoint gives, as the file that a customer would get (rows C03–C07).

use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use deskside_bot::{Answer, FillError, Request};
use deskside_fetch::{AllowList, FetchError, Rules, Secret};
use deskside_proto::{
    AttachmentPolicy, BotId, ErrorCode, FlowProblemCode, OrgSettings, SendAttachment,
    api::{TriedFile, TryProblem},
    extension, limits,
};
use deskside_store::Store;
use tokio::io::AsyncWrite;

use super::Outside;
use crate::{
    file_name, sniff,
    sniff::{Sniffed, Sniffer},
};

/// How long an endpoint may take, from the first look-up to the last byte.
const TOTAL: Duration = Duration::from_secs(60);

/// Why there is no file to send.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error(transparent)]
    Fill(#[from] FillError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The stored authorization is gone or cannot be opened.
    #[error("The stored authorization cannot be read any more: enter it again.")]
    Authorization,
    /// What came may not be sent.
    #[error("{}", .0.sentence())]
    Refused(ErrorCode),
}

impl EndpointError {
    /// For those who build the flow: customers read the flow's own words.
    #[must_use]
    pub fn problem(&self) -> TryProblem {
        let code = match self {
            Self::Fill(FillError::Url) => "bad_url",
            Self::Fill(FillError::Path) => "answer_leads_out",
            Self::Fill(FillError::Header) => "bad_header",
            Self::Fetch(error) => error.code(),
            Self::Authorization => "authorization_gone",
            Self::Refused(code) => code.as_str(),
        };
        // The fetcher's words are the end of a longer line elsewhere.
        let message = format!("{}.", self.to_string().trim_end_matches('.'));
        TryProblem { code: code.to_owned(), message }
    }

    /// The status that the endpoint answered with, where it did.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Fetch(FetchError::Status(status)) => Some(*status),
            _ => None,
        }
    }
}

/// What came.
pub struct FromEndpoint {
    pub status: u16,
    pub file: TriedFile,
    pub sniffed: Sniffed,
}

/// Asks the endpoint of `action`, with `answers` in it, and writes what it gives to `sink`.
///
/// # Errors
/// [`EndpointError`]; `sink` may have the beginning of a file then.
pub async fn fetch<W: AsyncWrite + Unpin + Send>(
    outside: &Outside,
    store: &dyn Store,
    settings: &OrgSettings,
    bot: BotId,
    action: &SendAttachment,
    answers: &BTreeMap<String, Answer>,
    sink: &mut W,
) -> Result<FromEndpoint, EndpointError> {
    let filled = Request::of(action, answers)?;
    let mut request = deskside_fetch::Request::get(filled.url);
    request.headers = filled.headers;
    if let Some(id) = action.authorization {
        let sealed = store.bot_secret(bot, id).await.ok().flatten().ok_or(EndpointError::Authorization)?;
        let value = outside.keys.open(&sealed).map_err(|error| {
            tracing::error!(%bot, %error, "an authorization cannot be opened");
            EndpointError::Authorization
        })?;
        request.authorization = Some(Secret::new(value));
    }
    let policy = &settings.attachments;
    let rules = Rules {
        total_timeout: TOTAL,
        max_bytes: policy.stored_max_bytes.min(limits::STORED_MAX_BYTES),
        allow: allow_list(settings),
        ..Rules::default()
    };
    let mut looked = Looked { sink, sniffer: Sniffer::default() };
    let fetched = outside.fetcher.fetch(request, &rules, &mut looked).await?;
    let sniffed = looked.sniffer.finish();
    let declared =
        Some(action.content_type.clone()).filter(|declared| !declared.is_empty()).or(fetched.media_type);
    let name = named(&filled.file_name, fetched.name.as_deref(), &sniffed);
    allowed(policy, &name, &sniffed).map_err(EndpointError::Refused)?;
    let media_type = media_type(declared.as_deref(), &sniffed);
    let file = TriedFile { name, media_type, size: sniffed.size };
    Ok(FromEndpoint { status: fetched.status, file, sniffed })
}

/// Hosts of the organisation's own network that its admins have opened; settings with a host that is none were never saved.
pub fn allow_list(settings: &OrgSettings) -> AllowList {
    AllowList::parse(settings.fetch_hosts.iter().map(String::as_str)).unwrap_or_default()
}

/// Why the server of an endpoint is none to fetch from, as far as that shows without asking anybody.
#[must_use]
pub fn refusal(endpoint: &str, allow: &AllowList) -> Option<FlowProblemCode> {
    match deskside_fetch::check(&deskside_bot::sample(endpoint)?, allow) {
        Ok(_) => None,
        Err(FetchError::PortNotAllowed) => Some(FlowProblemCode::PortNotAllowed),
        Err(FetchError::AddressNotAllowed) => Some(FlowProblemCode::AddressNotAllowed),
        Err(_) => Some(FlowProblemCode::UrlInvalid),
    }
}

fn allowed(policy: &AttachmentPolicy, name: &str, sniffed: &Sniffed) -> Result<(), ErrorCode> {
    file_name::check(name)?;
    policy.accepts(name, sniffed.size)?;
    if sniffed.is_allowed(policy) { Ok(()) } else { Err(ErrorCode::FileTypeNotAllowed) }
}

/// The flow's name for it, else the endpoint's; with the extension that was left out.
fn named(by_flow: &str, by_endpoint: Option<&str>, sniffed: &Sniffed) -> String {
    let by_endpoint = by_endpoint.map(file_name::plain);
    let known = || {
        let of_endpoint = by_endpoint.as_deref().map(extension).filter(|known| !known.is_empty());
        of_endpoint.or_else(|| sniffed.extension.map(str::to_owned))
    };
    let name = match by_flow {
        "" => by_endpoint.clone().unwrap_or_else(|| "file".to_owned()),
        name => file_name::plain(name),
    };
    match known() {
        Some(known) if extension(&name).is_empty() => file_name::plain(&format!("{name}.{known}")),
        _ => name,
    }
}

/// What it is called by: as declared where the content does not say otherwise. Nothing is shown in place for what somebody declared
/// alone (research S09).
fn media_type(declared: Option<&str>, sniffed: &Sniffed) -> String {
    let essence =
        declared.and_then(|declared| declared.split(';').next()).map(|text| text.trim().to_lowercase());
    match essence {
        Some(essence) if sniffed.extension.is_none() && is_harmless(&essence) => essence,
        _ => sniffed.media_type.clone(),
    }
}

/// Types that no browser runs or draws by itself.
fn is_harmless(essence: &str) -> bool {
    let runs =
        ["html", "xml", "svg", "javascript", "ecmascript", "pdf"].iter().any(|part| essence.contains(part));
    essence.contains('/') && !runs && !sniff::shown_inline(essence)
}

/// Looks at what goes by.
struct Looked<'a, W> {
    sink: &'a mut W,
    sniffer: Sniffer,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Looked<'_, W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, piece: &[u8]) -> Poll<io::Result<usize>> {
        let written = std::task::ready!(Pin::new(&mut *self.sink).poll_write(cx, piece))?;
        self.sniffer.take(&piece[..written.min(piece.len())]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.sink).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.sink).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(bytes: &[u8]) -> Sniffed {
        let mut sniffer = Sniffer::default();
        sniffer.take(bytes);
        sniffer.finish()
    }

    const PDF: &[u8] = b"%PDF-1.7\n";

    /// C03: the flow's name, else the endpoint's.
    #[test]
    fn names_of_files() {
        for (by_flow, by_endpoint, bytes, expected) in [
            ("", Some("report.pdf"), PDF, "report.pdf"),
            ("Invoice 7.pdf", Some("report.pdf"), PDF, "Invoice 7.pdf"),
            ("Invoice 7", Some("report.pdf"), PDF, "Invoice 7.pdf"),
            ("Invoice 7", None, PDF, "Invoice 7.pdf"),
            ("", None, PDF, "file.pdf"),
            ("", None, b"hello", "file"),
            ("", Some("../../etc/passwd"), b"root", ".._.._etc_passwd"),
            ("", Some("photo\u{202e}gpj.exe"), b"MZ", "photo_gpj.exe"),
            ("4711/12.pdf", None, PDF, "4711_12.pdf"),
            ("CON", Some("x.txt"), b"hello", "_CON.txt"),
        ] {
            let name = named(by_flow, by_endpoint, &sniffed(bytes));
            assert_eq!(name, expected, "{by_flow} {by_endpoint:?}");
            assert_eq!(file_name::check(&name), Ok(()), "{name}");
        }
    }

    /// C06, S09: a declared type is believed where the content does not say otherwise, and never makes a browser run anything.
    #[test]
    fn types_of_files() {
        for (declared, bytes, expected) in [
            (Some("application/vnd.acme"), b"hello".as_slice(), "application/vnd.acme"),
            (Some("Text/CSV; charset=utf-8"), b"a,b", "text/csv"),
            (Some("image/png"), PDF, "application/pdf"),
            (Some("image/png"), b"hello", "text/plain"),
            (Some("text/html"), b"<p>hello", "text/plain"),
            (Some("image/svg+xml"), b"<svg/>", "text/plain"),
            (Some("nonsense"), b"hello", "text/plain"),
            (None, b"hello", "text/plain"),
        ] {
            let sniffed = sniffed(bytes);
            let is = media_type(declared, &sniffed);
            let expected = if expected == "text/plain" { sniffed.media_type.as_str() } else { expected };
            assert_eq!(is, expected, "{declared:?}");
        }
    }
}
