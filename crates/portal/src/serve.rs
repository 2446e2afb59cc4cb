//! The listening process: from a bound socket to a clean end.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::task::JoinHandle;

use crate::{App, router, secret};

/// Bytes that a connection reads ahead at most, and so of a request's head too: what a queue of them costs while the disk is slow.
const READ_BUFFER_MAX: usize = 128 * 1024;
/// Time that running requests have to end.
const GRACE: Duration = Duration::from_secs(10);
/// Time that sockets have to say goodbye.
const SOCKET_GRACE: Duration = Duration::from_secs(2);

/// A portal that answers requests.
pub struct Running {
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
    app: Arc<App>,
}

/// Starts to answer on `listener`, with TLS where `tls` is given.
pub fn start(app: Arc<App>, listener: TcpListener, tls: Option<RustlsConfig>) -> io::Result<Running> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let handle = Handle::new();
    let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // A frame does not wait for the acknowledgement of the one before (up to 40 ms for a client that answers late).
    let at_once = NoDelayAcceptor::new();
    let task = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(at_once);
            let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).handle(handle.clone());
            server.http_builder().http1().max_buf_size(READ_BUFFER_MAX);
            tokio::spawn(server.serve(service))
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.acceptor(at_once).handle(handle.clone());
            server.http_builder().http1().max_buf_size(READ_BUFFER_MAX);
            tokio::spawn(server.serve(service))
        }
    };
    Ok(Running { address, handle, task, app })
}

impl Running {
    /// Sockets are closed, running requests may end, what is queued is written.
    pub async fn stop(self) -> io::Result<()> {
        self.app.closing.cancel();
        self.handle.graceful_shutdown(Some(GRACE));
        let served = self.task.await.map_err(io::Error::other)?;
        self.app.sockets.close();
        drop(tokio::time::timeout(SOCKET_GRACE, self.app.sockets.wait()).await);
        self.app.stop().await;
        served
    }

    /// Ends when the listener fails.
    pub async fn failed(&mut self) -> io::Result<()> {
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

/// The one-time link of a portal that has no organisation yet; an earlier one is worth nothing from then on.
pub async fn set_up_link(app: &App) -> Result<Option<String>, deskside_store::StoreError> {
    if !app.store.needs_set_up().await? {
        return Ok(None);
    }
    let token = secret::token(&app.env);
    app.store.begin_set_up(secret::hash(&token)).await?;
    Ok(Some(app.config.link_to(&format!("/set-up#{token}"))))
}

/// Ends on Ctrl-C and, where there is one, SIGTERM.
pub async fn until_told_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
