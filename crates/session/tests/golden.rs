//! Golden forms of what crosses to a user interface, by Tauri's channel and by the wasm boundary alike.

use deskside_proto::{
    Attachment, AttachmentId, ErrorCode, Millis, Participant, ParticipantId, ParticipantRole,
    ParticipantState, ReadMark, RecipientState, TxnId,
};
use deskside_session::{
    Action, Alert, AlertKind, ConnectionState, Input, Intent, Output, PersistOp, QueuedMessage, RosterEntry,
    ViewUpdate,
};
use deskside_timeline::{
    AttachmentItem, ChangeKind, Delivery, FailedChange, ItemKind, MessageItem, Notice, Reaction,
    RecipientItem, Reply, Target, TimelineItem, TimelinePatch,
};

const TXN: TxnId = TxnId([3; 16]);

fn item(kind: ItemKind) -> TimelineItem {
    TimelineItem { key: "e7".into(), seq: Some(7), at: Millis(9), kind }
}

fn message(delivery: Delivery) -> ItemKind {
    ItemKind::Message(MessageItem {
        sender: Some(ParticipantId([2; 16])),
        sender_name: "Carl".into(),
        own: true,
        text: "Hello\n<b>".into(),
        private: false,
        mentions: vec![ParticipantId([1; 16])],
        reply: Some(Reply {
            seq: 3,
            quote: Some("Is it on?".into()),
            sender_name: "Tina".into(),
            deleted: false,
        }),
        attachments: vec![AttachmentItem {
            file: Attachment {
                id: AttachmentId([6; 16]),
                name: "a.pdf".into(),
                size: 5,
                media_type: "application/pdf".into(),
                sha256: "00".repeat(32),
                thumbnail: None,
                direct: None,
                capture: None,
            },
            withdrawn: None,
            yours: Some(RecipientState::Accepted),
            unconfirmed: true,
            recipients: vec![RecipientItem {
                id: ParticipantId([1; 16]),
                name: "Tina".into(),
                state: RecipientState::Received,
                blake3: None,
            }],
        }],
        reactions: vec![Reaction { emoji: "👍".into(), count: 2, own: true, names: vec!["Tina".into()] }],
        edited_at: Some(Millis(10)),
        edit_until: Some(Millis::FOREVER),
        delete_until: None,
        delivery,
        pending_change: Some(ChangeKind::React),
        failed_change: Some(FailedChange {
            txn_id: TXN,
            what: ChangeKind::Edit,
            code: ErrorCode::ChangeTooLate,
            message: ErrorCode::ChangeTooLate.sentence().into(),
        }),
    })
}

#[test]
fn timeline_patches() {
    let name = || "Carl".to_owned();
    let failed = Delivery::Failed {
        txn_id: TXN,
        code: ErrorCode::MessageTooLong,
        message: ErrorCode::MessageTooLong.sentence().into(),
    };
    insta::assert_json_snapshot!(vec![
        TimelinePatch::Reset { items: vec![] },
        TimelinePatch::Insert { index: 0, items: vec![item(message(Delivery::Sent))] },
        TimelinePatch::Update {
            index: 1,
            item: TimelineItem { seq: None, ..item(message(Delivery::Pending { txn_id: TXN })) }
        },
        TimelinePatch::Update { index: 1, item: item(message(failed)) },
        TimelinePatch::Insert {
            index: 2,
            items: vec![item(ItemKind::Deleted {
                sender_name: name(),
                own: false,
                deleted_by_name: "Tina".into(),
                deleted_by_own: false,
                deleted_at: Millis(9)
            })]
        },
        TimelinePatch::Insert {
            index: 3,
            items: vec![item(ItemKind::Notice { notice: Notice::Waiting { name: name() } })]
        },
        TimelinePatch::Insert {
            index: 3,
            items: vec![item(ItemKind::Notice { notice: Notice::Joined { name: name() } })]
        },
        TimelinePatch::Insert {
            index: 3,
            items: vec![item(ItemKind::Notice { notice: Notice::Left { name: name() } })]
        },
        TimelinePatch::Insert {
            index: 3,
            items: vec![item(ItemKind::Notice {
                notice: Notice::Removed { name: name(), by: "Tina".into() }
            })]
        },
        TimelinePatch::Insert {
            index: 3,
            items: vec![item(ItemKind::Notice { notice: Notice::Ended { by: "Tina".into() } })]
        },
        TimelinePatch::Insert { index: 3, items: vec![item(ItemKind::Notice { notice: Notice::EndedIdle })] },
        TimelinePatch::Insert { index: 4, items: vec![item(ItemKind::Unknown)] },
        TimelinePatch::Remove { index: 4 },
    ]);
}

