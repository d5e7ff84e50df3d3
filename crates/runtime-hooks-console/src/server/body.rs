//! Large answers: only so many at a time, made while they are sent, and none for ever.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

use crate::api::Problem;

/// So many may be on their way.
pub(crate) const AT_A_TIME: usize = 4;
/// What is made before it is sent; a few of these is all that an answer takes, however long it is.
const PIECE: usize = 16 << 10;
const AHEAD: usize = 32;
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
    /// Sends what `make` writes, unless too many are on their way. An error ends it: its only one is that nobody takes it.
    pub(super) fn serve(
        &self,
        content_type: &'static str,
        make: impl FnOnce(&mut Pieces) -> fmt::Result + Send + 'static,
    ) -> Response {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            let problem =
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many are asking at once");
            return ([(header::RETRY_AFTER, "1")], problem).into_response();
        };
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut pieces = Pieces { sender, next: Vec::with_capacity(PIECE) };
        tokio::task::spawn_blocking(move || {
            let _ = make(&mut pieces).and_then(|()| pieces.finish());
            drop(permit);
        });
        ([(header::CONTENT_TYPE, content_type)], in_time(receiver)).into_response()
    }
}

/// What was cut off must not look as if it were all: it ends with an error.
fn in_time(pieces: mpsc::Receiver<Piece>) -> Body {
    let deadline = Instant::now() + DEADLINE;
    let pieces = stream::unfold(pieces, move |mut pieces| async move {
        match timeout_at(deadline, pieces.recv()).await {
            Ok(Some(Piece::Next(piece))) => Some((Ok(piece), pieces)),
            Ok(Some(Piece::End)) => None,
            Ok(None) => Some((Err("it could not be made"), pieces)),
            Err(_) => Some((Err("it was not taken in time"), pieces)),
        }
    });
    Body::from_stream(pieces)
}

#[derive(Debug)]
enum Piece {
    Next(Bytes),
    End,
}

/// What is written to: a piece after the other goes to the connection.
#[derive(Debug)]
pub(crate) struct Pieces {
    sender: mpsc::Sender<Piece>,
    next: Vec<u8>,
}

impl Pieces {
    /// Text, or what is none.
    pub(crate) fn write_bytes(&mut self, mut bytes: &[u8]) -> fmt::Result {
        while self.next.len() + bytes.len() > PIECE {
            let (now, later) = bytes.split_at(PIECE - self.next.len());
            self.next.extend_from_slice(now);
            bytes = later;
            self.send()?;
        }
        self.next.extend_from_slice(bytes);
        Ok(())
    }

    fn send(&mut self) -> fmt::Result {
        let piece = std::mem::replace(&mut self.next, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Piece::Next(piece.into())).map_err(|_| fmt::Error)
    }

    fn finish(mut self) -> fmt::Result {
        self.send()?;
        self.sender.blocking_send(Piece::End).map_err(|_| fmt::Error)
    }
}

impl fmt::Write for Pieces {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes())
    }
}
