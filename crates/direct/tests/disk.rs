//! The disk's part alone (rows Z20, A10, A12, A13).
#![expect(clippy::unwrap_used, reason = "a panic is a test's failure report")]

use std::{fs, io, path::Path, sync::Arc};

use deskside_direct::disk::{self, FreeSpace, Ledger as _, MemoryLedger, Part, Source, SourceError};
use deskside_proto::SessionId;
use deskside_transfer::{BLOCK_LEN, Entry, Manifest, ReadFailure, What, WriteFailure};

const MIB: usize = BLOCK_LEN as usize;

fn pattern(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|at| (at as u64).wrapping_mul(2_654_435_761).to_le_bytes()[2] ^ seed).collect()
}

fn free() -> FreeSpace {
    Arc::new(disk::free_space)
}

fn no_mark() -> disk::MarkOrigin {
    Arc::new(|_: &Path| Ok(()))
}

fn tree(root: &Path) {
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::create_dir_all(root.join("empty")).unwrap();
    fs::write(root.join("a/b/deep.bin"), pattern(MIB + 17, 1)).unwrap();
    fs::write(root.join("a/Ä.txt"), "é").unwrap();
    fs::write(root.join("zero"), "").unwrap();
}

/// Everything below `root`, as path and content; folders as `None`.
fn contents(root: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut ahead = vec![root.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.push((name, None));
                ahead.push(path);
            } else {
                found.push((name, Some(fs::read(path).unwrap())));
            }
        }
    }
    found.sort();
    found
}

fn copy(source: &Source, part: &mut Part) {
    let layout = source.manifest().layout();
    for block in 0..layout.blocks() {
        let place = layout.place(block).unwrap();
        part.write(place, &source.read(place).unwrap()).unwrap();
    }
}

/// Z20: a folder arrives as it was; links, which could lead anywhere, are left out.
#[test]
fn a_folder_goes_from_source_to_place() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = from.path().join("photos");
    tree(&root);
    let before = contents(&root);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc", root.join("a/etc")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("passwd")).unwrap();
    }
    let source = Source::open(&root).unwrap();
    let name = Part::new_name().unwrap();
    let mut part = Part::prepare(to.path(), &name, source.manifest().clone(), true, &free()).unwrap();
    copy(&source, &mut part);
    part.complete(&no_mark()).unwrap();
    let claimed = part.claim("photos").unwrap();
    part.settle(&claimed).unwrap();
    assert_eq!(claimed, to.path().join("photos"));
    assert_eq!(contents(&claimed), before);
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 1);
}

/// A12, A13: a part goes on after a restart, gets its name only when whole, and never somebody else's.
#[test]
fn a_part_survives_and_never_overwrites() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = from.path().join("report.pdf");
    let bytes = pattern(3 * MIB + 5, 2);
    fs::write(&path, &bytes).unwrap();
    fs::write(to.path().join("report.pdf"), "mine").unwrap();
    let source = Source::open(&path).unwrap();
    let layout = source.manifest().layout();
    let name = Part::new_name().unwrap();
    let mut part = Part::prepare(to.path(), &name, source.manifest().clone(), true, &free()).unwrap();
    for block in [0, 2] {
        let place = layout.place(block).unwrap();
        part.write(place, &source.read(place).unwrap()).unwrap();
    }
    assert!(part.unsynced().unwrap().sync());
    drop(part);
    let mut part = Part::prepare(to.path(), &name, source.manifest().clone(), false, &free()).unwrap();
    for block in [1, 3] {
        let place = layout.place(block).unwrap();
        part.write(place, &source.read(place).unwrap()).unwrap();
    }
    let marked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = marked.clone();
    part.complete(
        &(Arc::new(move |path: &Path| {
            seen.lock().unwrap().push(path.to_owned());
            Ok(())
        }) as disk::MarkOrigin),
    )
    .unwrap();
    assert_eq!(*marked.lock().unwrap(), [to.path().join(&name)], "marked before it has its name");
    let claimed = part.claim("report.pdf").unwrap();
    part.settle(&claimed).unwrap();
    assert_eq!(claimed, to.path().join("report (2).pdf"));
    assert_eq!(fs::read(&claimed).unwrap(), bytes);
    assert_eq!(fs::read(to.path().join("report.pdf")).unwrap(), b"mine");
}

/// A10: a source that changes is told from one that is gone, and what was read before is never spliced with it.
#[test]
fn a_changed_source_is_refused() {
    let from = tempfile::tempdir().unwrap();
    let path = from.path().join("x");
    fs::write(&path, pattern(2 * MIB, 3)).unwrap();
    let source = Source::open(&path).unwrap();
    let place = source.manifest().layout().place(0).unwrap();
    source.read(place).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(source.read(place), Err(ReadFailure::Changed));
    let other = Source::open(&path).unwrap();
    assert_ne!(other.stamp(false), source.stamp(false));
    fs::remove_file(&path).unwrap();
    assert!(matches!(Source::open(&path), Err(SourceError::Gone)));
    let replaced = Source::open_as(from.path(), "x");
    assert!(replaced.is_ok_and(|folder| folder.stamp(false) != source.stamp(false)));
}

