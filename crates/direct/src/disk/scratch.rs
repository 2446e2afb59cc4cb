//! What a killed app knew. The [ledger](super::Ledger) names only what is safe on the disk, and so is half a second behind; this file
//! beside the part is written with every few blocks and never waited for. A killed app's writes are still in the system's memory, so the
//! next run finds them: it reads each block again and believes its bytes alone, so that a power cut or a pulled disk cannot
//! deceive it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use deskside_transfer::{MANIFEST_MAX, Manifest, confirm};

use super::{Incoming, Part};

const MAGIC: &[u8; 8] = b"dskscr1\n";
/// Longest that is read back, bytes: a journal of 1 TiB, and its list.
const LENGTH_MAX: u64 = 64 << 20;

/// Open for one transfer.
#[derive(Debug)]
pub(super) struct Scratch {
    file: File,
    /// Where the journal begins: behind the list.
    begin: u64,
}

/// Beside the part `part` in `folder`.
pub(super) fn path(folder: &Path, part: &str) -> PathBuf {
    folder.join(format!("{part}.log"))
}

impl Scratch {
    /// Anew, for what `manifest` lists. `None` where it cannot be: a kill then costs half a second's work.
    pub(super) fn create(folder: &Path, part: &str, manifest: &Manifest) -> Option<Self> {
        let begun = Self::begin(&path(folder, part), manifest);
        begun.inspect_err(|error| tracing::debug!(%error, "no scratch journal")).ok()
    }

    fn begin(path: &Path, manifest: &Manifest) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Whatever somebody put there meanwhile is not followed, nor written to.
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let list = manifest.encoded();
        let length = u32::try_from(list.len()).map_err(io::Error::other)?;
        file.write_all(&[&MAGIC[..], &length.to_le_bytes(), list].concat())?;
        let begin = file.stream_position()?;
        Ok(Self { file, begin })
    }

    /// As the engine asks. What fails here is worth no word to anybody.
    pub(super) fn append(&mut self, record: &[u8], replace: bool) {
        let mut write = || {
            if replace {
                self.file.set_len(self.begin)?;
                self.file.seek(SeekFrom::Start(self.begin))?;
            }
            self.file.write_all(record)
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "the scratch journal is not written");
        }
    }
}

/// What an earlier run had written, and did not live to tell the ledger: one more record for `standing`, and whether it replaces it. The
/// blocks are safe on the disk by then. Waits for the disk.
pub(crate) fn recover(record: &Incoming, standing: Option<Bytes>) -> Option<(Bytes, bool)> {
    let (manifest, claims) = read(&path(&record.folder, &record.part))?;
    let nobody_asks = Arc::new(|_: &Path| None) as super::FreeSpace;
    let manifest = Arc::new(manifest);
    let mut part = Part::prepare(&record.folder, &record.part, manifest.clone(), false, &nobody_asks).ok()?;
    let confirmed = confirm(standing, claims, &manifest, |place| part.read_back(place))?;
    part.unsynced().ok()?.sync().then_some(confirmed)
}

fn read(path: &Path) -> Option<(Manifest, Bytes)> {
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LENGTH_MAX).read_to_end(&mut bytes).ok()?;
    let mut bytes = Bytes::from(bytes);
    if bytes.len() < MAGIC.len() + 4 || bytes.split_to(MAGIC.len())[..] != MAGIC[..] {
        return None;
    }
    let length = u32::from_le_bytes(bytes.split_to(4)[..].try_into().ok()?) as usize;
    if length > MANIFEST_MAX || length > bytes.len() {
        return None;
    }
    let manifest = Manifest::decode(bytes.split_to(length)).ok()?;
    Some((manifest, bytes))
}
