//! Our portal as an organisation runs it: `deskside-portal serve`, limits on. Only TLS is off, as it is for the peers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::Server;
use super::postgres::Postgres;
use super::process::Process;
use crate::http::{Caller, text};
use crate::protocol::{Client, Heard, Rooms, deskside::Member};

/// Joins a minute that the portal takes from one address is 20; a few are left for what else a customer does.
const JOINS_PER_ADDRESS: usize = 10;
/// Sessions that are made at the same time.
const MAKING: usize = 32;
/// Where the technician sits.
const DESK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub struct Portal {
    process: Process,
    postgres: Option<Postgres>,
    address: SocketAddr,
    technician: Caller,
    token: String,
    org: String,
    /// Joins so far: tells which address the next customer comes from.
    joined: usize,
}

/// Whether this portal can keep its data in PostgreSQL.
#[must_use]
pub fn takes_postgres(program: &Path) -> bool {
    let help = Command::new(program).args(["serve", "--help"]).output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--database-url"))
}

impl Portal {
    pub async fn start(program: &Path, folder: &Path, on_postgres: bool) -> Result<Self> {
        let postgres = if on_postgres { Some(Postgres::start(folder).await?) } else { None };
        let url = postgres.as_ref().map(database).transpose()?;
        let mut process = serve(program, folder, url.as_deref())?;
        let (address, link) = listening(&mut process).await?;
        let link = link.context("a new portal prints its set-up link")?;
        let (token, org) = set_up(&Caller::new(address, DESK), &link).await?;
        // Hashing a password takes memory that stays a while: measured is a portal as it runs after its first day.
        drop(process);
        let mut process = serve(program, folder, url.as_deref())?;
        let (address, _) = listening(&mut process).await?;
        let technician = Caller::new(address, DESK).with_token(&token);
        Ok(Self { process, postgres, address, technician, token, org, joined: 0 })
    }

    /// The same portal, started again; `meanwhile` has its data to itself.
    pub async fn restarted(
        self,
        program: &Path,
        folder: &Path,
        meanwhile: impl FnOnce(Option<&Postgres>) -> Result<()>,
    ) -> Result<Self> {
        let Self { process, postgres, token, org, joined, .. } = self;
        drop(process);
        meanwhile(postgres.as_ref())?;
        let url = postgres.as_ref().map(address_of);
        let mut process = serve(program, folder, url.as_deref())?;
        let (address, _) = listening(&mut process).await?;
        let technician = Caller::new(address, DESK).with_token(&token);
        Ok(Self { process, postgres, address, technician, token, org, joined })
    }

    /// The organisation of its set-up.
    #[must_use]
    pub fn org(&self) -> &str {
        &self.org
    }

    /// Where its data is, unless in a file.
    #[must_use]
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// A new session: its id and the secret of its link.
    async fn session(&self) -> Result<(String, String)> {
        let path = format!("/orgs/{}/sessions", self.org);
        let created = self.technician.post(&path, &json!({ "title": "Measurement" })).await?;
        let link = text(&created, "/join/link")?;
        let secret = link.rsplit('/').next().unwrap_or_default().to_owned();
        Ok((text(&created, "/session/id")?.to_owned(), secret))
    }

    /// A session with one technician and `customers` who came by its link, the first of them the `first`-th of all customers.
    async fn room(&self, customers: usize, first: usize) -> Result<Vec<Box<dyn Client>>> {
        let (session, secret) = self.session().await?;
        let mut members = vec![boxed(Member::new(self.address, DESK, &session, &self.token, 0))];
        for number in first..first + customers {
            let from = customers_address(number);
            let request =
                json!({ "secret": secret, "name": format!("Customer {number}"), "client": "desktop" });
            let joined = Caller::new(self.address, from).post("/join", &request).await?;
            let token = text(&joined, "/token")?;
            if text(&joined, "/you/state")? == "waiting" {
                let you = text(&joined, "/you/id")?;
                let path = format!("/sessions/{session}/participants/{you}/admit");
                self.technician.post(&path, &json!({})).await?;
            }
            members.push(boxed(Member::new(self.address, from, &session, token, 0)));
        }
        Ok(members)
    }

