//! macOS.

pub(crate) fn check_display() -> Result<(), String> {
    Ok(())
}

/// An app that was opened from the Dock has no terminal.
pub(crate) fn tell(sentence: &str) {
    rfd::MessageDialog::new().set_title("Deskside").set_description(sentence).show();
}

/// Only a D-Bus name outlives its instance for a moment.
pub(crate) fn start_again() {}

pub(super) fn check_dialogs() -> Result<(), &'static str> {
    Ok(())
}

/// The number on the Dock's icon; 0 takes it away.
pub(crate) fn badge(window: &tauri::WebviewWindow, count: usize) -> tauri::Result<()> {
    window.set_badge_count(i64::try_from(count).ok().filter(|count| *count > 0))
}
