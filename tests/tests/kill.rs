//! The portal gets SIGKILL at random points while two clients write; nothing that was confirmed is lost, twice or out of order.
//!
//! `DESKSIDE_CASES` sets how often it is killed, `DESKSIDE_SEED` which times.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_proto::api::SessionState;
use deskside_proto::{Event, EventBody, SessionId, TxnId};
use deskside_tests::house::{CUSTOMER, House};
use deskside_tests::random::{self, Random};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wait;
use deskside_tests::wire::{Seen, WireClient};

/// Two cores restart a portal and reconnect two clients in a second or two.
const PER_CASE: Duration = Duration::from_secs(40);
const SETTLE: Duration = Duration::from_secs(60);

/// After every kill: each acknowledged message once, one order for all, no gap. Row Z14's ground: what the transcript is made of.
#[tokio::test]
async fn killed_while_two_write_nothing_confirmed_is_lost() -> Result<()> {
    let (seed, cases) = (random::seed()?, random::cases(6)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut random = Random::from_seed(seed);
        let mut house = House::open_plain(stage).await?;
        let created = house.technician.create_session(house.org, "Kill").await?;
        let session = created.session.id;
        let (_, guest) = house.technician.join(&created.join.link, CUSTOMER).await?;
        let mut writers = [WireClient::open(&house.technician, session), WireClient::open(&guest, session)];
        for case in 0..cases {
            write_and_kill(stage, &mut house, &writers, &mut random)
                .await
                .with_context(|| format!("kill {case}"))?;
        }
        for writer in &mut writers {
            let settled = |seen: &Seen| seen.is_online() && seen.outbox.is_empty();
            writer.until("everything that was written is confirmed", SETTLE, settled).await?;
        }
        let log = whole_log(&house, session).await?;
        check(&log, &writers.each_ref().map(WireClient::seen))
    })
    .await
}

/// Both write a burst; somewhere within it the portal dies, and comes back.
async fn write_and_kill(
    stage: &Stage,
    house: &mut House,
    writers: &[WireClient; 2],
    random: &mut Random,
) -> Result<()> {
    let confirmed = |writer: &WireClient| writer.seen().confirmed.len();
    let before = writers.each_ref().map(confirmed);
    for number in 0..random.between(20, 60) {
        for writer in writers {
            writer.post(&format!("no. {number}"))?;
        }
    }
    // The kill falls before, within or after the burst's commits: the first confirmation plus up to 30 ms.
    if random.between(0, 3) > 0 {
        wait::until("the first confirmation", SETTLE, async || Ok(confirmed(&writers[0]) > before[0]))
            .await?;
    }
    tokio::time::sleep(Duration::from_micros(random.between(0, 30_000))).await;
    house.portal.kill();
    house.portal.restart(stage).await
}

/// The log as somebody sees it who comes afterwards.
async fn whole_log(house: &House, session: SessionId) -> Result<Vec<Event>> {
    let head = house.technician.session(session).await?.head;
    let mut reader = WireClient::open(&house.technician, session);
    let seen = reader.whole_log(head, SETTLE).await?;
    ensure!(seen.gaps == 0, "the log has gaps");
    Ok(seen.events().cloned().collect())
}

fn check(log: &[Event], writers: &[Seen; 2]) -> Result<()> {
    let order: Vec<u64> = log.iter().map(|event| event.seq).collect();
    let wanted: Vec<u64> = (1..=log.len() as u64).collect();
    assert_eq!(order, wanted, "places 1, 2, 3 … without a gap");
    let posted: Vec<TxnId> = log
        .iter()
        .filter(|event| matches!(event.body, EventBody::MessagePosted(_)))
        .filter_map(|event| event.txn_id)
        .collect();
    let unique: BTreeSet<TxnId> = posted.iter().copied().collect();
    assert_eq!(unique.len(), posted.len(), "no message twice");
    let mut written = 0;
    for seen in writers {
        written += seen.posted.len();
        for txn in &seen.confirmed {
            ensure!(unique.contains(txn), "{txn} was confirmed and is not in the log");
        }
        let own: Vec<TxnId> = posted.iter().copied().filter(|txn| seen.posted.contains(txn)).collect();
        assert_eq!(own, seen.posted, "everything written is there once, in the order it was written");
        let live: Vec<&Event> = seen.events().collect();
        let stored = log.iter().filter(|event| event.seq >= seen.first);
        let same = live.iter().zip(stored).all(|(seen, stored)| *seen == stored);
        ensure!(same && seen.gaps == 0, "what the writer saw live is what is stored");
        ensure!(seen.connects > 1, "the writer lost its connection at least once");
    }
    assert_eq!(written, posted.len(), "nothing but what was written");
    Ok(())
}

/// Killed right after a session ended: the restarted portal seals the transcript by itself, once (row Z14).
#[tokio::test]
async fn a_crash_between_ended_and_sealed_heals() -> Result<()> {
    stage::play(Duration::from_secs(300), async |stage| {
        let mut house = House::open_plain(stage).await?;
        let mut sessions = Vec::new();
        for number in 0..random::cases(6)?.min(50) {
            let session =
                house.technician.create_session(house.org, &format!("Case {number}")).await?.session.id;
            let mut technician = WireClient::open(&house.technician, session);
            technician.until_online().await?;
            technician.post("The last word")?;
            technician.until("the word is kept", wait::STEP, |seen| seen.confirmed.len() == 1).await?;
            house.technician.end_session(session).await?;
            house.portal.kill();
            house.portal.restart(stage).await?;
            sessions.push(session);
        }
        for session in sessions {
            sealed_once(&house, session).await?;
        }
        Ok(())
    })
    .await
}

async fn sealed_once(house: &House, session: SessionId) -> Result<()> {
    wait::until("the transcript is sealed", wait::STEP, async || {
        Ok(house.technician.session(session).await?.state == SessionState::Sealed)
    })
    .await?;
    let bytes = house.admin.transcript(house.org, session).await?;
    let text = String::from_utf8(bytes)?;
    assert_eq!(text.matches("The last word").count(), 1, "{text}");
    assert_eq!(text.matches("ended the session").count(), 1, "{text}");
    assert!(text.ends_with("End of transcript\r\n"), "{text}");
    let entries = house.admin.files(house.org).await?.entries;
    assert_eq!(entries.iter().filter(|entry| entry.session_id == session).count(), 1, "one entry in Files");
    Ok(())
}