    /// Where it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The technician's.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The technician's own requests.
    #[must_use]
    pub fn technician(&self) -> &Caller {
        &self.technician
    }

    /// A session for uploads alone, in which the technician has been: only who took part sends files.
    pub async fn upload_session(&self) -> Result<String> {
        let (session, _) = self.session().await?;
        let mut technician = Member::new(self.address, DESK, &session, &self.token, 0);
        technician.connect(&mut Heard::default()).await?;
        Ok(session)
    }
}

fn boxed(member: Member) -> Box<dyn Client> {
    Box::new(member)
}

/// Customers sit in many places: 127.1.0.1 and up, some to each address, so that nobody's joins are limited as one caller's.
fn customers_address(number: usize) -> IpAddr {
    let place = u32::try_from(number / JOINS_PER_ADDRESS).unwrap_or(u32::MAX) % 0x00f0_0000;
    IpAddr::V4(Ipv4Addr::from_bits(0x7f01_0001 + place))
}

fn serve(program: &Path, folder: &Path, database_url: Option<&str>) -> Result<Process> {
    let mut command = Command::new(program);
    command.args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("data"));
    command.args(database_url.into_iter().flat_map(|url| ["--database-url", url]));
    Process::spawn("portal", folder, &mut command)
}

fn database(postgres: &Postgres) -> Result<String> {
    postgres.create_database("deskside")?;
    Ok(address_of(postgres))
}

fn address_of(postgres: &Postgres) -> String {
    format!("postgres://{}@127.0.0.1:{}/deskside", postgres.user(), postgres.port())
}

/// Where it listens, and the link of its first start.
async fn listening(process: &mut Process) -> Result<(SocketAddr, Option<String>)> {
    let started = process.until(|process| first_line(&process.said())).await?;
    let link = started.pointer("/set_up_link").and_then(Value::as_str).map(str::to_owned);
    Ok((text(&started, "/listen")?.parse()?, link))
}

fn first_line(said: &str) -> Option<Value> {
    let line = said.lines().find(|line| line.starts_with('{'))?;
    serde_json::from_str(line).ok()
}

/// First run: the organisation and its admin, who is the technician; token and organisation.
async fn set_up(stranger: &Caller, link: &str) -> Result<(String, String)> {
    let secret = link.rsplit_once('#').context("the set-up link carries its token")?.1;
    let request = json!({ "token": secret, "org_name": "Measurement", "name": "Ada", "email": "ada@example.org",
        "password": "correct horse battery staple", "client": "desktop" });
    let answer = stranger.post("/set-up", &request).await?;
    let org = text(&answer, "/me/memberships/0/org_id")?;
    Ok((text(&answer, "/token")?.to_owned(), org.to_owned()))
}

#[async_trait]
impl Server for Portal {
    fn name(&self) -> &'static str {
        if self.postgres.is_some() { "deskside-postgres" } else { "deskside-sqlite" }
    }

    fn roots(&self) -> Vec<u32> {
        [self.process.pid()].into_iter().chain(self.postgres.as_ref().map(Postgres::pid)).collect()
    }

    async fn rooms(&mut self, rooms: usize, members: usize) -> Result<Rooms> {
        let customers = members.saturating_sub(1);
        let before = self.joined;
        self.joined += rooms * customers;
        let this = &*self;
        let made = stream::iter(0..rooms).map(|room| this.room(customers, before + room * customers));
        made.buffered(MAKING).try_collect().await
    }

    fn portal(&self) -> Option<&Portal> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_come_from_many_addresses_of_loopback() {
        let addresses: std::collections::BTreeSet<_> = (0..5_000).map(customers_address).collect();
        assert_eq!(addresses.len(), 500);
        assert!(addresses.iter().all(IpAddr::is_loopback) && !addresses.contains(&DESK));
    }

    #[test]
    fn the_first_line_of_json_tells_the_address() {
        let said = "noise\n{\"listen\":\"127.0.0.1:9\",\"set_up_link\":\"x#y\"}\n";
        assert_eq!(text(&first_line(said).unwrap(), "/listen").unwrap(), "127.0.0.1:9");
        assert_eq!(first_line("{\"listen\":"), None);
    }
}
