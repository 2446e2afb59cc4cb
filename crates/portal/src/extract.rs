//! Thumbnails and texts, made by a child process with limits: nothing from outside is decoded in this one (research S11).

mod text;

use std::{io, path::Path, process::Stdio};

use bytes::Bytes;
use deskside_proto::ThumbnailSize;
use serde::Deserialize;
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    time::timeout,
};

use crate::config::ExtractConfig;

pub use text::TextOutcome;

/// Bytes of a picture that a thumbnail is made of.
const INPUT_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a thumbnail: 480 × 480 pixels, uncompressed, is less.
const OUTPUT_MAX: u64 = 1024 * 1024;

/// A picture's thumbnail: PNG or JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub size: ThumbnailSize,
    pub bytes: Bytes,
}

/// The first line of the child's answer.
#[derive(Deserialize)]
struct Header {
    width: u32,
    height: u32,
}

#[derive(Clone)]
pub struct Extractor {
    config: ExtractConfig,
}

impl Extractor {
    #[must_use]
    pub fn new(config: ExtractConfig) -> Self {
        Self { config }
    }

    /// The thumbnail of the picture at `path`. `None` for whatever reason: a file is not refused because it has none.
    pub async fn thumbnail(&self, path: &Path, size: u64) -> Option<Thumbnail> {
        let program = self.config.program.as_deref().filter(|_| size <= INPUT_MAX)?;
        // Dropping the child, which a passed deadline does, kills it.
        match timeout(self.config.deadline, extract(program, path)).await {
            Ok(Ok(thumbnail)) => Some(thumbnail),
            Ok(Err(error)) => {
                tracing::info!(%error, "no thumbnail");
                None
            }
            Err(_) => {
                tracing::warn!("no thumbnail: it took too long");
                None
            }
        }
    }
}

async fn extract(program: &Path, picture: &Path) -> io::Result<Thumbnail> {
    let picture = tokio::fs::File::open(picture).await?.into_std().await;
    let mut child = Command::new(program)
        .env_clear()
        .stdin(Stdio::from(picture))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let answer = read_answer(&mut child).await?;
    if !child.wait().await?.success() {
        return Err(io::Error::other("the picture cannot be read"));
    }
    parse(answer)
}

async fn read_answer(child: &mut Child) -> io::Result<Vec<u8>> {
    let output = child.stdout.take().ok_or_else(|| io::Error::other("a child without an output"))?;
    let mut answer = Vec::new();
    output.take(OUTPUT_MAX + 1).read_to_end(&mut answer).await?;
    if answer.len() as u64 > OUTPUT_MAX {
        Err(io::Error::other("the thumbnail is too large"))
    } else {
        Ok(answer)
    }
}

fn parse(answer: Vec<u8>) -> io::Result<Thumbnail> {
    let answer = Bytes::from(answer);
    let end = answer.iter().position(|byte| *byte == b'\n').ok_or_else(|| io::Error::other("no header"))?;
    let Header { width, height } = serde_json::from_slice(&answer[..end])?;
    Ok(Thumbnail { size: ThumbnailSize { width, height }, bytes: answer.slice(end + 1..) })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

    use super::*;

    fn child(folder: &Path, script: &str) -> Extractor {
        let program: PathBuf = folder.join("child");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Extractor::new(ExtractConfig { program: Some(program), deadline: Duration::from_millis(2_000) })
    }

    async fn answer(script: &str) -> Option<Thumbnail> {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("picture");
        fs::write(&picture, b"bytes").unwrap();
        child(folder.path(), script).thumbnail(&picture, 5).await
    }

    #[tokio::test]
    async fn what_the_child_answers_is_the_thumbnail() {
        let thumbnail =
            answer(r#"printf '{"width":3,"height":2,"media_type":"image/png"}\n'; /bin/cat"#).await.unwrap();
        assert_eq!(thumbnail.size, ThumbnailSize { width: 3, height: 2 });
        assert_eq!(thumbnail.bytes, "bytes");
    }

    #[tokio::test]
    async fn a_child_that_fails_hangs_or_talks_too_much_gives_none() {
        for script in [
            "exit 1",
            "printf garbage",
            "exec /bin/sleep 60",
            "exec /bin/cat /dev/zero",
            r#"printf '{"width":1,"height":1}\n'; exit 3"#,
        ] {
            assert_eq!(answer(script).await, None, "{script}");
        }
    }

    #[tokio::test]
    async fn without_a_program_or_with_a_huge_picture_there_is_none() {
        let none = Extractor::new(ExtractConfig { program: None, deadline: Duration::from_secs(1) });
        assert_eq!(none.thumbnail(Path::new("/dev/null"), 1).await, None);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            child(folder.path(), "exit 0").thumbnail(Path::new("/dev/null"), INPUT_MAX + 1).await,
            None
        );
    }
}
