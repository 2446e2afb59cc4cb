//! The portal as a process, reached through a proxy, over TLS or plain.

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::api::Api;
use crate::ca::Ca;
use crate::process::Process;
use crate::proxy::Proxy;
use crate::stage::Stage;
use crate::{wait, workspace};

pub const ORG: &str = "Northwind Support";
pub const ADMIN: Person =
    Person { name: "Ada Admin", email: "ada@example.org", password: "correct horse battery" };
/// A first start creates the database, on a machine that may be busy.
const START: Duration = Duration::from_secs(60);

/// Somebody who can sign in.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
    pub password: &'static str,
}

/// The line that `serve --print-json` prints once it listens.
#[derive(Debug, Deserialize)]
struct Started {
    listen: SocketAddr,
    #[serde(default)]
    set_up_link: Option<String>,
}

/// A portal with its data folder, and the proxy that browsers come through.
#[derive(Debug)]
pub struct Portal {
    /// Everything that comes to the public address passes here; a restart of the portal does not move it.
    pub proxy: Proxy,
    pub ca: Option<Ca>,
    pub data: PathBuf,
    url: String,
    process: Option<Process>,
    listen: SocketAddr,
    set_up_link: Option<String>,
}

impl Portal {
    /// Starts one over TLS with a certificate of the test's own authority.
    pub async fn start(stage: &Stage) -> Result<Self> {
        let ca = Ca::create(&stage.subfolder("tls")?)?;
        Self::start_with(stage, Some(ca)).await
    }

    /// Starts one without TLS, on loopback.
    pub async fn start_plain(stage: &Stage) -> Result<Self> {
        Self::start_with(stage, None).await
    }

    async fn start_with(stage: &Stage, ca: Option<Ca>) -> Result<Self> {
        let proxy = Proxy::open().await?;
        let scheme = if ca.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", proxy.port());
        let data = stage.subfolder("portal")?;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut portal = Self { proxy, ca, data, url, process: None, listen, set_up_link: None };
        portal.restart(stage).await?;
        Ok(portal)
    }

    /// Starts the process (again) over the same data, at the same public address.
    pub async fn restart(&mut self, stage: &Stage) -> Result<()> {
        self.process = None;
        let command = self.serve()?;
        self.restart_as(stage, command).await
    }

    /// [`Portal::restart`] by a command that leads to the one it is given, as `sh -c '…; exec "$@"' sh` does.
    pub async fn restart_within(&mut self, stage: &Stage, mut outer: Command) -> Result<()> {
        self.process = None;
        let inner = self.serve()?;
        outer.arg(inner.get_program()).args(inner.get_args()).env("RUST_LOG", "info");
        self.restart_as(stage, outer).await
    }

    async fn restart_as(&mut self, stage: &Stage, mut command: Command) -> Result<()> {
        command.args(["--listen", "127.0.0.1:0", "--public-url", &self.url]);
        let mut process = stage.spawn("portal", command)?;
        let started =
            wait::until_some("the portal's first line", START, async || first_line(&mut process)).await?;
        self.listen = started.listen;
        self.proxy.lead_to(started.listen);
        self.set_up_link = started.set_up_link.or(self.set_up_link.take());
        self.process = Some(process);
        Ok(())
    }

    fn serve(&self) -> Result<Command> {
        let mut command = Command::new(workspace::program("deskside-portal")?);
        command.args(["serve", "--print-json", "--data-dir"]).arg(&self.data);
        command.env("RUST_LOG", "info");
        if let Some(ca) = &self.ca {
            command.arg("--tls-cert").arg(&ca.certificate).arg("--tls-key").arg(&ca.key);
        }
        Ok(command)
    }

    /// SIGKILL, at once.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.process.as_mut().context("the portal was not started")?.ended()?.is_some())
    }

    /// The process, while it runs.
    pub fn process(&self) -> Result<&Process> {
        self.process.as_ref().context("the portal does not run")
    }

    /// Bytes of memory that it has in use.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process()?.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a line VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// SIGTERM, and waits for the graceful end.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.terminate();
        let status = process.end(wait::STEP).await?;
        ensure!(status.success(), "the portal ended with {status} when it was asked to end");
        Ok(())
    }

    /// The public address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the process listens itself.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// The one-time link of the first start.
    pub fn set_up_link(&self) -> Result<&str> {
        self.set_up_link.as_deref().context("the portal printed no set-up link")
    }

    /// Opens another way to the same portal, as another network would; its address.
    pub async fn second_way(&self) -> Result<(Proxy, String)> {
        let proxy = Proxy::open().await?;
        proxy.lead_to(self.listen);
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", proxy.port());
        Ok((proxy, url))
    }

    /// A client without a token.
    pub fn api(&self) -> Result<Api> {
        self.api_by(&self.url)
    }

    /// A client without a token that goes another way.
    pub fn api_by(&self, address: &str) -> Result<Api> {
        Api::new(address, self.ca.as_ref().map(Ca::trust))
    }

    /// First-run set-up through the real interface; signed in as the organisation's first admin.
    pub async fn set_up(&self) -> Result<Api> {
        let token = self.set_up_link()?.rsplit_once('#').context("the set-up link carries its token")?.1;
        let mut api = self.api()?;
        api.set_up(token, ORG, &ADMIN).await?;
        Ok(api)
    }

    /// `deskside-portal user create`, with the portal stopped as that asks; signed in as that person.
    pub async fn add_user(&mut self, stage: &Stage, org: &str, role: &str, person: &Person) -> Result<Api> {
        let args =
            ["user", "create", "--org", org, "--role", role, "--email", person.email, "--name", person.name];
        self.stopped_for(stage, &args, person).await
    }

    /// `deskside-portal org create`, with the portal stopped as that asks; signed in as its admin.
    pub async fn add_org(&mut self, stage: &Stage, name: &str, admin: &Person) -> Result<Api> {
        let args =
            ["org", "create", "--name", name, "--admin-email", admin.email, "--admin-name", admin.name];
        self.stopped_for(stage, &args, admin).await
    }

    async fn stopped_for(&mut self, stage: &Stage, args: &[&str], person: &Person) -> Result<Api> {
        self.stop().await?;
        self.command(args, person.password)?;
        self.restart(stage).await?;
        let mut api = self.api()?;
        api.sign_in(person).await?;
        Ok(api)
    }

    /// A one-off command of the portal over the same data, with `input` on its standard input; what it printed.
    pub fn command(&self, args: &[&str], input: &str) -> Result<String> {
        command(&self.data, args, input)
    }
}

/// Runs `deskside-portal <args>` over `data` until it ends.
pub fn command(data: &Path, args: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(workspace::program("deskside-portal")?)
        .args(args)
        .arg("--data-dir")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let asked = child.stdin.take().context("piped")?.write_all(format!("{input}\n").as_bytes());
    // One that has found its arguments wrong has ended without asking.
    asked.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })?;
    let output = child.wait_with_output()?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "deskside-portal {args:?}: {}\n{said}", output.status);
    Ok(said)
}

fn first_line(process: &mut Process) -> Result<Option<Started>> {
    let said = std::fs::read_to_string(&process.stdout)?;
    let line = said.lines().find(|line| line.starts_with('{')).filter(|_| said.ends_with('\n'));
    if let Some(line) = line {
        return Ok(Some(serde_json::from_str(line).context("the line of --print-json")?));
    }
    if let Some(status) = process.ended()? {
        bail!("the portal ended by itself: {status}\n{}", process.said());
    }
    Ok(None)
}
