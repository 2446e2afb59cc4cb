//! The portal gets SIGKILL at random points while three clients post, edit, delete, react and read; nothing that was confirmed is
//! lost, twice or out of order.
//!
//! `DESKSIDE_CASES` sets how often it is killed, `DESKSIDE_SEED` which times.

use std::time::Duration;

use anyhow::{Context as _, Result};
use deskside_proto::SessionId;
use deskside_proto::api::SessionState;
use deskside_tests::crowd::{Crowd, SETTLE};
use deskside_tests::house::House;
use deskside_tests::random::{self, Random};
use deskside_tests::stage::{self, Stage};
use deskside_tests::wait;
use deskside_tests::wire::WireClient;

/// Two cores restart a portal and reconnect two clients in a second or two.
const PER_CASE: Duration = Duration::from_secs(40);

/// After every kill: each acknowledged action once, one order for all, no gap, and receipts as they were given. Row Z14's ground:
/// what the transcript is made of.
#[tokio::test]
async fn killed_while_they_write_nothing_confirmed_is_lost() -> Result<()> {
    let (seed, cases) = (random::seed()?, random::cases(6)?);
    println!("DESKSIDE_SEED={seed} DESKSIDE_CASES={cases}");
    stage::play(PER_CASE * cases + SETTLE * 3, async |stage| {
        let mut random = Random::from_seed(seed);
        let mut crowd = Crowd::gather(stage).await?;
        for case in 0..cases {
            act_and_kill(stage, &mut crowd, &mut random).await.with_context(|| format!("kill {case}"))?;
        }
        crowd.check().await
    })
    .await
}

/// Everybody acts; somewhere within the burst the portal dies, and comes back.
async fn act_and_kill(stage: &Stage, crowd: &mut Crowd, random: &mut Random) -> Result<()> {
    // Anybody's: it can happen that one of them has nothing to be confirmed in a burst.
    let confirmed =
        |crowd: &Crowd| crowd.members.iter().map(|member| member.seen().confirmed.len()).sum::<usize>();
    let before = confirmed(crowd);
    for _ in 0..random.between(20, 60) {
        crowd.act(random)?;
    }
    // The kill falls before, within or after the burst's commits: the first confirmation plus up to 30 ms.
    if random.between(0, 3) > 0 {
        wait::until("the first confirmation", SETTLE, async || Ok(confirmed(crowd) > before))
            .await
            .with_context(|| crowd.told())?;
    }
    tokio::time::sleep(Duration::from_micros(random.between(0, 30_000))).await;
    crowd.house.portal.kill();
    crowd.house.portal.restart(stage).await
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
