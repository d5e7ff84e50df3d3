//! Large answers: only so many at a time, each in pieces, and none for ever.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::api::Problem;

/// So many may be on their way: a slow client keeps one in memory.
const AT_A_TIME: usize = 4;
const PIECE: usize = 64 << 10;
/// Who has not taken all of it by then gets no more.
const DEADLINE: Duration = Duration::from_secs(30);

/// Where they are made.
#[derive(Clone, Debug)]
pub(super) struct Kitchen(Arc<Semaphore>);

impl Default for Kitchen {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Kitchen {
    /// Makes one and sends it, unless too many are on their way.
    pub(super) fn serve(
        &self,
        content_type: &'static str,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Response {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            let problem =
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many are asking at once");
            return ([(header::RETRY_AFTER, "1")], problem).into_response();
        };
        let bytes = Bytes::from(make());
        let length = bytes.len();
        let headers = [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
        ];
        (headers, in_pieces(bytes, permit)).into_response()
    }
}

fn in_pieces(bytes: Bytes, permit: OwnedSemaphorePermit) -> Body {
    let deadline = Instant::now() + DEADLINE;
    let pieces = stream::unfold((bytes, permit), move |(mut bytes, permit)| async move {
        if bytes.is_empty() {
            return None;
        }
        if Instant::now() > deadline {
            return Some((Err("took too long to be taken"), (Bytes::new(), permit)));
        }
        let piece = bytes.split_to(bytes.len().min(PIECE));
        Some((Ok(piece), (bytes, permit)))
    });
    Body::from_stream(pieces)
}
