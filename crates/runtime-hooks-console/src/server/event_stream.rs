//! `/api/v1/stream`: an event per second. A page requests new numbers at each, and detects when the program has ended.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio_stream::wrappers::WatchStream;

use super::connections::Endless;
use crate::api::{Problem, unix_millis};
use crate::sampler::Sampler;

/// Open streams, of pages and of tokio-console.
const MAX_STREAMS: usize = 32;

#[derive(Serialize)]
struct Tick {
    /// Grows by one per second.
    tick: u64,
    /// Differs between two runs of the program.
    started: u128,
}

pub(super) async fn event_stream(State(sampler): State<Arc<Sampler>>) -> Response {
    if sampler.subscribers() >= MAX_STREAMS {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many open pages");
        return problem.into_response();
    }
    let started = unix_millis(sampler.started);
    let events = WatchStream::new(sampler.subscribe()).map(move |tick| {
        let event = Event::default().event("tick").json_data(Tick { tick, started });
        Ok::<_, Infallible>(event.unwrap_or_default())
    });
    (Extension(Endless), Sse::new(events)).into_response()
}
