//! What sealing writes: first into files of its own, hashed while they grow, then into the organisation's storage.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use deskside_proto::{
    SessionId,
    api::{TranscriptFormat, VaultFile},
};
use deskside_store::{NewManifest, SessionRecord, Store, TranscriptFile, vault::transcript_name};
use deskside_timeline::transcript::{Audience, TranscriptFold, TranscriptWriter, writer};

use super::{SealError, manifest_key};
use crate::{
    blobs::{Blobs, Key},
    faults,
    hashed_file::{Hashed, HashedFile},
    manifest::{self, ManifestHead},
    transcript::{self, LogReader},
};

/// Files of a manifest that are read at a time.
const PAGE: u32 = 500;
const FORMATS: [TranscriptFormat; 3] =
    [TranscriptFormat::Txt, TranscriptFormat::Html, TranscriptFormat::Json];

/// The folder in which files grow.
#[derive(Debug, Clone)]
pub struct Desk {
    folder: PathBuf,
}

/// One form of a transcript, on its way.
struct Growing {
    format: TranscriptFormat,
    writer: Box<dyn TranscriptWriter>,
    file: HashedFile,
}

impl Desk {
    /// Makes the folder; what a crash left there goes.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(folder: &Path) -> io::Result<Self> {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn path(&self, session: SessionId, name: &str) -> PathBuf {
        self.folder.join(format!("{session}-{name}"))
    }

    /// Every form of the session's transcript, in one pass over its log after the first, which gathers what reading forward cannot know.
    pub(super) async fn write_transcripts(
        &self,
        store: &Arc<dyn Store>,
        blobs: &Blobs,
        record: &SessionRecord,
    ) -> Result<Vec<TranscriptFile>, SealError> {
        let survey = transcript::survey(store, record.id, Audience::Organisation, |_| {}).await?;
        faults::reach("seal/surveyed");
        let mut fold = TranscriptFold::new(survey);
        let mut growing = Vec::new();
        for format in FORMATS {
            let mut file = HashedFile::create(self.path(record.id, transcript_name(format))).await?;
            let mut writer = writer(format);
            file.write(&writer.head(&transcript::header(record))).await?;
            growing.push(Growing { format, writer, file });
        }
        let mut log = LogReader::new(store.clone(), record.id);
        loop {
            let page = log.next().await?;
            if page.is_empty() {
                break;
            }
            let items: Vec<_> = page.iter().filter_map(|event| fold.item(event)).collect();
            for Growing { writer, file, .. } in &mut growing {
                let text: String = items.iter().map(|item| writer.item(item)).collect();
                file.write(&text).await?;
            }
        }
        let mut written = Vec::new();
        for Growing { format, mut writer, mut file } in growing {
            file.write(&writer.foot()).await?;
            let file = file.finish().await?;
            written.push(TranscriptFile { format, size: file.size, sha256: file.sha256.clone() });
            keep(blobs, &Key::transcript(record.org, record.id, format), file).await?;
            faults::reach(match format {
                TranscriptFormat::Txt => "seal/txt",
                TranscriptFormat::Html => "seal/html",
                TranscriptFormat::Json => "seal/json",
            });
        }
        Ok(written)
    }

    /// The manifest `new`, which follows the one with hash `previous`, with its size and hash.
    pub(super) async fn write_manifest(
        &self,
        store: &Arc<dyn Store>,
        blobs: &Blobs,
        new: NewManifest,
        previous: Option<String>,
    ) -> Result<NewManifest, SealError> {
        let head = ManifestHead {
            version: manifest::VERSION,
            org: new.org,
            session: new.session,
            part: new.part,
            place: new.place,
            previous,
            sealed_at: new.sealed_at,
        };
        let mut file = HashedFile::create(self.path(new.session, "manifest.json")).await?;
        file.write(&head.line()?).await?;
        let mut is_empty = true;
        for transcript in &new.transcripts {
            add(&mut file, &transcript.clone().into(), &mut is_empty).await?;
        }
        let mut after = None;
        loop {
            let page = store.listed_files(new.session, new.part, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.attachment);
            for listed in page {
                add(&mut file, &listed.into(), &mut is_empty).await?;
            }
        }
        file.write(&manifest::last_line(is_empty)).await?;
        let file = file.finish().await?;
        let new = NewManifest { size: file.size, sha256: file.sha256.clone(), ..new };
        keep(blobs, &manifest_key(&new), file).await?;
        Ok(new)
    }
}

/// The next file of a manifest.
async fn add(file: &mut HashedFile, listed: &VaultFile, is_empty: &mut bool) -> Result<(), SealError> {
    let line = manifest::file_line(listed, std::mem::replace(is_empty, false))?;
    Ok(file.write(&line).await?)
}

/// Makes a written file an object.
async fn keep(blobs: &Blobs, key: &Key, file: Hashed) -> io::Result<()> {
    blobs.adopt(key, file.path.clone()).await?;
    match tokio::fs::remove_file(&file.path).await {
        // A folder takes the file itself.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
