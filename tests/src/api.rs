//! A small client of the portal's HTTP interface, for tests at the level of the protocol.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use deskside_proto::api::{
    ClientKind, CreateSession, CreatedSession, FilesPage, FilesSession, JoinRequest, JoinResponse, Me,
    SessionView, SetUpRequest, SignInRequest, SignInResponse, UploadCreated,
};
use deskside_proto::{AttachmentId, OrgId, OrgSettings, SessionId, WireError};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::portal::Person;

/// A caller, with or without a token.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    trust: Option<Arc<ClientConfig>>,
    token: Option<String>,
}

impl Api {
    pub fn new(base: &str, trust: Option<Arc<ClientConfig>>) -> Result<Self> {
        let mut http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        http = match &trust {
            Some(trust) => http.tls_backend_preconfigured((**trust).clone()),
            None => http.tls_backend_preconfigured(no_trust()?),
        };
        Ok(Self { http: http.build()?, base: base.to_owned(), trust, token: None })
    }

    /// The same way to the portal with another token, or none.
    #[must_use]
    pub fn with_token(&self, token: Option<String>) -> Self {
        Self { token, ..self.clone() }
    }

    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    #[must_use]
    pub fn trust(&self) -> Option<Arc<ClientConfig>> {
        self.trust.clone()
    }

    /// A request below `/api/v1`, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Status of a GET, and the error's code where there is one.
    pub async fn status(&self, path: &str) -> Result<(u16, String)> {
        let response = self.request(Method::GET, path).send().await?;
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        let code = serde_json::from_slice::<WireError>(&body).map(|error| error.code.as_str().to_owned());
        Ok((status, code.unwrap_or_default()))
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        json(self.request(Method::GET, path).send().await?, path).await
    }

    pub async fn get_bytes(&self, path: &str) -> Result<Vec<u8>> {
        Ok(good(self.request(Method::GET, path).send().await?, path).await?.bytes().await?.to_vec())
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        json(self.request(Method::POST, path).json(body).send().await?, path).await
    }

    pub async fn set_up(&mut self, token: &str, org: &str, person: &Person) -> Result<Me> {
        let request = SetUpRequest {
            token: token.to_owned(),
            org_name: org.to_owned(),
            name: person.name.to_owned(),
            email: person.email.to_owned(),
            password: person.password.to_owned(),
            client: ClientKind::Desktop,
        };
        let answer: SignInResponse = self.post("/set-up", &request).await?;
        self.token = answer.token;
        Ok(answer.me)
    }

    pub async fn sign_in(&mut self, person: &Person) -> Result<Me> {
        let request = SignInRequest {
            email: person.email.to_owned(),
            password: person.password.to_owned(),
            client: ClientKind::Desktop,
        };
        let answer: SignInResponse = self.post("/auth/sign-in", &request).await?;
        self.token = answer.token;
        Ok(answer.me)
    }

    pub async fn me(&self) -> Result<Me> {
        self.get("/me").await
    }

    pub async fn create_session(&self, org: OrgId, title: &str) -> Result<CreatedSession> {
        self.post(&format!("/orgs/{org}/sessions"), &CreateSession { title: title.to_owned() }).await
    }

    pub async fn session(&self, session: SessionId) -> Result<SessionView> {
        self.get(&format!("/sessions/{session}")).await
    }

    pub async fn end_session(&self, session: SessionId) -> Result<()> {
        let path = format!("/sessions/{session}/end");
        good(self.request(Method::POST, &path).send().await?, &path).await.map(drop)
    }

    /// Comes in as a customer; the answer's token belongs to the session alone.
    pub async fn join(&self, link_or_code: &str, name: &str) -> Result<(JoinResponse, Self)> {
        let secret = link_or_code.rsplit('/').next().unwrap_or(link_or_code).to_owned();
        let request = JoinRequest { secret, name: name.to_owned(), client: ClientKind::Desktop };
        let answer: JoinResponse = self.with_token(None).post("/join", &request).await?;
        let guest = self.with_token(answer.token.clone());
        ensure!(guest.token.is_some(), "a desktop customer gets a token");
        Ok((answer, guest))
    }

    pub async fn put_settings(&self, org: OrgId, settings: &OrgSettings) -> Result<OrgSettings> {
        let path = format!("/orgs/{org}/settings");
        json(self.request(Method::PUT, &path).json(settings).send().await?, &path).await
    }

    pub async fn files(&self, org: OrgId) -> Result<FilesPage> {
        self.get(&format!("/orgs/{org}/files")).await
    }

    pub async fn files_session(&self, org: OrgId, session: SessionId) -> Result<FilesSession> {
        self.get(&format!("/orgs/{org}/files/{session}")).await
    }

    pub async fn transcript(&self, org: OrgId, session: SessionId) -> Result<Vec<u8>> {
        self.get_bytes(&format!("/orgs/{org}/files/{session}/transcript")).await
    }

    /// Uploads by tus 1.0 (creation, then one PATCH).
    pub async fn upload(&self, session: SessionId, name: &str, bytes: &[u8]) -> Result<AttachmentId> {
        let path = format!("/sessions/{session}/uploads");
        let name = base64::engine::general_purpose::STANDARD.encode(name);
        let creation = self
            .request(Method::POST, &path)
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", bytes.len())
            .header("Upload-Metadata", format!("filename {name}"));
        let created: UploadCreated = json(creation.send().await?, &path).await?;
        let path = format!("/uploads/{}", created.upload_id);
        let patch = self
            .request(Method::PATCH, &path)
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", 0)
            .header("Content-Type", "application/offset+octet-stream")
            .body(bytes.to_vec());
        good(patch.send().await?, &path).await?;
        Ok(created.attachment_id)
    }
}

async fn good(response: Response, path: &str) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.text().await.unwrap_or_default();
    anyhow::bail!("{path}: {status} {body}")
}

async fn json<T: DeserializeOwned>(response: Response, path: &str) -> Result<T> {
    let response = good(response, path).await?;
    let status: StatusCode = response.status();
    let text = response.text().await?;
    serde_json::from_str(&text).with_context(|| format!("{path}: {status} {text}"))
}

/// For plain connections: TLS that trusts nobody.
fn no_trust() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}
