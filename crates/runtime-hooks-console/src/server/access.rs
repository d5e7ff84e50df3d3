//! Who may look: the host that is asked for, the token, and what a browser may do with what it gets.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::connections::Connection;
use crate::api::Problem;

const COOKIE: &str = "runtime_hooks_console";

/// Who may look.
#[derive(Clone)]
pub(crate) enum Access {
    /// Whoever can reach it.
    Open,
    /// Who has this.
    Token(String),
}

/// Decides on each request.
#[derive(Clone)]
pub(crate) struct AccessPolicy {
    access: Access,
    hosts: Vec<String>,
}

impl AccessPolicy {
    pub(crate) fn new(access: Access, hosts: Vec<String>) -> Self {
        Self { access, hosts }
    }

    /// A page of somebody else's, whose name was made to point here, gives itself away by that name.
    fn is_known(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return false };
        let name = without_port(host);
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn admits(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let Access::Token(token) = &self.access else { return true };
        let is_token = |given: &str| bool::from(given.as_bytes().ct_eq(token.as_bytes()));
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        bearer.is_some_and(is_token)
            || cookie(headers).is_some_and(|given| is_token(&unescaped(given)))
            || token_in(uri).is_some_and(|given| is_token(&unescaped(given)))
    }
}

/// What stands before each request.
pub(crate) async fn guard(
    State(policy): State<AccessPolicy>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = admit(&policy, &connection, request, next).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Nothing from elsewhere, nothing for elsewhere, nothing kept.
const SECURITY: [(HeaderName, &str); 6] = [
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

async fn admit(
    policy: &AccessPolicy,
    connection: &Connection,
    request: Request,
    next: Next,
) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !policy.is_known(uri.host().or(host)) {
        let error = "this host is not known here: see `ConsoleBuilder::host`";
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, error).into_response();
    }
    if uri.path() == "/healthz" {
        return next.run(request).await;
    }
    if !policy.admits(headers, uri) {
        let error =
            "a token is needed: `Authorization: Bearer TOKEN`, or `/?token=TOKEN` in a browser";
        let mut response = Problem::new(StatusCode::UNAUTHORIZED, error).into_response();
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return response;
    }
    if connection.authorize().is_err() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        return ([(header::CONNECTION, "close")], problem).into_response();
    }
    match token_in(uri) {
        // Out of the address bar, and of what is shared from there.
        Some(token) if uri.path() == "/" => settle(token),
        _ => next.run(request).await,
    }
}

fn settle(token: &str) -> Response {
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict");
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// As it is escaped in the query.
fn token_in(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|parameter| parameter.strip_prefix("token="))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies =
        headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut each = cookies.flat_map(|cookies| cookies.split(';'));
    each.find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// `%20` and the like, as in a query.
fn unescaped(text: &str) -> String {
    let parameter = format!("token={text}");
    let value = form_urlencoded::parse(parameter.as_bytes()).next();
    value.map_or_else(String::new, |(_, value)| value.into_owned())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // Not within an address of version 6.
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_given_names_are_known() {
        let policy = AccessPolicy::new(Access::Open, vec!["tasks.internal".to_owned()]);
        for host in [
            "127.0.0.1:6680",
            "127.0.0.1",
            "[::1]:6680",
            "[::1]",
            "localhost:6680",
            "LocalHost",
            "10.1.2.3:6680",
            "tasks.internal",
            "Tasks.Internal:80",
        ] {
            assert!(policy.is_known(Some(host)), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:6680",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "tasks.internal.evil.example",
            "::1evil",
        ] {
            assert!(!policy.is_known(Some(host)), "{host}");
        }
        assert!(!policy.is_known(None));
    }

    #[test]
    fn what_is_escaped_is_read() {
        assert_eq!(unescaped("a%20b+%2Fc%"), "a b /c%");
        assert_eq!(unescaped("%zz%c3%a9"), "%zzé");
    }
}
