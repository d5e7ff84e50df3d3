//! The connections that are open: each is closed at its deadline, or when another one needs its place.

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

use super::connection_limiter::{ANSWER_TIMEOUT, ConnectionLimiter, IO_TIMEOUT, LimitReached};

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    places: ConnectionLimiter,
    closers: HashMap<u64, Arc<Notify>>,
}

impl Connections {
    pub(super) fn open(&self, peer: IpAddr) -> OpenConnection {
        let mut table = self.table();
        let (id, evicted) = table.places.open(Instant::now());
        table.evict(evicted);
        let close = Arc::new(Notify::new());
        table.closers.insert(id, Arc::clone(&close));
        drop(table);
        let one_answer = Arc::new(Semaphore::new(1));
        OpenConnection(Connection { id, peer, close, one_answer, connections: self.clone() })
    }

    /// Closes the connection of a client that takes nothing of its answer, or takes it slowly.
    pub(super) fn close_slow(&self) {
        let mut table = self.table();
        let evicted = table.places.evict_slow(Instant::now());
        table.evict(evicted);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn evict(&mut self, id: Option<u64>) {
        if let Some(closer) = id.and_then(|id| self.closers.remove(&id)) {
            closer.notify_one();
        }
    }
}

/// One that keeps its place until this is dropped.
#[derive(Debug)]
pub(super) struct OpenConnection(Connection);

impl OpenConnection {
    /// What its requests know of it.
    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }

    /// When it must be closed.
    pub(super) async fn expired(&self) {
        loop {
            let now = Instant::now();
            // A deadline that is set later is at least as far away.
            let deadline = self.0.places(|places| places.deadline(self.0.id));
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
        table.places.close(self.0.id);
        table.closers.remove(&self.0.id);
    }
}

/// Where a request came from.
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
    /// A request on it may see what it asks for: from now on it has a place among those.
    pub(super) fn authorize(&self) -> Result<(), LimitReached> {
        let mut table = self.connections.table();
        let evicted = table.places.authorize(self.id, Instant::now())?;
        table.evict(evicted);
        Ok(())
    }

    /// Answers a request in time; `is_whole` if it has no body.
    pub(super) async fn answer(
        &self,
        is_whole: bool,
        answer: impl Future<Output = Response>,
    ) -> Response {
        let request = self.places(|places| places.begin(self.id, is_whole, Instant::now()));
        let mut progress = Progress { connection: self.clone(), request };
        let response = answer.await;
        if response.extensions().get::<Endless>().is_none() {
            progress.ends();
        }
        progress.offered();
        response.map(|body| Body::new(Tracked { body, progress }))
    }

    fn places<T>(&self, read: impl FnOnce(&mut ConnectionLimiter) -> T) -> T {
        read(&mut self.connections.table().places)
    }
}

/// On a response: it is a stream of events, which has no end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endless;

/// How far the answer to one request has come.
#[derive(Debug)]
struct Progress {
    connection: Connection,
    request: u64,
}

impl Progress {
    fn ends(&mut self) {
        let (id, end) = (self.connection.id, Instant::now() + ANSWER_TIMEOUT);
        self.connection.places(|places| places.end_by(id, self.request, end));
    }

    fn offered(&mut self) {
        let (id, now) = (self.connection.id, Instant::now());
        self.connection.places(|places| places.offered(id, self.request, now));
    }

    fn waiting(&mut self) {
        let id = self.connection.id;
        self.connection.places(|places| places.waiting(id, self.request));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let (id, now) = (self.connection.id, Instant::now());
        self.connection.places(|places| places.end(id, self.request, now));
    }
}

/// A body that notes whether it waits for its client or its client for it.
#[derive(Debug)]
struct Tracked {
    body: Body,
    progress: Progress,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match polled {
            Poll::Ready(_) => self.progress.offered(),
            Poll::Pending => self.progress.waiting(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
