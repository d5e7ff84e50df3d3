//! What a client gets, over real connections.

mod client;
mod stage;

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use runtime_hooks_console::Console;
use runtime_hooks_core::{Kind, Outcome, RuntimeHooksExt};
use serde_json::Value;

use crate::client::{Answer, ask, get, raw};
use crate::stage::Stage;

/// What it serves.
impl Stage {
    fn get(&self, path: &str) -> Answer {
        get(self.console.address(), path)
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// The document, once it is as it must be: the console looks once a second.
    fn until(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let document = self.json(path);
            if is_there(&document) {
                return document;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{path}: {document}");
            std::thread::yield_now();
        }
    }

    fn named<'d>(document: &'d Value, name: &str) -> Option<&'d Value> {
        document["names"].as_array().unwrap().iter().find(|row| row["name"] == name)
    }
}

#[test]
fn names_are_told_as_the_snapshot_has_them() {
    let stage = Stage::new();
    for _ in 0..3 {
        stage.runtime.block_on(stage.runtime.named("fetch").spawn(async {})).unwrap();
    }
    let panics = stage.runtime.named("fetch").spawn(async { std::panic::panic_any(()) });
    assert!(stage.runtime.block_on(panics).is_err());
    let _waits = stage.runtime.named("waits").instrument(std::future::pending::<()>());

    let is_seen = |d: &Value| Stage::named(d, "waits").is_some_and(|row| row["active"] == 1);
    for range in ["60", "all"] {
        let document = stage.until(&format!("/api/v1/names?range={range}"), is_seen);
        let fetch = Stage::named(&document, "fetch").unwrap();
        let numbers = ["active", "spawned", "finished", "cancelled", "timeout", "exception"];
        assert_eq!(numbers.map(|field| fetch[field].as_u64().unwrap()), [0, 4, 3, 0, 0, 1]);
        assert_eq!((&fetch["runtime"], &fetch["type"]), (&"reference".into(), &"coroutine".into()));
        assert!(fetch["location"].as_str().unwrap().contains("served.rs:"));
        assert_eq!(fetch["duration"]["count"], 4);
        assert!(fetch["duration"]["p50"].as_f64() <= fetch["duration"]["max"].as_f64());
        assert_eq!(Stage::named(&document, "waits").unwrap()["active"], 1);
    }
    let snapshot = stage.instrumentor.recorder().snapshot();
    let longest = snapshot.find("fetch").unwrap().duration().max().unwrap().as_secs_f64();
    let detail = stage.json("/api/v1/name?runtime=reference&type=coroutine&name=fetch&range=60");
    assert_eq!(detail["since_start"]["duration"]["max"].as_f64(), Some(longest));
    let spawned: f64 =
        detail["spawned_points"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
    assert!(spawned > 0.0);
    let heat = detail["duration_points"].as_array().unwrap();
    let counted: u64 = heat
        .iter()
        .flat_map(|point| point["buckets"].as_array().unwrap())
        .map(|b| b[1].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 4);

    let overview = stage.json("/api/v1/overview?range=all");
    let runtime = &overview["runtimes"][0];
    assert_eq!(
        (&runtime["name"], &runtime["active"], &runtime["spawned"]),
        (&"reference".into(), &1.into(), &9.into())
    );
    assert_eq!(runtime["ended"]["exception"], 1);
}

#[test]
fn live_tasks_are_ordered_filtered_and_limited() {
    let stage = Stage::new();
    let waiting: Vec<_> = (0..150)
        .map(|number| {
            let name = if number < 10 { "few" } else { "many" };
            stage.runtime.named(name).instrument(std::future::pending::<()>())
        })
        .collect();
    let all = stage.until("/api/v1/tasks?order=age", |document| document["total"] == 150);
    assert_eq!((all["tasks"].as_array().unwrap().len(), all["live"].as_bool()), (100, Some(true)));
    assert_eq!(
        (&all["scheduled"], &all["running"], &all["idle"]),
        (&150.into(), &0.into(), &0.into())
    );
    let ages: Vec<f64> =
        all["tasks"].as_array().unwrap().iter().map(|task| task["age"].as_f64().unwrap()).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b));
    let few = stage.json("/api/v1/tasks?filter=few&state=scheduled&runtime=reference&limit=3");
    assert_eq!((&few["matching"], few["tasks"].as_array().unwrap().len()), (&10.into(), 3));
    assert_eq!(stage.json("/api/v1/tasks?name=fe")["matching"], 0);
    drop(waiting);
    stage.until("/api/v1/tasks", |document| document["total"] == 0);
}

