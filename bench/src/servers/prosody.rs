//! Prosody as Debian packages it: rooms (MUC) with their archive (MAM), in its default store, files.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use async_trait::async_trait;

use super::process::{Process, free_port, installed};
use super::{Server, xmpp_rooms};
use crate::protocol::Rooms;

pub struct Prosody {
    process: Process,
    port: u16,
    generation: u32,
}

#[must_use]
pub fn available() -> bool {
    installed("prosody").is_some()
}

impl Prosody {
    pub async fn start(folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        let config = folder.join("prosody.cfg.lua");
        fs::write(&config, configuration(port, &data))?;
        let mut command = Command::new(installed("prosody").context("Prosody is not installed")?);
        command.arg("-F").arg("--config").arg(&config).current_dir(folder);
        let mut process = Process::spawn("prosody", folder, &mut command)?;
        process.until_it_listens(port).await?;
        Ok(Self { process, port, generation: 0 })
    }
}

fn configuration(port: u16, data: &Path) -> String {
    let data = data.display();
    format!(
        "run_as_root = true\ndaemonize = false\npidfile = '{data}/prosody.pid'\ndata_path = '{data}'\n\
         log = {{ warn = '*console' }}\ninterfaces = {{ '127.0.0.1' }}\nc2s_ports = {{ {port} }}\n\
         c2s_direct_tls_ports = {{ }}\nlegacy_ssl_ports = {{ }}\ns2s_ports = {{ }}\nhttp_ports = {{ }}\nhttps_ports = {{ }}\n\
         network_backend = 'epoll'\nnetwork_settings = {{ tcp_backlog = 4096 }}\n\
         modules_enabled = {{ 'saslauth', 'disco', 'presence', 'message', 'iq' }}\nmodules_disabled = {{ 's2s', 'tls' }}\n\
         c2s_require_encryption = false\nallow_unencrypted_plain_auth = true\nstorage = 'internal'\n\
         VirtualHost 'localhost'\n  authentication = 'anonymous'\n\
         Component 'conference.localhost' 'muc'\n  modules_enabled = {{ 'muc_mam' }}\n  muc_room_locking = false\n\
         \x20 muc_log_by_default = true\n  muc_log_all_rooms = true\n  restrict_room_creation = false\n"
    )
}

#[async_trait]
impl Server for Prosody {
    fn name(&self) -> &'static str {
        "prosody"
    }

    fn roots(&self) -> Vec<u32> {
        vec![self.process.pid()]
    }

    async fn rooms(&mut self, rooms: usize, members: usize) -> Result<Rooms> {
        self.generation += 1;
        Ok(xmpp_rooms(self.port, self.generation, rooms, members))
    }
}
