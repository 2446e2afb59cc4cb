//! The people of most tests: a portal that is set up, its admin and a technician.

use anyhow::{Context as _, Result};
use deskside_proto::OrgId;

use crate::api::Api;
use crate::portal::{ORG, Person, Portal};
use crate::stage::Stage;

pub const TECHNICIAN: Person =
    Person { name: "Tina Technician", email: "tina@example.org", password: "a long enough secret" };
pub const CUSTOMER: &str = "Carl Customer";

/// A portal with one organisation, ready for work.
#[derive(Debug)]
pub struct House {
    pub portal: Portal,
    pub org: OrgId,
    pub admin: Api,
    pub technician: Api,
}

impl House {
    /// Over TLS.
    pub async fn open(stage: &Stage) -> Result<Self> {
        Self::furnish(stage, Portal::start(stage).await?).await
    }

    /// Without TLS, for tests of what lies above it.
    pub async fn open_plain(stage: &Stage) -> Result<Self> {
        Self::furnish(stage, Portal::start_plain(stage).await?).await
    }

    async fn furnish(stage: &Stage, mut portal: Portal) -> Result<Self> {
        let admin = portal.set_up().await?;
        let org =
            admin.me().await?.memberships.first().context("the admin belongs to the organisation")?.org_id;
        let technician = portal.add_user(stage, ORG, "technician", &TECHNICIAN).await?;
        Ok(Self { portal, org, admin, technician })
    }
}
