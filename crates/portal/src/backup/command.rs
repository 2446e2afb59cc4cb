//! The two commands, as people and cron see them.

use std::{path::Path, process::ExitCode};

use super::{Source, Taken, restore, take};
use crate::{cli::say, env::Env};

/// Ended well, and some files had been lost before: a script can tell it from a failure (1).
const LOST: u8 = 3;

/// Takes a backup and says what is in it.
///
/// # Errors
/// Where there is none.
pub async fn backup(source: &Source, to: &Path) -> anyhow::Result<ExitCode> {
    let Taken { folder, files, bytes, lost } = take(source, to, Env::system().now(), true).await?;
    say(&format!("The backup is whole: {} ({files} files, {} MiB)", folder.display(), bytes >> 20))?;
    tell_lost(&lost)
}

/// Compares every file of a backup with its hash, and changes nothing.
///
/// # Errors
/// Where the backup is damaged.
pub async fn check(folder: &Path) -> anyhow::Result<ExitCode> {
    let contents = restore::check(folder, true).await?;
    say(&format!("The backup is whole: {} files, {} MiB", contents.files, contents.bytes >> 20))?;
    tell_lost(&contents.lost)
}

/// Makes a portal's data from a backup.
///
/// # Errors
/// Where the backup is damaged or there is a portal already.
pub async fn restore(folder: &Path, target: &Source) -> anyhow::Result<ExitCode> {
    let contents = restore::restore(folder, target, true).await?;
    say(&format!("Restored: {} files, {} MiB. Start the portal now", contents.files, contents.bytes >> 20))?;
    tell_lost(&contents.lost)
}

fn tell_lost(lost: &[String]) -> anyhow::Result<ExitCode> {
    for path in lost {
        say(&format!("lost before the backup, or changed: {path}"))?;
    }
    Ok(if lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(LOST) })
}
