//! Every path there is.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRef, FromRequestParts, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header, request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
#[cfg(feature = "tokio-console")]
use axum::routing::any_service;
use axum::routing::get;
use axum::{Extension, Router};
use serde::de::DeserializeOwned;

use super::access::{AccessPolicy, guard};
use super::compute_thread::ComputeThread;
use super::connections::{Connection, Connections};
use super::responder::Responder;
use super::{assets, stream};
use crate::api::{self, NameQuery, Problem, RangeQuery, TasksQuery};
use crate::prometheus::{Format, Scrape};
use crate::sampler::Sampler;
#[cfg(feature = "tokio-console")]
use crate::tokio_console;

/// What the answers are made of.
#[derive(Clone)]
struct AppState {
    sampler: Arc<Sampler>,
    answers: Responder,
}

impl FromRef<AppState> for Arc<Sampler> {
    fn from_ref(served: &AppState) -> Self {
        Self::clone(&served.sampler)
    }
}

/// Where the request came from.
type From = Extension<Connection>;

pub(super) fn router(
    sampler: Arc<Sampler>,
    policy: AccessPolicy,
    worker: ComputeThread,
    connections: Connections,
) -> Router {
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
        let service = tokio_console::service(Arc::clone(&sampler), worker.clone());
        let service = any_service(service).layer(middleware::map_response(never_ends));
        router = router.route(tokio_console::PATH, service);
    }
    for asset in assets::ALL {
        router = router.route(asset.path, get(move || async move { asset.into_response() }));
    }
    router
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing here") })
        .method_not_allowed_fallback(not_allowed)
        .with_state(AppState { sampler, answers: Responder::new(worker, connections) })
        .layer(middleware::from_fn_with_state(policy, guard))
}

async fn not_allowed() -> Response {
    let problem =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this can only be read: GET or HEAD");
    ([(header::ALLOW, "GET, HEAD")], problem).into_response()
}

async fn overview(
    State(served): State<AppState>,
    Extension(from): From,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<RangeQuery>,
) -> Response {
    let sampler = served.sampler;
    served.answers.json(&from, &asked(&uri), move || Ok(api::overview(&sampler, query.range))).await
}

async fn names(
    State(served): State<AppState>,
    Extension(from): From,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<RangeQuery>,
) -> Response {
    let sampler = served.sampler;
    served.answers.json(&from, &asked(&uri), move || Ok(api::names(&sampler, query.range))).await
}

async fn name(
    State(served): State<AppState>,
    Extension(from): From,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<NameQuery>,
) -> Response {
    let sampler = served.sampler;
    let document = move || {
        api::name(&sampler, &query).ok_or_else(|| {
            let NameQuery { runtime, r#type, name, .. } = query;
            let name = name.map_or_else(String::new, |name| format!(" of the name {name:?}"));
            Problem::new(StatusCode::NOT_FOUND, format!("no {type} on {runtime:?}{name}"))
        })
    };
    served.answers.json(&from, &asked(&uri), document).await
}

async fn tasks(
    State(served): State<AppState>,
    Extension(from): From,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<TasksQuery>,
) -> Response {
    let sampler = served.sampler;
    served.answers.json(&from, &asked(&uri), move || Ok(api::tasks(&sampler, &query))).await
}

async fn lints(State(served): State<AppState>, Extension(from): From, uri: Uri) -> Response {
    let sampler = served.sampler;
    served.answers.json(&from, &asked(&uri), move || Ok(api::lints(&sampler))).await
}

async fn metrics(
    State(served): State<AppState>,
    Extension(from): From,
    headers: HeaderMap,
) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let format = Format::wanted(accepted.unwrap_or(""));
    let sampler = served.sampler;
    let make = move || Scrape::new(&sampler, format);
    served.answers.metrics(&from, format.content_type(), make).await
}

/// Path and query, without the host.
fn asked(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(String::new, ToString::to_string)
}

/// Calls of gRPC may be streams of events.
#[cfg(feature = "tokio-console")]
async fn never_ends(response: Response) -> Response {
    (Extension(super::Endless), response).into_response()
}

/// A query whose problem is told as JSON.
struct ValidatedQuery<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ValidatedQuery<T> {
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
