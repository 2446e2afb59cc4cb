//! Our session socket (docs/PROTOCOL.md): `hello`, `welcome`, `log`, `send`, `ack`, `ping`. Frames are read by the few fields
//! that matter here, so that a later version of the wire is still understood.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use deskside_proto::{Millis, PROTOCOL_VERSION, TxnId};
use serde::Deserialize;

use super::{Client, Findings, Heard};
use crate::link::Link;
use crate::stamp::Stamp;

/// Commands on their way at the same time.
const IN_FLIGHT: usize = 48;

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow, default)]
    entries: Vec<Entry<'a>>,
    txn_id: Option<&'a str>,
    head: Option<u64>,
    code: Option<String>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    event: Option<Event<'a>>,
    withheld: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    seq: u64,
}

#[derive(Deserialize)]
struct Event<'a> {
    seq: u64,
    txn_id: Option<&'a str>,
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    text: Option<String>,
}

/// Somebody's place in a session.
pub struct Member {
    portal: SocketAddr,
    from: IpAddr,
    url: String,
    token: String,
    /// Last place of the log that was heard.
    seq: u64,
    /// The newest place at the last `welcome`; absent until it came.
    head: Option<u64>,
    /// Sent and not answered, oldest first.
    pending: VecDeque<(String, String)>,
    nonce: u32,
    findings: Findings,
    connected_before: bool,
}

impl Member {
    /// `from` is the address its connections come from; `seq` the last place it has already.
    #[must_use]
    pub fn new(portal: SocketAddr, from: IpAddr, session: &str, token: &str, seq: u64) -> Self {
        Self {
            portal,
            from,
            url: format!("ws://{portal}/api/v1/sessions/{session}/socket"),
            token: token.to_owned(),
            seq,
            head: None,
            pending: VecDeque::new(),
            nonce: 0,
            findings: Findings::default(),
            connected_before: false,
        }
    }

    fn place(&mut self, seq: u64) {
        match seq.checked_sub(self.seq + 1) {
            Some(0) => {}
            Some(_) => self.findings.gaps += 1,
            None => self.findings.repeats += 1,
        }
        self.seq = self.seq.max(seq);
    }

    fn answered(&mut self, txn_id: &str) {
        // Nearly always the oldest one.
        if let Some(at) = self.pending.iter().position(|(id, _)| id == txn_id) {
            self.pending.remove(at);
        }
    }
}

