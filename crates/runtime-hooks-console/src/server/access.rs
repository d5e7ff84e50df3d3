//! Access: the host that is asked for, the token or session, and what a browser may do with what it gets.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Response};
use subtle::ConstantTimeEq as _;

use super::connections::Connection;
use super::failed_attempts::FailedAttempts;
use super::sessions::{self, Sessions};
use crate::api::Problem;

/// Whose requests are answered.
#[derive(Clone)]
pub(crate) enum Access {
    /// Everybody's who can reach the address.
    Open,
    /// Those with this token.
    Token(String),
}

/// Decides on each request.
#[derive(Clone)]
pub(crate) struct AccessPolicy(Arc<Rules>);

struct Rules {
    access: Access,
    hosts: Vec<String>,
    /// Browsers send a cookie to all ports of a host: each console has one of its own.
    cookie: String,
    sessions: Mutex<Sessions>,
    failed: Mutex<FailedAttempts>,
}

/// What becomes of a request.
#[derive(Debug)]
enum Decision {
    Admitted,
    /// To `/` without the token, with this new session if there was none.
    LoggedIn(Option<String>),
    /// Without a token, or with a wrong one.
    Unauthorized,
    /// After too many wrong ones.
    Wait(Duration),
    NoRandomness(getrandom::Error),
}

impl AccessPolicy {
    pub(crate) fn new(access: Access, hosts: Vec<String>, port: u16) -> Self {
        let cookie = format!("runtime_hooks_console_{port}");
        let (sessions, failed) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Rules { access, hosts, cookie, sessions, failed }))
    }
}

impl Rules {
    /// A page of another origin, whose name was made to point here, gives itself away by that name.
    fn is_known(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return false };
        let name = without_port(host);
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn decide(&self, request: &Request, client: IpAddr, now: Instant) -> Decision {
        let Access::Token(token) = &self.access else { return Decision::Admitted };
        let (headers, in_query) = (request.headers(), token_in(request));
        // A session is too long to guess: wrong ones need not be counted, and right ones are never slowed down.
        if cookies(headers, &self.cookie).any(|id| lock(&self.sessions).is_valid(id, now)) {
            return if in_query.is_some() { Decision::LoggedIn(None) } else { Decision::Admitted };
        }
        let bearer = bearer(headers);
        let Some(given) = bearer.or(in_query.as_deref().map(str::as_bytes)) else {
            return Decision::Unauthorized;
        };
        // Not even a right one is looked at before its time, or a client could guess on and see which one is.
        if let Some(wait) = lock(&self.failed).wait(client, now) {
            return Decision::Wait(wait);
        }
        if !bool::from(given.ct_eq(token.as_bytes())) {
            lock(&self.failed).failed(client, now);
            return Decision::Unauthorized;
        }
        if bearer.is_some() {
            return Decision::Admitted;
        }
        match lock(&self.sessions).start(now) {
            Ok(id) => Decision::LoggedIn(Some(id)),
            Err(error) => Decision::NoRandomness(error),
        }
    }

    fn session_cookie(&self, id: &str) -> String {
        let (name, seconds) = (&self.cookie, sessions::LIFETIME.as_secs());
        format!("{name}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict")
    }
}

