//! HTTP to one portal.

use std::{collections::BTreeMap, fmt, time::Duration};

use deskside_proto::{PROTOCOL_VERSION, ParticipantId, SessionId, WireError, api::PortalInfo};
use reqwest::{Method, RequestBuilder, Response, header, redirect};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::{Host, Url};

use crate::{ClientError, Operations, Tls, operations::routes};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a whole request with its answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two pieces of a long answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of one answer that is not a file: a page of history is far below.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A bearer token; it shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn new(token: String) -> Self {
        Self(token)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> Result<header::HeaderValue, ClientError> {
        let mut value = header::HeaderValue::try_from(format!("Bearer {}", self.0))
            .map_err(|_| ClientError::SignedOut)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A call by name, as a user interface makes it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Call {
    pub path: BTreeMap<String, String>,
    pub query: BTreeMap<String, Value>,
    pub body: Option<Value>,
}

/// One portal, without an account.
#[derive(Debug, Clone)]
pub struct PortalClient {
    base: Url,
    http: reqwest::Client,
    tls: Tls,
    operations: &'static Operations,
}

impl PortalClient {
    /// # Errors
    /// [`ClientError::BadAddress`], [`ClientError::NotEncrypted`]; nothing is sent yet.
    pub fn new(address: &str, tls: &Tls) -> Result<Self, ClientError> {
        let base = parse_address(address)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.for_http())
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .https_only(base.scheme() == "https")
            .user_agent(format!("deskside/{} ({})", env!("CARGO_PKG_VERSION"), std::env::consts::OS))
            .build()?;
        Ok(Self { base, http, tls: tls.clone(), operations: Operations::portal() })
    }

    /// Takes calls by name from `operations` instead of the portal's description.
    #[must_use]
    pub fn with_operations(self, operations: &'static Operations) -> Self {
        Self { operations, ..self }
    }

    /// `https://help.example.com`, without a trailing slash.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// Where the session's socket is.
    pub(crate) fn session_socket_url(&self, session: SessionId) -> Url {
        self.socket_url(&routes::socket(session))
    }

    /// The relay to `peer`.
    pub(crate) fn relay_url(&self, session: SessionId, peer: ParticipantId) -> Url {
        self.socket_url(&routes::relay(session, peer))
    }

    fn socket_url(&self, path: &str) -> Url {
        let mut url = self.url(path);
        let scheme = if self.base.scheme() == "https" { "wss" } else { "ws" };
        // Both are special schemes of the same kind: this cannot fail.
        let _ = url.set_scheme(scheme);
        url
    }

    /// Asks whether a portal that this app fits is there.
    ///
    /// # Errors
    /// [`ClientError::NotAPortal`], [`ClientError::WrongProtocol`], or why it cannot be reached.
    pub async fn info(&self) -> Result<PortalInfo, ClientError> {
        let info: PortalInfo = match self.json(Method::GET, routes::INFO, None, None::<&()>).await {
            Err(ClientError::StrangeAnswer | ClientError::Portal(_)) => return Err(ClientError::NotAPortal),
            answer => answer?,
        };
        match info {
            PortalInfo { ref product, .. } if product != "deskside" => Err(ClientError::NotAPortal),
            PortalInfo { protocol, .. } if protocol != PROTOCOL_VERSION => Err(ClientError::WrongProtocol),
            info => Ok(info),
        }
    }

    /// Calls an operation by its name.
    ///
    /// # Errors
    /// The portal's own ones, [`ClientError::UnknownOperation`], or why it cannot be reached.
    pub async fn call(
        &self,
        token: Option<&Token>,
        operation: &str,
        call: &Call,
    ) -> Result<Value, ClientError> {
        let request = self.operation(token, operation, call)?.timeout(CALL_TIMEOUT);
        let response = accepted(request.send().await?).await?;
        let is_json = has_type(&response, "application/json");
        let bytes = limited_body(response).await?;
        match bytes {
            bytes if bytes.is_empty() => Ok(Value::Null),
            bytes if is_json => serde_json::from_slice(&bytes).map_err(|_| ClientError::StrangeAnswer),
            bytes => String::from_utf8(bytes).map(Value::String).map_err(|_| ClientError::StrangeAnswer),
        }
    }

    /// The request of an operation by its name; it has no limit in time as a whole.
    pub(crate) fn operation(
        &self,
        token: Option<&Token>,
        operation: &str,
        call: &Call,
    ) -> Result<RequestBuilder, ClientError> {
        let (method, path) = self.operations.resolve(operation, &call.path)?;
        let mut url = self.url(&path);
        for (name, value) in &call.query {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            url.query_pairs_mut().append_pair(name, &text);
        }
        let request = authorised(self.http.request(method, url), token)?;
        Ok(match &call.body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// One request with JSON on both sides.
    pub(crate) async fn json<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        token: Option<&Token>,
        body: Option<&impl Serialize>,
    ) -> Result<A, ClientError> {
        let mut request = self.request(method, path, token)?.timeout(CALL_TIMEOUT);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = accepted(request.send().await?).await?;
        let bytes = limited_body(response).await?;
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(bytes).map_err(|_| ClientError::StrangeAnswer)
    }

    /// The beginning of any request; it has no limit in time as a whole.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&Token>,
    ) -> Result<RequestBuilder, ClientError> {
        authorised(self.http.request(method, self.url(path)), token)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }
}

fn authorised(request: RequestBuilder, token: Option<&Token>) -> Result<RequestBuilder, ClientError> {
    Ok(match token {
        Some(token) => request.header(header::AUTHORIZATION, token.header()?),
        None => request,
    })
}

/// The response, or the error that it carries.
pub(crate) async fn accepted(response: Response) -> Result<Response, ClientError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    if status.is_redirection() {
        return Err(ClientError::NotAPortal);
    }
    let body = limited_body(response).await?;
    Err(refusal(status.as_u16(), &body))
}