#[async_trait]
impl Client for Member {
    async fn connect(&mut self, heard: &mut Heard) -> Result<Link> {
        self.findings.reconnects += u64::from(self.connected_before);
        self.connected_before = true;
        self.head = None;
        let mut link = Link::web(self.portal, self.from, &self.url, Some(&self.token)).await?;
        let hello =
            format!(r#"{{"type":"hello","protocol":{PROTOCOL_VERSION},"resume_after":{}}}"#, self.seq);
        link.send(hello).await?;
        while self.head.is_none_or(|head| self.seq < head) {
            let text = link.next().await?;
            self.hear(&text, heard)?;
        }
        Ok(link)
    }

    fn say(&mut self, body: &str) -> String {
        let txn = fresh_txn().to_string();
        let frame = format!(
            r#"{{"type":"send","txn_id":"{txn}","command":{{"type":"post_message","text":"{body}"}}}}"#
        );
        self.pending.push_back((txn, frame.clone()));
        frame
    }

    fn hear(&mut self, text: &str, heard: &mut Heard) -> Result<()> {
        let frame: Frame<'_> = serde_json::from_str(text).with_context(|| format!("a frame {text}"))?;
        match frame.kind {
            "log" => {
                for Entry { event, withheld } in frame.entries {
                    match (event, withheld) {
                        (Some(event), _) => {
                            self.place(event.seq);
                            if let Some(txn_id) = event.txn_id {
                                self.answered(txn_id);
                            }
                            heard.stamps.extend(event.body.text.as_deref().and_then(Stamp::read));
                        }
                        (None, Some(withheld)) => self.place(withheld.seq),
                        (None, None) => bail!("an entry that is neither: {text}"),
                    }
                }
            }
            "welcome" => self.head = frame.head,
            "ack" => self.answered(frame.txn_id.unwrap_or_default()),
            "rejected" => {
                self.findings.refused += 1;
                self.answered(frame.txn_id.unwrap_or_default());
            }
            "error" => bail!("the portal says {}", frame.code.unwrap_or_default()),
            _ => {}
        }
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// The portal reads no further while 64 commands of a connection wait: nobody should block on a full pipe meanwhile.
    fn may_say(&self) -> bool {
        self.pending.len() < IN_FLIGHT
    }

    fn keep_alive(&mut self) -> Option<String> {
        self.nonce = self.nonce.wrapping_add(1);
        Some(format!(r#"{{"type":"ping","nonce":{}}}"#, self.nonce))
    }

    fn unanswered(&self) -> Option<Vec<String>> {
        Some(self.pending.iter().map(|(_, frame)| frame.clone()).collect())
    }

    fn mark(&self) -> u64 {
        self.seq
    }

    fn rewind(&mut self, mark: u64) {
        self.seq = mark;
    }

    fn findings(&self) -> Findings {
        self.findings
    }
}

/// Differs within a run by its number and between runs by the time: a portal never takes it for a repetition.
fn fresh_txn() -> TxnId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 16];
    // The bytes that version and variant of the id leave alone.
    random[9..].copy_from_slice(&number.to_be_bytes()[1..]);
    TxnId::new(Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)), random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(seq: u64) -> Member {
        Member::new(([127, 0, 0, 1], 1).into(), [127, 0, 0, 1].into(), "s", "t", seq)
    }

    fn log(seqs: &[u64]) -> String {
        let stamp = |seq: u64| Stamp { scheduled: 1, actual: 2, room: 3, index: seq }.body();
        let entries: Vec<_> = seqs
            .iter()
            .map(|seq| {
                serde_json::json!({ "event": { "seq": seq, "at": 1, "new_field": [1],
                    "body": { "type": "message_posted", "text": stamp(*seq) } } })
            })
            .collect();
        serde_json::json!({ "type": "log", "entries": entries, "later": true }).to_string()
    }

    #[test]
    fn gaps_and_repeats_are_noticed() {
        for (seqs, gaps, repeats) in
            [(&[5, 6, 7][..], 0, 0), (&[5, 7], 1, 0), (&[5, 5], 0, 1), (&[5, 6, 4, 7], 0, 1)]
        {
            let (mut member, mut heard) = (member(4), Heard::default());
            member.hear(&log(seqs), &mut heard).unwrap();
            assert_eq!((member.findings.gaps, member.findings.repeats), (gaps, repeats), "{seqs:?}");
            assert_eq!(heard.stamps.len(), seqs.len());
        }
    }

    #[test]
    fn what_is_not_answered_is_kept_for_the_next_connection() {
        let mut member = member(0);
        let frames = [member.say("a"), member.say("b"), member.say("c")];
        let txn = |frame: &str| frame.split('"').nth(7).unwrap().to_owned();
        member
            .hear(
                &format!(r#"{{"type":"ack","txn_id":"{}","seq":1,"at":2}}"#, txn(&frames[0])),
                &mut Heard::default(),
            )
            .unwrap();
        assert_eq!(member.unanswered(), Some(vec![frames[1].clone(), frames[2].clone()]));
        let refusal =
            format!(r#"{{"type":"rejected","txn_id":"{}","code":"x","message":"y"}}"#, txn(&frames[2]));
        member.hear(&refusal, &mut Heard::default()).unwrap();
        assert_eq!((member.waiting(), member.findings.refused), (1, 1));
    }

    #[test]
    fn kinds_of_later_versions_are_passed_over() {
        let mut member = member(4);
        for text in [
            r#"{"type":"receipts","marks":[]}"#,
            r#"{"type":"log","entries":[{"withheld":{"seq":5}}]}"#,
            r#"{"type":"log","entries":[{"event":{"seq":6,"body":{"type":"reacted","emoji":"x"}}}]}"#,
        ] {
            member.hear(text, &mut Heard::default()).unwrap();
        }
        assert_eq!((member.seq, member.findings()), (6, Findings::default()));
        assert!(member.hear(r#"{"type":"error","code":"slow_consumer"}"#, &mut Heard::default()).is_err());
    }
}
