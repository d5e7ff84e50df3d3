//! `/api/v1/stream`: an event a second, so that pages ask when there is something new, and know when there is nobody.

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
use crate::api::Problem;
use crate::sampler::Sampler;

/// Pages that may be open at a time.
const VIEWERS: usize = 32;

#[derive(Serialize)]
struct Tick {
    /// Grows by one a second.
    tick: u64,
    /// Another one is another run of the program.
    started: u128,
}

pub(super) async fn stream(State(sampler): State<Arc<Sampler>>) -> Response {
    if sampler.subscribers() >= VIEWERS {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open");
        return problem.into_response();
    }
    let started = crate::api::unix_millis(sampler.started);
    let events = WatchStream::new(sampler.subscribe()).map(move |tick| {
        let event = Event::default().event("tick").json_data(Tick { tick, started });
        Ok::<_, Infallible>(event.unwrap_or_default())
    });
    (Extension(Endless), Sse::new(events)).into_response()
}
