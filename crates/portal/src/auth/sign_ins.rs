//! What is under way on behalf of a sign-in, so that it ends with it: sockets, relays, downloads, uploads.
//!
//! A request takes hold of its token ([`SignIns::watch`]) before the store is asked whose it is. Whoever ends sign-ins does so in the
//! store first and cuts them here then ([`SignIns::cut`]): what asked earlier is cut, what asks later is refused by the store.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    task::Poll,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use deskside_proto::{DeviceId, ErrorCode};
use deskside_store::SecretHash;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::ApiError;

/// Entries of sign-ins that nothing runs for any more, before they are looked for.
const STALE_MAX: usize = 1024;
/// Answers of at most so many bytes are out before anything could cut them.
const SMALL_BYTES: u64 = 64 * 1024;

/// Everything that runs on behalf of sign-ins, by their tokens.
#[derive(Debug, Default)]
pub struct SignIns {
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    entries: HashMap<SecretHash, Weak<End>>,
    /// So many, and those that nothing runs for any more are looked for.
    look_at: usize,
}

/// The end of one sign-in, or of what was known of it.
#[derive(Debug, Default)]
pub struct End {
    token: CancellationToken,
    why: OnceLock<ErrorCode>,
}

impl End {
    /// Ends when the sign-in does, with what its client is told.
    pub async fn reached(&self) -> ErrorCode {
        self.token.cancelled().await;
        self.why.get().copied().unwrap_or(ErrorCode::NotSignedIn)
    }
}

/// Ends when the sign-in does; never where there is none.
pub async fn reached(end: Option<&End>) -> ErrorCode {
    match end {
        Some(end) => end.reached().await,
        None => std::future::pending().await,
    }
}

impl SignIns {
    /// The end of what this token is for.
    pub fn watch(&self, token: SecretHash) -> Arc<End> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = watched.entries.get(&token).and_then(Weak::upgrade) {
            return end;
        }
        if watched.entries.len() >= watched.look_at {
            watched.entries.retain(|_, end| end.strong_count() > 0);
            // So that many that live are not looked through again and again.
            watched.look_at = STALE_MAX + 2 * watched.entries.len();
        }
        let end = Arc::new(End::default());
        watched.entries.insert(token, Arc::downgrade(&end));
        end
    }

    /// Cuts what runs for these tokens. Their clients are told `code`: `not_signed_in` where the sign-in is over, `unavailable` where they
    /// are to ask again.
    pub fn cut(&self, tokens: &[SecretHash], code: ErrorCode) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        for token in tokens {
            if let Some(end) = watched.entries.remove(token).and_then(|end| end.upgrade()) {
                // The first reason stands.
                let _ = end.why.set(code);
                end.token.cancel();
            }
        }
    }
}

/// The sign-in that a request is for.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub token: SecretHash,
    pub device: DeviceId,
    pub end: Arc<End>,
}

impl PartialEq for SignIn {
    fn eq(&self, other: &Self) -> bool {
        self.token == other.token
    }
}

impl Eq for SignIn {}

/// Where an extractor leaves the sign-in of its request for [`guard`].
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<SlotInner>);

#[derive(Debug, Default)]
struct SlotInner {
    sign_in: OnceLock<Arc<End>>,
    filled: Notify,
}

impl Slot {
    pub(super) fn fill(&self, end: Arc<End>) {
        let _ = self.0.sign_in.set(end);
        self.0.filled.notify_one();
    }

    async fn reached(&self) -> ErrorCode {
        loop {
            if let Some(end) = self.0.sign_in.get() {
                return end.reached().await;
            }
            self.0.filled.notified().await;
        }
    }
}

/// Ends requests whose sign-in ends: what is received as well as what is sent.
pub async fn guard(mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let response = tokio::select! {
        // What ends its own sign-in still answers.
        biased;
        response = next.run(request) => response,
        code = slot.reached() => return ApiError::from(code).into_response(),
    };
    let is_small = response.body().size_hint().upper().is_some_and(|bytes| bytes <= SMALL_BYTES);
    if is_small || slot.0.sign_in.get().is_none() {
        return response;
    }
    response.map(|body| until_reached(body, slot))
}

/// A body that breaks off when the sign-in ends: whoever reads it sees that something is missing.
fn until_reached(body: Body, slot: Slot) -> Body {
    let mut ended = Box::pin(async move { slot.reached().await });
    let mut data = body.into_data_stream();
    Body::from_stream(stream::poll_fn(move |context| match ended.poll_unpin(context) {
        Poll::Ready(code) => Poll::Ready(Some(Err(axum::Error::new(ApiError::from(code))))),
        Poll::Pending => data.poll_next_unpin(context),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_runs_for_a_token_ends_with_it_and_nothing_else_does() {
        let sign_ins = SignIns::default();
        let (mine, again, other) =
            (sign_ins.watch([1; 32]), sign_ins.watch([1; 32]), sign_ins.watch([2; 32]));
        sign_ins.cut(&[[1; 32], [3; 32]], ErrorCode::NotSignedIn);
        assert_eq!(mine.reached().await, ErrorCode::NotSignedIn);
        assert_eq!(again.reached().await, ErrorCode::NotSignedIn);
        assert!(!other.token.is_cancelled());
        let later = sign_ins.watch([1; 32]);
        assert!(!later.token.is_cancelled(), "the store says whether it still is a sign-in");
        sign_ins.cut(&[[1; 32]], ErrorCode::Unavailable);
        sign_ins.cut(&[[1; 32]], ErrorCode::NotSignedIn);
        assert_eq!(later.reached().await, ErrorCode::Unavailable);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let sign_ins = SignIns::default();
        for number in 0..10_000_u32 {
            let mut token = [0; 32];
            token[..4].copy_from_slice(&number.to_be_bytes());
            drop(sign_ins.watch(token));
        }
        assert!(sign_ins.watched.lock().unwrap().entries.len() <= STALE_MAX + 1);
    }
}
