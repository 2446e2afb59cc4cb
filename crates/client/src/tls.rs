//! Whom this computer trusts.

use std::sync::Arc;

use rustls::{ClientConfig, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;

use crate::ClientError;

/// One TLS configuration for HTTP and sockets: the system's roots (on Linux also `SSL_CERT_FILE`), ring, TLS 1.2 and 1.3.
#[derive(Clone, Debug)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts what the system trusts.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] where the system's roots cannot be read.
    pub fn platform() -> Result<Self, ClientError> {
        Self::with_extra_roots(Vec::new())
    }

    /// Trusts `roots` beside what the system trusts: an organisation's own certificate authority.
    ///
    /// # Errors
    /// As [`Tls::platform`].
    pub fn with_extra_roots(roots: Vec<CertificateDer<'static>>) -> Result<Self, ClientError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = verifier(roots, &provider).and_then(|verifier| {
            Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth())
        });
        config.map(|config| Self(Arc::new(config))).map_err(|error| ClientError::Untrusted(Box::new(error)))
    }

    /// For sockets: without ALPN, since a WebSocket is opened over HTTP/1.1.
    pub(crate) fn for_sockets(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }

    pub(crate) fn for_http(&self) -> ClientConfig {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

#[cfg(not(target_os = "android"))]
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: &Arc<rustls::crypto::CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    if roots.is_empty() {
        Verifier::new(Arc::clone(provider))
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(provider))
    }
}
