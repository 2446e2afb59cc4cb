//! What items say in English, in pieces, so that each format can escape what came from people and set it apart.

use deskside_proto::{
    EndReason, Millis, ParticipantRole, WithdrawReason,
    api::{FileFate, TranscriptItem, TranscriptPerson, TranscriptWhat},
};
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Ours.
    Words(&'static str),
    /// From a person.
    Theirs(&'a str),
    /// Of a person.
    Name(&'a str),
    Time(Millis),
    /// A digest, in hex.
    Code(&'a str),
}

/// What an item says that is no message.
pub(super) fn sentence(item: &TranscriptItem) -> Vec<Piece<'_>> {
    use Piece::{Code, Time, Words};
    let by = name(item.by.as_ref());
    match &item.what {
        TranscriptWhat::Message(_) => Vec::new(),
        TranscriptWhat::Deleted { by: deleter, at } => {
            vec![
                by,
                Words(" wrote a message that "),
                name(deleter.as_ref()),
                Words(" deleted at "),
                Time(*at),
            ]
        }
        TranscriptWhat::Waiting => vec![by, Words(" asked to come in")],
        TranscriptWhat::Joined => vec![by, Words(" joined")],
        TranscriptWhat::Left => vec![by, Words(" left")],
        TranscriptWhat::Removed { who } => vec![name(Some(who)), Words(" was removed by "), by],
        TranscriptWhat::Answered { files, accepted } => {
            let words = if *accepted { " accepted " } else { " declined " };
            [vec![by, Words(words)], list(files)].concat()
        }
        TranscriptWhat::Received { files, blake3 } => {
            let digest = blake3.iter().flat_map(|digest| [Words(" (BLAKE3 "), Code(digest), Words(")")]);
            [vec![by, Words(" received ")], list(files), digest.collect()].concat()
        }
        TranscriptWhat::Withdrawn { files, reason } => match reason {
            WithdrawReason::Revoked => [vec![by, Words(" took back ")], list(files)].concat(),
            WithdrawReason::DeclinedByAll => {
                [vec![Words("Deleted, since nobody wanted it: ")], list(files)].concat()
            }
            WithdrawReason::SessionEnded => {
                [vec![Words("Deleted at the end of the session: ")], list(files)].concat()
            }
            WithdrawReason::Expired => {
                [vec![Words("Deleted, since its time was over: ")], list(files)].concat()
            }
        },
        TranscriptWhat::Ended { reason: EndReason::EndedByTechnician } => {
            vec![by, Words(" ended the session")]
        }
        TranscriptWhat::Ended { reason: EndReason::Idle } => {
            vec![Words("The session ended: nobody was there")]
        }
        TranscriptWhat::Unknown => vec![Words("(something this version cannot show)")],
    }
}

/// A person as a sentence speaks of them.
pub(super) fn name(person: Option<&TranscriptPerson>) -> Piece<'_> {
    match person {
        None => Piece::Words("The portal"),
        Some(TranscriptPerson { name, .. }) if name.is_empty() => Piece::Words("Somebody"),
        Some(TranscriptPerson { name, .. }) => Piece::Name(name),
    }
}

fn list(files: &[String]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for file in files {
        if !pieces.is_empty() {
            pieces.push(Piece::Words(", "));
        }
        pieces.push(Piece::Theirs(file));
    }
    if pieces.is_empty() {
        pieces.push(Piece::Words("a file of a deleted message"));
    }
    pieces
}

pub(super) fn role(role: ParticipantRole) -> &'static str {
    match role {
        ParticipantRole::Technician => "technician",
        ParticipantRole::Customer => "customer",
    }
}

/// What became of a file, for people.
pub(super) fn fate(fate: FileFate) -> &'static str {
    match fate {
        FileFate::Kept => "Kept in Files",
        FileFate::Direct => "Sent directly: its content is not kept here",
        FileFate::Gone { reason: WithdrawReason::Revoked } => "Deleted: its sender took it back",
        FileFate::Gone { reason: WithdrawReason::DeclinedByAll } => "Deleted: nobody wanted it",
        FileFate::Gone { reason: WithdrawReason::SessionEnded } => "Deleted at the end of the session",
        FileFate::Gone { reason: WithdrawReason::Expired } => "Deleted: its time was over",
    }
}

/// `2026-11-20 14:03:22 UTC`; a time that no calendar holds stays a number.
pub(super) fn time(at: Millis) -> String {
    when(at, "%Y-%m-%d %H:%M:%S UTC")
}

/// `at` in UTC, as `format` says.
pub(super) fn when(at: Millis, format: &str) -> String {
    utc(at).map_or_else(|| format!("{} ms", at.0), |at| at.strftime(format).to_string())
}

/// `at` in UTC, where a calendar holds it.
pub(super) fn utc(at: Millis) -> Option<Zoned> {
    Some(Timestamp::from_millisecond(at.0).ok()?.to_zoned(TimeZone::UTC))
}

/// `1 h 12 min`, `12 min`, `40 s`.
pub(super) fn duration(from: Millis, to: Millis) -> String {
    let seconds = to.0.saturating_sub(from.0).max(0) / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// Sizes for people (row N17): B, KB, MB, GB by powers of 1024, one decimal from KB on.
#[must_use]
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = 0;
    loop {
        tenths = (tenths + 512) / 1024;
        if tenths < 10_240 || unit + 1 == UNITS.len() {
            return format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit]);
        }
        unit += 1;
    }
}

#[cfg(test)]
mod tests {
    use deskside_proto::Millis;

    use super::{duration, human_size};

    #[test]
    fn sizes_read_as_people_say_them() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KB"),
            (1_258_291, "1.2 MB"),
            (1024 * 1024 * 1024, "1.0 GB"),
            (u64::MAX, "16777216.0 TB"),
        ] {
            assert_eq!(human_size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn durations_read_as_people_say_them() {
        for (from, to, text) in [
            (0, 40_999, "40 s"),
            (0, 12 * 60_000, "12 min"),
            (0, 72 * 60_000, "1 h 12 min"),
            (0, 100 * 3_600_000, "100 h 0 min"),
            (5000, 0, "0 s"),
            (i64::MIN, i64::MAX, "2562047788015 h 12 min"),
        ] {
            assert_eq!(duration(Millis(from), Millis(to)), text, "{from} {to}");
        }
    }
}
