//! Answers requests for documents: they are computed on the compute thread, few at a time, and sent in chunks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use super::connections::{Connection, Connections};
use super::document::{Content, Document};
use crate::api::Problem;
use crate::chunks;
use crate::compute_thread::ComputeThread;
use crate::incremental::{IncrementalDocument, PartWriter};

/// Documents that are computed or sent at a time.
const MAX_CONCURRENT: usize = 16;
/// Answers to `/metrics` at a time: each holds the numbers of all series until it is sent.
const MAX_METRICS: usize = 4;
/// Flight records at a time: each takes some megabytes, and up to a second.
const MAX_RECORDS: usize = 1;
/// How long a request waits for a permit.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a waiting request closes the connection of a slow client.
const RETRY: Duration = Duration::from_millis(250);

/// Computes documents. Requests for the same document that wait at the same time share one.
#[derive(Clone, Debug)]
pub(super) struct Responder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    compute: ComputeThread,
    connections: Connections,
    json: Arc<Semaphore>,
    metrics: Arc<Semaphore>,
    records: Arc<Semaphore>,
    /// By key: the requests that wait for a document which is not being computed yet.
    waiting: Mutex<HashMap<String, Vec<oneshot::Sender<Answer>>>>,
}

type Answer = Result<Arc<Document>, Problem>;

impl Responder {
    pub(super) fn new(compute: ComputeThread, connections: Connections) -> Self {
        let [json, metrics, records] =
            [MAX_CONCURRENT, MAX_METRICS, MAX_RECORDS].map(|limit| Arc::new(Semaphore::new(limit)));
        let waiting = Mutex::default();
        Self(Arc::new(Shared { compute, connections, json, metrics, records, waiting }))
    }

    /// What `make` returns, as JSON. `key` has all that it depends on.
    pub(super) async fn json<T: Serialize>(
        &self,
        connection: &Connection,
        key: &str,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Response {
        let make = || {
            let document = serde_json::to_vec(&make()?);
            let document = document.map_err(|error| internal(format!("no JSON: {error}")))?;
            Ok(Content::Whole(chunks::split(document.into())))
        };
        self.respond(connection, &self.0.json, key, "application/json", make).await
    }

    /// A flight record: the bytes that `make` returns. `key` has all that they depend on.
    pub(super) async fn record(
        &self,
        connection: &Connection,
        key: &str,
        content_type: &'static str,
        make: impl FnOnce() -> Result<Vec<u8>, Problem> + Send + 'static,
    ) -> Response {
        let make = || Ok(Content::Whole(chunks::split(make()?.into())));
        self.respond(connection, &self.0.records, key, content_type, make).await
    }

    /// What `make` returns, part by part, for a scraper.
    pub(super) async fn metrics<W: PartWriter + 'static>(
        &self,
        connection: &Connection,
        content_type: &'static str,
        make: impl FnOnce() -> W + Send + 'static,
    ) -> Response {
        let make = || {
            let document = IncrementalDocument::new(make());
            let document = document.map_err(|_| internal("the metrics could not be written"))?;
            Ok(Content::Incremental(document))
        };
        self.respond(connection, &self.0.metrics, content_type, content_type, make).await
    }

    async fn respond(
        &self,
        connection: &Connection,
        limit: &Arc<Semaphore>,
        key: &str,
        content_type: &'static str,
        make: impl FnOnce() -> Result<Content, Problem> + Send + 'static,
    ) -> Response {
        // One document per connection at a time, so that one client cannot take all permits.
        let Ok(permit) = Arc::clone(&connection.one_answer).acquire_owned().await else {
            return busy().into_response();
        };
        let (sender, answer) = oneshot::channel();
        if let Some(key) = self.0.join(key, sender) {
            let (shared, limit) = (Arc::clone(&self.0), Arc::clone(limit));
            tokio::spawn(shared.compute(key, limit, content_type, make));
        }
        match answer.await {
            Ok(Ok(document)) => document.respond(permit, self.0.compute.clone()),
            Ok(Err(problem)) => problem.into_response(),
            Err(_) => internal("the answer could not be computed").into_response(),
        }
    }
}

impl Shared {
    /// Waits for the document of this key. Returns the key if the caller must have it computed.
    fn join(&self, key: &str, sender: oneshot::Sender<Answer>) -> Option<String> {
        let mut waiting = self.waiting();
        if let Some(others) = waiting.get_mut(key) {
            others.push(sender);
            return None;
        }
        waiting.insert(key.to_owned(), vec![sender]);
        Some(key.to_owned())
    }

    async fn compute(
        self: Arc<Self>,
        key: String,
        limit: Arc<Semaphore>,
        content_type: &'static str,
        make: impl FnOnce() -> Result<Content, Problem> + Send + 'static,
    ) {
        let Some(permit) = self.permit(limit).await else {
            return self.refuse(&key);
        };
        let shared = Arc::clone(&self);
        let job = move || {
            // A request from now on gets a document that is computed from now on.
            let all = shared.take(&key);
            if all.iter().all(oneshot::Sender::is_closed) {
                return;
            }
            let document =
                make().map(|content| Arc::new(Document::new(content_type, content, permit)));
            for sender in all {
                let _ = sender.send(document.clone());
            }
        };
        self.compute.run(job).await;
    }

    /// Waits for a permit; permits are given in order. Clients that do not take their answers, or take them slowly, are
    /// closed meanwhile.
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

    fn refuse(&self, key: &str) {
        for sender in self.take(key) {
            let _ = sender.send(Err(busy()));
        }
    }

    fn take(&self, key: &str) -> Vec<oneshot::Sender<Answer>> {
        self.waiting().remove(key).unwrap_or_default()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Vec<oneshot::Sender<Answer>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many concurrent requests")
}

fn internal(error: impl Into<String>) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}