/// What stands before each request.
pub(crate) async fn guard(
    State(AccessPolicy(rules)): State<AccessPolicy>,
    Extension(connection): Extension<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = admit(&rules, &connection, request, next).await;
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

async fn admit(rules: &Rules, connection: &Connection, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !rules.is_known(uri.host().or(host)) {
        let error = "this host is not known here: see `ConsoleBuilder::host`";
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, error).into_response();
    }
    if uri.path() == "/healthz" {
        return next.run(request).await;
    }
    let decision = rules.decide(&request, connection.peer, Instant::now());
    if matches!(decision, Decision::Admitted | Decision::LoggedIn(_))
        && connection.authorize().is_err()
    {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        return ([(header::CONNECTION, "close")], problem).into_response();
    }
    match decision {
        Decision::Admitted => next.run(request).await,
        Decision::LoggedIn(session) => {
            // Out of the address bar, and of what is shared from there.
            let page = [(header::LOCATION, "/".to_owned())];
            let cookie = session.map(|id| (header::SET_COOKIE, rules.session_cookie(&id)));
            let headers = AppendHeaders(page.into_iter().chain(cookie));
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Decision::Unauthorized => {
            let error =
                "a token is needed: `Authorization: Bearer TOKEN`, or `/?token=TOKEN` in a browser";
            let problem = Problem::new(StatusCode::UNAUTHORIZED, error);
            ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response()
        }
        Decision::Wait(wait) => {
            let seconds = wait.as_secs_f64().ceil().to_string();
            let error = format!("too many wrong tokens from this address: wait {seconds} s");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, error);
            ([(header::RETRY_AFTER, seconds)], problem).into_response()
        }
        Decision::NoRandomness(error) => {
            let error = format!("the system gives no random numbers for a session: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error).into_response()
        }
    }
}

/// Where a browser shows the token: at `/` and nowhere else.
fn token_in(request: &Request) -> Option<String> {
    let is_page = request.uri().path() == "/" && request.method() == Method::GET;
    let query = request.uri().query().filter(|_| is_page)?;
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
}

/// The token of `Authorization: Bearer TOKEN`; the scheme is written in any case.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at(value.iter().position(|byte| *byte == b' ')?);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}

/// All cookies of this name.
fn cookies<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let values = headers.get_all(header::COOKIE).into_iter().map(HeaderValue::as_bytes);
    let each = values.flat_map(|cookies| cookies.split(|byte| *byte == b';'));
    each.filter_map(|cookie| cookie.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="))
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn policy(access: Access) -> AccessPolicy {
        AccessPolicy::new(access, vec!["tasks.internal".to_owned()], 6680)
    }

    fn request(uri: &str, header: &[(&str, &str)]) -> Request {
        let request = Request::builder().uri(uri);
        let request =
            header.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn addresses_localhost_and_given_names_are_known() {
        let AccessPolicy(rules) = policy(Access::Open);
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
            assert!(rules.is_known(Some(host)), "{host}");
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
            assert!(!rules.is_known(Some(host)), "{host}");
        }
        assert!(!rules.is_known(None));
    }

    #[test]
    fn the_scheme_is_taken_in_any_case_and_the_token_as_it_is() {
        let AccessPolicy(rules) = policy(Access::Token("a sécret/&".to_owned()));
        let client = "10.0.0.1".parse().unwrap();
        let decide = |request: &Request| rules.decide(request, client, Instant::now());
        for value in ["Bearer a sécret/&", "bearer a sécret/&", "BEARER   a sécret/&"] {
            let decision = decide(&request("/metrics", &[("authorization", value)]));
            assert!(matches!(decision, Decision::Admitted), "{value}");
        }
        for value in ["", "Bearer", "Bearer ", "Basic a sécret/&", "Bearera sécret/&", "a sécret/&"]
        {
            let decision = decide(&request("/metrics", &[("authorization", value)]));
            assert!(matches!(decision, Decision::Unauthorized), "{value}");
        }
    }

    #[test]
    fn the_query_is_read_at_the_page_alone_and_where_a_token_is_set() {
        let client = "10.0.0.1".parse().unwrap();
        let now = Instant::now();
        let AccessPolicy(rules) = policy(Access::Token("a sécret/&".to_owned()));
        let escaped = "token=a%20s%C3%A9cret%2F%26";
        let decision = rules.decide(&request(&format!("/?x=1&{escaped}"), &[]), client, now);
        let Decision::LoggedIn(Some(id)) = decision else { panic!("{decision:?}") };
        for path in ["/metrics", "/api/v1/names", "/main.js"] {
            let decision = rules.decide(&request(&format!("{path}?{escaped}"), &[]), client, now);
            assert!(matches!(decision, Decision::Unauthorized), "{path}");
        }
        // With a session the query is not looked at, and starts no other one.
        let cookie = format!("a=b; runtime_hooks_console_6680={id}");
        let junk = request("/?token=junk", &[("cookie", &cookie)]);
        assert!(matches!(rules.decide(&junk, client, now), Decision::LoggedIn(None)));
        let other = format!("runtime_hooks_console_6681={id}");
        let decision = rules.decide(&request("/", &[("cookie", &other)]), client, now);
        assert!(matches!(decision, Decision::Unauthorized));

        let AccessPolicy(open) = policy(Access::Open);
        let decision = open.decide(&request("/?token=junk", &[]), client, now);
        assert!(matches!(decision, Decision::Admitted));
    }

    #[test]
    fn wrong_tokens_are_slowed_down_for_their_client_alone() {
        let AccessPolicy(rules) = policy(Access::Token("secret".to_owned()));
        let (guesses, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let now = Instant::now();
        let wrong = request("/metrics", &[("authorization", "Bearer wrong")]);
        let right = request("/metrics", &[("authorization", "Bearer secret")]);
        for _ in 0..10 {
            assert!(matches!(rules.decide(&wrong, guesses, now), Decision::Unauthorized));
        }
        for request in [&wrong, &right, &self::request("/?token=secret", &[])] {
            let decision = rules.decide(request, guesses, now);
            assert!(matches!(decision, Decision::Wait(wait) if wait == Duration::from_secs(1)));
        }
        // A request without a token is no try, and another client is not concerned.
        let none = request("/", &[]);
        assert!(matches!(rules.decide(&none, guesses, now), Decision::Unauthorized));
        assert!(matches!(rules.decide(&right, other, now), Decision::Admitted));
        let later = now + Duration::from_secs(1);
        assert!(matches!(rules.decide(&right, guesses, later), Decision::Admitted));
    }
}
