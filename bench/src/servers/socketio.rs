//! The room server on socket.io and better-sqlite3 (`peers/socketio`), installed below the user's cache.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use async_trait::async_trait;

use super::Server;
use super::process::{Process, free_port, installed};
use crate::protocol::{Client, Rooms, socketio::Participant};

pub struct SocketIo {
    process: Process,
    port: u16,
    generation: u32,
}

/// `modules` is the folder that `npm install` filled.
#[must_use]
pub fn available(modules: &Path) -> bool {
    let has = |module: &str| modules.join("node_modules").join(module).is_dir();
    installed("node").is_some() && has("socket.io") && has("better-sqlite3")
}

impl SocketIo {
    pub async fn start(folder: &Path, modules: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new("node");
        command.arg(modules.join("server.js")).arg(port.to_string()).arg(folder.join("rooms.db"));
        command.current_dir(folder).env("NODE_ENV", "production");
        let mut process = Process::spawn("socketio", folder, &mut command)?;
        process.until_it_listens(port).await?;
        Ok(Self { process, port, generation: 0 })
    }
}

#[async_trait]
impl Server for SocketIo {
    fn name(&self) -> &'static str {
        "socketio-sqlite"
    }

    fn roots(&self) -> Vec<u32> {
        vec![self.process.pid()]
    }

    async fn rooms(&mut self, rooms: usize, members: usize) -> Result<Rooms> {
        self.generation += 1;
        let (generation, address) = (self.generation, ([127, 0, 0, 1], self.port).into());
        let client = |room: usize, place: usize| {
            let (room, name) = (format!("r{generation}-{room}"), format!("g{generation}-{room}-{place}"));
            Box::new(Participant::new(address, room, name)) as Box<dyn Client>
        };
        Ok((0..rooms).map(|room| (0..members).map(|place| client(room, place)).collect()).collect())
    }
}
