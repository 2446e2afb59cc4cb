//! What must be left of a session that is over, whatever happened on the way: one sealed vault with a transcript in each format that is the
//! log, line by line, and every file's bytes as they were sent (rows Z14, Z15).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::api::{
    FileFate, SessionState, SessionVault, TranscriptFormat, TranscriptItem, TranscriptPerson, TranscriptWhat,
    VaultFile, VaultKind,
};
use deskside_proto::{Attachment, Event, Millis, SessionId};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, TranscriptHeader, writer};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::api::Api;
use crate::house::House;
use crate::wait;
use crate::wire::{Seen, WireClient};

/// Sealing takes well below a second; a machine that builds beside it may be busy.
pub const SEALED: std::time::Duration = std::time::Duration::from_secs(60);
const FORMATS: [(TranscriptFormat, &str, VaultKind); 3] = [
    (TranscriptFormat::Txt, "txt", VaultKind::TranscriptTxt),
    (TranscriptFormat::Html, "html", VaultKind::TranscriptHtml),
    (TranscriptFormat::Json, "json", VaultKind::TranscriptJson),
];

/// What was found in a vault that is right.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub events: usize,
    pub files: usize,
    /// In the organisation's chain.
    pub place: u64,
}

/// `transcript.json`, as far as the others are made from it.
#[derive(Debug, Deserialize)]
struct Data {
    session: DataSession,
    items: Vec<TranscriptItem>,
}

#[derive(Debug, Deserialize)]
struct DataSession {
    id: SessionId,
    organisation: String,
    title: String,
    started_at: Millis,
    ended_at: Millis,
    people: Vec<TranscriptPerson>,
}

/// Waits until the session is sealed, and looks at everything that is left of it. `seen` is what its people saw of it.
///
/// # Errors
/// The first thing that is not as it has to be.
pub async fn check(house: &House, session: SessionId, seen: &[Seen]) -> Result<Found> {
    // With connections of its own: those that were kept open died with the portal.
    let reader = fresh(house, &house.technician)?;
    wait::until("the session is sealed", SEALED, async || {
        Ok(reader.session(session).await?.state == SessionState::Sealed)
    })
    .await?;
    let log = whole_log(&reader, session).await?;
    nothing_confirmed_is_lost(&log, seen)?;
    let admin = fresh(house, &house.admin)?;
    let vault: SessionVault = admin.get(&format!("/orgs/{}/files/{session}/vault", house.org)).await?;
    let items = transcripts_are_the_log(house, &admin, session, &log, &vault).await?;
    let files = files_are_whole(&admin, session, &items, &vault).await?;
    stands_once(house, &admin, session).await?;
    let manifest = vault.manifest.context("the vault has a manifest")?;
    ensure!(manifest.addenda == 0, "nothing joined later: {manifest:?}");
    Ok(Found { events: log.len(), files, place: manifest.place })
}

/// The same person, with no connection open.
pub fn fresh(house: &House, person: &Api) -> Result<Api> {
    Ok(house.portal.api()?.with_token(person.token().map(str::to_owned)))
}

async fn whole_log(reader: &Api, session: SessionId) -> Result<Vec<Event>> {
    let head = reader.session(session).await?.head;
    let seen = WireClient::open(reader, session).whole_log(head, wait::STEP).await?;
    ensure!(
        seen.gaps == 0 && seen.log.len() as u64 == head,
        "the log has gaps: {} of {head}",
        seen.log.len()
    );
    Ok(seen.events().cloned().collect())
}

/// Everything that was acknowledged stands where it was said to stand, and everything anybody saw.
fn nothing_confirmed_is_lost(log: &[Event], seen: &[Seen]) -> Result<()> {
    let places: BTreeSet<_> = log.iter().map(|event| (event.seq, event.txn_id)).collect();
    let ids: BTreeSet<_> = log.iter().map(|event| (event.seq, event.id)).collect();
    for seen in seen {
        for (txn, seq) in &seen.acknowledged {
            ensure!(places.contains(&(*seq, Some(*txn))), "{txn} was acknowledged at {seq} and is not there");
        }
        for event in seen.events() {
            ensure!(ids.contains(&(event.seq, event.id)), "somebody saw {event:?}, which is not there");
        }
    }
    Ok(())
}

