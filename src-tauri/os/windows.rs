//! Windows.

pub(crate) fn check_display() -> Result<(), String> {
    Ok(())
}

/// An app of the window subsystem has no console.
pub(crate) fn tell(sentence: &str) {
    rfd::MessageDialog::new().set_title("Deskside").set_description(sentence).show();
}

/// Only a D-Bus name outlives its instance for a moment.
pub(crate) fn start_again() {}

pub(super) fn check_dialogs() -> Result<(), &'static str> {
    Ok(())
}

/// Windows has no number on the task bar, only a small picture: the app's icon with its dot.
pub(crate) fn badge(window: &tauri::WebviewWindow, count: usize) -> tauri::Result<()> {
    window.set_overlay_icon((count > 0).then(|| crate::attention::icon::tray(true)))
}
