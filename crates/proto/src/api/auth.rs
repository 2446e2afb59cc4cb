//! First run, sign-in, and who one is.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{OrgId, OrgRole, UserId};

/// What anybody may know about a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct PortalInfo {
    /// Always `deskside`: lets a client tell a portal from any other server.
    pub product: String,
    pub version: String,
    pub protocol: u32,
    /// No organisation yet: the set-up link of the portal's first start waits to be opened.
    pub needs_set_up: bool,
    /// Whether it can send e-mail: only then a forgotten password can be replaced by oneself.
    #[serde(default)]
    pub mail: bool,
}

/// Creates the portal's first organisation and its super admin; possible once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SetUpRequest {
    /// From the one-time set-up link.
    pub token: String,
    pub org_name: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub client: ClientKind,
}

/// How the caller keeps what it is given: a browser by an `HttpOnly` cookie, a desktop app by a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ClientKind {
    Browser,
    Desktop,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SignInRequest {
    pub email: String,
    pub password: String,
    pub client: ClientKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SignInResponse {
    pub me: Me,
    /// For `desktop` only; a browser gets a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
}

/// The signed-in person and the organisations they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Me {
    pub user: UserView,
    pub memberships: Vec<Membership>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Membership {
    pub org_id: OrgId,
    pub org_name: String,
    pub role: OrgRole,
}
