//! What leaves the program, at each output, in each mode.

mod client;
mod stage;

use runtime_hooks_console::{Disclosure, Field};
use runtime_hooks_core::{Kind, Outcome, RuntimeHooksExt};

use crate::client::get;
use crate::stage::Stage;

const PATHS: [&str; 6] = [
    "/metrics",
    "/api/v1/overview",
    "/api/v1/names?range=all",
    "/api/v1/tasks",
    "/api/v1/lints",
    "/api/v1/names",
];

impl Stage {
    /// All that the console has to say, once it has had a look.
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

fn work(stage: &Stage) -> impl Sized + use<> {
    let outcome = Outcome::exception("secret::Error");
    let took = std::time::Duration::from_millis(1);
    stage.instrumentor.recorder().record(Kind::Coroutine, "secret a", "reference", outcome, took);
    let task = |name| Box::pin(stage.runtime.named(name).instrument(std::future::pending::<()>()));
    let unnamed = Box::pin(stage.runtime.instrument(std::future::pending::<()>()));
    (task("secret a"), task("secret b"), unnamed)
}

#[test]
fn everything_is_shown_to_this_machine() {
    let stage = Stage::new();
    let _tasks = work(&stage);
    let shown = stage.everything();
    for text in
        ["\"secret a\"", "\"secret b\"", "error_type=\"secret::Error\"", "tests/disclosed.rs:"]
    {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
}

#[test]
fn hashes_are_all_that_leaves() {
    let stage = Stage::with(|builder| builder.disclose(Disclosure::Hashed));
    let _tasks = work(&stage);
    let shown = stage.everything();
    for text in ["secret", "disclosed", "pending"] {
        assert!(!shown.contains(text), "{text} in {shown}");
    }
    // The same hash at each output, or nobody could follow a name from one to the other.
    let hash = shown.split("name=\"#").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(hash.len(), 12);
    assert!(shown.contains(&format!("\"name\":\"#{hash}\"")), "{shown}");
}

#[test]
fn a_hook_decides_what_is_shown_and_series_stay_apart() {
    let stage = Stage::with(|builder| {
        builder.redact(|field, text| match field {
            Field::Name => text.split(' ').next().unwrap_or("").into(),
            Field::ErrorType => panic!("no error was expected"),
            Field::File => "somewhere".into(),
            _ => text.into(),
        })
    });
    let _tasks = work(&stage);
    let shown = stage.everything();
    for text in [
        "asyncio_process_spawned_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"secret\"} 2",
        "asyncio_process_spawned_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"secret (3)\"} 1",
        "error_type=\"[redacted]\"",
        "\"name\":\"secret (3)\",\"location\":\"somewhere:",
    ] {
        assert!(shown.contains(text), "no {text} in {shown}");
    }
    assert!(!shown.contains("secret a") && !shown.contains("secret::Error"));
    // What is not shown cannot be found either.
    let found = |query: &str| get(stage.console.address(), &format!("/api/v1/tasks?{query}")).body;
    assert!(found("filter=secret%20a").contains("\"matching\":0"));
    assert!(found("filter=disclosed.rs").contains("\"matching\":0"));
    assert!(found("name=secret%20(3)").contains("\"matching\":1"));
}
