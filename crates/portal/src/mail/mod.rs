//! E-mail to people, through the organisation's own server.
//!
//! - [`texts`]: what is written. [`MailArgs`], [`MailConfig`]: which server, and how it is trusted.
//! - [`Mailer`]: sends at once and says whether it went out ([`Mailer::send`]), or takes it over and tries again ([`Mailer::post`]).
//!
//! Invariants
//! - The connection is encrypted and the server's certificate checked; plain only to this very machine, and only by wish.
//! - The server's password comes from the command line's variable, is kept in memory, and is never logged.

pub mod texts;

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use futures_util::{StreamExt, stream};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// Time for one step of a conversation with the server.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Time that somebody waits for a letter to go out.
const PATIENCE: Duration = Duration::from_secs(15);
/// Letters that may wait for a server that does not answer.
const QUEUE: usize = 256;

/// Letters that are under way, or wait to be tried again.
const AT_A_TIME: usize = 32;

/// A letter to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// `smtp://user:password@host:port` (STARTTLS, port 587) or `smtps://…` (TLS from the beginning, port 465); never shown whole.
#[derive(Clone)]
pub struct SmtpUrl(Url);

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://…@{}:{}", self.0.scheme(), self.host(), self.port())
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host(), self.port())
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            "give the server as smtp://user:password@host:port, or smtps:// for TLS from the beginning";
        // The text is not repeated: it holds a password.
        let url = Url::parse(text).map_err(|_| wrong.to_owned())?;
        let options: Vec<_> = url.query_pairs().collect();
        let known = options.iter().all(|(name, value)| name == "tls" && value == "off");
        if !matches!(url.scheme(), "smtp" | "smtps") || !url.has_host() || !known {
            return Err(wrong.to_owned());
        }
        let found = Self(url);
        if found.is_plain() && !found.is_loopback() {
            return Err("?tls=off is for a server on this very machine only".to_owned());
        }
        Ok(found)
    }
}

impl SmtpUrl {
    fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    fn port(&self) -> u16 {
        self.0.port().unwrap_or(if self.0.scheme() == "smtps" { 465 } else { 587 })
    }

    fn is_plain(&self) -> bool {
        self.0.query_pairs().any(|(name, value)| name == "tls" && value == "off")
    }

    fn is_loopback(&self) -> bool {
        // `smtp` is no scheme that `Url` knows: its hosts are names, whatever they look like.
        let host = Host::parse(self.0.host_str().unwrap_or_default());
        match host {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(address)) => address.is_loopback(),
            Ok(Host::Ipv6(address)) => address.is_loopback(),
            Err(_) => false,
        }
    }

    fn credentials(&self) -> Option<Credentials> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let password = self.0.password().map(decoded)?;
        Some(Credentials::new(decoded(self.0.username()), password))
    }
}

/// Which server takes the portal's e-mail.
#[derive(Debug, Clone)]
pub struct MailConfig {
    pub server: SmtpUrl,
    pub from: Mailbox,
    /// Authority (PEM) that the server's certificate may come from, beside those of the system.
    pub ca: Option<PathBuf>,
    /// What waits between two tries, in order; after the last one a letter is given up.
    pub retries: Vec<Duration>,
}

#[derive(Debug, Args)]
pub struct MailArgs {
    /// Server for invitations and forgotten passwords: smtp://user:password@host:port (STARTTLS) or smtps://…. Others on this machine
    /// can read a command line: give it by the variable.
    #[arg(long, env = "DESKSIDE_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    smtp_url: Option<SmtpUrl>,
    /// Sender of the portal's e-mail: `Deskside <help@example.org>`.
    #[arg(long, env = "DESKSIDE_MAIL_FROM")]
    mail_from: Option<Mailbox>,
    /// Authority (PEM) of the mail server's certificate, where the system does not know it.
    #[arg(long, env = "DESKSIDE_SMTP_CA")]
    smtp_ca: Option<PathBuf>,
}

impl MailArgs {
    #[must_use]
    pub fn config(&self) -> Option<MailConfig> {
        let (server, from) = (self.smtp_url.clone()?, self.mail_from.clone()?);
        Some(MailConfig { server, from, ca: self.smtp_ca.clone(), retries: MailConfig::retries() })
    }
}

impl MailConfig {
    /// A server that restarts, one that is repaired, one that greets strangers late.
    #[must_use]
    pub fn retries() -> Vec<Duration> {
        [5, 30, 120, 600].map(Duration::from_secs).to_vec()
    }

    fn transport(&self, hello: &str) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
        let host = self.server.host();
        let mut parameters = TlsParameters::builder(host.to_owned());
        if let Some(path) = &self.ca {
            let pem = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let ca = Certificate::from_pem(&pem)
                .with_context(|| format!("{} is no certificate in PEM", path.display()))?;
            parameters = parameters.add_root_certificate(ca);
        }
        let parameters = parameters.build().context("the mail server's TLS cannot be set up")?;
        let tls = match self.server.0.scheme() {
            _ if self.server.is_plain() => Tls::None,
            "smtps" => Tls::Wrapper(parameters),
            _ => Tls::Required(parameters),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(self.server.port())
            .tls(tls)
            .timeout(Some(ANSWER_TIME))
            .hello_name(ClientId::Domain(hello.to_owned()));
        let credentials = self.server.credentials();
        Ok(credentials.into_iter().fold(builder, |builder, who| builder.credentials(who)).build())
    }

