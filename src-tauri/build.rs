//! Compiles Tauri's configuration and the list of commands that the window may call.

use tauri_build::{AppManifest, Attributes};

/// Every command; each is named once more in `capabilities/main.json`, or the window may not call it.
const COMMANDS: &[&str] = &[
    "portal_call",
    "portal_current",
    "portal_set",
    "sign_in",
    "sign_out",
    "set_up",
    "look_up_join",
    "join",
    "secret_store",
    "take_links",
    "open_external",
    "open_session",
    "session_intent",
    "close_session",
    "draft_load",
    "draft_save",
    "pick_files",
    "adopt_file",
    "read_chosen",
    "start_upload",
    "pause_upload",
    "resume_upload",
    "cancel_upload",
    "restored_uploads",
    "attachment_piece",
    "direct_piece",
    "picked_piece",
    "open_media",
    "close_media",
    "watch_transfers",
    "pick_folder",
    "send_direct",
    "take_back_direct",
    "steer_transfer",
    "source_again",
    "save_attachment",
    "save_all",
    "show_in_folder",
    "save_archive",
    "list_screens",
    "screen_thumbnail",
    "take_snapshot",
    "captures_folder",
    "choose_captures_folder",
    "forget_captures_folder",
    "watch_captures",
    "unwatch_captures",
    "attention_state",
    "set_mute",
];

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    let attributes = Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("tauri-build: {error:#}");
    }
}
