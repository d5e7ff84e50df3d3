//! Documents: computed on the worker's thread, few at a time, and sent in chunks. One that is too large to be held is written
//! while its client takes it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, TryStreamExt as _};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use super::compute_thread::ComputeThread;
use super::connections::{Connection, Connections};
use super::parts::{Part, Parts, Written};
use crate::api::Problem;

/// Documents that are computed or sent at a time.
const MAX_CONCURRENT: usize = 16;
/// Answers to `/metrics` at a time: each holds the numbers of all series until it is sent.
const MAX_METRICS: usize = 4;
/// A request waits for its turn for this time.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(2);
/// While it waits, it looks this often for a client that is to give way.
const RETRY: Duration = Duration::from_millis(250);
/// How much is handed to a connection at a time.
const CHUNK_SIZE: usize = 64 << 10;

/// Makes documents. Those who ask the same before it is computed get the same one.
#[derive(Clone, Debug)]
pub(super) struct Responder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    worker: ComputeThread,
    connections: Connections,
    json: Arc<Semaphore>,
    metrics: Arc<Semaphore>,
    /// By what is asked: those who wait for an answer that is not being computed yet.
    waiting: Mutex<HashMap<String, Vec<oneshot::Sender<Answer>>>>,
}

type Answer = Result<Arc<Document>, Problem>;

#[derive(Debug)]
struct Document {
    content_type: &'static str,
    content: Content,
    /// Returned when the last who asked has it.
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
enum Content {
    Whole(Vec<Bytes>),
    Written(Written),
}

impl Responder {
    pub(super) fn new(worker: ComputeThread, connections: Connections) -> Self {
        let [json, metrics] =
            [MAX_CONCURRENT, MAX_METRICS].map(|limit| Arc::new(Semaphore::new(limit)));
        Self(Arc::new(Shared { worker, connections, json, metrics, waiting: Mutex::default() }))
    }

    /// What `make` returns, as JSON; `asked` is all that it depends on.
    pub(super) async fn json<T: Serialize>(
        &self,
        connection: &Connection,
        asked: &str,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Response {
        let make = || {
            let document = serde_json::to_vec(&make()?);
            let document = document.map_err(|error| internal(format!("no JSON: {error}")))?;
            Ok(Content::Whole(chunks_of(document.into())))
        };
        self.answer(connection, &self.0.json, asked, "application/json", make).await
    }

    /// What `make` returns, part by part, for a scraper.
    pub(super) async fn metrics<P: Parts + 'static>(
        &self,
        connection: &Connection,
        content_type: &'static str,
        make: impl FnOnce() -> P + Send + 'static,
    ) -> Response {
        let make = || {
            let written = Written::new(make());
            let written = written.map_err(|_| internal("the metrics could not be written"))?;
            Ok(Content::Written(written))
        };
        self.answer(connection, &self.0.metrics, content_type, content_type, make).await
    }

    async fn answer(
        &self,
        connection: &Connection,
        limit: &Arc<Semaphore>,
        asked: &str,
        content_type: &'static str,
        make: impl FnOnce() -> Result<Content, Problem> + Send + 'static,
    ) -> Response {
        // One connection does not take all.
        let Ok(own) = Arc::clone(&connection.one_answer).acquire_owned().await else {
            return busy().into_response();
        };
        let (sender, answer) = oneshot::channel();
        if let Some(first) = self.0.join(asked, sender) {
            let (shared, limit) = (Arc::clone(&self.0), Arc::clone(limit));
            tokio::spawn(shared.compute(first, limit, content_type, make));
        }
        match answer.await {
            Ok(Ok(document)) => document.respond(own, self.0.worker.clone()),
            Ok(Err(problem)) => problem.into_response(),
            Err(_) => internal("the answer could not be computed").into_response(),
        }
    }
}

impl Shared {
    /// Waits for an answer; says under which key, if it must be computed first.
    fn join(&self, asked: &str, sender: oneshot::Sender<Answer>) -> Option<String> {
        let mut waiting = self.waiting();
        if let Some(others) = waiting.get_mut(asked) {
            others.push(sender);
            return None;
        }
        waiting.insert(asked.to_owned(), vec![sender]);
        Some(asked.to_owned())
    }

    async fn compute(
        self: Arc<Self>,
        asked: String,
        limit: Arc<Semaphore>,
        content_type: &'static str,
        make: impl FnOnce() -> Result<Content, Problem> + Send + 'static,
    ) {
        let Some(permit) = self.permit(limit).await else {
            return self.refuse(&asked);
        };
        let shared = Arc::clone(&self);
        let computed = move || {
            // Whoever asks from now on wants to know what is from now on.
            let all = shared.take(&asked);
            if all.iter().all(oneshot::Sender::is_closed) {
                return;
            }
            let document =
                make().map(|content| Arc::new(Document { content_type, content, _permit: permit }));
            for sender in all {
                let _ = sender.send(document.clone());
            }
        };
        self.worker.run(computed).await;
    }

