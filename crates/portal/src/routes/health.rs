//! For monitors and load balancers: whether the portal works, and nothing else about it.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{App, uploads};

/// A database that has not answered by then does not.
const DATABASE_PATIENCE: Duration = Duration::from_secs(3);

/// What works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// The database answers.
    pub database: bool,
    /// The data folder's disk has room for more files.
    pub room: bool,
}

/// Answers 200 where all of it works, else 503.
#[utoipa::path(
    get, path = "/health", operation_id = "get_health", tag = "portal",
    responses((status = 200, body = Health), (status = 503, body = Health)),
    security(())
)]
pub async fn get_health(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let asked = tokio::time::timeout(DATABASE_PATIENCE, app.store.needs_set_up()).await;
    let free = uploads::free_bytes(&app.config.data_dir);
    let health = Health {
        database: matches!(asked, Ok(Ok(_))),
        // A system that does not say how much is free is not ill.
        room: free.is_none_or(|free| free > app.config.keep_free_bytes),
    };
    let status =
        if health.database && health.room { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health))
}

/// Asks the portal at `url`, as a container's health check does.
///
/// # Errors
/// Where it does not answer or is not well.
pub async fn ask(url: &url::Url) -> anyhow::Result<()> {
    crate::tls::install_crypto();
    let client = reqwest::Client::builder().timeout(DATABASE_PATIENCE * 2).no_proxy().build()?;
    let answer = client.get(url.join("/api/v1/health")?).send().await?;
    let status = answer.status();
    let health: Health = serde_json::from_slice(&answer.bytes().await?)?;
    anyhow::ensure!(status.is_success(), "the portal is not well: {health:?}");
    Ok(())
}