/// Every format says what a fold of the log says, to the byte; its hash is the one in the manifest.
async fn transcripts_are_the_log(
    house: &House,
    admin: &Api,
    session: SessionId,
    log: &[Event],
    vault: &SessionVault,
) -> Result<Vec<TranscriptItem>> {
    let mut bytes = Vec::new();
    for (_, name, kind) in FORMATS {
        let path = format!("/orgs/{}/files/{session}/transcript?format={name}", house.org);
        let transcript = admin.get_bytes(&path).await?;
        let listed: Vec<&VaultFile> = vault.files.iter().filter(|file| file.kind == kind).collect();
        let [listed] = listed.as_slice() else { anyhow::bail!("{name} is listed once: {listed:?}") };
        ensure!(listed.sha256 == sha256(&transcript), "{name} is another than was sealed");
        bytes.push(transcript);
    }
    let data: Data = serde_json::from_slice(&bytes[2]).context("the transcript as data")?;
    let expected = fold(log);
    ensure!(data.items == expected, "the transcript is not the log: {:#?} {expected:#?}", data.items);
    let header = TranscriptHeader {
        org_name: data.session.organisation,
        session: data.session.id,
        title: data.session.title,
        started_at: data.session.started_at,
        ended_at: data.session.ended_at,
        people: data.session.people,
    };
    ensure!(header.session == session && header.people.len() == 2, "whose it is: {header:?}");
    for ((format, name, _), bytes) in FORMATS.iter().zip(&bytes) {
        let mut writer = writer(*format);
        let mut text = writer.head(&header);
        expected.iter().for_each(|item| text += &writer.item(item));
        text += &writer.foot();
        ensure!(text.as_bytes() == bytes, "{name} says something else than the log");
    }
    Ok(expected)
}

fn fold(log: &[Event]) -> Vec<TranscriptItem> {
    let mut survey = Survey::new(Audience::Organisation);
    log.iter().for_each(|event| survey.see(event));
    let mut fold = TranscriptFold::new(survey);
    log.iter().filter_map(|event| fold.item(event)).collect()
}

/// What the transcript calls kept stands in the manifest with the same hash, and its bytes are those; of others the bytes are gone.
async fn files_are_whole(
    admin: &Api,
    session: SessionId,
    items: &[TranscriptItem],
    vault: &SessionVault,
) -> Result<usize> {
    let files = items.iter().flat_map(|item| match &item.what {
        TranscriptWhat::Message(message) => message.files.as_slice(),
        _ => &[],
    });
    let mut listed: BTreeMap<_, _> =
        vault.files.iter().filter_map(|file| Some((file.attachment_id?, file))).collect();
    let mut kept = 0;
    for file in files {
        let Attachment { id, name, sha256: hash, .. } = &file.attachment;
        let path = format!("/sessions/{session}/attachments/{id}");
        let entry = listed.remove(id);
        ensure!(
            entry.is_none_or(|entry| entry.sha256 == *hash),
            "{name} is another in the manifest: {entry:?}"
        );
        if file.fate == FileFate::Kept {
            ensure!(entry.is_some_and(|entry| !entry.erased), "{name} stands in the manifest: {entry:?}");
            ensure!(sha256(&admin.get_bytes(&path).await?) == *hash, "{name} is another than was sent");
            kept += 1;
        } else {
            let (status, _) = admin.status(&path).await?;
            ensure!([403, 404, 410].contains(&status), "{name} is gone: {status}");
        }
    }
    ensure!(listed.is_empty(), "no message names these: {listed:?}");
    Ok(kept)
}

/// One entry in Files, and in storage the transcripts and one manifest.
async fn stands_once(house: &House, admin: &Api, session: SessionId) -> Result<()> {
    let entries = admin.files(house.org).await?.entries;
    let count = entries.iter().filter(|entry| entry.session_id == session).count();
    ensure!(count == 1, "{count} entries in Files");
    let folder = house.portal.data.join(format!("blobs/transcripts/{}/{session}", house.org));
    let expected = ["manifest.json", "transcript.html", "transcript.json", "transcript.txt"];
    ensure!(names_in(&folder)? == expected, "in storage stand {:?}", names_in(&folder)?);
    Ok(())
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
