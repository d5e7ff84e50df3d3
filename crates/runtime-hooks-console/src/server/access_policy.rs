//! Access: which hosts are answered for, and which requests are admitted.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use subtle::ConstantTimeEq as _;

use super::credentials::{bearer, cookies, query_token, without_port};
use super::failed_attempts::FailedAttempts;
use super::sessions::{self, Sessions};

/// Which requests are admitted.
#[derive(Clone)]
pub(crate) enum Access {
    /// All.
    Open,
    /// Those with this token, or with a session that was started with it.
    Token(String),
}

/// Decides on each request.
#[derive(Clone)]
pub(crate) struct AccessPolicy(Arc<Rules>);

struct Rules {
    access: Access,
    hosts: Vec<String>,
    /// The name of this console's cookie: browsers send a cookie to all ports of a host.
    cookie: String,
    sessions: Mutex<Sessions>,
    failed: Mutex<FailedAttempts>,
}

#[derive(Debug)]
pub(super) enum Decision {
    Admitted,
    /// A request for `/?token=TOKEN`; with the id of a new session, unless it has a valid one.
    LoggedIn(Option<String>),
    /// The token is missing or wrong.
    Unauthorized,
    /// The client's address has sent too many wrong tokens.
    Wait(Duration),
    NoRandomness(getrandom::Error),
}

impl AccessPolicy {
    pub(crate) fn new(access: Access, hosts: Vec<String>, port: u16) -> Self {
        let cookie = format!("runtime_hooks_console_{port}");
        let (sessions, failed) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Rules { access, hosts, cookie, sessions, failed }))
    }

    /// Whether requests for this host are answered. A page of another origin that resolves its own name to this address
    /// (DNS rebinding) still sends that name.
    pub(super) fn is_known(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return false };
        let name = without_port(host);
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.0.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub(super) fn decide(&self, request: &Request, client: IpAddr, now: Instant) -> Decision {
        let rules = &*self.0;
        let Access::Token(token) = &rules.access else { return Decision::Admitted };
        let (headers, in_query) = (request.headers(), query_token(request));
        // A session id is too long to guess: wrong ones are not counted, and valid ones are never slowed down.
        if cookies(headers, &rules.cookie).any(|id| lock(&rules.sessions).is_valid(id, now)) {
            return if in_query.is_some() { Decision::LoggedIn(None) } else { Decision::Admitted };
        }
        let bearer = bearer(headers);
        let Some(given) = bearer.or(in_query.as_deref().map(str::as_bytes)) else {
            return Decision::Unauthorized;
        };
        // A right token has to wait too, or a client could go on guessing and see which one is right.
        if let Some(wait) = lock(&rules.failed).wait(client, now) {
            return Decision::Wait(wait);
        }
        if !bool::from(given.ct_eq(token.as_bytes())) {
            lock(&rules.failed).add(client, now);
            return Decision::Unauthorized;
        }
        if bearer.is_some() {
            return Decision::Admitted;
        }
        match lock(&rules.sessions).start(now) {
            Ok(id) => Decision::LoggedIn(Some(id)),
            Err(error) => Decision::NoRandomness(error),
        }
    }

    pub(super) fn session_cookie(&self, id: &str) -> String {
        let (name, seconds) = (&self.0.cookie, sessions::LIFETIME.as_secs());
        format!("{name}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict")
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
    fn addresses_localhost_and_configured_hosts_are_known() {
        let policy = policy(Access::Open);
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
    fn the_scheme_is_case_insensitive_and_the_token_is_not() {
        let policy = policy(Access::Token("a sécret/&".to_owned()));
        let client = "10.0.0.1".parse().unwrap();
        let decide = |request: &Request| policy.decide(request, client, Instant::now());
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
    fn the_query_is_read_only_for_the_page_and_if_a_token_is_set() {
        let client = "10.0.0.1".parse().unwrap();
        let now = Instant::now();
        let policy = policy(Access::Token("a sécret/&".to_owned()));
        let escaped = "token=a%20s%C3%A9cret%2F%26";
        let decision = policy.decide(&request(&format!("/?x=1&{escaped}"), &[]), client, now);
        let Decision::LoggedIn(Some(id)) = decision else { panic!("{decision:?}") };
        for path in ["/metrics", "/api/v1/names", "/main.js"] {
            let decision = policy.decide(&request(&format!("{path}?{escaped}"), &[]), client, now);
            assert!(matches!(decision, Decision::Unauthorized), "{path}");
        }
        // With a session the query's token is ignored, and no other session starts.
        let cookie = format!("a=b; runtime_hooks_console_6680={id}");
        let junk = request("/?token=junk", &[("cookie", &cookie)]);
        assert!(matches!(policy.decide(&junk, client, now), Decision::LoggedIn(None)));
        let other = format!("runtime_hooks_console_6681={id}");
        let decision = policy.decide(&request("/", &[("cookie", &other)]), client, now);
        assert!(matches!(decision, Decision::Unauthorized));

        let open = self::policy(Access::Open);
        let decision = open.decide(&request("/?token=junk", &[]), client, now);
        assert!(matches!(decision, Decision::Admitted));
    }

    #[test]
    fn wrong_tokens_slow_down_only_their_client() {
        let policy = policy(Access::Token("secret".to_owned()));
        let (guesses, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let now = Instant::now();
        let wrong = request("/metrics", &[("authorization", "Bearer wrong")]);
        let right = request("/metrics", &[("authorization", "Bearer secret")]);
        for _ in 0..10 {
            assert!(matches!(policy.decide(&wrong, guesses, now), Decision::Unauthorized));
        }
        for request in [&wrong, &right, &self::request("/?token=secret", &[])] {
            let decision = policy.decide(request, guesses, now);
            assert!(matches!(decision, Decision::Wait(wait) if wait == Duration::from_secs(1)));
        }
        // A request without a token is no attempt, and another client is not affected.
        let none = request("/", &[]);
        assert!(matches!(policy.decide(&none, guesses, now), Decision::Unauthorized));
        assert!(matches!(policy.decide(&right, other, now), Decision::Admitted));
        let later = now + Duration::from_secs(1);
        assert!(matches!(policy.decide(&right, guesses, later), Decision::Admitted));
    }
}
