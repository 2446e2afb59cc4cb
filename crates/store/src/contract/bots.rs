//! Bots (rows C01–C08).

use deskside_proto::{
    BotId, ErrorCode, FLOW_FORMAT, Flow, FlowStep, OrgId, SecretId, StepKind, UserId,
    api::{AuditAction, BotLimits, BotSettings, BotVersion},
    limits::BOTS_MAX,
};

use super::world::{NOW, World};
use crate::{
    AuditFilter, BotChange,
    BotWish::{self, Create, Delete, Publish, SaveDraft, Update, Withdraw},
    SealedSecret, Store,
};

fn flow(text: &str) -> Flow {
    let kind = StepKind::Message { text: text.to_owned(), next: None };
    let step = FlowStep { id: "hello".to_owned(), name: "Größe \"<b>\"".to_owned(), kind };
    Flow { format: FLOW_FORMAT, steps: vec![step] }
}

fn create(name: &str) -> BotWish {
    Create { name: name.to_owned(), settings: BotSettings::default() }
}

impl<S: Store> World<S> {
    async fn wish(&self, by: UserId, org: OrgId, bot: BotId, wish: BotWish) -> Result<(), ErrorCode> {
        self.store.change_bot(BotChange { org, bot, by, at: NOW, wish }).await.unwrap()
    }

    async fn by_admin(&self, bot: BotId, wish: BotWish) -> Result<(), ErrorCode> {
        self.wish(self.admin, self.org, bot, wish).await
    }

    async fn make_bot(&self, name: &str) -> BotId {
        let bot = BotId(self.id());
        assert_eq!(self.by_admin(bot, create(name)).await, Ok(()));
        bot
    }

    fn sealed_secret(&self, bot: BotId, text: &str) -> SealedSecret {
        SealedSecret { org: self.org, bot, id: SecretId(self.id()), sealed: text.as_bytes().to_vec() }
    }
}

pub async fn only_who_manages_an_organisation_has_its_bots(store: impl Store) {
    let world = World::new(store).await;
    let bot = world.make_bot("Greeter").await;
    assert_eq!(world.by_admin(bot, SaveDraft { flow: flow("a"), revision: 0 }).await, Ok(()));
    assert_eq!(world.by_admin(bot, Publish { revision: 1 }).await, Ok(()));
    let (org, store) = (world.org, &world.store);
    for user in [world.super_admin, world.admin] {
        assert_eq!(store.bots(user, org).await.unwrap().unwrap().len(), 1);
        assert_eq!(store.bot(user, org, bot).await.unwrap().unwrap().draft, flow("a"));
        assert_eq!(store.bot_version(user, org, bot, 1).await.unwrap(), Ok(flow("a")));
    }
    for (user, refused) in [
        (world.technician, ErrorCode::Forbidden),
        (world.own, ErrorCode::Forbidden),
        (world.foreigner, ErrorCode::NotFound),
        (world.nobody, ErrorCode::NotFound),
    ] {
        assert_eq!(store.bots(user, org).await.unwrap(), Err(refused));
        assert_eq!(store.bot(user, org, bot).await.unwrap(), Err(refused));
        assert_eq!(store.bot_version(user, org, bot, 1).await.unwrap(), Err(refused));
        let secret = world.sealed_secret(bot, "x");
        assert_eq!(store.add_bot_secret(user, secret, NOW).await.unwrap(), Err(refused));
        let update = Update { name: "Mine".to_owned(), settings: BotSettings::default() };
        for wish in
            [update, SaveDraft { flow: flow("b"), revision: 1 }, Publish { revision: 1 }, Withdraw, Delete]
        {
            assert_eq!(world.wish(user, org, bot, wish.clone()).await, Err(refused), "{wish:?}");
        }
        assert_eq!(world.wish(user, org, BotId(world.id()), create("New")).await, Err(refused));
    }
    // Another organisation's admin names it as one of theirs.
    let (theirs, by) = (world.foreign_org, world.foreigner);
    assert_eq!(store.bot(by, theirs, bot).await.unwrap(), Err(ErrorCode::NotFound));
    assert_eq!(store.bot_version(by, theirs, bot, 1).await.unwrap(), Err(ErrorCode::NotFound));
    for wish in [SaveDraft { flow: flow("b"), revision: 1 }, Publish { revision: 1 }, Withdraw, Delete] {
        assert_eq!(world.wish(by, theirs, bot, wish.clone()).await, Err(ErrorCode::NotFound), "{wish:?}");
    }
    let secret = SealedSecret { org: theirs, ..world.sealed_secret(bot, "x") };
    assert_eq!(store.add_bot_secret(by, secret, NOW).await.unwrap(), Err(ErrorCode::NotFound));
    assert_eq!(store.bot(world.admin, org, bot).await.unwrap().unwrap().secrets, []);
}

