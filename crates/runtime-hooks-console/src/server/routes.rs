//! All paths.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRef, FromRequestParts, Query, State};
#[cfg(feature = "dump")]
use axum::http::HeaderValue;
use axum::http::{HeaderMap, StatusCode, Uri, header, request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
#[cfg(feature = "tokio-console")]
use axum::routing::any_service;
use axum::routing::get;
use axum::{Extension, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access_policy::AccessPolicy;
use super::assets;
#[cfg(feature = "tokio-console")]
use super::connections::Endless;
use super::connections::{Connection, Connections};
#[cfg(feature = "dump")]
use super::dumper::Dumper;
use super::event_stream::event_stream;
use super::guard::guard;
use super::responder::Responder;
#[cfg(feature = "dump")]
use crate::api::DumpQuery;
use crate::api::{self, FlightFormat, FlightQuery, NameQuery, Problem, RangeQuery, TasksQuery};
use crate::compute_thread::ComputeThread;
use crate::prometheus::{Format, Scrape};
use crate::sampler::Sampler;
#[cfg(feature = "tokio-console")]
use crate::tokio_console;

/// The state that the handlers share.
#[derive(Clone)]
struct AppState {
    sampler: Arc<Sampler>,
    responder: Responder,
    #[cfg(feature = "dump")]
    dumper: Dumper,
}

impl FromRef<AppState> for Arc<Sampler> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.sampler)
    }
}

pub(super) fn router(
    sampler: Arc<Sampler>,
    policy: AccessPolicy,
    compute: ComputeThread,
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
        .route("/api/v1/flight", get(flight))
        .route("/api/v1/dump", get(dump))
        .route("/api/v1/stream", get(event_stream));
    #[cfg(feature = "tokio-console")]
    {
        let service = tokio_console::service(Arc::clone(&sampler), compute.clone());
        let service = any_service(service).layer(middleware::map_response(endless));
        router = router.route(tokio_console::PATH, service);
    }
    for asset in assets::ALL {
        router = router.route(asset.path, get(move || async move { asset.into_response() }));
    }
    router
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "not found") })
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(AppState {
            sampler,
            responder: Responder::new(compute, connections),
            #[cfg(feature = "dump")]
            dumper: Dumper::new(),
        })
        .layer(middleware::from_fn_with_state(policy, guard))
}

async fn method_not_allowed() -> Response {
    let error = "the console is read-only: use GET or HEAD";
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, error);
    ([(header::ALLOW, "GET, HEAD")], problem).into_response()
}

impl AppState {
    async fn json<T: Serialize>(
        self,
        connection: &Connection,
        uri: &Uri,
        make: impl FnOnce(&Sampler) -> Result<T, Problem> + Send + 'static,
    ) -> Response {
        // Path and query are all that a document depends on.
        let key = uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let Self { sampler, responder, .. } = self;
        responder.json(connection, &key, move || make(&sampler)).await
    }
}

async fn overview(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<RangeQuery>,
) -> Response {
    state.json(&connection, &uri, move |sampler| Ok(api::overview(sampler, query.range))).await
}

async fn names(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<RangeQuery>,
) -> Response {
    state.json(&connection, &uri, move |sampler| Ok(api::names(sampler, query.range))).await
}

async fn name(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<NameQuery>,
) -> Response {
    let document = move |sampler: &Sampler| {
        api::name(sampler, &query).ok_or_else(|| {
            let NameQuery { runtime, r#type, name, .. } = query;
            let name = name.map_or_else(String::new, |name| format!(" named {name:?}"));
            Problem::new(StatusCode::NOT_FOUND, format!("no {type} on {runtime:?}{name}"))
        })
    };
    state.json(&connection, &uri, document).await
}

async fn tasks(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<TasksQuery>,
) -> Response {
    state.json(&connection, &uri, move |sampler| Ok(api::tasks(sampler, &query))).await
}

async fn lints(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
) -> Response {
    state.json(&connection, &uri, |sampler| Ok(api::lints(sampler))).await
}

async fn flight(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    uri: Uri,
    ValidatedQuery(query): ValidatedQuery<FlightQuery>,
) -> Response {
    let (content_type, name) = match query.format {
        FlightFormat::Json => ("application/json", None),
        FlightFormat::Perfetto => ("application/octet-stream", Some("flight.pftrace")),
        FlightFormat::Firefox => ("application/json", Some("flight.json")),
    };
    let key = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let AppState { sampler, responder, .. } = state;
    let make = move || match query.format {
        FlightFormat::Json => serde_json::to_vec(&api::flight(&sampler, query)).map_err(|error| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no JSON: {error}"))
        }),
        _ => Ok(api::flight_file(&sampler, query)),
    };
    let answer = responder.record(&connection, &key, content_type, make).await;
    let Some(name) = name.filter(|_| answer.status().is_success()) else { return answer };
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_DISPOSITION, disposition)], answer).into_response()
}

/// A dump is never shared: the next one asks anew. It wakes tasks, so a page of another origin cannot ask for it.
#[cfg(feature = "dump")]
async fn dump(
    State(state): State<AppState>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    ValidatedQuery(query): ValidatedQuery<DumpQuery>,
) -> Response {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        let error = "a task dump wakes tasks: only this console's own page can ask for it";
        return Problem::new(StatusCode::FORBIDDEN, error).into_response();
    }
    let AppState { sampler, responder, dumper } = state;
    let taken = dumper.run(move || api::dump(&sampler, query)).await;
    let Some(dump) = taken else {
        let error = "a task dump is being taken: try again when it is over";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, error).into_response();
    };
    // Sent as flight records are, which limits what slow clients hold. The key is one that no other answer has.
    let key = format!("dump {}", dumper.number());
    responder.record(&connection, &key, query.format.content_type(), move || Ok(dump)).await
}

#[cfg(not(feature = "dump"))]
async fn dump() -> Problem {
    let error = "this program was built without the feature `dump` of runtime-hooks";
    Problem::new(StatusCode::NOT_FOUND, error)
}

async fn metrics(
    State(AppState { sampler, responder, .. }): State<AppState>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let format = Format::wanted(accepted.unwrap_or(""));
    let make = move || Scrape::new(&sampler, format);
    responder.metrics(&connection, format.content_type(), make).await
}

/// A call of gRPC may be a stream of events.
#[cfg(feature = "tokio-console")]
async fn endless(response: Response) -> Response {
    (Extension(Endless), response).into_response()
}

/// A query whose errors are JSON.
struct ValidatedQuery<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ValidatedQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let problem = |rejection: QueryRejection| {
            let error = rejection.body_text();
            let cause = error.strip_prefix("Failed to deserialize query string: ");
            Problem::new(StatusCode::BAD_REQUEST, cause.unwrap_or(&error))
        };
        let Query(query) = Query::from_request_parts(parts, state).await.map_err(problem)?;
        Ok(Self(query))
    }
}
