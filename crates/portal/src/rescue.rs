//! People from the command line: for a portal whose admins are locked out.

use anyhow::{anyhow, bail};
use clap::Subcommand;
use deskside_proto::{
    UserId,
    api::{PersonChange, PersonState},
    limits::PASSWORD_RESET_LIFE_MILLIS,
};
use deskside_store::{ChangeOfPerson, NewPasswordReset, Store};
use url::Url;

use crate::{
    Env,
    cli::{DataArgs, find_org, open_store, say},
    secret,
};

#[derive(Debug, Subcommand)]
pub(crate) enum RescueCommand {
    /// Who is in an organisation. Stop the portal before.
    List {
        /// Id or name of the organisation.
        #[arg(long)]
        org: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Deactivate a person: every sign-in ends. Stop the portal before.
    Deactivate {
        /// Id or name of the organisation.
        #[arg(long)]
        org: String,
        #[arg(long)]
        email: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print a link by which a person sets a new password, once and within an hour. Stop the portal before, and start it again.
    ResetPassword {
        /// Id or name of the organisation.
        #[arg(long)]
        org: String,
        #[arg(long)]
        email: String,
        /// How people reach the portal.
        #[arg(long, default_value = "http://127.0.0.1:7300")]
        public_url: Url,
        #[command(flatten)]
        data: DataArgs,
    },
}

pub(crate) async fn run(command: RescueCommand) -> anyhow::Result<()> {
    match command {
        RescueCommand::List { org, data } => list(&*open_store(&data).await?, &org).await,
        RescueCommand::Deactivate { org, email, data } => {
            deactivate(&*open_store(&data).await?, &org, &email).await
        }
        RescueCommand::ResetPassword { org, email, public_url, data } => {
            reset_password(&*open_store(&data).await?, &org, &email, &public_url).await
        }
    }
}

async fn list(store: &dyn Store, org: &str) -> anyhow::Result<()> {
    let org = find_org(store, org).await?;
    for person in store.all_people(org.id, Env::system().now()).await? {
        let state = if person.state == PersonState::Active { "active" } else { "deactivated" };
        // Names are people's own: nothing of them may act on a terminal.
        let name = deskside_timeline::transcript::escape::line(&person.user.name);
        let email = deskside_timeline::transcript::escape::line(&person.user.email);
        say(&format!("{state:11}  {:14}  {email}  {name}", person.role.as_str()))?;
    }
    Ok(())
}

async fn known(store: &dyn Store, email: &str) -> anyhow::Result<UserId> {
    let known = store.user_by_email(email).await?;
    Ok(known.ok_or_else(|| anyhow!("nobody has the address {email:?}"))?.id)
}

async fn deactivate(store: &dyn Store, org: &str, email: &str) -> anyhow::Result<()> {
    let (org, user) = (find_org(store, org).await?, known(store, email).await?);
    let change = PersonChange { state: Some(PersonState::Deactivated), ..PersonChange::default() };
    let change = ChangeOfPerson { org: org.id, user, by: None, change, at: Env::system().now() };
    match store.change_person(change).await? {
        Ok(_) => say(&format!("{email} is deactivated in {}", org.name))?,
        Err(code) => bail!("{}", code.sentence()),
    }
    Ok(())
}

async fn reset_password(store: &dyn Store, org: &str, email: &str, public_url: &Url) -> anyhow::Result<()> {
    let env = Env::system();
    let (org, user) = (find_org(store, org).await?, known(store, email).await?);
    let (at, token) = (env.now(), secret::token(&env));
    let expires_at = at.plus(PASSWORD_RESET_LIFE_MILLIS);
    let reset = NewPasswordReset { token: secret::hash(&token), org: org.id, user, by: None, at, expires_at };
    match store.make_password_reset(reset).await? {
        Ok(_) => say(&format!("{}/reset-password#{token}", public_url.as_str().trim_end_matches('/')))?,
        Err(code) => bail!("{}", code.sentence()),
    }
    Ok(())
}
