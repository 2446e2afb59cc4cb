//! The desktop shell: one window on `deskside-client`.
//!
//! Invariants
//! - The window holds no token and names no path: it calls operations by name and files by handle.
//! - Commands are thin; what they do stands in [`controller`] and in `deskside-client`.
//! - What differs between the systems stands in [`os`].

mod attention;
mod captures;
mod commands;
mod controller;
mod files;
mod os;
mod sessions;

use std::{io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};

use sha2::{Digest as _, Sha256};
use tauri::{
    App, AppHandle, Context, DragDropEvent, Emitter as _, Manager as _, RunEvent, WindowEvent,
    utils::config::AppDirectoriesOverride,
};
use tauri_plugin_deep_link::DeepLinkExt as _;
use tracing_subscriber::EnvFilter;

use self::{attention::Click, controller::Controller};

/// Puts everything of one start (data, WebKit's storage, sign-in) into a folder of its own.
const DATA_DIR: &str = "DESKSIDE_DATA_DIR";
const WINDOW: &str = "main";
/// Tells the window that links wait; it takes them by a command.
const LINKS_WAIT: &str = "links-wait";
/// Files that were dropped on the window, by handle.
const FILES_DROPPED: &str = "files-dropped";

/// Runs the app until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("DESKSIDE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,deskside=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match start() {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(sentence) => {
            let _ = writeln!(std::io::stderr(), "Deskside: {sentence}");
            os::tell(&sentence);
            ExitCode::FAILURE
        }
    }
}

/// Builds and runs it; the error is a sentence for the person.
fn start() -> Result<i32, String> {
    os::check_display()?;
    let mut context = tauri::generate_context!();
    let own_folder = std::env::var_os(DATA_DIR).map(PathBuf::from);
    if let Some(folder) = &own_folder {
        use_folder(&mut context, folder.clone())?;
    }
    let installed = own_folder.is_none();
    let mut app = tauri::Builder::default()
        // First of all, so that a second start hands its link over before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .on_window_event(|window, event| {
            let controller = window.state::<Arc<Controller>>();
            match event {
                WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
                    // Folders take their time, and this is the window's own thread.
                    let (controller, paths) = (Arc::clone(&controller), paths.clone());
                    let window = window.clone();
                    tauri::async_runtime::spawn_blocking(move || {
                        let _ = window.emit(FILES_DROPPED, controller.files.choose_all(&paths));
                    });
                }
                WindowEvent::Focused(focused) => controller.attention().focus(*focused),
                _ => {}
            }
        })
        .invoke_handler(tauri::generate_handler![
            commands::portal_call,
            commands::portal_current,
            commands::portal_set,
            commands::sign_in,
            commands::sign_out,
            commands::set_up,
            commands::look_up_join,
            commands::join,
            commands::secret_store,
            commands::take_links,
            commands::open_external,
            commands::open_session,
            commands::session_intent,
            commands::close_session,
            commands::draft_load,
            commands::draft_save,
            files::pick_files,
            files::adopt_file,
            files::read_chosen,
            files::start_upload,
            files::pause_upload,
            files::resume_upload,
            files::cancel_upload,
            files::restored_uploads,
            files::watch_transfers,
            files::pick_folder,
            files::send_direct,
            files::take_back_direct,
            files::steer_transfer,
            files::source_again,
            files::open_media,
            files::close_media,
            files::save_all,
            files::show_in_folder,
            files::attachment_piece,
            files::direct_piece,
            files::picked_piece,
            files::save_attachment,
            files::save_archive,
            captures::list_screens,
            captures::screen_thumbnail,
            captures::take_snapshot,
            captures::captures_folder,
            captures::choose_captures_folder,
            captures::forget_captures_folder,
            captures::watch_captures,
            captures::unwatch_captures,
            attention::commands::attention_state,
            attention::commands::set_mute,
        ])
        .build(context)
        .map_err(|error| not_built(&error))?;
    // Here, not in Tauri's own hook, which panics on an error. The window comes with the event loop.
    set_up(&mut app, installed)?;
    Ok(app.run_return(|app, event| {
        if let RunEvent::Exit = event {
            let controller = Arc::clone(&app.state::<Arc<Controller>>());
            tauri::async_runtime::block_on(controller.close());
        }
    }))
}

/// A sentence for it, unless a fresh start may help.
fn not_built(error: &tauri::Error) -> String {
    if matches!(error, tauri::Error::PluginInitialization(plugin, _) if plugin == "single-instance") {
        os::start_again();
    }
    format!("The window cannot be opened ({error}).")
}

/// One folder for everything, and with it a name of its own: single instance and keyring are per folder.
fn use_folder(context: &mut Context, folder: PathBuf) -> Result<(), String> {
    os::create_private_folder(&folder)
        .map_err(|error| format!("The folder that {DATA_DIR} names cannot be used ({error})."))?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let suffix: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let config = context.config_mut();
    // A part of a D-Bus name does not begin with a digit.
    config.identifier = format!("{}.d{suffix}", config.identifier);
    config.app.app_directories_override = Some(AppDirectoriesOverride::Root(folder));
    Ok(())
}

/// What the window finds ready. Its errors end the start.
fn set_up(app: &mut App, installed: bool) -> Result<(), String> {
    let folder = app
        .path()
        .app_local_data_dir()
        .map_err(|error| format!("There is no folder for the app's data ({error})."))?;
    let controller = tauri::async_runtime::block_on(Controller::open(folder))?;
    let controller = Arc::new(controller);
    let downloads = app.path().download_dir().ok().filter(|folder| folder.is_dir());
    if let Some(folder) = downloads.or_else(|| app.path().home_dir().ok()) {
        controller.set_downloads(folder);
    }
    app.manage(Arc::clone(&controller));
    let handle = app.handle().clone();
    let clicked = handle.clone();
    controller.attention().start(&handle, Arc::new(move |click| do_click(&clicked, click)));
    let tidied = Arc::clone(&controller);
    tauri::async_runtime::spawn(async move { tidied.forget_adopted().await });
    tauri::async_runtime::spawn(controller.attend());
    if let Ok(Some(urls)) = app.deep_link().get_current() {
        receive_links(&handle, urls.iter().map(ToString::to_string));
    }
    app.deep_link()
        .on_open_url(move |event| receive_links(&handle, event.urls().iter().map(ToString::to_string)));
    // A packaged app is registered by its package; one started from its build folder does it by itself.
    #[cfg(all(debug_assertions, any(target_os = "linux", windows)))]
    if installed && let Err(error) = app.deep_link().register_all() {
        tracing::warn!("deskside:// links will not open this app: {error}");
    }
    #[cfg(not(all(debug_assertions, any(target_os = "linux", windows))))]
    let _ = installed;
    Ok(())
}

fn receive_links(app: &AppHandle, links: impl Iterator<Item = String>) {
    app.state::<Arc<Controller>>().add_links(links);
    let _ = app.emit(LINKS_WAIT, ());
    show(app);
}

/// What the tray icon or a notification asks for.
fn do_click(app: &AppHandle, click: Click) {
    match click {
        Click::Window => show(app),
        Click::Room(session) => {
            app.state::<Arc<Controller>>().attention().ask_for(session);
            show(app);
        }
        Click::Quit => app.exit(0),
    }
}

fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}
