//! The servers that are measured, each started fresh in a folder of its own, on ports of loopback.

pub mod ejabberd;
pub mod portal;
pub mod postgres;
pub mod process;
pub mod prosody;
pub mod socketio;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use async_trait::async_trait;

use crate::protocol::{Client, Rooms, xmpp::Occupant};
use portal::Portal;

/// A running server. Dropping it ends it.
#[async_trait]
pub trait Server: Send {
    fn name(&self) -> &'static str;

    /// Its processes, and those of its database.
    fn roots(&self) -> Vec<u32>;

    /// New rooms with members who have what they need to come in.
    async fn rooms(&mut self, rooms: usize, members: usize) -> Result<Rooms>;

    /// Ours, for what only ours is measured in.
    fn portal(&self) -> Option<&Portal> {
        None
    }
}

/// Where things are.
#[derive(Debug, Clone)]
pub struct Places {
    /// `deskside-portal`.
    pub portal: PathBuf,
    /// Folder with the room server's `server.js` and `node_modules`.
    pub socketio: PathBuf,
    /// Below it each server gets a folder: one disk for all.
    pub work: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    DesksideSqlite,
    DesksidePostgres,
    EjabberdMnesia,
    EjabberdPostgres,
    Prosody,
    SocketIo,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::DesksideSqlite,
        Self::DesksidePostgres,
        Self::EjabberdMnesia,
        Self::EjabberdPostgres,
        Self::Prosody,
        Self::SocketIo,
    ];
    pub const QUICK: [Self; 3] = [Self::DesksideSqlite, Self::EjabberdMnesia, Self::SocketIo];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DesksideSqlite => "deskside-sqlite",
            Self::DesksidePostgres => "deskside-postgres",
            Self::EjabberdMnesia => "ejabberd-mnesia",
            Self::EjabberdPostgres => "ejabberd-postgres",
            Self::Prosody => "prosody",
            Self::SocketIo => "socketio-sqlite",
        }
    }

    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::DesksideSqlite | Self::DesksidePostgres)
    }

    /// Whether it is installed here.
    #[must_use]
    pub fn available(self, places: &Places) -> bool {
        match self {
            Self::DesksideSqlite => places.portal.is_file(),
            Self::DesksidePostgres => {
                postgres::programs().is_some() && portal::takes_postgres(&places.portal)
            }
            Self::EjabberdMnesia => ejabberd::available(false),
            Self::EjabberdPostgres => ejabberd::available(true),
            Self::Prosody => prosody::available(),
            Self::SocketIo => socketio::available(&places.socketio),
        }
    }

    /// Starts it on an empty store; `run` names the folder.
    pub async fn start(self, places: &Places, run: &str) -> Result<Box<dyn Server>> {
        let folder = places.work.join(format!("{}-{run}", self.name()));
        open_folder(&folder)?;
        let started: Result<Box<dyn Server>> = match self {
            Self::DesksideSqlite => Portal::start(&places.portal, &folder, false).await.map(boxed),
            Self::DesksidePostgres => Portal::start(&places.portal, &folder, true).await.map(boxed),
            Self::EjabberdMnesia => ejabberd::Ejabberd::start(&folder, false).await.map(boxed),
            Self::EjabberdPostgres => ejabberd::Ejabberd::start(&folder, true).await.map(boxed),
            Self::Prosody => prosody::Prosody::start(&folder).await.map(boxed),
            Self::SocketIo => socketio::SocketIo::start(&folder, &places.socketio).await.map(boxed),
        };
        started.with_context(|| format!("{} does not start", self.name()))
    }
}

fn boxed(server: impl Server + 'static) -> Box<dyn Server> {
    Box::new(server)
}

/// PostgreSQL runs as a user of its own, who must be able to pass through.
fn open_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?)
}

fn xmpp_rooms(port: u16, generation: u32, rooms: usize, members: usize) -> Rooms {
    let address = ([127, 0, 0, 1], port).into();
    let client = |room: usize, place: usize| {
        Box::new(Occupant::new(address, format!("r{generation}-{room}"), format!("m{place}")))
            as Box<dyn Client>
    };
    (0..rooms).map(|room| (0..members).map(|place| client(room, place)).collect()).collect()
}
