//! HTTP requests as programs make them, from a chosen address of loopback.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A caller with or without a token.
#[derive(Clone)]
pub struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
    token: Option<String>,
}

impl Caller {
    #[must_use]
    pub fn new(server: SocketAddr, from: IpAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(from));
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), server, token: None }
    }

    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request below `/api/v1`; an answer that is no success is an error with what it says.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Bytes,
    ) -> Result<Response<Bytes>> {
        let shown = format!("{method} {path}");
        let mut request =
            Request::builder().method(method).uri(format!("http://{}/api/v1{path}", self.server));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answering = self.client.request(request.body(Full::new(body))?);
        let answer =
            timeout(ANSWER_LIMIT, answering).await.with_context(|| format!("no answer to {shown}"))??;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        if !parts.status.is_success() {
            bail!("{shown}: {} {}", parts.status, String::from_utf8_lossy(&body));
        }
        Ok(Response::from_parts(parts, body))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let headers = [("content-type", "application/json".to_owned())];
        let answer = self.send(Method::POST, path, &headers, body.to_string().into()).await?;
        serde_json::from_slice(answer.body()).with_context(|| format!("the answer of {path}"))
    }
}

/// A text inside an answer.
pub fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer} in {value}"))
}
