//! What the portal keeps, as one trait by use case: [`Store`].
//!
//! - [`types`]: records and requests, plain data.
//! - [`memory`]: a twin that keeps everything in memory, for tests and as the reference of what a backend must do.
//! - [`contract`]: the one suite that every backend passes.
//!
//! Invariants
//! - Every read on behalf of somebody takes who asks, and ownership is part of the query: what one may not see is
//!   `Ok(None)`, never filtered afterwards.
//! - "Not there" is `Ok(None)`; [`StoreError`] is for a store that does not work.
//! - Only [`Store::append`] adds to a session's log, and what must happen with an event happens in the same transaction
//!   ([`Effect`]).
//! - Secrets (tokens, codes, links) come in hashed; the store never sees one.

mod append;
pub mod archive;
pub mod audit;
pub mod backup;
pub mod bots;
pub mod captures;
pub mod change;
pub mod contract;
pub mod devices;
mod error;
pub mod memory;
pub mod offers;
pub mod passwords;
pub mod people;
pub mod replies;
pub mod retention;
pub mod run;
mod store;
pub mod types;
pub mod uploads;
pub mod vault;

pub use archive::{
    ArchiveStore, Documents, FilesPlace, FilesQuery, Folded, NewReport, RawDay, RawFrees, RawStatistics,
    ReportOutcome, ReportStanding, SeenSession, StatisticsQuery, StoredDocument,
};
pub use audit::{AuditEntry, AuditFilter, AuditStore};
pub use bots::{BotChange, BotDraft, BotRecord, BotStanding, BotStore, BotWish, PublishedFlow, SealedSecret};
pub use captures::{CaptureDeletion, CaptureStanding, CaptureStore};
pub use change::Changer;
pub use devices::{DeviceSeen, DeviceStore, DevicesOf, SignedInDevice};
pub use error::{AppendError, StoreError};
pub use offers::{OfferAnswer, OfferRules, OfferedKinds};
pub use passwords::{NewPassword, NewPasswordReset, PasswordProof, PasswordStore};
pub use people::{
    Acceptance, ChangeOfPerson, InvitationRecord, NewInvitation, Newcomer, PeopleStore, PersonStanding,
    Touched,
};
pub use replies::{ReplyChange, ReplyOutcome, ReplyStanding};
pub use retention::{Deletion, DeletionOutcome, DeletionStanding, Expiry, OfferedWhich};
pub use store::Store;
pub use types::*;
pub use uploads::{UploadLimits, UploadStanding};
pub use vault::{
    BlobStanding, ChainEntry, HoldChange, HoldOutcome, IdleSession, Ledger, ListedFile, NewManifest,
    TranscriptFile, VaultStore,
};
