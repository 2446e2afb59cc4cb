//! Uploads beside the chat: a few files at a time, each at the pace of a fast line, by tus 1.0.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::http::{Caller, text};
use crate::servers::portal::Portal;

/// Files on their way at the same time.
pub const FILES: usize = 4;
/// Bytes of a file, of one PATCH, and the time between two: 20 MiB/s each.
const FILE: usize = 64 << 20;
const PATCH: usize = 4 << 20;
const PACE: Duration = Duration::from_millis(200);

/// Uploads that go on until it is dropped.
pub struct Uploads {
    bytes: Arc<AtomicU64>,
    // Dropping the set ends them.
    tasks: JoinSet<Result<()>>,
}

impl Uploads {
    pub async fn start(portal: &Portal) -> Result<Self> {
        let bytes = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..FILES {
            let session = portal.upload_session().await?;
            tasks.spawn(upload_files(portal.technician().clone(), session, bytes.clone()));
        }
        Ok(Self { bytes, tasks })
    }

    /// MiB so far; an error where an upload failed.
    pub async fn stop(mut self) -> Result<f64> {
        // They never end by themselves, so what has ended failed.
        while let Some(ended) = self.tasks.try_join_next() {
            ended??;
        }
        self.tasks.shutdown().await;
        Ok(self.bytes.load(Ordering::Relaxed) as f64 / f64::from(1 << 20))
    }
}

async fn upload_files(technician: Caller, session: String, sent: Arc<AtomicU64>) -> Result<()> {
    let part = Bytes::from(vec![b'u'; PATCH]);
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let path = create(&technician, &session).await?;
        for offset in (0..FILE).step_by(PATCH) {
            pace.tick().await;
            let headers = [
                ("tus-resumable", "1.0.0".to_owned()),
                ("upload-offset", offset.to_string()),
                ("content-type", "application/offset+octet-stream".to_owned()),
            ];
            technician.send(Method::PATCH, &path, &headers, part.clone()).await?;
            sent.fetch_add(PATCH as u64, Ordering::Relaxed);
        }
    }
}

async fn create(technician: &Caller, session: &str) -> Result<String> {
    // "measurement.bin"
    let name = "filename bWVhc3VyZW1lbnQuYmlu".to_owned();
    let headers = [
        ("tus-resumable", "1.0.0".to_owned()),
        ("upload-length", FILE.to_string()),
        ("upload-metadata", name),
    ];
    let path = format!("/sessions/{session}/uploads");
    let answer = technician.send(Method::POST, &path, &headers, Bytes::new()).await?;
    let created: Value = serde_json::from_slice(answer.body())?;
    Ok(format!("/uploads/{}", text(&created, "/upload_id")?))
}
