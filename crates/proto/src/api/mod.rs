//! Requests and answers over HTTP. Paths and methods stand in the OpenAPI file ([`crate::OPENAPI`]).

mod archive;
mod audit;
mod auth;
mod bots;
mod direct;
mod files;
mod join;
mod people;
mod replies;
mod search;
mod session;
mod vault;

pub use archive::{
    DayFrees, DayStatistics, FilesHas, FilesHit, FilesHitPlace, FilesPerson, FilesSearchPage, FilesSort,
    Hold, HoldInput, Outcome, Report, ReportInput, SessionVault, Statistics, StorageKind, StorageShare,
};
pub use audit::{AuditAction, AuditItem, AuditPage};
pub use auth::{
    ClientKind, Me, Membership, PortalInfo, SetUpRequest, SignInRequest, SignInResponse, UserView,
};
pub use bots::{
    BotDetail, BotInput, BotLimits, BotList, BotSecretCreated, BotSecretInput, BotSettings, BotVersion,
    BotView, DraftInput, DraftSaved, PublishInput, RehearseInput, Rehearsed, RehearsedEvent, RehearsedLine,
    RehearsedPlace, Tried, TriedFile, TryAction, TryProblem,
};
pub use direct::{CreateDirect, DirectCreated, IceServer, IceServers};
pub use files::{FilesEntry, FilesPage, FilesSession, TranscriptInfo, UploadCreated};
pub use join::{JoinKind, JoinLookup, JoinPreview, JoinRequest, JoinResponse};
pub use people::{
    AcceptInvitation, ChangePassword, Device, DeviceList, ForgotPassword, Invitation, InvitationInput,
    InvitationLookup, InvitationPreview, PeopleList, Person, PersonChange, PersonState, ResetPassword,
    SecretLink,
};
pub use replies::{CannedReply, CannedReplyInput, CannedReplyList};
pub use search::{ExcerptPart, SearchHit, SearchPage};
pub use session::{
    CreateSession, CreatedSession, JoinInfo, SessionPage, SessionState, SessionView, UNREAD_MAX,
};
pub use vault::{
    FileActivity, FileFate, FileRecipient, ManifestInfo, TranscriptFile, TranscriptFormat, TranscriptItem,
    TranscriptMessage, TranscriptPage, TranscriptPerson, TranscriptQuote, TranscriptReaction, TranscriptWhat,
    VaultFile, VaultKind,
};
