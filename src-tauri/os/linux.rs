//! Linux: X11 or Wayland, dialogs of the desktop portal or zenity.

use std::env;

/// GTK panics where there is no display: say it first.
pub(crate) fn check_display() -> Result<(), String> {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("DISPLAY") || set("WAYLAND_DISPLAY") {
        Ok(())
    } else {
        Err("there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window cannot open. Start it from a desktop, or under xvfb-run.".into())
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
