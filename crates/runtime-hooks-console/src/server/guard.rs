//! The middleware before each route: access, connection limits, security headers.

use std::time::Instant;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Response};

use super::access_policy::{AccessPolicy, Decision};
use super::connections::Connection;
use crate::api::Problem;

/// No resource of another origin, no embedding in another page, no caching.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn guard(
    State(policy): State<AccessPolicy>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = admit(&policy, &connection, request, next).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn admit(
    policy: &AccessPolicy,
    connection: &Connection,
    request: Request,
    next: Next,
) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !policy.is_known(uri.host().or(host)) {
        let error = "unknown host: add it with `ConsoleBuilder::host`";
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, error).into_response();
    }
    if uri.path() == "/healthz" {
        return next.run(request).await;
    }
    let decision = policy.decide(&request, connection.peer, Instant::now());
    if matches!(decision, Decision::Admitted | Decision::LoggedIn(_))
        && connection.authorize().is_err()
    {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        return ([(header::CONNECTION, "close")], problem).into_response();
    }
    match decision {
        Decision::Admitted => next.run(request).await,
        Decision::LoggedIn(session) => {
            // The redirect removes the token from the address bar, and from links that are copied there.
            let page = [(header::LOCATION, "/".to_owned())];
            let cookie = session.map(|id| (header::SET_COOKIE, policy.session_cookie(&id)));
            let headers = AppendHeaders(page.into_iter().chain(cookie));
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Decision::Unauthorized => {
            let error = "the token is missing or wrong: send `Authorization: Bearer TOKEN`, or open `/?token=TOKEN` in a \
                         browser";
            let problem = Problem::new(StatusCode::UNAUTHORIZED, error);
            ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response()
        }
        Decision::Wait(wait) => {
            let seconds = wait.as_secs_f64().ceil().to_string();
            let error = format!("too many wrong tokens from this address: retry in {seconds} s");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, error);
            ([(header::RETRY_AFTER, seconds)], problem).into_response()
        }
        Decision::NoRandomness(error) => {
            let error = format!("no session: the system gives no random numbers: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error).into_response()
        }
    }
}
