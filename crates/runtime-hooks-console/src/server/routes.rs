//! Every path there is.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::{HeaderMap, StatusCode, header, request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::de::DeserializeOwned;

use super::body::{Kitchen, Pieces};
use super::doorman::{Doorman, guard};
use super::{assets, stream};
use crate::api::{self, NameQuery, Problem, RangeQuery, TasksQuery};
use crate::observatory::Observatory;
use crate::prometheus::{self, Format};
#[cfg(feature = "tokio-console")]
use crate::tokio_console;

type Shared = State<Arc<Observatory>>;

pub(crate) fn router(observatory: Arc<Observatory>, doorman: Doorman) -> Router {
    let kitchen = Kitchen::default();
    let metrics = move |State(observatory): Shared, headers: HeaderMap| async move {
        metrics(observatory, &headers, &kitchen)
    };
    let mut router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .route("/api/v1/overview", get(overview))
        .route("/api/v1/names", get(names))
        .route("/api/v1/name", get(name))
        .route("/api/v1/tasks", get(tasks))
        .route("/api/v1/lints", get(lints))
        .route("/api/v1/stream", get(stream::stream));
    #[cfg(feature = "tokio-console")]
    {
        let service = tokio_console::service(Arc::clone(&observatory));
        router = router.route_service(tokio_console::PATH, service);
    }
    for asset in assets::ALL {
        router = router.route(asset.path, get(move || async move { asset.into_response() }));
    }
    router
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing here") })
        .method_not_allowed_fallback(not_allowed)
        .with_state(observatory)
        .layer(middleware::from_fn_with_state(doorman, guard))
}

async fn not_allowed() -> Response {
    let problem =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this can only be read: GET or HEAD");
    ([(header::ALLOW, "GET, HEAD")], problem).into_response()
}

async fn overview(State(seen): Shared, Asked(query): Asked<RangeQuery>) -> Response {
    Json(api::overview(&seen, query.range)).into_response()
}

async fn names(State(seen): Shared, Asked(query): Asked<RangeQuery>) -> Response {
    Json(api::names(&seen, query.range)).into_response()
}

async fn name(State(seen): Shared, Asked(query): Asked<NameQuery>) -> Response {
    if let Some(document) = api::name(&seen, &query) {
        return Json(document).into_response();
    }
    let NameQuery { runtime, r#type, name, .. } = query;
    let name = name.map_or_else(String::new, |name| format!(" of the name {name:?}"));
    let error = format!("no {type} on {runtime:?}{name}");
    Problem::new(StatusCode::NOT_FOUND, error).into_response()
}

async fn tasks(State(seen): Shared, Asked(query): Asked<TasksQuery>) -> Response {
    Json(api::tasks(&seen, &query)).into_response()
}

async fn lints(State(seen): Shared) -> Response {
    Json(api::lints(&seen)).into_response()
}

fn metrics(observatory: Arc<Observatory>, headers: &HeaderMap, kitchen: &Kitchen) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let format = Format::wanted(accepted.unwrap_or(""));
    let make = move |into: &mut Pieces| prometheus::encode(&observatory, format, into);
    kitchen.serve(format.content_type(), make)
}

/// A query whose problem is told as JSON.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let told = |rejection: QueryRejection| {
            let problem = rejection.body_text();
            let problem = problem.strip_prefix("Failed to deserialize query string: ");
            let problem = problem.map_or_else(|| rejection.body_text(), str::to_owned);
            Problem::new(StatusCode::BAD_REQUEST, problem)
        };
        let Query(query) = Query::from_request_parts(parts, state).await.map_err(told)?;
        Ok(Self(query))
    }
}
