//! Text of documents, by the same child process.

use std::{io, path::Path, process::Stdio, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{ChildStdin, Command},
    time::timeout,
};

use super::Extractor;

/// Bytes of a document's text, as the child cuts it.
const TEXT_MAX: u64 = 1024 * 1024;
/// Bytes of a reason that are kept.
const REASON_MAX: u64 = 400;
/// The child's own limit is of processor time; this one is for a child that waits.
const DEADLINE: Duration = Duration::from_secs(60);

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextOutcome {
    Text(String),
    /// It will not be better another time.
    Unreadable(String),
}

impl Extractor {
    /// Whether there is a program to ask.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.config.program.is_some()
    }

    /// The text of the document that comes as `stream`, called `name`.
    ///
    /// # Errors
    /// Where the bytes do not come, or the child cannot be started: that may be better later.
    pub async fn text<S, E>(&self, stream: S, name: &str) -> io::Result<TextOutcome>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin + Send,
        E: std::error::Error + Send + Sync + 'static,
    {
        let program = self.config.program.as_deref().ok_or(io::ErrorKind::NotFound)?;
        // Dropping the child, which a passed deadline does, kills it.
        match timeout(DEADLINE, ask(program, stream, name)).await {
            Ok(answer) => answer,
            Err(_) => Ok(TextOutcome::Unreadable("it took too long".to_owned())),
        }
    }
}

async fn ask<S, E>(program: &Path, stream: S, name: &str) -> io::Result<TextOutcome>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    let mut child = Command::new(program)
        .arg("--text")
        .arg(name.replace('\0', ""))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("a child without its pipes");
    let input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    let (mut text, mut reason) = (Vec::new(), Vec::new());
    let mut output = output.take(TEXT_MAX + 1);
    let mut errors = errors.take(REASON_MAX);
    let (fed, read, told) =
        tokio::join!(feed(input, stream), output.read_to_end(&mut text), errors.read_to_end(&mut reason));
    fed?;
    read?;
    told?;
    // What talks on without end is not waited for.
    drop((output, errors));
    let status = child.wait().await?;
    if !status.success() {
        let reason = String::from_utf8_lossy(&reason).trim().to_owned();
        let reason = if reason.is_empty() { status.to_string() } else { reason };
        return Ok(TextOutcome::Unreadable(reason));
    }
    if text.len() as u64 > TEXT_MAX {
        return Ok(TextOutcome::Unreadable("its text is too long".to_owned()));
    }
    Ok(TextOutcome::Text(String::from_utf8_lossy(&text).into_owned()))
}

/// Gives the document to the child, which may have had enough before its end.
async fn feed<S, E>(mut input: ChildStdin, mut stream: S) -> io::Result<()>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(io::Error::other)?;
        if input.write_all(&piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use futures_util::stream;

    use super::*;
    use crate::config::ExtractConfig;

    async fn answer(script: &str) -> io::Result<TextOutcome> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("child");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let extractor =
            Extractor::new(ExtractConfig { program: Some(program), deadline: Duration::from_secs(2) });
        let pieces = (0..64).map(|_| Ok::<_, io::Error>(Bytes::from(vec![b'x'; 64 * 1024])));
        extractor.text(stream::iter(pieces), "a.txt").await
    }

    #[tokio::test]
    async fn what_the_child_says_is_the_text() {
        let text = answer("printf 'Größe %s %s' \"$1\" \"$2\"; /bin/cat >/dev/null").await.unwrap();
        assert_eq!(text, TextOutcome::Text("Größe --text a.txt".to_owned()));
        let early = answer("printf enough").await.unwrap();
        assert_eq!(early, TextOutcome::Text("enough".to_owned()), "a child need not read everything");
    }

    #[tokio::test]
    async fn a_child_that_fails_or_talks_too_much_is_not_asked_again() {
        for (script, reason) in [
            ("printf 'it is locked' >&2; exit 1", "it is locked"),
            ("exit 3", "exit status: 3"),
            ("exec /bin/cat /dev/zero", ""),
            ("kill -9 $$", "signal: 9 (SIGKILL)"),
        ] {
            match answer(script).await.unwrap() {
                TextOutcome::Unreadable(told) if reason.is_empty() || told == reason => {}
                other => panic!("{script}: {other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn bytes_that_do_not_come_are_no_fault_of_the_document() {
        let extractor = Extractor::new(ExtractConfig {
            program: Some("/bin/cat".into()),
            deadline: Duration::from_secs(2),
        });
        let broken = stream::iter([Err::<Bytes, _>(io::Error::other("the bucket is away"))]);
        assert!(extractor.text(broken, "a.txt").await.is_err());
        let none = Extractor::new(ExtractConfig {
            program: Some("/nowhere/deskside-extract".into()),
            deadline: Duration::from_secs(2),
        });
        assert!(none.text(stream::iter([Ok::<_, io::Error>(Bytes::new())]), "a.txt").await.is_err());
    }
}
