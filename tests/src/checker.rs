//! What must hold after every fault, of the whole log and of what each member did and saw.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use deskside_proto::{Event, EventId, LogEntry, ParticipantId, Seq, TxnId};

/// One member's books.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub name: String,
    /// Everything the outbox took, in its order.
    pub asked: Vec<TxnId>,
    /// What the portal acknowledged, and where.
    pub acknowledged: BTreeMap<TxnId, Seq>,
    /// What the portal refused and never took afterwards.
    pub refused: BTreeSet<TxnId>,
    /// What was turned away once for want of space, heard of or not: its turn has passed.
    pub late: BTreeSet<TxnId>,
    /// What the outbox still holds.
    pub waiting: BTreeSet<TxnId>,
    /// The log as it came.
    pub seen: Vec<LogEntry>,
    /// Entries that did not follow the one before.
    pub gaps: u64,
}

/// What of an event never changes: its text goes with its deletion.
fn kernel(event: &Event) -> (Seq, EventId, Option<TxnId>, Option<ParticipantId>) {
    (event.seq, event.id, event.txn_id, event.sender)
}

/// Places 1, 2, 3 … without a gap; every acknowledged action once, where it was said to be; everything asked for in its order;
/// nothing that nobody asked for; and every member saw what the log holds, in its order.
///
/// # Errors
/// The first of these that does not hold.
pub fn check(log: &[Event], members: &[Books]) -> Result<()> {
    for (place, event) in (1..).zip(log) {
        ensure!(event.seq == place, "the log has place {} where {place} belongs", event.seq);
    }
    let mut places: BTreeMap<TxnId, Seq> = BTreeMap::new();
    for event in log {
        if let Some(first) = event.txn_id.and_then(|txn| places.insert(txn, event.seq)) {
            anyhow::bail!("one action stands at {first} and at {}", event.seq);
        }
    }
    let asked: BTreeSet<TxnId> = members.iter().flat_map(|member| member.asked.iter().copied()).collect();
    for (txn, seq) in &places {
        ensure!(asked.contains(txn), "nobody asked for {txn} at {seq}");
    }
    for member in members {
        check_member(log, &places, member).with_context(|| format!("of {}", member.name))?;
    }
    Ok(())
}

fn check_member(log: &[Event], places: &BTreeMap<TxnId, Seq>, member: &Books) -> Result<()> {
    for (txn, seq) in &member.acknowledged {
        ensure!(places.get(txn) == Some(seq), "{txn} was acknowledged at {seq}: {:?}", places.get(txn));
    }
    for txn in &member.refused {
        ensure!(!places.contains_key(txn), "{txn} was refused and stands in the log");
    }
    let done = |txn: &&TxnId| !member.refused.contains(*txn) && !member.waiting.contains(*txn);
    let mut last = 0;
    for txn in member.asked.iter().filter(done) {
        let seq = *places.get(txn).with_context(|| format!("{txn} left the outbox and is not in the log"))?;
        if member.late.contains(txn) {
            continue;
        }
        ensure!(last < seq, "{txn} stands at {seq}, and what was asked for before it at {last}");
        last = seq;
    }
    ensure!(member.gaps == 0, "{} entries came that did not follow", member.gaps);
    for pair in member.seen.windows(2) {
        ensure!(pair[0].seq() + 1 == pair[1].seq(), "{} came after {}", pair[1].seq(), pair[0].seq());
    }
    for entry in &member.seen {
        let stored = usize::try_from(entry.seq() - 1).ok().and_then(|place| log.get(place));
        let stored = stored.with_context(|| format!("{} was seen and is not in the log", entry.seq()))?;
        if let LogEntry::Event(event) = entry {
            ensure!(kernel(event) == kernel(stored), "{event:?} was seen, and the log holds {stored:?}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use deskside_proto::{EventBody, Millis, Visibility};

    use super::*;

    const ME: ParticipantId = ParticipantId([1; 16]);

    fn txn(number: u8) -> TxnId {
        TxnId::new(Millis(i64::from(number)), [number; 16])
    }

    fn event(seq: Seq, number: u8) -> Event {
        Event {
            seq,
            id: EventId([number; 16]),
            sender: Some(ME),
            txn_id: Some(txn(number)),
            at: Millis(0),
            visibility: Visibility::All,
            body: EventBody::MessageDeleted { target: 1 },
        }
    }

    fn books(asked: &[u8], seen: &[Event]) -> Books {
        let entries = seen.iter().cloned().map(LogEntry::Event).collect();
        Books { asked: asked.iter().map(|number| txn(*number)).collect(), seen: entries, ..Books::default() }
    }

    #[test]
    fn what_holds_passes_and_what_does_not_is_named() {
        let log = [event(1, 1), event(2, 2)];
        let good = books(&[1, 2], &log);
        assert!(check(&log, std::slice::from_ref(&good)).is_ok());
        let acknowledged = |place| Books { acknowledged: [(txn(1), place)].into(), ..good.clone() };
        assert!(check(&log, &[acknowledged(1)]).is_ok());
        let refused = Books { refused: [txn(2)].into(), ..good.clone() };
        let waiting = Books { waiting: [txn(3)].into(), ..books(&[1, 2, 3], &log) };
        assert!(check(&log, &[waiting]).is_ok());
        let late = Books { late: [txn(2)].into(), ..books(&[2, 1], &log) };
        assert!(check(&log, &[late]).is_ok());
        for (log, member, said) in [
            (vec![event(1, 1), event(3, 2)], good.clone(), "where 2 belongs"),
            (vec![event(1, 1), event(2, 1)], good.clone(), "stands at 1 and at 2"),
            (log.to_vec(), books(&[1], &log), "nobody asked"),
            (log.to_vec(), acknowledged(2), "was acknowledged at 2"),
            (log.to_vec(), refused, "was refused"),
            (log.to_vec(), books(&[2, 1], &log), "asked for before"),
            (log.to_vec(), books(&[1, 2, 3], &log), "left the outbox"),
            (log.to_vec(), Books { gaps: 1, ..good.clone() }, "did not follow"),
            (log.to_vec(), books(&[1, 2], &[event(2, 2), event(1, 1)]), "came after"),
            (log.to_vec(), books(&[1, 2], &[event(1, 2)]), "the log holds"),
            (log.to_vec(), books(&[1, 2], &[event(2, 2), event(3, 3)]), "is not in the log"),
        ] {
            let error = format!("{:#}", check(&log, &[member]).unwrap_err());
            assert!(error.contains(said), "{said}: {error}");
        }
    }
}
