//! The portal's connection servers.

use async_trait::async_trait;
use deskside_direct::IceSource;
use deskside_proto::{SessionId, api::IceServers};
use reqwest::Method;

use crate::{ClientError, account::Access, operations::routes};

/// Asks the portal each time: its credentials last for minutes.
pub(crate) struct PortalIce {
    pub(crate) access: Access,
    pub(crate) session: SessionId,
}

impl PortalIce {
    async fn ask(&self) -> Result<IceServers, ClientError> {
        let token = self.access.token()?;
        let portal = &self.access.portal;
        portal.json(Method::GET, &routes::ice(self.session), Some(token), None::<&()>).await
    }
}

#[async_trait]
impl IceSource for PortalIce {
    async fn servers(&self) -> Option<IceServers> {
        let asked = self.ask().await;
        asked.inspect_err(|error| tracing::info!("no connection servers: {error}")).ok()
    }
}
