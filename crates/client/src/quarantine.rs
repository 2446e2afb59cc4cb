//! The system's own mark on what came from elsewhere, so that it warns before running it (research S14).

use std::{io, path::Path};

use deskside_proto::Millis;

/// A system that this app runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    #[must_use]
    pub fn this() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// What is written beside a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// An alternate data stream (NTFS): `<path>:<name>`.
    Stream {
        name: &'static str,
        content: String,
    },
    ExtendedAttribute {
        name: &'static str,
        value: String,
    },
}

/// The mark for a file that came from the portal at `origin`.
///
/// - Windows: Mark of the Web, zone 3 = Internet ([MS-FSCC] 5.6.1).
/// - macOS: `flags;hex seconds;agent;`, flags 0083 = not opened yet, by a download.
/// - Linux: freedesktop.org's common attributes; file managers read them, the kernel does not.
#[must_use]
pub fn mark(system: System, origin: &str, now: Millis) -> Mark {
    match system {
        System::Windows => Mark::Stream {
            name: "Zone.Identifier",
            content: format!("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl={origin}\r\n"),
        },
        System::MacOs => Mark::ExtendedAttribute {
            name: "com.apple.quarantine",
            value: format!("0083;{:08x};Deskside;", now.0.max(0) / 1000),
        },
        System::Linux => Mark::ExtendedAttribute { name: "user.xdg.origin.url", value: origin.to_owned() },
    }
}

/// Writes `mark` on the file at `path`.
///
/// # Errors
/// The system's own, for example where the file system knows no attributes (FAT).
pub fn apply(path: &Path, mark: &Mark) -> io::Result<()> {
    match mark {
        Mark::Stream { name, content } => {
            let mut stream = path.as_os_str().to_owned();
            stream.push(":");
            stream.push(name);
            std::fs::write(stream, content)
        }
        #[cfg(unix)]
        Mark::ExtendedAttribute { name, value } => xattr::set(path, name, value.as_bytes()),
        #[cfg(not(unix))]
        Mark::ExtendedAttribute { .. } => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Research S14.
    #[test]
    fn each_system_has_its_mark() {
        let origin = "https://help.example.com";
        for (system, expected) in [
            (
                System::Windows,
                Mark::Stream {
                    name: "Zone.Identifier",
                    content: "[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://help.example.com\r\n".into(),
                },
            ),
            (
                System::MacOs,
                Mark::ExtendedAttribute {
                    name: "com.apple.quarantine",
                    value: "0083;65a0bc00;Deskside;".into(),
                },
            ),
            (System::Linux, Mark::ExtendedAttribute { name: "user.xdg.origin.url", value: origin.into() }),
        ] {
            assert_eq!(mark(system, origin, Millis(0x65a0_bc00 * 1000)), expected);
        }
    }
}
