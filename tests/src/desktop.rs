//! The desktop app in a real window, with a data folder, a home and a message bus of its own.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::UnixStream;

use crate::netem::{Line, Side};
use crate::page::{Page, id};
use crate::portal::{Person, Portal};
use crate::process::Process;
use crate::stage::Stage;
use crate::{wait, webdriver, workspace};

/// What the app finds at the address of the session bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// Nothing: no keyring, no other instance to be found.
    Absent,
    /// A bus without any service on it: no keyring.
    Bare,
    /// A bus with an unlocked gnome-keyring.
    Keyring,
}

/// One person's installation of the app.
#[derive(Debug)]
pub struct Desktop {
    name: String,
    /// The app's data folder.
    pub data: PathBuf,
    /// The person's folder for downloads, once [`Desktop::give_downloads`] has made it.
    pub downloads: PathBuf,
    config: PathBuf,
    settings: Vec<(String, String)>,
    bus: String,
    /// The end of an emulated line that is all its network.
    place: Option<(Arc<Line>, Side)>,
    _bus: Option<Process>,
}

impl Desktop {
    /// Prepares an installation; nothing of the app runs yet.
    pub async fn install(stage: &Stage, name: &str, portal: &Portal, bus: Bus) -> Result<Self> {
        let home = stage.subfolder(&format!("{name}-home"))?;
        let data = stage.subfolder(&format!("{name}-data"))?;
        let runtime = stage.subfolder(&format!("{name}-run"))?;
        let downloads = home.join("Downloads");
        let config = home.join("config");
        let mut settings = vec![
            ("HOME".to_owned(), home.display().to_string()),
            ("XDG_DATA_HOME".to_owned(), home.join("data").display().to_string()),
            ("XDG_CONFIG_HOME".to_owned(), config.display().to_string()),
            ("XDG_CACHE_HOME".to_owned(), home.join("cache").display().to_string()),
            ("XDG_RUNTIME_DIR".to_owned(), runtime.display().to_string()),
            ("DESKSIDE_DATA_DIR".to_owned(), data.display().to_string()),
            ("RUST_LOG".to_owned(), "info,deskside=debug,deskside_client=debug".to_owned()),
        ];
        if let Some(ca) = &portal.ca {
            settings.push(("SSL_CERT_FILE".to_owned(), ca.authority.display().to_string()));
        }
        let socket = runtime.join("bus");
        let process = match bus {
            Bus::Absent => None,
            Bus::Bare => Some(bare_bus(stage, name, &socket)?),
            Bus::Keyring => Some(keyring_bus(stage, name, &socket, &settings)?),
        };
        if process.is_some() {
            let ready = runtime.join("ready");
            let waits_for_keyring = bus == Bus::Keyring;
            wait::until("the session bus", wait::STEP, async || {
                Ok(UnixStream::connect(&socket).await.is_ok() && (!waits_for_keyring || ready.is_file()))
            })
            .await?;
        }
        let address = format!("unix:path={}", socket.display());
        settings.push(("DBUS_SESSION_BUS_ADDRESS".to_owned(), address.clone()));
        Ok(Self {
            name: name.to_owned(),
            data,
            downloads,
            config,
            settings,
            bus: address,
            place: None,
            _bus: process,
        })
    }

    /// Address of the app's session bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// What the file dialog will answer (the app's seam for tests).
    pub fn will_pick(&mut self, file: &std::path::Path) {
        self.set("DESKSIDE_TEST_PICK", file.display().to_string());
    }

    /// Where the save dialog will point (the app's seam for tests).
    pub fn will_save_to(&mut self, file: &std::path::Path) {
        self.set("DESKSIDE_TEST_SAVE", file.display().to_string());
    }

    /// The folder that the app's dialog for folders will answer with (the app's seam for tests).
    pub fn will_pick_folder(&mut self, folder: &std::path::Path) {
        self.set("DESKSIDE_TEST_PICK_FOLDER", folder.display().to_string());
    }

