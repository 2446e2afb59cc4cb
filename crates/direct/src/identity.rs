//! Who a participant is to the other side, in one session: one certificate and one X25519 key.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use deskside_proto::{Digest32, PeerIdentity};
use deskside_transfer::noise::NoiseSecret;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};

/// First word of a kept identity, and its version.
const KEPT_AS: &str = "deskside-identity-1";

/// Why there is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The system gave no randomness, or the certificate could not be made.
    #[error("no keys for direct transfers could be made: {0}")]
    NotMade(String),
    /// What was kept is not an identity.
    #[error("the kept keys for direct transfers cannot be read")]
    NotReadable,
}

/// The secret half of a [`PeerIdentity`]. Made once for each participant and session, kept in the vault: the peer then
/// sees the same keys after a restart.
#[derive(Clone)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Arc<[u8]>,
    noise: NoiseSecret,
    public: PeerIdentity,
}

impl Identity {
    /// New keys: ECDSA P-256 for DTLS and QUIC (what every browser also speaks), X25519 for the relay.
    pub fn generate() -> Result<Self, IdentityError> {
        let not_made = |error: &dyn std::fmt::Display| IdentityError::NotMade(error.to_string());
        let mut noise = [0; 32];
        getrandom::fill(&mut noise).map_err(|error| not_made(&error))?;
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| not_made(&e))?;
        // Nobody reads the names: certificates are pinned by their digest.
        let mut params = rcgen::CertificateParams::new(Vec::new()).map_err(|e| not_made(&e))?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Deskside");
        let certificate = params.self_signed(&key).map_err(|e| not_made(&e))?;
        Self::assemble(certificate.der().clone(), key.serialize_der(), noise).map_err(|e| not_made(&e))
    }

    /// For the vault. A secret: whoever has it can pretend to be this participant.
    #[must_use]
    pub fn to_secret(&self) -> String {
        let parts: [&[u8]; 3] = [&self.certificate, &self.key, self.noise.expose()];
        format!("{KEPT_AS}:{}", parts.map(|part| BASE64.encode(part)).join(":"))
    }

    /// From what [`to_secret`](Self::to_secret) gave.
    pub fn from_secret(secret: &str) -> Result<Self, IdentityError> {
        let parts: Vec<&str> = secret.split(':').collect();
        let [KEPT_AS, certificate, key, noise] = parts[..] else { return Err(IdentityError::NotReadable) };
        let decode = |part: &str| BASE64.decode(part).map_err(|_| IdentityError::NotReadable);
        let noise: [u8; 32] = decode(noise)?.try_into().map_err(|_| IdentityError::NotReadable)?;
        let key = decode(key)?;
        // A damaged key must not come up when a lane is being opened.
        rcgen::KeyPair::try_from(key.as_slice()).map_err(|_| IdentityError::NotReadable)?;
        Self::assemble(decode(certificate)?.into(), key, noise)
    }

    fn assemble(
        certificate: CertificateDer<'static>,
        key: Vec<u8>,
        noise: [u8; 32],
    ) -> Result<Self, IdentityError> {
        let noise = NoiseSecret::new(noise);
        let public = PeerIdentity {
            certificate: fingerprint(&certificate),
            noise: noise.public().map_err(|_| IdentityError::NotReadable)?,
        };
        Ok(Self { certificate, key: key.into(), noise, public })
    }

    /// What the peer learns at the meeting.
    #[must_use]
    pub fn public(&self) -> &PeerIdentity {
        &self.public
    }

    /// The relay's key.
    #[must_use]
    pub fn noise(&self) -> &NoiseSecret {
        &self.noise
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The certificate's key, PKCS #8 DER.
    #[must_use]
    pub fn key_pkcs8(&self) -> &[u8] {
        &self.key
    }

    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.to_vec()).into()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("public", &self.public).finish_non_exhaustive()
    }
}

/// SHA-256 of a certificate's DER: how DTLS (RFC 8122), QUIC here and [`PeerIdentity`] name it.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> Digest32 {
    Digest32(Sha256::digest(certificate).into())
}
