//! Why something was not fetched.

use std::error::Error;
use std::io;

/// Why something was not fetched. Its text is for the person who typed the address and says what to do next; it names neither
/// authorization nor query nor any address that a name led to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not a web address, or its host is no host's name.
    #[error("This is not a web address: enter one that begins with https:// and names a host")]
    BadUrl,
    /// Neither `http` nor `https`.
    #[error("Only web addresses can be fetched: enter one that begins with https:// or http://")]
    SchemeNotAllowed,
    /// `https://user:password@…`: addresses are shown and logged.
    #[error(
        "The address contains a user name or password: remove it, and enter it in the field for the authorization"
    )]
    CredentialsInUrl,
    /// Neither 80 nor 443, and not opened by the allow-list.
    #[error(
        "Only the ports 80 and 443 can be fetched from: use one of them, or add host and port to the allowed hosts"
    )]
    PortNotAllowed,
    /// It leads to where only this computer or its network can reach.
    #[error(
        "The address leads into a private network: use a public address, or add the host to the allowed hosts"
    )]
    AddressNotAllowed,
    /// No address under that name, or no answer of the name's server.
    #[error("No computer is known under the name in the address: check its spelling, and try again later")]
    NameNotFound,
    /// None of the host's addresses took the connection.
    #[error("The server takes no connections: check that it is running and reachable from here")]
    ConnectFailed(#[source] io::Error),
    /// The encrypted connection did not come about: usually a certificate of another name, of an unknown authority, or past its end.
    #[error(
        "The server could not be trusted: check that its certificate is valid and made for the name in the address"
    )]
    TlsFailed(#[source] io::Error),
    /// A time limit of the [`crate::Rules`] passed.
    #[error("The server took too long: try again later, or check why it is slow")]
    TimedOut,
    /// More bytes than the [`crate::Rules`] take; nothing or at most `limit` bytes were written.
    #[error("The file is larger than {limit} bytes: provide a smaller one, or raise the limit")]
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// One redirect more than the [`crate::Rules`] follow.
    #[error("The address leads from one place to the next too often: enter the address where the file is")]
    TooManyRedirects,
    /// A redirect to what is not an address, or from `https` to `http`.
    #[error("The server leads on to an address that cannot be used: enter the address where the file is")]
    BadRedirect,
    /// Any status but 2xx.
    #[error("The server answered with status {0}: check the address and the authorization")]
    Status(u16),
    /// A header that cannot be sent; holds its name, made harmless.
    #[error("The header {0} cannot be sent: remove it, or correct its name or value")]
    BadHeader(String),
    /// The file came in a content coding (`gzip` …) although none was asked for.
    #[error(
        "The server sends the file compressed only: switch off compression for this address on the server"
    )]
    Encoded,
    /// The answer was not HTTP, or ended early; holds what was wrong.
    #[error("The server's answer was broken ({0}): try again, and check the server if it happens again")]
    Broken(&'static str),
    /// What came could not be written here.
    #[error("What came could not be saved: check free space and the log of this server")]
    Sink(#[source] io::Error),
    /// The system's or the given certificate authorities cannot be read.
    #[error("The certificate authorities of this server cannot be read: check its installation")]
    Roots(#[source] Box<dyn Error + Send + Sync>),
}

impl FetchError {
    /// A word that stays the same in every version, for logs, APIs and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl => "bad_url",
            Self::SchemeNotAllowed => "scheme_not_allowed",
            Self::CredentialsInUrl => "credentials_in_url",
            Self::PortNotAllowed => "port_not_allowed",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::NameNotFound => "name_not_found",
            Self::ConnectFailed(_) => "connect_failed",
            Self::TlsFailed(_) => "tls_failed",
            Self::TimedOut => "timed_out",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyRedirects => "too_many_redirects",
            Self::BadRedirect => "bad_redirect",
            Self::Status(_) => "status",
            Self::BadHeader(_) => "bad_header",
            Self::Encoded => "encoded",
            Self::Broken(_) => "broken",
            Self::Sink(_) => "sink",
            Self::Roots(_) => "roots",
        }
    }
}
