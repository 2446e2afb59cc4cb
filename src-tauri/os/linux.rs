//! Linux: X11 or Wayland, dialogs of the desktop portal or zenity.

use std::{env, os::unix::process::CommandExt as _, process::Command, thread, time::Duration};

/// Tauri's own start of GTK panics where there is no display, or none that answers: start it here and say what is wrong.
pub(crate) fn check_display() -> Result<(), String> {
    const CURE: &str = "so the window cannot open. Start it from a desktop, or under xvfb-run.";
    let named = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let Some(display) = named("WAYLAND_DISPLAY").or_else(|| named("DISPLAY")) else {
        return Err(format!("there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), {CURE}"));
    };
    gtk::init().map_err(|_| format!("the display {display} does not answer, {CURE}"))
}

/// How often this start gave way to an instance that was leaving.
const TRIES: &str = "DESKSIDE_START_TRIES";
const MOST_TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Begins this start anew in a moment, with the same arguments: the instance that owned the app's name on the bus was just leaving,
/// and could not be told. Comes back where that does not help.
pub(crate) fn start_again() {
    let tries = env::var(TRIES).ok().and_then(|tries| tries.parse().ok()).unwrap_or(0_u32);
    let Ok(program) = env::current_exe() else { return };
    if tries < MOST_TRIES {
        thread::sleep(PAUSE);
        // Only a failure returns, and the caller says what was wrong before.
        let _ = Command::new(program).args(env::args_os().skip(1)).env(TRIES, (tries + 1).to_string()).exec();
    }
}

/// The terminal has it already; a dialog may need what is just missing.
pub(crate) fn tell(_sentence: &str) {}

/// Without a dialog program rfd answers as if the person had cancelled.
pub(super) fn check_dialogs() -> Result<(), &'static str> {
    let bus = env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|folder| std::path::Path::new(&folder).join("bus").exists());
    let zenity = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join("zenity").is_file()));
    if bus || zenity {
        Ok(())
    } else {
        Err(
            "This computer has no file dialog. Install zenity or xdg-desktop-portal, or drop the file on the window.",
        )
    }
}
