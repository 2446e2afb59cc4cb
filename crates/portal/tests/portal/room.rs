//! A session's log over real sockets.

use deskside_proto::{ClientMessage, Command, EventBody, LogEntry, ServerMessage};

use crate::harness::{TestApp, post};

fn texts(entries: &[LogEntry]) -> Vec<String> {
    let text = |entry: &LogEntry| match entry {
        LogEntry::Event(event) => match &event.body {
            EventBody::MessagePosted(message) => Some(message.text.clone()),
            _ => None,
        },
        LogEntry::Withheld { .. } => None,
    };
    entries.iter().filter_map(text).collect()
}

#[tokio::test]
async fn what_one_writes_all_read_in_one_order() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let mut technician = app.enter(session.id, &tess.token).await;
    let mut customer = app.enter(session.id, &token).await;
    let mut last = 0;
    for round in 0..10 {
        technician.say(app.txn(), &format!("t{round}")).await;
        last = customer.say(app.txn(), &format!("c{round}")).await;
    }
    let mut reader = app.connect(session.id, &tess.token).await;
    reader.hello(0).await;
    let log = reader.log_until(last).await;
    assert_eq!(log.iter().map(LogEntry::seq).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>(), "no gap");
    let expected: Vec<_> = (0..10).flat_map(|round| [format!("t{round}"), format!("c{round}")]).collect();
    assert_eq!(texts(&log), expected);
}

/// Reconnect = "everything after seq N": while others write, with pages, without a gap or a double.
#[tokio::test]
async fn resume_after_n_brings_exactly_the_rest() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, _) = app.join(&join, "Carl").await;
    let mut technician = app.enter(session.id, &tess.token).await;
    for round in 0..450 {
        let command = post(&round.to_string());
        technician.send(&ClientMessage::Send { txn_id: app.txn(), command }).await;
    }
    let writer = tokio::spawn(async move {
        let mut acks = 0;
        while acks < 450 {
            acks += technician.until(|m| matches!(m, ServerMessage::Ack { .. }).then_some(1)).await;
        }
        technician
    });
    let mut customer = app.connect(session.id, &token).await;
    customer.hello(7).await;
    let mut technician = writer.await.unwrap();
    let last = technician.say(app.txn(), "last").await;
    let log = customer.log_until(last).await;
    assert_eq!(log.iter().map(LogEntry::seq).collect::<Vec<_>>(), (8..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_command_sent_again_has_effect_once() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let txn = app.txn();
    let mut first = app.enter(session.id, &tess.token).await;
    let seq = first.say(txn, "once").await;
    assert_eq!(first.say(txn, "once").await, seq);
    let mut second = app.enter(session.id, &tess.token).await;
    assert_eq!(second.say(txn, "once").await, seq, "on another connection too");
    let last = second.say(app.txn(), "after").await;
    assert_eq!(last, seq + 1, "nothing was added");
}

#[tokio::test]
async fn presence_and_typing_reach_the_others() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, carl) = app.join(&join, "Carl").await;
    let mut technician = app.enter(session.id, &tess.token).await;
    let mut customer = app.enter(session.id, &token).await;
    let presence = |expected: bool| {
        move |message| match message {
            ServerMessage::Presence { participant_id, online } if online == expected => Some(participant_id),
            _ => None,
        }
    };
    assert_eq!(technician.until(presence(true)).await, carl.id);
    customer.send(&ClientMessage::Typing).await;
    let typing = |message| match message {
        ServerMessage::Typing { participant_id } => Some(participant_id),
        _ => None,
    };
    assert_eq!(technician.until(typing).await, carl.id);
    drop(customer);
    assert_eq!(technician.until(presence(false)).await, carl.id);
}

#[tokio::test]
async fn who_leaves_is_told_so_and_out() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, join) = app.session(&tess).await;
    let (token, carl) = app.join(&join, "Carl").await;
    let mut technician = app.enter(session.id, &tess.token).await;
    let mut customer = app.enter(session.id, &token).await;
    let seq = customer.command(app.txn(), Command::Leave).await.unwrap();
    while customer.next().await.is_some() {}
    assert_eq!(technician.event(seq).await.body, EventBody::ParticipantLeft { participant_id: carl.id });
    let authorization = format!("Bearer {token}");
    assert_eq!(app.try_connect(session.id, &[("authorization", &authorization)]).await.err(), Some(403));
}

#[tokio::test]
async fn empty_long_and_senseless_messages_are_refused_one_by_one() {
    let app = TestApp::start().await;
    let tess = app.technician().await;
    let (session, _) = app.session(&tess).await;
    let mut socket = app.enter(session.id, &tess.token).await;
    let unknown = deskside_proto::AttachmentId::new(app.now(), [7; 16]);
    let with = |attachments, reply_to| Command::PostMessage {
        text: "x".to_owned(),
        reply_to,
        attachments,
        mentions: vec![],
        private: false,
    };
    let cases = [
        (post("  \n "), "message_empty"),
        (post(&"x".repeat(20_001)), "message_too_long"),
        (with(vec![unknown; 101], None), "invalid_input"),
        (with(vec![unknown], None), "attachment_unknown"),
        (with(vec![], Some(0)), "invalid_input"),
        (with(vec![], Some(u64::MAX)), "invalid_input"),
    ];
    for (command, code) in cases {
        assert_eq!(socket.command(app.txn(), command).await, Err(code));
    }
    assert!(
        socket.command(app.txn(), post(&"😀".repeat(20_000))).await.is_ok(),
        "the longest message passes"
    );
}
