//! Who one is at a portal: signed in, or a guest of single sessions. Tokens go into the vault and stay on this side.

use deskside_proto::{
    ErrorCode, SessionId,
    api::{
        ClientKind, JoinLookup, JoinPreview, JoinRequest, JoinResponse, Me, SetUpRequest, SignInRequest,
        SignInResponse,
    },
};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ClientError, Tls,
    journal::{Journal, Place},
    links,
    operations::routes,
    portal::{Call, PortalClient, Token},
    vault::Vault,
};

/// The account name of the signed-in person in the vault; one per portal.
const USER: &str = "user";
/// What the account name of a guest begins with; the session follows.
pub(crate) const GUEST: &str = "guest:";

/// What a person types to create a portal's first organisation.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct SetUpForm {
    pub token: String,
    pub org_name: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// A portal, and what proves who one is there; good for one session or for everything of a signed-in person.
#[derive(Debug, Clone)]
pub struct Access {
    pub portal: PortalClient,
    pub(crate) token: Option<Token>,
    pub(crate) account: String,
}

impl Access {
    /// Access with a token that the caller got by itself; `account` names the owner of outbox and drafts.
    #[must_use]
    pub fn new(portal: PortalClient, token: String, account: &str) -> Self {
        Self { portal, token: Some(Token::new(token)), account: account.to_owned() }
    }

    /// Where this account's rows of `session` are in the journal.
    #[must_use]
    pub fn place(&self, session: SessionId) -> Place {
        Place { portal: self.portal.origin(), account: self.account.clone(), session }
    }

    /// Calls an operation by its name.
    ///
    /// # Errors
    /// As [`PortalClient::call`].
    pub async fn call(&self, operation: &str, call: &Call) -> Result<serde_json::Value, ClientError> {
        self.portal.call(self.token.as_ref(), operation, call).await
    }

    /// Whether there is anything to prove who one is.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn token(&self) -> Result<&Token, ClientError> {
        self.token.as_ref().ok_or(ClientError::SignedOut)
    }
}

/// Accounts and guest places of one data folder.
#[derive(Clone)]
pub struct Accounts {
    journal: Journal,
    vault: Vault,
    tls: Tls,
}

impl Accounts {
    #[must_use]
    pub fn new(journal: Journal, vault: Vault, tls: Tls) -> Self {
        Self { journal, vault, tls }
    }

    /// A client of the portal at `address`.
    ///
    /// # Errors
    /// As [`PortalClient::new`].
    pub fn portal(&self, address: &str) -> Result<PortalClient, ClientError> {
        PortalClient::new(address, &self.tls)
    }

    /// The portal that was chosen last.
    ///
    /// # Errors
    /// [`ClientError::NoPortal`].
    pub async fn current_portal(&self) -> Result<PortalClient, ClientError> {
        let address = self.journal.portal().await?.ok_or(ClientError::NoPortal)?;
        self.portal(&address)
    }

    /// # Errors
    /// The portal's `wrong_credentials`, or why it could not be asked.
    pub async fn sign_in(
        &self,
        portal: &PortalClient,
        email: String,
        password: String,
    ) -> Result<Me, ClientError> {
        let request = SignInRequest { email, password, client: ClientKind::Desktop };
        self.signed_in(portal, post(portal, routes::SIGN_IN, None, &request).await?).await
    }

    /// # Errors
    /// The portal's `set_up_closed`, or why it could not be asked.
    pub async fn set_up(&self, portal: &PortalClient, form: SetUpForm) -> Result<Me, ClientError> {
        let SetUpForm { token, org_name, name, email, password } = form;
        let request = SetUpRequest { token, org_name, name, email, password, client: ClientKind::Desktop };
        self.signed_in(portal, post(portal, routes::SET_UP, None, &request).await?).await
    }

    async fn signed_in(&self, portal: &PortalClient, answer: SignInResponse) -> Result<Me, ClientError> {
        let token = answer.token.map(Token::new).ok_or(ClientError::StrangeAnswer)?;
        let origin = portal.origin();
        self.vault.keep(&origin, USER, &token).await?;
        self.journal.set_user(&origin, Some(&answer.me.user.id.to_string())).await?;
        Ok(answer.me)
    }

    /// Ends the sign-in: here in any case, at the portal where it can be reached.
    ///
    /// # Errors
    /// [`ClientError::Vault`] where the token may still be on this computer.
    pub async fn sign_out(&self, portal: &PortalClient) -> Result<(), ClientError> {
        let origin = portal.origin();
        if let Ok(Some(token)) = self.vault.token(&origin, USER).await {
            let told: Result<serde_json::Value, _> =
                post(portal, routes::SIGN_OUT, Some(&token), &serde_json::json!({})).await;
            if let Err(error) = told {
                tracing::warn!("signed out on this computer only: {error}");
            }
        }
        self.vault.forget(&origin, USER).await?;
        self.journal.set_user(&origin, None).await
    }

