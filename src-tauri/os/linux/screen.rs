//! Screens and windows on Linux: by the X11 protocol alone, or by the desktop's own dialog on Wayland.
//!
//! Not `xcap`: on Linux it links libpipewire and libgbm, without which the app would not even start.

use std::{env, path::PathBuf};

use futures_util::StreamExt as _;
use image::RgbaImage;
use url::Url;
use x11rb::{
    connection::Connection as _,
    protocol::{
        randr::ConnectionExt as _,
        xproto::{
            AtomEnum, ConnectionExt as _, ImageFormat, ImageOrder, MapState, Setup, Window, WindowClass,
        },
    },
    rust_connection::RustConnection,
};
use zbus::zvariant::{OwnedValue, Value};

use crate::captures::{NotTaken, PIXELS_MAX, Screen, ScreenKind};

/// Windows smaller than this are helpers of other windows.
const SIDE_MIN: u16 = 32;
/// Windows that are offered at most.
const WINDOWS_MAX: usize = 60;
/// Units of four bytes of a window's title that are read.
const TITLE_UNITS: u32 = 256;
/// The one that Wayland offers.
const DESKTOP: &str = "desktop";

type X<T> = Result<T, NotTaken>;

fn is_wayland() -> bool {
    env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty())
}

/// What can be taken, screens first. Blocks.
pub(crate) fn screens(own: &str) -> X<Vec<Screen>> {
    if is_wayland() {
        let (id, title) = (DESKTOP.to_owned(), String::new());
        return Ok(vec![Screen { id, kind: ScreenKind::Desktop, title, width: 0, height: 0 }]);
    }
    let (connection, root) = connect()?;
    let mut found = monitors(&connection, root)?;
    for window in windows(&connection, root)? {
        if found.len() >= WINDOWS_MAX {
            break;
        }
        found.extend(shown_window(&connection, window, own));
    }
    Ok(found)
}

/// The picture of what [`screens`] named `id`. Blocks.
pub(crate) fn take(id: &str) -> X<RgbaImage> {
    let (connection, root) = connect()?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| NotTaken::Gone);
    match id.split_once('-') {
        Some(("screen", place)) => {
            let place = number(place)? as usize;
            let monitors =
                connection.randr_get_monitors(root, true).map_err(failed)?.reply().map_err(failed)?;
            let monitor = monitors.monitors.get(place).ok_or(NotTaken::Gone)?;
            picture(&connection, root, (monitor.x, monitor.y, monitor.width, monitor.height))
        }
        Some(("window", window)) => {
            let window = number(window)?;
            let area =
                connection.get_geometry(window).map_err(failed)?.reply().map_err(|_| NotTaken::Gone)?;
            picture(&connection, window, (0, 0, area.width, area.height))
        }
        _ => Err(NotTaken::Gone),
    }
}

/// The desktop's own dialog: the person chooses there, or changes their mind.
pub(crate) async fn ask_the_desktop() -> X<Option<RgbaImage>> {
    let Some(path) = ask_portal().await.map_err(failed)? else { return Ok(None) };
    let read = move || {
        let picture = image::open(&path).map_err(failed)?.into_rgba8();
        // The desktop made it for us alone.
        let _ = std::fs::remove_file(&path);
        Ok(Some(picture))
    };
    tokio::task::spawn_blocking(read).await.map_err(failed)?
}

async fn ask_portal() -> zbus::Result<Option<PathBuf>> {
    let bus = zbus::Connection::session().await?;
    let token = format!("deskside{}", std::process::id());
    let sender = bus.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
    let request = format!("/org/freedesktop/portal/desktop/request/{}/{token}", sender.unwrap_or_default());
    // Heard before it is asked, so that a quick answer is not missed.
    let answers =
        zbus::Proxy::new(&bus, "org.freedesktop.portal.Desktop", request, "org.freedesktop.portal.Request")
            .await?;
    let mut answers = answers.receive_signal("Response").await?;
    let portal = zbus::Proxy::new(
        &bus,
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Screenshot",
    )
    .await?;
    let options = std::collections::HashMap::from([
        ("handle_token", Value::from(token.as_str())),
        ("interactive", Value::from(true)),
    ]);
    portal.call_method("Screenshot", &("", options)).await?;
    let Some(answer) = answers.next().await else { return Ok(None) };
    let (code, results): (u32, std::collections::HashMap<String, OwnedValue>) =
        answer.body().deserialize()?;
    let uri = results.get("uri").and_then(|uri| uri.downcast_ref::<&str>().ok());
    let path = uri.filter(|_| code == 0).and_then(|uri| Url::parse(uri).ok()?.to_file_path().ok());
    Ok(path)
}

