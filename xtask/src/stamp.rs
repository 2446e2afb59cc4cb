//! Stamps: a note of what an output was made from, so that unchanged work is skipped.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that are products, never sources.
const NOT_SOURCES: [&str; 5] = ["node_modules", "dist", "target", ".svelte-kit", "test-results"];

/// A digest of inputs. It only has to notice change, so std's hasher is enough: another Rust version may give
/// another digest, which costs one rebuild.
#[derive(Default)]
pub(crate) struct Inputs(DefaultHasher);

impl Inputs {
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.write(text.as_bytes());
        self.0.write_u8(0xff);
        self
    }

    /// A file, or a folder with everything below it in sorted order.
    pub(crate) fn path(mut self, path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(path, &mut files)?;
        files.sort();
        for file in files {
            let name = file.strip_prefix(path).unwrap_or(&file);
            self = self.text(&name.to_string_lossy());
            let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            self.0.write_usize(bytes.len());
            self.0.write(&bytes);
        }
        Ok(self)
    }

    pub(crate) fn digest(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if !NOT_SOURCES.iter().any(|product| name == *product) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Is the note at `stamp` this digest?
pub(crate) fn fresh(stamp: &Path, digest: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|noted| noted == digest)
}

/// Note the digest, once the output is whole.
pub(crate) fn note(stamp: &Path, digest: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own per test, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("src")).unwrap();
            Self(path)
        }

        fn digest(&self) -> String {
            Inputs::default().path(&self.0).unwrap().digest()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_changed_renamed_or_added_file_changes_the_digest() {
        let folder = Folder::new("changes");
        let file = folder.0.join("src/a.rs");
        fs::write(&file, "1").unwrap();
        let first = folder.digest();
        assert_eq!(first, folder.digest());

        fs::write(&file, "2").unwrap();
        let changed = folder.digest();
        assert_ne!(first, changed);

        fs::rename(&file, folder.0.join("src/b.rs")).unwrap();
        let renamed = folder.digest();
        assert_ne!(changed, renamed);

        fs::write(folder.0.join("src/c.rs"), "").unwrap();
        assert_ne!(renamed, folder.digest());
    }

    #[test]
    fn products_are_not_inputs() {
        let folder = Folder::new("products");
        let before = folder.digest();
        fs::create_dir_all(folder.0.join("node_modules")).unwrap();
        fs::write(folder.0.join("node_modules/x.js"), "x").unwrap();
        assert_eq!(before, folder.digest());
    }

    #[test]
    fn a_stamp_is_fresh_only_for_its_own_digest() {
        let folder = Folder::new("stamp");
        let stamp = folder.0.join("deep/stamp");
        assert!(!fresh(&stamp, "abc"));
        note(&stamp, "abc").unwrap();
        assert!(fresh(&stamp, "abc"));
        assert!(!fresh(&stamp, "abd"));
    }
}