    /// A place in the queue, which is served in order. Clients that take nothing of their answers, or take them slowly, give way.
    async fn permit(&self, limit: Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        let end = Instant::now() + QUEUE_TIMEOUT;
        let mut permit = std::pin::pin!(limit.acquire_owned());
        loop {
            if let Ok(permit) = timeout(RETRY, permit.as_mut()).await {
                return permit.ok();
            }
            if Instant::now() >= end {
                return None;
            }
            self.connections.close_slow();
        }
    }

    fn refuse(&self, asked: &str) {
        for sender in self.take(asked) {
            let _ = sender.send(Err(busy()));
        }
    }

    fn take(&self, asked: &str) -> Vec<oneshot::Sender<Answer>> {
        self.waiting().remove(asked).unwrap_or_default()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Vec<oneshot::Sender<Answer>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Document {
    /// The permit is returned once the last chunk is handed over, or the client is gone.
    fn respond(self: Arc<Self>, own: OwnedSemaphorePermit, worker: ComputeThread) -> Response {
        let content_type = (header::CONTENT_TYPE, self.content_type);
        let Content::Whole(chunks) = &self.content else {
            return ([content_type], Body::from_stream(self.written(own, worker))).into_response();
        };
        let length = chunks.iter().map(Bytes::len).sum::<usize>();
        let length = (header::CONTENT_LENGTH, length.to_string());
        let chunks = stream::unfold((self, 0, own), async |(document, next, own)| {
            let chunk = document.whole().get(next)?.clone();
            if next > 0 {
                // Connections take turns, also where many clients get the same document at once.
                tokio::task::yield_now().await;
            }
            Some((Ok::<_, io::Error>(chunk), (document, next + 1, own)))
        });
        ([content_type], [length], Body::from_stream(chunks)).into_response()
    }

    fn whole(&self) -> &[Bytes] {
        match &self.content {
            Content::Whole(chunks) => chunks,
            Content::Written(_) => &[],
        }
    }

    /// Each part is written on the worker's thread once the client has taken the one before. Where one cannot be, the
    /// connection is cut, so that nobody takes what came for all.
    fn written(
        self: Arc<Self>,
        own: OwnedSemaphorePermit,
        worker: ComputeThread,
    ) -> impl Stream<Item = io::Result<Bytes>> {
        let parts = stream::try_unfold((self, Some(0), own), move |(document, next, own)| {
            let worker = worker.clone();
            async move {
                let Some(number) = next else { return Ok::<_, io::Error>(None) };
                let (part, document) = worker
                    .run(move || (document.part(number), document))
                    .await
                    .ok_or_else(|| io::Error::other("no part was written"))?;
                let part = part.map_err(io::Error::other)?;
                let next = part.has_next.then_some(number + 1);
                let chunks = part.chunks.into_iter().map(Ok);
                Ok(Some((stream::iter(chunks), (document, next, own))))
            }
        });
        parts.try_flatten()
    }

    fn part(&self, number: usize) -> Result<Part, fmt::Error> {
        match &self.content {
            Content::Whole(_) => Err(fmt::Error),
            Content::Written(written) => written.part(number),
        }
    }
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many concurrent requests")
}

fn internal(error: impl Into<String>) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

fn chunks_of(mut document: Bytes) -> Vec<Bytes> {
    let mut chunks = Vec::with_capacity(document.len() / CHUNK_SIZE + 1);
    while document.len() > CHUNK_SIZE {
        chunks.push(document.split_to(CHUNK_SIZE));
    }
    chunks.push(document);
    chunks
}

/// What is written to, without a large allocation.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    full: Vec<Bytes>,
    next: Vec<u8>,
}

impl Chunks {
    /// Text, or protobuf.
    pub(crate) fn write_bytes(&mut self, mut bytes: &[u8]) {
        while self.next.len() + bytes.len() > CHUNK_SIZE {
            let (now, later) = bytes.split_at(CHUNK_SIZE - self.next.len());
            self.next.extend_from_slice(now);
            bytes = later;
            let full = std::mem::replace(&mut self.next, Vec::with_capacity(CHUNK_SIZE));
            self.full.push(full.into());
        }
        self.next.extend_from_slice(bytes);
    }

    pub(super) fn finish(mut self) -> Vec<Bytes> {
        self.full.push(self.next.into());
        self.full
    }
}

impl fmt::Write for Chunks {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_what_was_written() {
        let written: Vec<u8> = (0..200_000_u32).map(|byte| (byte % 251) as u8).collect();
        for part in [1_000, CHUNK_SIZE, CHUNK_SIZE + 1, 200_000] {
            let mut chunks = Chunks::default();
            written.chunks(part).for_each(|part| chunks.write_bytes(part));
            let chunks = chunks.finish();
            assert_eq!(
                chunks.iter().map(Bytes::len).collect::<Vec<_>>(),
                [CHUNK_SIZE, CHUNK_SIZE, CHUNK_SIZE, 3_392]
            );
            assert_eq!(chunks.concat(), written);
        }
        assert_eq!(chunks_of(Bytes::from(written.clone())).concat(), written);
        assert_eq!(chunks_of(Bytes::new()).concat(), b"");
    }
}