fn connect() -> X<(RustConnection, Window)> {
    let (connection, screen) = x11rb::connect(None).map_err(failed)?;
    let root = connection.setup().roots.get(screen).ok_or(NotTaken::Gone)?.root;
    Ok((connection, root))
}

fn monitors(connection: &RustConnection, root: Window) -> X<Vec<Screen>> {
    let found = connection.randr_get_monitors(root, true).map_err(failed)?.reply().map_err(failed)?;
    let monitors = found.monitors.iter().enumerate();
    Ok(monitors
        .map(|(place, monitor)| Screen {
            id: format!("screen-{place}"),
            kind: ScreenKind::Screen,
            title: String::new(),
            width: monitor.width.into(),
            height: monitor.height.into(),
        })
        .collect())
}

/// Top windows as the window manager knows them, the newest first; without one, those on the root.
fn windows(connection: &RustConnection, root: Window) -> X<Vec<Window>> {
    let name = connection.intern_atom(false, b"_NET_CLIENT_LIST_STACKING").map_err(failed)?;
    let name = name.reply().map_err(failed)?.atom;
    let list = connection.get_property(false, root, name, AtomEnum::WINDOW, 0, 1_024).map_err(failed)?;
    let managed: Vec<Window> =
        list.reply().map_err(failed)?.value32().map(Iterator::collect).unwrap_or_default();
    let mut found = if managed.is_empty() {
        connection.query_tree(root).map_err(failed)?.reply().map_err(failed)?.children
    } else {
        managed
    };
    found.reverse();
    Ok(found)
}

/// `None` for what cannot be seen, has no title, or is our own.
fn shown_window(connection: &RustConnection, window: Window, own: &str) -> Option<Screen> {
    let state = connection.get_window_attributes(window).ok()?.reply().ok()?;
    if state.map_state != MapState::VIEWABLE || state.class != WindowClass::INPUT_OUTPUT {
        return None;
    }
    let area = connection.get_geometry(window).ok()?.reply().ok()?;
    let title = title(connection, window)?;
    let is_large = area.width >= SIDE_MIN && area.height >= SIDE_MIN;
    (is_large && title != own && !title.is_empty()).then(|| Screen {
        id: format!("window-{window}"),
        kind: ScreenKind::Window,
        title,
        width: area.width.into(),
        height: area.height.into(),
    })
}

fn title(connection: &RustConnection, window: Window) -> Option<String> {
    let name = connection.intern_atom(false, b"_NET_WM_NAME").ok()?.reply().ok()?.atom;
    let read = |property: u32| {
        let found = connection.get_property(false, window, property, AtomEnum::ANY, 0, TITLE_UNITS).ok()?;
        let value = found.reply().ok()?.value;
        (!value.is_empty()).then(|| String::from_utf8_lossy(&value).into_owned())
    };
    read(name).or_else(|| read(AtomEnum::WM_NAME.into()))
}

fn picture(
    connection: &RustConnection,
    of: u32,
    (x, y, width, height): (i16, i16, u16, u16),
) -> X<RgbaImage> {
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(NotTaken::TooLarge);
    }
    let image = connection.get_image(ImageFormat::Z_PIXMAP, of, x, y, width, height, !0).map_err(failed)?;
    // A window that was closed or hidden meanwhile has no picture.
    let image = image.reply().map_err(|_| NotTaken::Gone)?;
    let pixels = rgba(connection.setup(), image.depth, image.data).ok_or(NotTaken::Gone)?;
    RgbaImage::from_raw(width.into(), height.into(), pixels).ok_or(NotTaken::Gone)
}

/// Four bytes a pixel, as every X server of today has them; `None` for others.
fn rgba(setup: &Setup, depth: u8, mut data: Vec<u8>) -> Option<Vec<u8>> {
    let format = setup.pixmap_formats.iter().find(|format| format.depth == depth)?;
    if format.bits_per_pixel != 32 || !matches!(depth, 24 | 32) {
        return None;
    }
    let is_little = setup.image_byte_order == ImageOrder::LSB_FIRST;
    for pixel in data.chunks_exact_mut(4) {
        let [a, b, c, d] = [pixel[0], pixel[1], pixel[2], pixel[3]];
        // What shows through a window is not in it: every pixel is opaque.
        let colours = if is_little { [c, b, a] } else { [b, c, d] };
        pixel[..3].copy_from_slice(&colours);
        pixel[3] = u8::MAX;
    }
    Some(data)
}

fn failed(error: impl std::fmt::Display) -> NotTaken {
    NotTaken::Failed(error.to_string())
}
