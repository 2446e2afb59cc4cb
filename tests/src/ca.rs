//! A certificate authority for one test, and the certificate it gives the portal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};

/// Files and trust of the test's own authority.
#[derive(Debug)]
pub struct Ca {
    /// The authority's certificate (PEM), for programs that are to trust it.
    pub authority: PathBuf,
    /// The portal's certificate (PEM) for `localhost` and `127.0.0.1`.
    pub certificate: PathBuf,
    /// The portal's key (PEM).
    pub key: PathBuf,
    /// Base 64 of the SHA-256 over the portal's public key, by which Chromium is told to accept it.
    pub fingerprint: String,
    trust: Arc<ClientConfig>,
}

impl Ca {
    /// Makes authority and certificate, and writes them into `folder`.
    pub fn create(folder: &Path) -> Result<Self> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "Deskside test authority");
        let authority_key = KeyPair::generate()?;
        let root = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate()?;
        let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        let certificate = server.signed_by(&key, &issuer)?;

        let write = |name: &str, text: String| -> Result<PathBuf> {
            let path = folder.join(name);
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(path)
        };
        Ok(Self {
            authority: write("authority.pem", root.pem())?,
            certificate: write("portal.pem", certificate.pem())?,
            key: write("portal.key", key.serialize_pem())?,
            fingerprint: base64::engine::general_purpose::STANDARD
                .encode(Sha256::digest(key.subject_public_key_info())),
            trust: trusting(root.der())?,
        })
    }

    /// A TLS configuration that trusts this authority and no other.
    #[must_use]
    pub fn trust(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.trust)
    }
}

fn trusting(root: &CertificateDer<'static>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
