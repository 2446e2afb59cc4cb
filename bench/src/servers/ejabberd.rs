//! ejabberd as Debian packages it: rooms (MUC) with their archive (MAM), in Mnesia or PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use async_trait::async_trait;

use super::postgres::{self, Postgres};
use super::process::{Process, free_port, installed};
use super::{Server, xmpp_rooms};
use crate::protocol::Rooms;

const SCHEMA: &str = "/usr/share/ejabberd/sql/pg.sql";

pub struct Ejabberd {
    name: &'static str,
    process: Process,
    postgres: Option<Postgres>,
    port: u16,
    generation: u32,
}

/// Folder of Erlang libraries that has ejabberd in it.
fn libraries() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let has_ejabberd = |folder: &&&str| {
        let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.any(|entry| {
            entry.file_name().to_string_lossy().starts_with("ejabberd-") && entry.path().join("ebin").is_dir()
        })
    };
    folders.iter().find(has_ejabberd).map(PathBuf::from)
}

#[must_use]
pub fn available(on_postgres: bool) -> bool {
    let sql = || postgres::programs().is_some() && Path::new(SCHEMA).is_file();
    installed("erl").is_some() && libraries().is_some() && (!on_postgres || sql())
}

impl Ejabberd {
    pub async fn start(folder: &Path, on_postgres: bool) -> Result<Self> {
        let postgres = if on_postgres {
            let postgres = Postgres::start(folder).await?;
            postgres.create_database("ejabberd")?;
            postgres.load("ejabberd", Path::new(SCHEMA))?;
            Some(postgres)
        } else {
            None
        };
        let port = free_port()?;
        let config = folder.join("ejabberd.yml");
        fs::write(&config, configuration(port, postgres.as_ref()))?;
        let spool = folder.join("mnesia");
        // Without ejabberdctl, which reads Debian's own configuration and opens its ports; and without a node name, so no epmd.
        let mut erl = Command::new("erl");
        erl.args(["+K", "true", "+P", "250000", "+Q", "65536", "-noinput", "-mnesia", "dir"]);
        erl.arg(format!("\"{}\"", spool.display())).args(["-s", "ejabberd"]);
        erl.current_dir(folder)
            .env("EJABBERD_CONFIG_PATH", &config)
            .env("EJABBERD_LOG_PATH", folder.join("log/ejabberd.log"))
            .env("ERL_LIBS", libraries().context("ejabberd is not installed")?)
            .env("ERL_CRASH_DUMP_BYTES", "0")
            .env("HOME", folder);
        let name = if on_postgres { "ejabberd-postgres" } else { "ejabberd-mnesia" };
        let mut process = Process::spawn(name, folder, &mut erl)?;
        process.until_it_listens(port).await?;
        Ok(Self { name, process, postgres, port, generation: 0 })
    }
}

fn configuration(port: u16, postgres: Option<&Postgres>) -> String {
    let store = match postgres {
        Some(postgres) => format!(
            "default_db: sql\nsql_type: pgsql\nsql_server: 127.0.0.1\nsql_port: {}\nsql_database: ejabberd\n\
             sql_username: {}\nsql_password: none\nsql_pool_size: 10\n",
            postgres.port(),
            postgres.user()
        ),
        None => "default_db: mnesia\n".to_owned(),
    };
    // The package's backlog of 5 fails at about a thousand connections.
    format!(
        "loglevel: warning\nhosts: [localhost]\nauth_method: [anonymous]\nanonymous_protocol: sasl_anon\n\
         allow_multiple_connections: true\n{store}\
         listen:\n  - port: {port}\n    ip: 127.0.0.1\n    module: ejabberd_c2s\n    backlog: 4096\n    access: all\n\
         modules:\n  mod_disco: {{}}\n  mod_mam:\n    default: always\n  mod_muc:\n    host: conference.localhost\n\
         \x20   access: [allow]\n    access_create: [allow]\n    default_room_options:\n      mam: true\n      persistent: false\n"
    )
}

#[async_trait]
impl Server for Ejabberd {
    fn name(&self) -> &'static str {
        self.name
    }

    fn roots(&self) -> Vec<u32> {
        [self.process.pid()].into_iter().chain(self.postgres.as_ref().map(Postgres::pid)).collect()
    }

    async fn rooms(&mut self, rooms: usize, members: usize) -> Result<Rooms> {
        self.generation += 1;
        Ok(xmpp_rooms(self.port, self.generation, rooms, members))
    }
}
