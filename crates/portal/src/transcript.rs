//! A session's log read as a transcript: page by page, in memory that its length does not change.

use std::sync::Arc;

use deskside_proto::{
    Event, EventBody, Millis, ParticipantState, Seq, SessionId,
    api::{TranscriptItem, TranscriptPerson},
};
use deskside_store::{SessionRecord, Store, StoreError};
use deskside_timeline::transcript::{Audience, Survey, TranscriptFold, TranscriptHeader};

/// Events read at a time: of the longest messages, 16 MB.
const PAGE: u32 = 200;
/// Events that are looked at for one stretch: some leave no line of their own.
const STRETCH_EVENTS: usize = 2_000;
/// Reactions, changes and answers of one stretch that are looked at.
const ABOUT_MAX: u32 = 10_000;

/// Reads one session's log, page after page.
pub struct LogReader {
    store: Arc<dyn Store>,
    session: SessionId,
    after: Seq,
}

impl LogReader {
    #[must_use]
    pub fn new(store: Arc<dyn Store>, session: SessionId) -> Self {
        Self { store, session, after: 0 }
    }

    /// The next events; none at the end.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&mut self) -> Result<Vec<Event>, StoreError> {
        let page = self.store.log(self.session, self.after, PAGE).await?;
        self.after = page.last().map_or(self.after, |last| last.seq);
        Ok(page)
    }
}

/// The first pass over a log; `also` sees every event as well.
///
/// # Errors
/// The store's.
pub async fn survey(
    store: &Arc<dyn Store>,
    session: SessionId,
    audience: Audience,
    mut also: impl FnMut(&Event) + Send,
) -> Result<Survey, StoreError> {
    let mut survey = Survey::new(audience);
    let mut log = LogReader::new(store.clone(), session);
    loop {
        let page = log.next().await?;
        if page.is_empty() {
            return Ok(survey);
        }
        for event in &page {
            survey.see(event);
            also(event);
        }
    }
}

/// What stands above the lines.
#[must_use]
pub fn header(record: &SessionRecord) -> TranscriptHeader {
    let let_in = record.participants.iter().filter(|p| p.state != ParticipantState::Waiting);
    TranscriptHeader {
        org_name: record.org_name.clone(),
        session: record.id,
        title: record.title.clone(),
        started_at: record.created_at,
        ended_at: record.ended_at.unwrap_or(Millis(record.created_at.0)),
        people: let_in.map(|p| TranscriptPerson { name: p.name.clone(), role: p.role }).collect(),
    }
}

/// Items after `after`, at most `limit`, and how far the log was read for them.
///
/// # Errors
/// The store's.
pub async fn stretch(
    store: &dyn Store,
    record: &SessionRecord,
    after: Seq,
    limit: usize,
) -> Result<(Vec<TranscriptItem>, Seq), StoreError> {
    let events = stretch_events(store, record.id, after, limit).await?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok((Vec::new(), after)) };
    let mut survey = Survey::new(Audience::Organisation);
    for person in &record.participants {
        survey.person(person.id, &person.name, person.role);
    }
    events.iter().for_each(|event| survey.see(event));
    let with_files = events.iter().any(has_files);
    for event in store.events_about(record.id, first.seq, last.seq, with_files, ABOUT_MAX).await? {
        survey.see(&event);
    }
    for seq in survey.missing() {
        store.log(record.id, seq.saturating_sub(1), 1).await?.iter().for_each(|event| survey.see(event));
    }
    let mut fold = TranscriptFold::new(survey);
    Ok((events.iter().filter_map(|event| fold.item(event)).collect(), last.seq))
}

/// As many events as give `limit` items, if the log has them nearby.
async fn stretch_events(
    store: &dyn Store,
    session: SessionId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>, StoreError> {
    let (mut kept, mut items, mut seen, mut after) = (Vec::new(), 0, 0, after);
    // What stands for itself is told by the fold; it needs nobody's name for that.
    let mut fold = TranscriptFold::new(Survey::default());
    while items < limit && seen < STRETCH_EVENTS {
        let page = store.log(session, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for event in page {
            seen += 1;
            items += usize::from(fold.item(&event).is_some());
            kept.push(event);
            if items == limit {
                break;
            }
        }
    }
    Ok(kept)
}

fn has_files(event: &Event) -> bool {
    matches!(&event.body, EventBody::MessagePosted(message) if !message.attachments.is_empty())
}

/// Where a stretch of `limit` items begins that has `seq` in its middle.
///
/// # Errors
/// The store's.
pub async fn before(store: &dyn Store, session: SessionId, seq: Seq, limit: u32) -> Result<Seq, StoreError> {
    let earlier = store.log_before(session, seq, limit / 2).await?;
    Ok(earlier.first().map_or(seq, |event| event.seq).saturating_sub(1))
}
