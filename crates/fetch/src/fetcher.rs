//! From request to file: hops, each checked from the start, and the body of the last one.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, LOCATION};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

use crate::connection::{self, Tasks, broken};
use crate::request::Outgoing;
use crate::target::Target;
use crate::{AllowList, FetchError, Network, Request, answer};

/// The one way out to addresses that people typed. Clones share connections' limits and trust.
#[derive(Clone, Debug)]
pub struct Fetcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tls: Arc<ClientConfig>,
    network: Network,
    slots: Semaphore,
}

/// How far one fetch may go.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Redirects that are followed; each is checked like the first address.
    pub max_redirects: u8,
    /// For looking up a name, and again for TCP, TLS and HTTP/2 to begin; of each hop.
    pub connect_timeout: Duration,
    /// For everything, from waiting for a free place to the last byte in the sink.
    pub total_timeout: Duration,
    /// Bytes of the largest file.
    pub max_bytes: u64,
    /// Hosts of the organisation's own network.
    pub allow: AllowList,
}

impl Default for Rules {
    /// 3 redirects, 10 s to connect, 60 s in all, 25 MiB, no private hosts.
    fn default() -> Self {
        Self {
            max_redirects: 3,
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            max_bytes: 25 * 1024 * 1024,
            allow: AllowList::default(),
        }
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Of the 2xx.
    pub status: u16,
    /// Of `Content-Disposition`, or the last segment of the path. The server's words: clean them before they name a file.
    pub name: Option<String>,
    /// `type/subtype`. The server's words: look at the content.
    pub media_type: Option<String>,
    /// Bytes that the sink has.
    pub size: u64,
    /// Where it came from after redirects. Its query may be a key: show it without.
    pub url: Url,
}

impl Fetcher {
    /// Trusts `roots` beside what the system trusts; fetches at most `at_once` things at a time, others wait their turn.
    ///
    /// # Errors
    /// [`FetchError::Roots`] where the system's or the given roots cannot be read.
    pub fn new(
        roots: Vec<CertificateDer<'static>>,
        network: Network,
        at_once: usize,
    ) -> Result<Self, FetchError> {
        let tls = tls(roots).map_err(|error| FetchError::Roots(Box::new(error)))?;
        let slots = Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS));
        Ok(Self(Arc::new(Inner { tls: Arc::new(tls), network, slots })))
    }

    /// Fetches, and writes the body of a 2xx answer to `sink`, which is flushed and not shut down. On an error `sink` may have the
    /// beginning of a file. The answer to a POST is its status: its body is not read, redirects are not followed.
    ///
    /// Dropping the future closes the connection.
    ///
    /// # Errors
    /// [`FetchError`]; nothing was connected to where it is about the address or a header of the request.
    pub async fn fetch<W>(&self, request: Request, rules: &Rules, sink: &mut W) -> Result<Fetched, FetchError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let whole = self.0.run(request, rules, sink);
        timeout(rules.total_timeout, whole).await.map_err(|_| FetchError::TimedOut)?
    }
}

impl Inner {
    async fn run<W>(&self, request: Request, rules: &Rules, sink: &mut W) -> Result<Fetched, FetchError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let (mut outgoing, url) = Outgoing::new(request)?;
        let mut target = Target::check(url, &rules.allow)?;
        // Never closed; if it were, nobody would have a turn.
        let _slot = self.slots.acquire().await.map_err(|_| FetchError::TimedOut)?;
        for _ in 0..=rules.max_redirects {
            let (answer, tasks) = self.hop(&target, &outgoing, rules).await?;
            let status = answer.status();
            if status.is_success() {
                return receive(answer, tasks, &target, outgoing.is_get(), rules.max_bytes, sink).await;
            }
            if !outgoing.is_get() || !leads_on(status) {
                return Err(FetchError::Status(status.as_u16()));
            }
            let next = next(answer.headers(), &target, &rules.allow)?;
            if !next.same_origin(&target) {
                outgoing.forget_private();
            }
            target = next;
        }
        Err(FetchError::TooManyRedirects)
    }

    async fn hop(
        &self,
        target: &Target,
        outgoing: &Outgoing,
        rules: &Rules,
    ) -> Result<(Response<Incoming>, Tasks), FetchError> {
        let limit = rules.connect_timeout;
        let addresses = timeout(limit, target.addresses(&self.network));
        let addresses = addresses.await.map_err(|_| FetchError::TimedOut)??;
        let opening = connection::open(target, &addresses, &self.tls, &self.network);
        let connection = timeout(limit, opening).await.map_err(|_| FetchError::TimedOut)??;
        connection.send(target, outgoing).await
    }
}

/// The redirects of RFC 9110 §15.4. 300 offers a choice, which nobody here can make.
fn leads_on(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn next(headers: &HeaderMap, from: &Target, allow: &AllowList) -> Result<Target, FetchError> {
    let mut places = headers.get_all(LOCATION).iter();
    // Two places to go are none: whoever checked the way read one of them, we the other.
    let (Some(place), None) = (places.next(), places.next()) else { return Err(FetchError::BadRedirect) };
    let place = std::str::from_utf8(place.as_bytes()).map_err(|_| FetchError::BadRedirect)?;
    let url = from.url.join(place).map_err(|_| FetchError::BadRedirect)?;
    if from.tls && url.scheme() == "http" {
        return Err(FetchError::BadRedirect);
    }
    Target::check(url, allow)
}

async fn receive<W>(
    answer: Response<Incoming>,
    tasks: Tasks,
    target: &Target,
    is_get: bool,
    limit: u64,
    sink: &mut W,
) -> Result<Fetched, FetchError>
where
    W: AsyncWrite + Unpin + Send,
{
    let (head, mut body) = answer.into_parts();
    let mut size = 0;
    if is_get {
        // Unpacked it could be a bomb, as it is it would not be the file that its name and type say.
        if is_encoded(&head.headers) {
            return Err(FetchError::Encoded);
        }
        size = copy(&mut body, limit, sink).await?;
    }
    drop(tasks);
    Ok(Fetched {
        status: head.status.as_u16(),
        name: answer::name(&head.headers, &target.url),
        media_type: answer::media_type(&head.headers),
        size,
        url: target.url.clone(),
    })
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    codings.into_iter().any(|coding| {
        !coding.as_bytes().trim_ascii().is_empty()
            && !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity")
    })
}

async fn copy<W>(body: &mut Incoming, limit: u64, sink: &mut W) -> Result<u64, FetchError>
where
    W: AsyncWrite + Unpin + Send,
{
    // Of what is declared; nothing where nothing is.
    let declared = body.size_hint();
    if declared.lower() > limit {
        return Err(FetchError::TooLarge { limit });
    }
    let mut size = 0_u64;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        // Trailers say nothing that is wanted.
        let Ok(data) = frame.into_data() else { continue };
        size = size.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if size > limit {
            return Err(FetchError::TooLarge { limit });
        }
        sink.write_all(&data).await.map_err(FetchError::Sink)?;
        // Where both ends are always ready nothing else would let the clock have its say.
        tokio::task::coop::consume_budget().await;
    }
    if declared.exact().is_some_and(|exact| exact != size) {
        return Err(FetchError::Broken("it is not as long as it said"));
    }
    sink.flush().await.map_err(FetchError::Sink)?;
    Ok(size)
}

/// The system's roots (on Linux also `SSL_CERT_FILE`), ring, TLS 1.2 and 1.3. On Linux a certificate is judged by itself; Windows and
/// macOS may ask an address that it names whether it was revoked, past this guard.
fn tls(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = if roots.is_empty() {
        Verifier::new(Arc::clone(&provider))?
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
