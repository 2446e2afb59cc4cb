//! Files dragged onto a window of the X screen: the source's half of the protocol of file managers (XDND, version 5).
//!
//! No pointer is moved: a target goes by the messages alone.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use url::Url;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, MapState, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::wait;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        TEXT_URI_LIST: b"text/uri-list",
    }
}

const VERSION: u32 = 5;
/// Between two looks at what the window has answered.
const POLL: Duration = Duration::from_millis(10);
/// Motions over the window before the files are let go, as a hand makes them.
const MOTIONS: u32 = 3;

/// Drops files and folders onto the middle of the one window on `display` that takes drops.
pub async fn drop_files(display: Option<String>, paths: Vec<PathBuf>) -> Result<()> {
    tokio::task::spawn_blocking(move || Drag::begin(display.as_deref(), &paths)?.play()).await?
}

struct Drag {
    connection: RustConnection,
    atoms: Atoms,
    source: Window,
    target: Window,
    /// Middle of the target on the screen, as messages carry it: x above, y below.
    middle: u32,
    uris: String,
    /// Whether the target takes the files where they are now; `None` while it has not answered.
    answer: Option<bool>,
    /// The target has read what is dragged.
    read: bool,
    finished: bool,
}

impl Drag {
    fn begin(display: Option<&str>, paths: &[PathBuf]) -> Result<Self> {
        let (connection, screen) = x11rb::connect(display).context("a screen of X")?;
        let atoms = Atoms::new(&connection)?.reply()?;
        let root = connection.setup().roots.get(screen).context("the screen's root")?.root;
        let source = connection.generate_id()?;
        let (depth, visual) = (0, 0);
        let kind = WindowClass::INPUT_ONLY;
        connection.create_window(
            depth,
            source,
            root,
            0,
            0,
            1,
            1,
            0,
            kind,
            visual,
            &CreateWindowAux::new(),
        )?;
        connection.set_selection_owner(source, atoms.XdndSelection, x11rb::CURRENT_TIME)?;
        let (target, middle) = find_target(&connection, &atoms, root)?;
        let uris = paths.iter().map(|path| Url::from_file_path(path).map(|url| format!("{url}\r\n")));
        let uris: Result<String, ()> = uris.collect();
        let Ok(uris) = uris else { bail!("whole paths are dragged: {paths:?}") };
        Ok(Self {
            connection,
            atoms,
            source,
            target,
            middle,
            uris,
            answer: None,
            read: false,
            finished: false,
        })
    }

    fn play(mut self) -> Result<()> {
        self.tell(self.atoms.XdndEnter, [VERSION << 24, self.atoms.TEXT_URI_LIST, 0, 0])?;
        let deadline = Instant::now() + wait::STEP;
        let mut motions = 0;
        while motions < MOTIONS {
            ensure!(Instant::now() < deadline, "the window takes no files");
            let here = [0, self.middle, x11rb::CURRENT_TIME, self.atoms.XdndActionCopy];
            self.tell(self.atoms.XdndPosition, here)?;
            self.answer = None;
            self.until("an answer", |drag| drag.answer.is_some())?;
            // Before it has read what is dragged, it takes nothing.
            motions = if self.answer == Some(true) { motions + 1 } else { 0 };
        }
        self.tell(self.atoms.XdndDrop, [0, x11rb::CURRENT_TIME, 0, 0])?;
        self.until("the window to have the files", |drag| drag.read && drag.finished)
    }

    /// Sends a message about this drag to the target.
    fn tell(&self, what: u32, [first, second, third, fourth]: [u32; 4]) -> Result<()> {
        let data = [self.source, first, second, third, fourth];
        let message = ClientMessageEvent::new(32, self.target, what, data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message)?;
        Ok(self.connection.flush()?)
    }

    fn until(&mut self, what: &str, fact: impl Fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + wait::STEP;
        while !fact(self) {
            ensure!(Instant::now() < deadline, "waited in vain for {what}");
            match self.connection.poll_for_event()? {
                Some(event) => self.hear(&event)?,
                None => thread::sleep(POLL),
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::ClientMessage(message) if message.type_ == self.atoms.XdndStatus => {
                let [_, flags, ..] = message.data.as_data32();
                self.answer = Some(flags & 1 == 1);
            }
            Event::ClientMessage(message) if message.type_ == self.atoms.XdndFinished => self.finished = true,
            Event::SelectionRequest(request) => self.hand_over(request)?,
            _ => {}
        }
        Ok(())
    }

    /// Hands over the list of files, or nothing where it is asked for as anything else.
    fn hand_over(&mut self, request: &SelectionRequestEvent) -> Result<()> {
        let known = request.target == self.atoms.TEXT_URI_LIST;
        if known {
            let (place, kind) = (request.property, self.atoms.TEXT_URI_LIST);
            let bytes = self.uris.as_bytes();
            self.connection.change_property8(PropMode::REPLACE, request.requestor, place, kind, bytes)?;
            self.read = true;
        }
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if known { request.property } else { AtomEnum::NONE.into() },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, notice)?;
        Ok(self.connection.flush()?)
    }
}

/// The window on the screen that says it takes drops, and its middle.
fn find_target(connection: &RustConnection, atoms: &Atoms, root: Window) -> Result<(Window, u32)> {
    let mut windows = connection.query_tree(root)?.reply()?.children;
    let mut found = Vec::new();
    while let Some(window) = windows.pop() {
        let about = connection.get_window_attributes(window)?.reply()?;
        if about.map_state != MapState::VIEWABLE {
            continue;
        }
        let aware = connection.get_property(false, window, atoms.XdndAware, AtomEnum::ATOM, 0, 1)?.reply()?;
        if aware.value_len > 0 {
            found.push(window);
        } else {
            windows.extend(connection.query_tree(window)?.reply()?.children);
        }
    }
    let [window] = found[..] else { bail!("{} windows take drops", found.len()) };
    let size = connection.get_geometry(window)?.reply()?;
    let place = connection.translate_coordinates(window, root, 0, 0)?.reply()?;
    let middle = |from: i16, length: u16| u32::try_from(i32::from(from) + i32::from(length / 2));
    Ok((window, middle(place.dst_x, size.width)? << 16 | middle(place.dst_y, size.height)?))
}
