//! Requests and answers over HTTP. Paths and methods stand in the OpenAPI file ([`crate::OPENAPI`]).

mod auth;
mod direct;
mod files;
mod join;
mod replies;
mod search;
mod session;

pub use auth::{
    ClientKind, Me, Membership, PortalInfo, SetUpRequest, SignInRequest, SignInResponse, UserView,
};
pub use direct::{CreateDirect, DirectCreated, IceServer, IceServers};
pub use files::{
    AuditAction, AuditItem, AuditPage, FilesEntry, FilesPage, FilesSession, TranscriptInfo, UploadCreated,
};
pub use join::{JoinKind, JoinLookup, JoinPreview, JoinRequest, JoinResponse};
pub use replies::{CannedReply, CannedReplyInput, CannedReplyList};
pub use search::{ExcerptPart, SearchHit, SearchPage};
pub use session::{
    CreateSession, CreatedSession, JoinInfo, SessionPage, SessionState, SessionView, UNREAD_MAX,
};