#[test]
fn a_list_that_is_not_wanted_is_not_kept() {
    let stage = Stage::with(|builder| builder.live(false));
    let _waits = stage.runtime.named("waits").instrument(std::future::pending::<()>());
    assert_eq!(stage.json("/api/v1/tasks")["live"], false);
    assert_eq!(stage.instrumentor.recorder().live(), []);
}

#[test]
fn lints_are_found_explained_and_counted() {
    use std::future::poll_fn;
    use std::task::{Context, Poll, Waker};

    let stage = Stage::new();
    let mut lost =
        std::pin::pin!(stage.runtime.named("lost").instrument(poll_fn(|_| Poll::<()>::Pending)));
    let mut spins = std::pin::pin!(stage.runtime.named("spins").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(lost.as_mut().poll(&mut cx).is_pending());
    (0..60).for_each(|_| assert!(spins.as_mut().poll(&mut cx).is_pending()));
    let _large = stage.runtime.named("large").instrument({
        let (buffer, more) = ([0_u8; 10_000], [0_u8; 10_000]);
        async move {
            std::future::pending::<()>().await;
            std::hint::black_box((&buffer, &more));
        }
    });
    // Somebody looks: then it is looked at each second.
    let mut viewer =
        raw(stage.console.address(), "GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut first = [0; 15];
    viewer.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");

    let of = |document: &Value, lint: &str| {
        document["findings"].as_array().unwrap().iter().find(|found| found["lint"] == lint).cloned()
    };
    let found = stage.until("/api/v1/lints", |document| of(document, "lost_waker").is_some());
    for (lint, name, count) in
        [("lost_waker", "lost", 1), ("self_waking", "spins", 1), ("large_future", "large", 1)]
    {
        let finding = of(&found, lint).unwrap();
        assert_eq!((&finding["name"], &finding["count"]), (&name.into(), &count.into()));
        assert!(finding["location"].as_str().unwrap().contains("served.rs:"));
        assert!(finding["explanation"].as_str().unwrap().len() > 40);
    }
    assert_eq!(found["findings"].as_array().unwrap().len(), 3, "{found}");
    assert_eq!(found["lints"].as_array().unwrap().len(), 9);
    let counted = "asyncio_lint_count_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"lost\",lint=\"lost_waker\"} ";
    assert!(stage.get("/metrics").body.contains(counted));
    drop(viewer);
}

#[test]
fn metrics_come_in_the_format_that_is_asked_for() {
    let stage = Stage::new();
    stage.runtime.block_on(stage.runtime.named("a \"quoted\" \\ name\n").spawn(async {})).unwrap();
    let text = stage.get("/metrics");
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let labels = "{async_runtime_name=\"reference\",type=\"coroutine\",name=\"a \\\"quoted\\\" \\\\ name\\n\"";
    for line in [
        "# TYPE asyncio_process_count_total counter".to_owned(),
        format!("asyncio_process_count_total{labels},state=\"finished\"}} 1"),
        format!("asyncio_process_spawned_total{labels}}} 1"),
        format!("asyncio_process_active{labels}}} 0"),
        "# TYPE asyncio_process_duration_seconds histogram".to_owned(),
        format!("asyncio_process_duration_seconds_count{labels},state=\"finished\"}} 1"),
    ] {
        assert!(
            text.body.lines().any(|l| l.strip_suffix(".0").unwrap_or(l) == line),
            "no {line}\n{}",
            text.body
        );
    }
    let open = ask(
        stage.console.address(),
        "GET",
        "/metrics",
        &["accept: application/openmetrics-text; version=1.0.0,text/plain;q=0.5"],
    );
    assert_eq!(
        open.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(open.body.contains("# TYPE asyncio_process_count counter\n"));
    assert!(open.body.ends_with("# EOF\n"));
}

#[test]
fn more_names_than_a_part_of_the_metrics_holds_are_each_there_once() {
    let stage = Stage::new();
    for name in 0..600 {
        let (name, took) = (format!("name {name:03}"), Duration::from_millis(1));
        stage.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    }
    for accept in ["accept: text/plain", "accept: application/openmetrics-text"] {
        let text = ask(stage.console.address(), "GET", "/metrics", &[accept]).body;
        let families = text.lines().filter(|line| line.starts_with("# TYPE "));
        let families: Vec<_> = families.filter(|line| line.ends_with(" histogram")).collect();
        assert_eq!(families.len(), 3, "{families:?}");
        assert_eq!(text.matches(families[0]).count(), 1);
        let start = "asyncio_process_duration_seconds_count{async_runtime_name=\"x\",type=\"coroutine\",name=\"";
        let names = text.lines().filter_map(|line| line.strip_prefix(start)?.split('"').next());
        let expected: Vec<_> = (0..600).map(|name| format!("name {name:03}")).collect();
        assert_eq!(names.collect::<Vec<_>>(), expected);
        assert_eq!(text.matches("# EOF\n").count(), 1);
        assert!(text.ends_with("# EOF\n"));
    }
}

#[test]
fn what_makes_no_sense_gets_a_status_and_a_reason() {
    let stage = Stage::new();
    let address = stage.console.address();
    let error = |answer: &Answer| {
        serde_json::from_str::<Value>(&answer.body).unwrap()["error"].as_str().unwrap().to_owned()
    };
    for (path, status, reason) in [
        ("/nothing", 404, "not found"),
        ("/api/v2/names", 404, "not found"),
        ("/api/v1/names?range=0", 400, "range: expected 1 to 900 seconds or \"all\", not \"0\""),
        ("/api/v1/names?rang=60", 400, "rang: unknown field `rang`, expected `range`"),
        (
            "/api/v1/tasks?order=size",
            400,
            "order: expected one of idle, running, scheduled, wakes, busy, polls, age, not \"size\"",
        ),
        ("/api/v1/tasks?limit=1001", 400, "limit: expected 1 to 1000, not \"1001\""),
        ("/api/v1/name?runtime=a&type=coroutine&name=b", 404, "no coroutine on \"a\" named \"b\""),
        ("/api/v1/name", 400, "missing field `runtime`"),
    ] {
        let answer = stage.get(path);
        assert_eq!((answer.status, error(&answer).as_str()), (status, reason), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = ask(address, method, "/api/v1/names", &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        // Nothing says that others' pages may read it.
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(ask(address, "HEAD", "/api/v1/names", &[]).status, 200);
    let long = format!("x: {}", "a".repeat(20_000));
    assert_eq!(ask(address, "GET", "/", &[&long]).status, 431);
    let many: Vec<String> = (0..100).map(|n| format!("x{n}: 1")).collect();
    assert_eq!(
        ask(address, "GET", "/", &many.iter().map(String::as_str).collect::<Vec<_>>()).status,
        431
    );
    assert_eq!(ask(address, "GET", &format!("/{}", "a".repeat(70_000)), &[]).status, 431);
    let mut nonsense = raw(address, "what?\r\n\r\n");
    let mut answer = String::new();
    nonsense.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(stage.get("/healthz").status, 200);
}

#[test]
fn pages_are_told_what_they_may_do() {
    let stage = Stage::new();
    for path in ["/", "/main.js", "/style.css", "/api/v1/names", "/nothing"] {
        let answer = stage.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // Nothing is loaded from elsewhere.
    let page = stage.get("/").body;
    assert!(!page.contains("http://") && !page.contains("https://"));
    for script in page.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert_eq!(
            stage.get(script).header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
    }
}

#[test]
fn a_host_that_is_not_known_is_turned_away() {
    let stage = Stage::with(|builder| builder.host("tasks.internal"));
    let status = |host: &str| {
        raw_status(&stage, &format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"))
    };
    assert_eq!(status("evil.example"), 421);
    assert_eq!(status("evil.example:80"), 421);
    assert_eq!(["tasks.internal", "localhost:1", "127.0.0.1", "[::1]:80"].map(status), [200; 4]);
    assert_eq!(
        raw_status(
            &stage,
            "GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        ),
        421
    );
}

fn raw_status(stage: &Stage, request: &str) -> u16 {
    let mut stream = raw(stage.console.address(), request);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn who_has_no_token_sees_that_it_is_alive_and_no_more() {
    let stage = Stage::with(|builder| builder.token("a secret/&"));
    let address = stage.console.address();
    for path in [
        "/",
        "/metrics",
        "/api/v1/names",
        "/main.js",
        "/nothing",
        "/?token=wrong",
        "/api/v1/stream",
    ] {
        let answer = stage.get(path);
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, Some("Bearer")),
            "{path}"
        );
    }
    assert_eq!(stage.get("/healthz").status, 200);
    assert_eq!(ask(address, "GET", "/metrics", &["authorization: Bearer wrong"]).status, 401);
    assert_eq!(ask(address, "GET", "/metrics", &["authorization: Bearer a secret/&"]).status, 200);
    // A browser gets a session of this console, and never the token; it goes out of the address bar.
    let first = stage.get("/?token=a%20secret%2F%26");
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap();
    let (name, session) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    assert_eq!(name, format!("runtime_hooks_console_{}", address.port()));
    assert!(session.len() == 64 && session.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = format!("cookie: other=1; {name}={session}");
    assert_eq!(ask(address, "GET", "/api/v1/names", &[&cookie]).status, 200);
    let again = ask(address, "GET", "/?token=junk", &[&cookie]);
    assert_eq!((again.status, again.header("set-cookie")), (303, None));
    // Another console of the same host does not know it.
    let other = Stage::with(|builder| builder.token("a secret/&"));
    assert_eq!(ask(other.console.address(), "GET", "/api/v1/names", &[&cookie]).status, 401);
}

#[test]
fn any_other_address_asks_who_may_look() {
    let open = || Console::builder().address("0.0.0.0:0".parse().unwrap());
    let error = open().serve().unwrap_err();
    assert!(error.is_exposed());
    assert!(error.to_string().contains("0.0.0.0:0"));
    let secret = open().token("s3cr3t");
    assert!(!format!("{secret:?}").contains("s3cr3t"));
    let console = secret.serve().unwrap();
    assert!(console.url().starts_with("http://127.0.0.1:"));
    assert_eq!(get(console.address(), "/metrics").status, 401);
    assert!(!format!("{console:?}").contains("s3cr3t"));
    console.stop();
    let console = open().open_to_everyone().serve().unwrap();
    assert_eq!(get(console.address(), "/metrics").status, 200);
    console.stop();
    let local = || Console::builder().address("127.0.0.1:0".parse().unwrap());
    for empty in [open().token(" "), local().token(""), open().open_to_everyone().token("")] {
        assert!(empty.serve().unwrap_err().to_string().contains("empty"));
    }
    for unusable in ["a\nb".to_owned(), "a".repeat(4_097)] {
        assert!(local().token(unusable).serve().unwrap_err().to_string().contains("4096 bytes"));
    }
    let missing = open().token_file("/no/such/file").serve().unwrap_err();
    assert!(missing.to_string().contains("/no/such/file"));
    let directory = local().token_file(std::env::temp_dir()).serve().unwrap_err();
    let source = std::error::Error::source(&directory).unwrap().to_string();
    assert_eq!(source, "it is not a regular file");
    let path = std::env::temp_dir().join(format!("runtime-hooks-token-{}", std::process::id()));
    std::fs::write(&path, " \n").unwrap();
    assert!(local().token_file(&path).serve().unwrap_err().to_string().contains("empty"));
    std::fs::write(&path, "from a file\n").unwrap();
    let console = local().token_file(&path).serve().unwrap();
    std::fs::remove_file(&path).unwrap();
    let bearer = ["authorization: bearer from a file"];
    assert_eq!(ask(console.address(), "GET", "/metrics", &bearer).status, 200);
    console.stop();
}

#[test]
fn an_address_that_is_taken_is_an_error_and_free_after_a_stop() {
    let stage = Stage::new();
    let address = stage.console.address();
    let again = Console::builder().address(address).serve().unwrap_err();
    assert!(again.is_bind() && again.to_string().contains(&address.to_string()));
    assert!(stage.instrumentor.keep_live(true));
    stage.console.stop();
    stage.console.stop();
    assert!(TcpStream::connect(address).is_err());
    // What it kept, it keeps no longer.
    assert!(!stage.instrumentor.keep_live(false));
    Console::builder().address(address).serve().unwrap().stop();
}

#[test]
fn a_handle_that_is_dropped_leaves_it_running() {
    let Stage { console, _reference, .. } = Stage::new();
    let address = console.address();
    drop(console);
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(get(address, "/healthz").status, 200);
}
