//! The people of an organisation, how they come to it, and the devices they are signed in on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{ClientKind, UserView};
use crate::{DeviceId, InvitationId, Millis, OrgRole, UserId};

/// A member, as those who manage the organisation see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Person {
    pub user: UserView,
    pub role: OrgRole,
    pub state: PersonState,
    pub since: Millis,
    /// When a device of theirs last asked for something; within a few minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub last_seen_at: Option<Millis>,
    pub devices: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PersonState {
    Active,
    /// Cannot come in; what they did stays theirs.
    Deactivated,
}

/// Somebody who was asked to come, and has not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub role: OrgRole,
    /// Who asked them.
    pub by: String,
    pub at: Millis,
    pub expires_at: Millis,
}

/// Everybody, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct PeopleList {
    pub people: Vec<Person>,
    pub invitations: Vec<Invitation>,
    /// Whether the portal can send e-mail.
    pub mail: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct InvitationInput {
    pub email: String,
    /// At most what the caller holds.
    pub role: OrgRole,
    /// Send it by e-mail as well; refused where the portal cannot.
    #[serde(default)]
    pub mail: bool,
}

/// A link that works once, told only now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SecretLink {
    pub link: String,
    pub expires_at: Millis,
    /// Whether it went out by e-mail too.
    pub mailed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct InvitationLookup {
    pub token: String,
}

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct InvitationPreview {
    pub org_name: String,
    pub email: String,
    pub role: OrgRole,
    pub expires_at: Millis,
    /// The address belongs to somebody who is here already: they give their password, and no name.
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct AcceptInvitation {
    pub token: String,
    /// Not asked of somebody who is here already.
    #[serde(default)]
    pub name: String,
    /// A new one, or the one of somebody who is here already.
    pub password: String,
    pub client: ClientKind,
}

/// Changes that are not given leave things as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct PersonChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<OrgRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub state: Option<PersonState>,
}

/// Asks for a link by e-mail. The answer is the same whether the address is known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ForgotPassword {
    pub email: String,
}

/// Ends every sign-in of that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ResetPassword {
    /// From the link.
    pub token: String,
    pub password: String,
}

/// Changes the own password; other devices are signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct ChangePassword {
    pub current: String,
    pub password: String,
}

/// Where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Device {
    pub id: DeviceId,
    pub user_id: UserId,
    pub user_name: String,
    pub client: ClientKind,
    /// What it says it is, cut and on one line: show it as text only.
    pub label: String,
    pub signed_in_at: Millis,
    pub last_seen_at: Millis,
    /// Where it last was seen, as an IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub address: Option<String>,
    /// The one that asks.
    pub current: bool,
}

/// Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DeviceList {
    pub devices: Vec<Device>,
}