/// A copy with its times is the same content, though not the same file.
#[test]
fn a_moved_source_is_known_again() {
    let from = tempfile::tempdir().unwrap();
    let (old, new) = (from.path().join("old"), from.path().join("new"));
    fs::write(&old, b"content").unwrap();
    fs::write(&new, b"content").unwrap();
    let time = fs::metadata(&old).unwrap().modified().unwrap();
    fs::OpenOptions::new().write(true).open(&new).unwrap().set_modified(time).unwrap();
    let (one, two) = (Source::open(&old).unwrap(), Source::open_as(&new, "old").unwrap());
    assert_eq!(one.stamp(false), two.stamp(false));
    assert_eq!(one.manifest(), two.manifest());
    #[cfg(unix)]
    assert_ne!(one.stamp(true), two.stamp(true));
}

/// Z20: no room is said before a byte is asked for, and passes.
#[test]
fn a_full_disk_is_told_first() {
    let to = tempfile::tempdir().unwrap();
    let manifest = Arc::new(Manifest::file("big", 10 << 20).unwrap());
    let name = Part::new_name().unwrap();
    let none: FreeSpace = Arc::new(|_| Some(4 << 20));
    assert_eq!(
        Part::prepare(to.path(), &name, manifest.clone(), true, &none).err(),
        Some(WriteFailure::DiskFull)
    );
    assert!(Part::is_there(to.path(), &name));
    assert!(Part::prepare(to.path(), &name, manifest.clone(), false, &free()).is_ok());
    let gone = to.path().join("gone");
    assert_eq!(
        Part::prepare(&gone, &name, manifest.clone(), true, &free()).err(),
        Some(WriteFailure::NoPlace)
    );
    Part::remove(to.path(), &name);
    assert_eq!(Part::prepare(to.path(), &name, manifest, false, &free()).err(), Some(WriteFailure::Lost));
}

/// A10: even where a link was put into the part behind our back, nothing is written through it.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let (to, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let entries = vec![
        Entry { path: "a/x".into(), what: What::File(3) },
        Entry { path: "y".into(), what: What::File(3) },
    ];
    let manifest = Arc::new(Manifest::folder(entries).unwrap());
    let name = Part::new_name().unwrap();
    let mut part = Part::prepare(to.path(), &name, manifest.clone(), true, &free()).unwrap();
    std::os::unix::fs::symlink(outside.path(), to.path().join(&name).join("a")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("y"), to.path().join(&name).join("y")).unwrap();
    let layout = manifest.layout();
    for block in 0..2 {
        assert_eq!(part.write(layout.place(block).unwrap(), b"bad"), Err(WriteFailure::Disk));
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    fs::remove_file(to.path().join(&name).join("y")).unwrap();
    assert_eq!(part.complete(&no_mark()), Err(WriteFailure::Lost), "not all of it is there");
}

/// Only parts are removed, whatever a ledger says.
#[test]
fn only_parts_are_removed() {
    let to = tempfile::tempdir().unwrap();
    fs::write(to.path().join("mine"), "x").unwrap();
    fs::create_dir(to.path().join("folder")).unwrap();
    for name in ["mine", "folder", "../mine", ".deskside-/../mine"] {
        Part::remove(&to.path().join("folder"), name);
        Part::remove(to.path(), name);
    }
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 2);
}

/// Z20: a folder with more files than are synced one by one.
#[test]
fn many_small_files() -> io::Result<()> {
    let (from, to) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let root = from.path().join("many");
    fs::create_dir(&root)?;
    for n in 0..100u8 {
        fs::write(root.join(format!("{n}.txt")), pattern(usize::from(n), n))?;
    }
    let source = Source::open(&root).unwrap();
    let name = Part::new_name().unwrap();
    let mut part = Part::prepare(to.path(), &name, source.manifest().clone(), true, &free()).unwrap();
    copy(&source, &mut part);
    part.complete(&no_mark()).unwrap();
    let claimed = part.claim("many").unwrap();
    part.settle(&claimed).unwrap();
    assert_eq!(contents(&claimed), contents(&root));
    Ok(())
}

#[tokio::test]
async fn the_ledger_in_memory_keeps_the_contract() {
    let ledger = MemoryLedger::default();
    disk::ledger::contract(&ledger, SessionId([1; 16]), SessionId([2; 16])).await.unwrap();
    assert!(ledger.load(SessionId([3; 16])).await.unwrap().is_empty());
}