pub async fn names_are_unique_in_any_case_and_bots_are_limited(store: impl Store) {
    let world = World::new(store).await;
    let first = world.make_bot("Ärger").await;
    assert_eq!(world.by_admin(BotId(world.id()), create("äRGER")).await, Err(ErrorCode::BotNameTaken));
    let other = world.make_bot("Bob").await;
    let rename = |name: &str| Update { name: name.to_owned(), settings: BotSettings::default() };
    assert_eq!(world.by_admin(other, rename("ärger")).await, Err(ErrorCode::BotNameTaken));
    assert_eq!(world.by_admin(first, rename("ÄRGER")).await, Ok(()), "its own");
    let foreign = world.wish(world.foreigner, world.foreign_org, BotId(world.id()), create("Bob")).await;
    assert_eq!(foreign, Ok(()));
    for n in 2..BOTS_MAX {
        world.make_bot(&format!("Bot {n}")).await;
    }
    assert_eq!(world.by_admin(BotId(world.id()), create("More")).await, Err(ErrorCode::TooManyBots));
    assert_eq!(world.by_admin(other, Delete).await, Ok(()));
    assert_eq!(world.by_admin(other, rename("Bob")).await, Err(ErrorCode::NotFound));
    world.make_bot("More").await;
    let names = world.store.bots(world.admin, world.org).await.unwrap().unwrap();
    let names: Vec<_> = names.into_iter().take(2).map(|bot| bot.name).collect();
    assert_eq!(names, ["Bot 10", "Bot 11"], "by name");
}

pub async fn a_draft_is_saved_over_the_revision_it_was_made_of(store: impl Store) {
    let world = World::new(store).await;
    let bot = world.make_bot("Greeter").await;
    let draft = async || world.store.bot(world.admin, world.org, bot).await.unwrap().unwrap();
    let empty = draft().await;
    assert_eq!((empty.draft, empty.bot.revision, empty.bot.steps), (Flow::default(), 0, 0));
    assert_eq!(world.by_admin(bot, SaveDraft { flow: flow("one"), revision: 0 }).await, Ok(()));
    let late = SaveDraft { flow: flow("two"), revision: 0 };
    assert_eq!(world.by_admin(bot, late).await, Err(ErrorCode::DraftChanged));
    assert_eq!(world.by_admin(bot, Publish { revision: 0 }).await, Err(ErrorCode::DraftChanged));
    let saved = draft().await;
    assert_eq!((saved.draft, saved.bot.revision, saved.bot.steps), (flow("one"), 1, 1));
    let settings = BotSettings {
        limits: BotLimits { max_files: Some(3), ..BotLimits::default() },
        email: Some("files@acme.test".to_owned()),
    };
    let update = Update { name: "Called otherwise".to_owned(), settings: settings.clone() };
    assert_eq!(world.by_admin(bot, update).await, Ok(()));
    let changed = draft().await.bot;
    assert_eq!(
        (changed.name.as_str(), changed.settings, changed.revision),
        ("Called otherwise", settings, 1)
    );
}

