//! The sessions to keep an ear on.

use deskside_proto::{
    ParticipantRole, ParticipantState, SessionId, UserId,
    api::{Me, SessionPage, SessionView},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ClientError, account::Access, portal::Call};

/// Sessions that are kept open at once, the newest of all: more than a person works in, and each costs one connection.
pub const SESSIONS_MAX: usize = 50;

/// The open sessions in which the signed-in person is a technician, newest first, at most [`SESSIONS_MAX`].
///
/// # Errors
/// The portal's `not_signed_in`, or why it cannot be reached.
pub async fn sessions(access: &Access) -> Result<Vec<SessionId>, ClientError> {
    let me: Me = ask(access, "get_me", Call::default()).await?;
    let mut found = Vec::new();
    for membership in &me.memberships {
        let call = Call {
            path: [("org".to_owned(), membership.org_id.to_string())].into(),
            query: [
                ("state".to_owned(), Value::from("open")),
                ("limit".to_owned(), Value::from(SESSIONS_MAX)),
            ]
            .into(),
            body: None,
        };
        let page: SessionPage = ask(access, "list_sessions", call).await?;
        found.extend(page.sessions.into_iter().filter(|session| takes_part(session, me.user.id)));
    }
    found.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    found.truncate(SESSIONS_MAX);
    Ok(found.into_iter().map(|session| session.id).collect())
}

fn takes_part(session: &SessionView, user: UserId) -> bool {
    session.participants.iter().any(|person| {
        person.user_id == Some(user)
            && person.role == ParticipantRole::Technician
            && person.state == ParticipantState::Admitted
    })
}

async fn ask<A: DeserializeOwned>(access: &Access, operation: &str, call: Call) -> Result<A, ClientError> {
    let answer = access.call(operation, &call).await?;
    serde_json::from_value(answer).map_err(|_| ClientError::StrangeAnswer)
}