    /// From its next start the app has no network but one end of `line`.
    pub fn move_to(&mut self, line: &Arc<Line>, side: Side) {
        self.place = Some((Arc::clone(line), side));
        // The app's own loopback leads nowhere.
        self.settings.retain(|(known, _)| known != "DESKSIDE_ICE_LOOPBACK");
    }

    /// A port of this computer's loopback that leads to the portal is reached from where the app is.
    pub fn reaches(&self, port: u16) -> Result<()> {
        if let Some((line, side)) = &self.place {
            line.door(*side, port, (Ipv4Addr::LOCALHOST, port).into())?;
        }
        Ok(())
    }

    /// Direct connections may begin and end at this computer's loopback.
    pub fn on_loopback(&mut self) {
        self.set("DESKSIDE_ICE_LOOPBACK", "1".to_owned());
    }

    /// Turns ways of direct transfer off: `WEBRTC`, `QUIC`, `RELAY`.
    pub fn without(&mut self, lane: &str) {
        self.set(&format!("DESKSIDE_NO_{lane}"), "1".to_owned());
    }

    /// Gives the person a folder for downloads. Without one the app asks where to save.
    pub fn give_downloads(&self) -> Result<()> {
        std::fs::create_dir_all(&self.downloads)?;
        std::fs::create_dir_all(&self.config)?;
        let told = "XDG_DOWNLOAD_DIR=\"$HOME/Downloads\"\n";
        Ok(std::fs::write(self.config.join("user-dirs.dirs"), told)?)
    }

    /// The app's window is one of X, on screens of Wayland too.
    pub fn on_x11(&mut self) {
        self.set("GDK_BACKEND", "x11".to_owned());
    }

    fn set(&mut self, name: &str, value: String) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value));
    }

    /// Starts the app and takes hold of its window.
    pub async fn open(&self, stage: &Stage) -> Result<Page> {
        let place = self.place.as_ref().map(|(line, side)| (&**line, *side));
        webdriver::desktop(stage, &self.name, &self.settings, place).await
    }

    /// Starts the app's program once more over the same data, as the system does for a link; nobody holds its window.
    pub async fn start_again(&self, stage: &Stage, args: &[&str]) -> Result<Process> {
        let mut command = Command::new(workspace::program("deskside")?);
        command.args(args).envs(self.settings.iter().cloned());
        stage.spawn_on_screen(&format!("{}-again", self.name), command).await
    }
}

/// Signs in on the app's first page.
pub async fn sign_in(page: &Page, portal_url: &str, person: &Person) -> Result<()> {
    page.fill(&id("portal-address"), portal_url).await?;
    page.fill(&id("sign-in-email"), person.email).await?;
    page.fill(&id("sign-in-password"), person.password).await?;
    page.click(&id("sign-in-submit")).await?;
    page.see(&id("new-session")).await.context("the technician's home")?;
    Ok(())
}

/// A bus that starts nothing and offers nothing.
fn bare_bus(stage: &Stage, name: &str, socket: &std::path::Path) -> Result<Process> {
    let config = stage.folder().join(format!("{name}-bus.conf"));
    std::fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            socket.display()
        ),
    )?;
    let mut command = Command::new(workspace::tool("dbus-daemon")?);
    command.arg(format!("--config-file={}", config.display())).arg("--nofork");
    stage.spawn(&format!("{name}-bus"), command)
}

/// A full session bus with gnome-keyring, unlocked by a password; `ready` appears beside the socket.
fn keyring_bus(
    stage: &Stage,
    name: &str,
    socket: &std::path::Path,
    settings: &[(String, String)],
) -> Result<Process> {
    let script = "dbus-daemon --session --nofork --address=unix:path=\"$0\" & bus=$!
        export DBUS_SESSION_BUS_ADDRESS=unix:path=\"$0\"
        while ! [ -S \"$0\" ]; do sleep 0.05; done
        printf 'test password' | gnome-keyring-daemon --unlock --components=secrets
        touch \"$(dirname \"$0\")/ready\"
        wait $bus";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(socket).envs(settings.iter().cloned());
    stage.spawn(&format!("{name}-keyring-bus"), command)
}