    /// What an invitation leads to, without using it; with the portal that knows it.
    ///
    /// # Errors
    /// [`ClientError::BadLink`], the portal's `join_code_invalid`, or why it could not be asked.
    pub async fn look_up(&self, invitation: &str) -> Result<(PortalClient, JoinPreview), ClientError> {
        let invitation = links::parse(invitation)?;
        let lookup = JoinLookup { secret: invitation.secret };
        let mut last = ClientError::NoPortal;
        for portal in self.portals(invitation.portals).await? {
            match post(&portal, routes::LOOK_UP_JOIN, None, &lookup).await {
                Ok(preview) => return Ok((portal, preview)),
                Err(error @ (ClientError::Unreachable(_) | ClientError::StrangeAnswer)) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn portals(&self, addresses: Vec<String>) -> Result<Vec<PortalClient>, ClientError> {
        if addresses.is_empty() {
            return Ok(vec![self.current_portal().await?]);
        }
        addresses.iter().map(|address| self.portal(address)).collect()
    }

    /// Comes in as a customer; the place is kept for a restart.
    ///
    /// # Errors
    /// As [`Accounts::look_up`].
    pub async fn join(&self, invitation: &str, name: String) -> Result<JoinResponse, ClientError> {
        let (portal, _) = self.look_up(invitation).await?;
        let secret = links::parse(invitation)?.secret;
        let request = JoinRequest { secret, name, client: ClientKind::Desktop };
        let mut answer: JoinResponse = post(&portal, routes::JOIN, None, &request).await?;
        let token = answer.token.take().map(Token::new).ok_or(ClientError::StrangeAnswer)?;
        let (origin, session) = (portal.origin(), answer.session.id);
        self.vault.keep(&origin, &guest(session), &token).await?;
        self.journal.add_guest(session, &origin, crate::now()).await?;
        if self.journal.portal().await?.is_none() {
            self.journal.set_portal(&origin).await?;
        }
        Ok(answer)
    }

    /// Access to one session: as the guest one is there, and otherwise as the person who is signed in.
    ///
    /// # Errors
    /// [`ClientError::SignedOut`], [`ClientError::NoPortal`].
    pub async fn access(&self, session: SessionId) -> Result<Access, ClientError> {
        if let Some(origin) = self.journal.guest_portal(session).await? {
            let account = guest(session);
            if let Some(token) = self.vault.token(&origin, &account).await? {
                return Ok(Access { portal: self.portal(&origin)?, token: Some(token), account });
            }
        }
        let access = self.person().await?;
        access.token().is_ok().then_some(access).ok_or(ClientError::SignedOut)
    }

    /// Access to the portal in use, signed in or not.
    ///
    /// # Errors
    /// [`ClientError::NoPortal`].
    pub async fn person(&self) -> Result<Access, ClientError> {
        let portal = self.current_portal().await?;
        let origin = portal.origin();
        let token = self.vault.token(&origin, USER).await?;
        let user = self.journal.user(&origin).await?;
        let account = user.map_or_else(|| "nobody".to_owned(), |id| format!("user:{id}"));
        Ok(Access { portal, token, account })
    }

    /// Guest sessions that can be gone back to, newest first. What the portal has closed is forgotten by [`Self::leave`].
    ///
    /// # Errors
    /// [`ClientError::Journal`].
    pub async fn guest_sessions(&self) -> Result<Vec<SessionId>, ClientError> {
        Ok(self.journal.guests().await?.into_iter().map(|(session, _)| session).collect())
    }

    /// Forgets a guest place whose token serves no more.
    ///
    /// # Errors
    /// [`ClientError::Vault`], [`ClientError::Journal`].
    pub async fn leave(&self, session: SessionId) -> Result<(), ClientError> {
        if let Some(origin) = self.journal.guest_portal(session).await? {
            self.vault.forget(&origin, &guest(session)).await?;
            self.journal.remove_guest(session).await?;
        }
        Ok(())
    }
}

/// Whether a guest place is over for good.
#[must_use]
pub fn ends_guest(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotSignedIn | ErrorCode::RemovedFromSession | ErrorCode::NotFound)
}

fn guest(session: SessionId) -> String {
    format!("{GUEST}{session}")
}

async fn post<A: DeserializeOwned>(
    portal: &PortalClient,
    path: &str,
    token: Option<&Token>,
    body: &(impl Serialize + Sync),
) -> Result<A, ClientError> {
    portal.json(Method::POST, path, token, Some(body)).await
}