    /// Whether the server answers, is the one it should be, and lets the portal in.
    pub async fn check(&self) -> anyhow::Result<()> {
        let transport = self.transport("localhost")?;
        match tokio::time::timeout(PATIENCE, transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => bail!("the server does not answer as a mail server does"),
            Ok(Err(error)) => bail!(reason(&error)),
            Err(_) => bail!("the server does not answer"),
        }
    }
}

/// What an error says, with what it came from.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Sends letters.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    queue: mpsc::Sender<Message>,
}

/// Why a letter did not go out; logged already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSent;

impl Mailer {
    /// Checks what can be checked without the server, and starts to send what is posted.
    ///
    /// # Errors
    /// Where the authority's certificate cannot be used.
    pub fn start(
        config: &MailConfig,
        hello: &str,
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let transport = config.transport(hello)?;
        let (queue, receiver) = mpsc::channel(QUEUE);
        let task = tokio::spawn(work(transport.clone(), receiver, config.retries.clone(), stop));
        Ok((Self { transport, from: config.from.clone(), queue }, task))
    }

    /// Sends a letter now, and says whether the server took it.
    ///
    /// # Errors
    /// [`NotSent`], also where the server takes too long.
    pub async fn send(&self, letter: Letter) -> Result<(), NotSent> {
        let message = self.message(letter)?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(reason = reason(&error), "an e-mail did not go out");
                Err(NotSent)
            }
            Err(_) => {
                tracing::warn!("an e-mail did not go out: the server takes too long");
                Err(NotSent)
            }
        }
    }

    /// Takes a letter over: it is tried again until the server takes it, or for about a quarter of an hour. Lost where too many wait
    /// or the portal stops.
    pub fn post(&self, letter: Letter) {
        let Ok(message) = self.message(letter) else { return };
        if self.queue.try_send(message).is_err() {
            tracing::warn!("an e-mail is lost: too many wait for the server");
        }
    }

    fn message(&self, letter: Letter) -> Result<Message, NotSent> {
        let build = || -> anyhow::Result<Message> {
            let to = Mailbox::new(None, letter.to.parse().context("the address")?);
            Ok(Message::builder()
                .from(self.from.clone())
                .to(to)
                .subject(letter.subject)
                .message_id(None)
                .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))?)
        };
        build().map_err(|error| {
            tracing::warn!(reason = format!("{error:#}"), "an e-mail cannot be written");
            NotSent
        })
    }
}

async fn work(
    transport: AsyncSmtpTransport<Tokio1Executor>,
    mut queue: mpsc::Receiver<Message>,
    retries: Vec<Duration>,
    stop: CancellationToken,
) {
    // A recipient whose server asks for patience is in nobody's way.
    let waiting = stream::poll_fn(|context| queue.poll_recv(context));
    let sending = waiting.for_each_concurrent(AT_A_TIME, |message| deliver(&transport, message, &retries));
    tokio::select! {
        () = sending => {}
        () = stop.cancelled() => {}
    }
}

async fn deliver(transport: &AsyncSmtpTransport<Tokio1Executor>, message: Message, retries: &[Duration]) {
    let mut waits = retries.iter();
    loop {
        let tried = tokio::time::timeout(PATIENCE, transport.send(message.clone())).await;
        let why = match tried {
            Ok(Ok(_)) => return,
            Ok(Err(error)) if error.is_permanent() => {
                tracing::warn!(reason = reason(&error), "an e-mail is refused for good");
                return;
            }
            Ok(Err(error)) => reason(&error),
            Err(_) => "the server takes too long".to_owned(),
        };
        let Some(wait) = waits.next() else {
            tracing::warn!(reason = why, "an e-mail is given up");
            return;
        };
        tracing::info!(reason = why, ?wait, "an e-mail did not go out yet");
        sleep(*wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pitfall S04: what is printed of an address never holds its password.
    #[test]
    fn servers_are_named_without_their_password() {
        for (text, expected) in [
            ("smtp://help:s3cr%40t@mail.example.org", "mail.example.org:587"),
            ("smtps://help:s3cr%40t@mail.example.org", "mail.example.org:465"),
            ("smtp://help:s3cr%40t@mail.example.org:2525", "mail.example.org:2525"),
            ("smtp://127.0.0.1:1025?tls=off", "127.0.0.1:1025"),
            ("smtp://[::1]:1025?tls=off", "::1:1025"),
            ("smtp://localhost?tls=off", "localhost:587"),
        ] {
            let url: SmtpUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), expected);
            assert!(!format!("{url:?}").contains("s3cr"), "{url:?}");
        }
        let url: SmtpUrl = "smtp://me%40here:a%3Ab@mail.example.org".parse().unwrap();
        assert_eq!(url.credentials(), Some(Credentials::new("me@here".to_owned(), "a:b".to_owned())));
        for wrong in [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://u:s3cret@mail.example.org?tls=off",
            "smtp://10.0.0.1?tls=off",
            "smtp://localhost.example.org?tls=off",
            "smtp://localhost?tls=maybe",
        ] {
            let error = wrong.parse::<SmtpUrl>().unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