#[test]
fn view_updates() {
    let participant = Participant {
        id: ParticipantId([2; 16]),
        name: "Carl".into(),
        role: ParticipantRole::Customer,
        state: ParticipantState::Admitted,
        user_id: None,
    };
    let code = ErrorCode::RemovedFromSession;
    insta::assert_json_snapshot!(vec![
        ViewUpdate::Roster {
            entries: vec![RosterEntry { participant, online: true, typing: false, own: true }]
        },
        ViewUpdate::Connection { state: ConnectionState::Connecting { attempt: 1 } },
        ViewUpdate::Connection { state: ConnectionState::Online { delay_millis: Some(12) } },
        ViewUpdate::Connection { state: ConnectionState::Waiting },
        ViewUpdate::Connection { state: ConnectionState::Offline { retry_at: Millis(5) } },
        ViewUpdate::Connection { state: ConnectionState::Ended },
        ViewUpdate::Connection { state: ConnectionState::Closed { code, message: code.sentence().into() } },
        ViewUpdate::Sealed { at: Millis(4) },
        ViewUpdate::Unsent { count: 3 },
        ViewUpdate::Read {
            marks: vec![ReadMark { participant_id: ParticipantId([2; 16]), seq: 3 }],
            own: 2,
            unread: 1
        },
        ViewUpdate::History { complete: false, loading: true, caught_up: true },
        ViewUpdate::Alerts {
            alerts: vec![Alert {
                seq: 3,
                at: Millis(4),
                kind: AlertKind::Message,
                sender_name: "Carl".into(),
                text: "Hi".into(),
                files: vec!["a.pdf".into()],
                private: false,
                mentions_you: true,
            }]
        },
    ]);
}

#[test]
fn steps_of_the_machine() {
    let message = QueuedMessage {
        txn_id: TXN,
        order: 1,
        at: Millis(2),
        action: Action::Edit { target: Target::Own(TXN), text: "Hi".into(), notify: true },
        refused: None,
    };
    insta::assert_json_snapshot!(vec![
        Output::Connect,
        Output::Transmit { text: "{}".into() },
        Output::Disconnect,
        Output::Persist { op: PersistOp::Put { message } },
        Output::Persist { op: PersistOp::Remove { txn_id: TXN } },
    ]);
    insta::assert_json_snapshot!(vec![
        Input::Start,
        Input::Connected,
        Input::Received { text: "{}".into() },
        Input::Disconnected,
        Input::Refused { code: ErrorCode::NotFound, message: ErrorCode::NotFound.sentence().into() },
        Input::Tick,
        Input::NotKept,
        Input::Intent {
            intent: Intent::Post {
                text: "Hi".into(),
                reply_to: Some(2),
                attachments: vec![],
                mentions: vec![],
                private: true
            }
        },
        Input::Intent { intent: Intent::Edit { target: Target::Seq(4), text: "Hi".into(), notify: true } },
        Input::Intent { intent: Intent::Delete { target: Target::Own(TXN) } },
        Input::Intent { intent: Intent::React { target: Target::Seq(4), emoji: "👍".into() } },
        Input::Intent { intent: Intent::Unreact { target: Target::Seq(4), emoji: "👍".into() } },
        Input::Intent { intent: Intent::Read { seq: 4 } },
        Input::Intent { intent: Intent::Older },
        Input::Intent { intent: Intent::Reach { seq: 4 } },
        Input::Intent { intent: Intent::Retry { txn_id: TXN } },
        Input::Intent { intent: Intent::Discard { txn_id: TXN } },
        Input::Intent { intent: Intent::Typing },
        Input::Intent { intent: Intent::Leave },
        Input::Intent { intent: Intent::Reconnect },
    ]);
}
