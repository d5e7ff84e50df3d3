//! The open connections: each is closed at its deadline, or for another one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout_at;

use super::connection_limiter::{ConnectionLimiter, LimitReached};
use super::request_state::{ANSWER_TIMEOUT, IO_TIMEOUT, RequestState};

/// A handle to the table of all connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    limiter: ConnectionLimiter,
    closers: HashMap<u64, Arc<Notify>>,
}

impl Connections {
    pub(super) fn open(&self, peer: IpAddr) -> OpenConnection {
        let mut table = self.table();
        let (id, evicted) = table.limiter.open(Instant::now());
        table.close(evicted);
        let close = Arc::new(Notify::new());
        table.closers.insert(id, Arc::clone(&close));
        drop(table);
        let one_answer = Arc::new(Semaphore::new(1));
        OpenConnection(Connection { id, peer, close, one_answer, connections: self.clone() })
    }

    /// Closes the connection of the slowest client, if one is slow.
    pub(super) fn close_slow(&self) {
        let mut table = self.table();
        let evicted = table.limiter.evict_slow(Instant::now());
        table.close(evicted);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn close(&mut self, id: Option<u64>) {
        if let Some(closer) = id.and_then(|id| self.closers.remove(&id)) {
            closer.notify_one();
        }
    }
}

/// Counts as open until it is dropped.
#[derive(Debug)]
pub(super) struct OpenConnection(Connection);

impl OpenConnection {
    /// The connection, for its requests.
    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }

    /// Returns when the connection must be closed.
    pub(super) async fn expired(&self) {
        loop {
            let now = Instant::now();
            // A deadline that is set later is at least as far away.
            let deadline = self.0.limiter(|limiter| limiter.deadline(self.0.id));
            let deadline = deadline.unwrap_or(now + IO_TIMEOUT);
            if deadline <= now {
                return;
            }
            if timeout_at(deadline.into(), self.0.close.notified()).await.is_ok() {
                return;
            }
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut table = self.0.connections.table();
        table.limiter.close(self.0.id);
        table.closers.remove(&self.0.id);
    }
}

/// The connection that a request came on.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    id: u64,
    pub(super) peer: IpAddr,
    close: Arc<Notify>,
    /// Of several requests on one connection, one is computed and sent at a time.
    pub(super) one_answer: Arc<Semaphore>,
    connections: Connections,
}

impl Connection {
    /// A request on it is authorized: from now on it counts among the authorized connections.
    pub(super) fn authorize(&self) -> Result<(), LimitReached> {
        let mut table = self.connections.table();
        let evicted = table.limiter.authorize(self.id, Instant::now())?;
        table.close(evicted);
        Ok(())
    }

    /// Awaits a response, and tracks how far its client reads it; `is_whole` if the request has no body.
    pub(super) async fn answer(
        &self,
        is_whole: bool,
        response: impl Future<Output = Response>,
    ) -> Response {
        let request = self.limiter(|limiter| limiter.begin(self.id, is_whole, Instant::now()));
        let progress = Progress { connection: self.clone(), request };
        let response = response.await;
        if response.extensions().get::<Endless>().is_none() {
            progress.update(|state| state.end_by(Instant::now() + ANSWER_TIMEOUT));
        }
        progress.update(|state| state.sending(Instant::now()));
        response.map(|body| Body::new(TrackedBody { body, progress }))
    }

    fn limiter<T>(&self, read: impl FnOnce(&mut ConnectionLimiter) -> T) -> T {
        read(&mut self.connections.table().limiter)
    }
}

/// An extension of a response: it is a stream of events, which has no end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endless;

/// The state of one request, until its answer is sent or its client has disconnected.
#[derive(Debug)]
struct Progress {
    connection: Connection,
    request: u64,
}

impl Progress {
    fn update(&self, change: impl FnOnce(&mut RequestState)) {
        let Self { connection, request } = self;
        connection.limiter(|limiter| limiter.request(connection.id, *request).map(change));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let (id, now) = (self.connection.id, Instant::now());
        self.connection.limiter(|limiter| limiter.end(id, self.request, now));
    }
}

/// A body that notes whether the client can read, or waits for more.
#[derive(Debug)]
struct TrackedBody {
    body: Body,
    progress: Progress,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.progress.update(|state| match polled {
            Poll::Ready(_) => state.sending(Instant::now()),
            Poll::Pending => state.waiting(),
        });
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