/// The error of an answer; one without a body that says more goes by its status.
pub(crate) fn refusal(status: u16, body: &[u8]) -> ClientError {
    use deskside_proto::ErrorCode as Code;
    if let Ok(error) = serde_json::from_slice::<WireError>(body) {
        return ClientError::Portal(error);
    }
    let code = match status {
        401 => Code::NotSignedIn,
        403 => Code::Forbidden,
        404 | 410 => Code::NotFound,
        409 => Code::UploadOffsetMismatch,
        413 => Code::FileTooLarge,
        423 => Code::UploadLocked,
        426 => Code::UnsupportedProtocol,
        429 => Code::TooManyRequests,
        500 | 502..=504 => Code::Unavailable,
        507 => Code::StorageFull,
        _ => return ClientError::StrangeAnswer,
    };
    ClientError::Portal(code.into())
}

fn has_type(response: &Response, expected: &str) -> bool {
    let given = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.starts_with(expected))
}

async fn limited_body(mut response: Response) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > ANSWER_MAX_BYTES {
            return Err(ClientError::StrangeAnswer);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The origin that a person means by what they typed. Plain `http` is for this computer only.
pub(crate) fn parse_address(text: &str) -> Result<Url, ClientError> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| ClientError::BadAddress)?;
    if !text.contains("://") && is_loopback(&url) {
        url = Url::parse(&format!("http://{text}")).map_err(|_| ClientError::BadAddress)?;
    }
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    match url.scheme() {
        _ if !plain => Err(ClientError::BadAddress),
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(ClientError::NotEncrypted),
        _ => Err(ClientError::BadAddress),
    }?;
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_type_them() {
        for (typed, origin) in [
            ("https://help.example.com", "https://help.example.com"),
            (" help.example.com/ ", "https://help.example.com"),
            ("https://help.example.com:8443/join/abc?x#y", "https://help.example.com:8443"),
            ("http://127.0.0.1:7300", "http://127.0.0.1:7300"),
            ("localhost:7300", "http://localhost:7300"),
            ("http://[::1]:7300", "http://[::1]:7300"),
        ] {
            let url = parse_address(typed).unwrap();
            assert_eq!(url.origin().ascii_serialization(), origin, "{typed}");
        }
    }

    #[test]
    fn addresses_that_are_refused() {
        for typed in [
            "",
            "https://",
            "ftp://a.example",
            "javascript:alert(1)",
            "https://me:pw@a.example",
            "file:///etc",
        ] {
            assert!(matches!(parse_address(typed), Err(ClientError::BadAddress)), "{typed}");
        }
        for typed in ["http://help.example.com", "http://localhost.example.com", "http://10.0.0.1"] {
            assert!(matches!(parse_address(typed), Err(ClientError::NotEncrypted)), "{typed}");
        }
    }

    #[test]
    fn tokens_show_themselves_to_nobody() {
        assert_eq!(format!("{:?}", Token::new("abc".into())), "Token(…)");
    }

    #[test]
    fn a_refusal_goes_by_its_body_and_else_by_its_status() {
        use deskside_proto::ErrorCode as Code;
        let body = serde_json::to_vec(&WireError::from(Code::SessionEnded)).unwrap();
        for (status, body, expected) in [
            (409, body.as_slice(), Code::SessionEnded),
            (401, b"".as_slice(), Code::NotSignedIn),
            (502, b"<html>", Code::Unavailable),
            (418, b"teapot", Code::UnsupportedProtocol),
        ] {
            assert_eq!(refusal(status, body).code(), expected.as_str(), "{status}");
        }
    }
}
