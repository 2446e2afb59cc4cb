//! Direct files as a session's driver hears of them, and signals through the portal (Z20 A10 A13).
mod harness;

use deskside_proto::{
    Attachment, AttachmentId, Consent, Digest32, DirectFile, DirectKind, EndpointId, EventBody,
    MessagePosted, Offer, RecipientState, ServerMessage, Signal, SignalBody,
};
use deskside_session::{Input, Intent};
use harness::{ME, OTHER, World};

const FILE: AttachmentId = AttachmentId([6; 16]);

fn offered(consent: Consent) -> EventBody {
    let file = Attachment {
        id: FILE,
        name: "disk.img".into(),
        size: 5_000_000_000_000,
        media_type: "application/octet-stream".into(),
        sha256: String::new(),
        thumbnail: None,
        direct: Some(DirectFile { kind: DirectKind::File, files: 1 }),
        capture: None,
    };
    EventBody::MessagePosted(MessagePosted {
        attachments: vec![file],
        offer: Some(Box::new(Offer { consent, accepted: vec![], pending: vec![ME] })),
        ..MessagePosted::default()
    })
}

fn signal(body: SignalBody) -> Signal {
    Signal { from: EndpointId([9; 16]), to: None, body }
}

/// Z20 A10 A13: offered, answered, received with its digest: each is told once, when the log has it.
#[test]
fn the_driver_is_told_of_each_change_of_a_direct_file() {
    let mut world = World::new(7);
    world.settle();
    world.hear(offered(Consent::Ask));
    world.settle();
    let target = world.portal.head();
    world.intent(Intent::Answer { target, attachments: vec![FILE], accept: true });
    let blake3 = Some(Digest32([5; 32]));
    world.settle();
    world.intent(Intent::Confirm { target, attachments: vec![FILE], blake3 });
    world.settle();
    world.post("nothing about files");
    world.settle();

    let told: Vec<_> = world.direct_files.iter().map(|files| files[0].file.yours).collect();
    assert_eq!(
        told,
        [RecipientState::Pending, RecipientState::Accepted, RecipientState::Received].map(Some),
        "an own word counts when the log has it, and what changes nothing is not told"
    );
    let file = &world.direct_files[0][0];
    assert_eq!((file.target, file.sender, file.own, file.file.file.id), (target, OTHER, false, FILE));
    let logged = world.portal.log.iter().any(
        |event| matches!(&event.body, EventBody::AttachmentsReceived { blake3: Some(digest), .. } if digest.0 == [5; 32]),
    );
    assert!(logged, "the digest goes into the log");
}

/// Z20: a message that is deleted takes its transfer away.
#[test]
fn a_deleted_message_has_no_direct_files() {
    let mut world = World::new(8);
    world.settle();
    world.hear(offered(Consent::Auto));
    world.settle();
    assert_eq!(world.direct_files.last().map(Vec::len), Some(1));
    let target = world.portal.head();
    world.hear(EventBody::MessageDeleted { target });
    world.settle();
    assert_eq!(world.direct_files.last().map(Vec::len), Some(0));
}

#[test]
fn signals_pass_both_ways_while_there_is_a_connection_and_are_not_kept_otherwise() {
    let mut world = World::new(9);
    world.settle();
    world.push_down(&ServerMessage::Signal { from: OTHER, signal: signal(SignalBody::Seek) });
    world.intent(Intent::Signal { to: OTHER, signal: signal(SignalBody::Bye) });
    world.settle();
    assert_eq!(world.signals, [(OTHER, signal(SignalBody::Seek))]);
    assert_eq!(world.portal.signals, [(OTHER, signal(SignalBody::Bye))]);

    world.cut();
    world.input(Input::Intent { intent: Intent::Signal { to: OTHER, signal: signal(SignalBody::Relay) } });
    world.settle();
    assert_eq!(world.portal.signals.len(), 1, "what was said without a connection is lost");
}
