//! How the portal is reached: its own TLS, a proxy's, or plain http on this machine only.

pub mod der;
pub mod pin;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use url::Url;

use crate::{net::Cidr, origin};

/// Certificate chain and key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Why the portal does not start like this.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "Plain http would carry passwords over the network. Give --tls-cert and --tls-key, or put a proxy with TLS before the portal and give --public-url https://… and --trusted-proxies, or listen on 127.0.0.1"
    )]
    PlainOnNetwork,
    #[error("The public address {0} is plain http on another machine. Give one that begins with https://")]
    PlainPublicUrl(Url),
    #[error(
        "The public address is https, but the portal has no certificate. Give --tls-cert and --tls-key, or name the proxy that has it with --trusted-proxies, for instance 127.0.0.1"
    )]
    NoCertificate,
    #[error(
        "The public address {0} must be a scheme, a host and at most a port, for instance https://help.example.org"
    )]
    BadPublicUrl(Url),
    #[error(
        "The portal listens on every address of this machine; say with --public-url how people reach it, for instance https://help.example.org"
    )]
    PublicUrlNeeded,
    #[error("The certificate or key cannot be read ({cert}, {key}): {reason}. Check both paths; both must be PEM files that belong together", cert = files.cert.display(), key = files.key.display())]
    Files { files: TlsFiles, reason: io::Error },
}

/// The address people use, from what was asked for; refuses what would send secrets in the clear.
pub fn public_url(
    asked: Option<&Url>,
    listen: SocketAddr,
    tls: bool,
    trusted_proxies: &[Cidr],
) -> Result<Url, TlsError> {
    let url = match asked {
        Some(url) => url.clone(),
        None if listen.ip().is_unspecified() => return Err(TlsError::PublicUrlNeeded),
        None => own_url(listen, tls),
    };
    let plain_path = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if url.host().is_none()
        || !plain_path
        || !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
    {
        return Err(TlsError::BadPublicUrl(url));
    }
    let behind_proxy = url.scheme() == "https" && !trusted_proxies.is_empty();
    match (tls, url.scheme()) {
        (true, "https") => Ok(url),
        (false, "https") if behind_proxy => Ok(url),
        (false, "https") => Err(TlsError::NoCertificate),
        _ if !origin::is_loopback(&url) => Err(TlsError::PlainPublicUrl(url)),
        (false, _) if !listen.ip().is_loopback() => Err(TlsError::PlainOnNetwork),
        (true, _) => Err(TlsError::BadPublicUrl(url)),
        (false, _) => Ok(url),
    }
}

fn own_url(listen: SocketAddr, tls: bool) -> Url {
    let scheme = if tls { "https" } else { "http" };
    // A socket address is a host and a port.
    Url::parse(&format!("{scheme}://{listen}")).unwrap_or_else(|_| unreachable!("an address is a URL's host"))
}

/// Makes `ring` the process's cryptography; harmless when done twice.
pub fn install_crypto() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Reads certificate and key.
pub async fn load(files: &TlsFiles) -> Result<RustlsConfig, TlsError> {
    install_crypto();
    let loaded = RustlsConfig::from_pem_file(&files.cert, &files.key).await;
    loaded.map_err(|reason| TlsError::Files { files: files.clone(), reason })
}

/// The portal's own certificate: the first of the file.
#[must_use]
pub fn own_certificate(pem: &[u8]) -> Option<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).next().and_then(Result::ok)
}

/// Whether the first certificate of `pem` is valid now, and for `host` where one is given; in words.
pub fn check_certificate(pem: &[u8], host: Option<&str>, now: SystemTime) -> Result<String, String> {
    let certificate = own_certificate(pem)
        .ok_or("no certificate in the file. It must be PEM, the portal's own certificate first")?;
    let days_left = match der::not_after(&certificate) {
        Some(end) => (end - seconds(now)).div_euclid(24 * 3600),
        None => return Err("the certificate's dates cannot be read. Get a new one".to_owned()),
    };
    if days_left < 0 {
        return Err(format!("the certificate ended {} days ago. Renew it", -days_left));
    }
    if let Some(host) = host {
        let name = ServerName::try_from(host.trim_matches(['[', ']'])).map_err(|error| error.to_string())?;
        let parsed =
            rustls::server::ParsedCertificate::try_from(&certificate).map_err(|error| error.to_string())?;
        rustls::client::verify_server_name(&parsed, &name).map_err(|_| {
            format!("the certificate is not for {host}. Get one for it, or change --public-url")
        })?;
    }
    Ok(format!("the certificate is good for {days_left} days"))
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(since).unwrap_or(i64::MAX)
}

/// Both or none.
#[must_use]
pub fn files(cert: Option<&Path>, key: Option<&Path>) -> Option<TlsFiles> {
    Some(TlsFiles { cert: cert?.to_owned(), key: key?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_cross_a_network_in_the_clear() {
        let proxies = ["127.0.0.1".parse().unwrap()];
        let url = |asked: Option<&str>, listen: &str, tls: bool, proxies: &[Cidr]| {
            let asked = asked.map(|url| url.parse().unwrap());
            public_url(asked.as_ref(), listen.parse().unwrap(), tls, proxies).map(|url| url.to_string())
        };
        assert_eq!(url(None, "127.0.0.1:7300", false, &[]).unwrap(), "http://127.0.0.1:7300/");
        assert_eq!(url(None, "[::1]:7300", true, &[]).unwrap(), "https://[::1]:7300/");
        assert!(url(Some("https://help.example"), "0.0.0.0:443", true, &[]).is_ok());
        assert!(url(Some("https://help.example"), "127.0.0.1:7300", false, &proxies).is_ok());
        assert!(matches!(
            url(Some("https://help.example"), "127.0.0.1:7300", false, &[]),
            Err(TlsError::NoCertificate)
        ));
        assert!(matches!(url(None, "0.0.0.0:7300", false, &[]), Err(TlsError::PublicUrlNeeded)));
        assert!(matches!(url(None, "192.0.2.1:7300", false, &[]), Err(TlsError::PlainPublicUrl(_))));
        assert!(matches!(
            url(Some("http://localhost:7300"), "0.0.0.0:7300", false, &[]),
            Err(TlsError::PlainOnNetwork)
        ));
        assert!(matches!(
            url(Some("http://help.example"), "127.0.0.1:7300", false, &[]),
            Err(TlsError::PlainPublicUrl(_))
        ));
        assert!(matches!(
            url(Some("https://help.example/app"), "0.0.0.0:443", true, &[]),
            Err(TlsError::BadPublicUrl(_))
        ));
    }
}
