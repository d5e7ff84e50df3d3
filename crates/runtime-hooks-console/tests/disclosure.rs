//! The texts that each output shows in each mode.

mod client;
mod fixture;

use runtime_hooks_console::{Disclosure, Field};
use runtime_hooks_core::{Kind, Outcome, RuntimeHooksExt};

use crate::client::get;
use crate::fixture::Fixture;

const PATHS: [&str; 9] = [
    "/metrics",
    "/api/v1/overview",
    "/api/v1/names?range=all",
    "/api/v1/tasks",
    "/api/v1/lints",
    "/api/v1/names",
    "/api/v1/flight?format=json",
    "/api/v1/flight?format=firefox",
    "/api/v1/flight",
];

impl Fixture {
    /// All that the console serves, once it has taken a sample.
    fn everything(&self) -> String {
        let get = |path: &str| {
            let answer = get(self.console.address(), path);
            assert_eq!(answer.status, 200, "{path}");
            answer.body
        };
        let tick = || get("/api/v1/overview").split("\"tick\":").nth(1).unwrap().to_owned();
        let number = |text: &str| text.split(',').next().unwrap().parse::<u64>().unwrap();
        let before = number(&tick());
        while number(&tick()) < before + 2 {
            std::thread::yield_now();
        }
        PATHS.map(get).concat()
    }
}

fn work(fixture: &Fixture) -> impl Sized + use<> {
    let outcome = Outcome::exception("secret::Error");
    let took = std::time::Duration::from_millis(1);
    fixture.instrumentor.recorder().record(Kind::Coroutine, "secret a", "reference", outcome, took);
    let task =
        |name| Box::pin(fixture.runtime.named(name).instrument(std::future::pending::<()>()));
    let unnamed = Box::pin(fixture.runtime.instrument(std::future::pending::<()>()));
    (task("secret a"), task("secret b"), unnamed)
}

#[test]
fn everything_is_shown_on_this_machine() {
    let fixture = Fixture::new();
    let _tasks = work(&fixture);
    let shown = fixture.everything();
    for text in
        ["\"secret a\"", "\"secret b\"", "error_type=\"secret::Error\"", "tests/disclosure.rs:"]
    {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
}

#[test]
fn hashed_shows_only_hashes() {
    let fixture = Fixture::with(|builder| builder.disclose(Disclosure::Hashed));
    let _tasks = work(&fixture);
    let shown = fixture.everything();
    for text in ["secret", "disclosure", "pending"] {
        assert!(!shown.contains(text), "{text} in {shown}");
    }
    // Each output has the same hash of a name, so that it can be found in the others.
    let hash = shown.split("name=\"#").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(hash.len(), 12);
    assert!(shown.contains(&format!("\"name\":\"#{hash}\"")), "{shown}");
}

#[test]
fn a_redaction_decides_what_is_shown_and_the_page_tells_series_apart() {
    let fixture = Fixture::with(|builder| {
        builder.redact(|field, text| match field {
            Field::Name => text.split(' ').next().unwrap_or("").into(),
            Field::ErrorType => panic!("no error was expected"),
            Field::File => "somewhere".into(),
            _ => text.into(),
        })
    });
    let _tasks = work(&fixture);
    let shown = fixture.everything();
    for text in [
        "asyncio_process_spawned_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"secret\"} 3",
        "error_type=\"[redacted]\"",
        "\"label\":\"secret (3)\",\"name\":\"secret (3)\",\"function\":null,\"location\":\"somewhere:",
    ] {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
    assert!(!shown.contains("secret a") && !shown.contains("secret::Error"));
    // A filter does not find what is not shown.
    let found =
        |query: &str| get(fixture.console.address(), &format!("/api/v1/tasks?{query}")).body;
    assert!(found("filter=secret%20a").contains("\"matching\":0"));
    assert!(found("filter=disclosure.rs").contains("\"matching\":0"));
    assert!(found("name=secret%20(3)").contains("\"matching\":1"));
}
