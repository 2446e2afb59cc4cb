//! Windows.

pub(crate) fn check_display() -> Result<(), String> {
    Ok(())
}

/// An app of the window subsystem has no console.
pub(crate) fn tell(sentence: &str) {
    rfd::MessageDialog::new().set_title("Deskside").set_description(sentence).show();
}

pub(super) fn check_dialogs() -> Result<(), &'static str> {
    Ok(())
}
