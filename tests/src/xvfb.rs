//! A screen in memory, where the machine has none.

use std::env;
use std::process::Command;

use anyhow::Result;

use crate::process::Process;
use crate::stage::Stage;
use crate::{wait, workspace};

/// Where windows open.
#[derive(Debug)]
pub struct Screen {
    display: Option<String>,
    _server: Option<Process>,
}

impl Screen {
    /// The machine's own, or a new Xvfb on a display number that it finds itself.
    pub async fn open(stage: &Stage) -> Result<Self> {
        if is_there() {
            return Ok(Self { display: None, _server: None });
        }
        let mut command = Command::new(workspace::tool("Xvfb")?);
        command.args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp", "-noreset"]);
        let server = stage.spawn("xvfb", command)?;
        let display = wait::until_some("Xvfb's display number", wait::STEP, async || {
            let said = std::fs::read_to_string(&server.stdout)?;
            Ok(said.ends_with('\n').then(|| format!(":{}", said.trim())))
        })
        .await?;
        Ok(Self { display: Some(display), _server: Some(server) })
    }

    /// Its name; `None` for the machine's own.
    #[must_use]
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// Lets `command` open its windows here.
    pub fn lend(&self, command: &mut Command) {
        if let Some(display) = &self.display {
            command.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY");
        }
    }
}

/// Whether the machine has a screen of its own.
#[must_use]
pub fn is_there() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}