pub async fn what_is_published_stays_as_it_was(store: impl Store) {
    let world = World::new(store).await;
    let bot = world.make_bot("Greeter").await;
    let now = async || world.store.bot(world.admin, world.org, bot).await.unwrap().unwrap();
    assert_eq!(now().await.bot.published, None);
    for (revision, text) in [(0, "one"), (1, "two")] {
        assert_eq!(world.by_admin(bot, SaveDraft { flow: flow(text), revision }).await, Ok(()));
        assert_eq!(world.by_admin(bot, Publish { revision: revision + 1 }).await, Ok(()));
    }
    assert_eq!(world.by_admin(bot, SaveDraft { flow: flow("three"), revision: 2 }).await, Ok(()));
    let version = |version| BotVersion { version, at: NOW, by: "admin@acme.test".to_owned() };
    let found = now().await;
    let published = found.bot.published.unwrap();
    assert_eq!((published.version.version, published.revision), (2, 2));
    let numbers: Vec<_> = found.versions.iter().map(|version| (version.version, version.at)).collect();
    assert_eq!(numbers, [(2, NOW), (1, NOW)], "newest first: {:?}", version(2));
    for (number, expected) in [
        (1, Ok(flow("one"))),
        (2, Ok(flow("two"))),
        (3, Err(ErrorCode::NotFound)),
        (0, Err(ErrorCode::NotFound)),
    ] {
        assert_eq!(world.store.bot_version(world.admin, world.org, bot, number).await.unwrap(), expected);
    }
    assert_eq!(world.by_admin(bot, Withdraw).await, Ok(()));
    assert_eq!(world.by_admin(bot, Withdraw).await, Ok(()), "again");
    let found = now().await;
    assert_eq!((found.bot.published, found.versions.len()), (None, 2));
    assert_eq!(world.by_admin(bot, Publish { revision: 3 }).await, Ok(()));
    assert_eq!(now().await.bot.published.map(|published| published.version.version), Some(3));
}

pub async fn secrets_are_their_bots(store: impl Store) {
    let world = World::new(store).await;
    let (bot, other) = (world.make_bot("A").await, world.make_bot("B").await);
    let (first, second, theirs) = (
        world.sealed_secret(bot, "1\0\u{ff}"),
        world.sealed_secret(bot, "2"),
        world.sealed_secret(other, "3"),
    );
    for secret in [&first, &second, &theirs] {
        let kept = world.store.add_bot_secret(world.admin, secret.clone(), NOW).await.unwrap();
        assert_eq!(kept, Ok(()));
    }
    let unknown = world.sealed_secret(BotId(world.id()), "4");
    let refused = world.store.add_bot_secret(world.admin, unknown, NOW).await.unwrap();
    assert_eq!(refused, Err(ErrorCode::NotFound));
    let listed = world.store.bot(world.admin, world.org, bot).await.unwrap().unwrap().secrets;
    assert_eq!(listed, [first.id, second.id]);
    assert_eq!(world.store.bot_secret(bot, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(world.store.bot_secret(bot, theirs.id).await.unwrap(), None, "another bot's");
    assert_eq!(world.store.bot_secrets(None, 2).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(world.store.bot_secrets(Some(second.id), 2).await.unwrap(), std::slice::from_ref(&theirs));
    assert_eq!(world.by_admin(other, Delete).await, Ok(()));
    let again = SealedSecret { sealed: b"new".to_vec(), ..first.clone() };
    let gone = SealedSecret { sealed: b"new".to_vec(), ..theirs.clone() };
    world.store.reseal_bot_secrets(vec![again.clone(), gone]).await.unwrap();
    assert_eq!(world.store.bot_secrets(None, 9).await.unwrap(), [again, second]);
}

pub async fn what_is_done_with_bots_is_noted(store: impl Store) {
    let world = World::new(store).await;
    let bot = world.make_bot("Greeter").await;
    let rename = Update { name: "Guide".to_owned(), settings: BotSettings::default() };
    let mut deleted = false;
    for wish in [
        SaveDraft { flow: flow("a"), revision: 0 },
        Publish { revision: 1 },
        rename,
        Withdraw,
        Delete,
        Delete,
    ] {
        let expected = if deleted && wish == Delete { Err(ErrorCode::NotFound) } else { Ok(()) };
        deleted |= wish == Delete;
        assert_eq!(world.by_admin(bot, wish).await, expected);
    }
    let log =
        world.store.audit_log(world.admin, world.org, AuditFilter::default(), 10).await.unwrap().unwrap();
    let log: Vec<_> = log.into_iter().rev().map(|item| (item.action, item.subject, item.actor_id)).collect();
    let by = |action, subject: &str| (action, subject.to_owned(), Some(world.admin));
    assert_eq!(
        log,
        [
            by(AuditAction::BotCreated, "Greeter"),
            by(AuditAction::BotPublished, "Greeter"),
            by(AuditAction::BotChanged, "Guide"),
            by(AuditAction::BotWithdrawn, "Guide"),
            by(AuditAction::BotDeleted, "Guide"),
        ]
    );
}
