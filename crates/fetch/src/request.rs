//! What is asked for, and which of it may be sent where.

use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version};
use http_body_util::Full;
use url::Url;

use crate::FetchError;
use crate::target::Target;

/// One thing to fetch, or to deliver.
#[derive(Clone)]
pub struct Request {
    /// What is asked.
    pub method: Method,
    /// Where; see [`crate::check`].
    pub url: Url,
    /// Names and values of further headers, `Cookie` among them; sent to the origin of `url` alone. Not those of the connection, nor any
    /// that is a field of its own here.
    pub headers: Vec<(String, String)>,
    /// The whole value of `Authorization`; sent to the origin of `url` alone.
    pub authorization: Option<Secret>,
}

/// What is asked.
#[derive(Clone)]
pub enum Method {
    /// Its answer's body is what one wants.
    Get,
    /// Its answer's status is what one wants.
    Post {
        /// Sent as it is.
        body: Vec<u8>,
        /// As `application/json`.
        content_type: String,
    },
}

/// A value that is shown nowhere: neither by `Debug` nor in an error.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// For example `Bearer …`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

impl Request {
    /// Fetches `url`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), authorization: None }
    }

    /// Delivers `body` to `url`.
    #[must_use]
    pub fn post(url: Url, body: Vec<u8>, content_type: impl Into<String>) -> Self {
        let method = Method::Post { body, content_type: content_type.into() };
        Self { method, ..Self::get(url) }
    }
}

/// Without values of headers, the body, and the query: any of them may be a key.
impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post { .. } => "POST",
        };
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        out.debug_struct("Request")
            .field("method", &method)
            .field("scheme", &self.url.scheme())
            .field("host", &self.url.host_str())
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// Headers that are the connection's business (RFC 9110 §7.6.1), the guard's, or a field of their own.
const NOT_BY_CALLERS: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request in the form in which it is sent, once per hop.
pub(crate) struct Outgoing {
    method: http::Method,
    body: Bytes,
    content_type: Option<HeaderValue>,
    /// What the first origin alone may know.
    private: HeaderMap,
}

impl Outgoing {
    pub(crate) fn new(request: Request) -> Result<(Self, Url), FetchError> {
        let mut private = HeaderMap::new();
        for (name, value) in &request.headers {
            let (name, value) = legal(name, value)?;
            private.append(name, value);
        }
        if let Some(Secret(value)) = &request.authorization {
            private.insert(AUTHORIZATION, secret(AUTHORIZATION.as_str(), value)?);
        }
        let (method, body, content_type) = match request.method {
            Method::Get => (http::Method::GET, Bytes::new(), None),
            Method::Post { body, content_type } => {
                let kind = secret(CONTENT_TYPE.as_str(), &content_type)?;
                (http::Method::POST, Bytes::from(body), Some(kind))
            }
        };
        Ok((Self { method, body, content_type, private }, request.url))
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == http::Method::GET
    }

    /// For every hop from the first other origin on.
    pub(crate) fn forget_private(&mut self) {
        self.private.clear();
    }

    /// HTTP/1.1 wants the path alone and `Host`, HTTP/2 the whole address (RFC 9113 §8.3.1).
    pub(crate) fn to(
        &self,
        target: &Target,
        version: Version,
    ) -> Result<http::Request<Full<Bytes>>, FetchError> {
        let address = if version == Version::HTTP_2 { target.url.as_str() } else { target.path() };
        let uri: Uri = address.parse().map_err(|_| FetchError::BadUrl)?;
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.version_mut() = version;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Deskside/", env!("CARGO_PKG_VERSION"))));
        // The callers' go before ours, where both name one.
        for name in self.private.keys() {
            headers.remove(name);
        }
        headers.extend(self.private.clone());
        if version != Version::HTTP_2 {
            let host = HeaderValue::from_str(target.authority()).map_err(|_| FetchError::BadUrl)?;
            headers.insert(HOST, host);
        }
        // A file is to come as it is: what nobody unpacks cannot be a bomb.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(kind) = &self.content_type {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        Ok(request)
    }
}

fn legal(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), FetchError> {
    let read: HeaderName = name.parse().map_err(|_| bad(name))?;
    if NOT_BY_CALLERS.contains(&read.as_str()) || read.as_str().starts_with("proxy-") {
        return Err(bad(name));
    }
    Ok((read, secret(name, value)?))
}

/// Not to be shown, nor kept by the compression of HTTP/2 (RFC 7541 §7.1.3).
fn secret(name: &str, value: &str) -> Result<HeaderValue, FetchError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| bad(name))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A name in a message, whatever was typed as one.
fn bad(name: &str) -> FetchError {
    FetchError::BadHeader(name.chars().take(64).flat_map(char::escape_debug).collect())
}
