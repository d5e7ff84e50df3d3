//! A computed document, and its body for each client that asked for it.

use std::fmt;
use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, TryStreamExt as _};
use tokio::sync::OwnedSemaphorePermit;

use crate::compute_thread::ComputeThread;
use crate::incremental::{IncrementalDocument, Part};

/// Shared by all clients that asked for it.
#[derive(Debug)]
pub(super) struct Document {
    content_type: &'static str,
    content: Content,
    /// Returned when the last client has the document.
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) enum Content {
    Whole(Vec<Bytes>),
    Incremental(IncrementalDocument),
}

impl Document {
    pub(super) fn new(
        content_type: &'static str,
        content: Content,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self { content_type, content, _permit: permit }
    }

    /// The response for one client. `permit` is returned once the last chunk is taken, or the client has disconnected.
    pub(super) fn respond(
        self: Arc<Self>,
        permit: OwnedSemaphorePermit,
        compute: ComputeThread,
    ) -> Response {
        let content_type = (header::CONTENT_TYPE, self.content_type);
        let Content::Whole(chunks) = &self.content else {
            let body = Body::from_stream(self.parts(permit, compute));
            return ([content_type], body).into_response();
        };
        let length = chunks.iter().map(Bytes::len).sum::<usize>();
        let length = (header::CONTENT_LENGTH, length.to_string());
        let chunks = stream::unfold((self, 0, permit), async |(document, next, permit)| {
            let chunk = document.chunk(next)?;
            if next > 0 {
                // Connections take turns, also where many clients get the same document at once.
                tokio::task::yield_now().await;
            }
            Some((Ok::<_, io::Error>(chunk), (document, next + 1, permit)))
        });
        ([content_type], [length], Body::from_stream(chunks)).into_response()
    }

    fn chunk(&self, number: usize) -> Option<Bytes> {
        match &self.content {
            Content::Whole(chunks) => chunks.get(number).cloned(),
            Content::Incremental(_) => None,
        }
    }

    /// Computes each part once the client has taken the one before. If a part fails, the connection is cut, so that no
    /// client takes a part of the document for all of it.
    fn parts(
        self: Arc<Self>,
        permit: OwnedSemaphorePermit,
        compute: ComputeThread,
    ) -> impl Stream<Item = io::Result<Bytes>> {
        let parts = stream::try_unfold((self, Some(0), permit), move |(document, next, permit)| {
            let compute = compute.clone();
            async move {
                let Some(number) = next else { return Ok::<_, io::Error>(None) };
                let (part, document) = compute
                    .run(move || (document.part(number), document))
                    .await
                    .ok_or_else(|| io::Error::other("the part could not be computed"))?;
                let part = part.map_err(io::Error::other)?;
                let next = part.has_next.then_some(number + 1);
                let chunks = part.chunks.into_iter().map(Ok);
                Ok(Some((stream::iter(chunks), (document, next, permit))))
            }
        });
        parts.try_flatten()
    }

    fn part(&self, number: usize) -> Result<Part, fmt::Error> {
        match &self.content {
            Content::Whole(_) => Err(fmt::Error),
            Content::Incremental(document) => document.part(number),
        }
    }
}
