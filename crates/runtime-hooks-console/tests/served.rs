//! What the console serves, over real connections.

mod client;
mod fixture;

use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime_hooks_console::Console;
use runtime_hooks_core::{
    Config, Kind, ManualClock, Outcome, Recorder, RuntimeHooks as _, RuntimeHooksExt, Submission,
    TaskContext, TraceIds, Tracer,
};
use serde_json::{Value, json};

use crate::client::{Answer, get, raw, send};
use crate::fixture::Fixture;

/// Requests to the console.
impl Fixture {
    fn get(&self, path: &str) -> Answer {
        get(self.console.address(), path)
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// The document, once the condition holds: the console takes a sample once a second.
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
fn names_have_the_numbers_of_the_snapshot() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        fixture.runtime.block_on(fixture.runtime.named("fetch").spawn(async {})).unwrap();
    }
    let panics = fixture.runtime.named("fetch").spawn(async { std::panic::panic_any(()) });
    assert!(fixture.runtime.block_on(panics).is_err());
    let _waits = fixture.runtime.named("waits").instrument(std::future::pending::<()>());

    let is_seen = |d: &Value| Fixture::named(d, "waits").is_some_and(|row| row["active"] == 1);
    for range in ["60", "all"] {
        let document = fixture.until(&format!("/api/v1/names?range={range}"), is_seen);
        let fetch = Fixture::named(&document, "fetch").unwrap();
        let numbers = ["active", "spawned", "finished", "cancelled", "timeout", "exception"];
        assert_eq!(numbers.map(|field| fetch[field].as_u64().unwrap()), [0, 4, 3, 0, 0, 1]);
        assert_eq!((&fetch["runtime"], &fetch["type"]), (&"reference".into(), &"coroutine".into()));
        assert!(fetch["location"].as_str().unwrap().contains("served.rs:"));
        assert_eq!(fetch["duration"]["count"], 4);
        assert!(fetch["duration"]["p50"].as_f64() <= fetch["duration"]["max"].as_f64());
        assert_eq!(Fixture::named(&document, "waits").unwrap()["active"], 1);
    }
    let snapshot = fixture.instrumentor.recorder().snapshot();
    let longest = snapshot.find("fetch").unwrap().duration().max().unwrap().as_secs_f64();
    let detail = fixture.json("/api/v1/name?runtime=reference&type=coroutine&name=fetch&range=60");
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

    let overview = fixture.json("/api/v1/overview?range=all");
    let runtime = &overview["runtimes"][0];
    assert_eq!(
        (&runtime["name"], &runtime["active"], &runtime["spawned"]),
        (&"reference".into(), &1.into(), &9.into())
    );
    assert_eq!(runtime["ended"]["exception"], 1);
}

#[test]
fn live_tasks_are_ordered_filtered_and_limited() {
    let fixture = Fixture::new();
    let waiting: Vec<_> = (0..150)
        .map(|number| {
            let name = if number < 10 { "few" } else { "many" };
            fixture.runtime.named(name).instrument(std::future::pending::<()>())
        })
        .collect();
    let all = fixture.until("/api/v1/tasks?order=age", |document| document["total"] == 150);
    assert_eq!((all["tasks"].as_array().unwrap().len(), all["live"].as_bool()), (100, Some(true)));
    assert_eq!(
        (&all["scheduled"], &all["running"], &all["idle"]),
        (&150.into(), &0.into(), &0.into())
    );
    let ages: Vec<f64> =
        all["tasks"].as_array().unwrap().iter().map(|task| task["age"].as_f64().unwrap()).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b));
    let few = fixture.json("/api/v1/tasks?filter=few&state=scheduled&runtime=reference&limit=3");
    assert_eq!((&few["matching"], few["tasks"].as_array().unwrap().len()), (&10.into(), 3));
    assert_eq!(fixture.json("/api/v1/tasks?name=fe")["matching"], 0);
    drop(waiting);
    fixture.until("/api/v1/tasks", |document| document["total"] == 0);
}

#[test]
fn live_false_keeps_no_list_of_live_tasks() {
    let fixture = Fixture::with(|builder| builder.live(false));
    let _waits = fixture.runtime.named("waits").instrument(std::future::pending::<()>());
    assert_eq!(fixture.json("/api/v1/tasks")["live"], false);
    assert_eq!(fixture.instrumentor.recorder().live(), []);
}

#[test]
fn lints_are_found_explained_and_counted() {
    use std::future::poll_fn;
    use std::task::{Context, Poll, Waker};

    let fixture = Fixture::new();
    let mut lost =
        std::pin::pin!(fixture.runtime.named("lost").instrument(poll_fn(|_| Poll::<()>::Pending)));
    let mut spins = std::pin::pin!(fixture.runtime.named("spins").instrument(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(lost.as_mut().poll(&mut cx).is_pending());
    (0..60).for_each(|_| assert!(spins.as_mut().poll(&mut cx).is_pending()));
    let _large = fixture.runtime.named("large").instrument({
        let (buffer, more) = ([0_u8; 10_000], [0_u8; 10_000]);
        async move {
            std::future::pending::<()>().await;
            std::hint::black_box((&buffer, &more));
        }
    });
    // While a page is open, lints are evaluated each second.
    let mut viewer =
        raw(fixture.console.address(), "GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut first = [0; 15];
    viewer.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");

    let of = |document: &Value, lint: &str| {
        document["findings"].as_array().unwrap().iter().find(|found| found["lint"] == lint).cloned()
    };
    let found = fixture.until("/api/v1/lints", |document| of(document, "lost_waker").is_some());
    for (lint, name, count) in
        [("lost_waker", "lost", 1), ("self_waking", "spins", 1), ("large_future", "large", 1)]
    {
        let finding = of(&found, lint).unwrap();
        assert_eq!((&finding["name"], &finding["count"]), (&name.into(), &count.into()));
        assert!(finding["location"].as_str().unwrap().contains("served.rs:"));
        assert!(finding["explanation"].as_str().unwrap().len() > 40);
    }
    assert_eq!(found["findings"].as_array().unwrap().len(), 3, "{found}");
    assert_eq!(found["lints"].as_array().unwrap().len(), 10);
    let counted = "asyncio_lint_count_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"lost\",lint=\"lost_waker\"} ";
    assert!(fixture.get("/metrics").body.contains(counted));
    drop(viewer);
}

#[test]
fn metrics_have_the_format_of_the_accept_header() {
    let fixture = Fixture::new();
    fixture
        .runtime
        .block_on(fixture.runtime.named("a \"quoted\" \\ name\n").spawn(async {}))
        .unwrap();
    let text = fixture.get("/metrics");
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
    let open = send(
        fixture.console.address(),
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

/// A task in a sampled trace is an exemplar of its bucket, in the one format that has them.
#[test]
fn a_bucket_has_the_trace_of_its_last_task() {
    struct Sampled;
    impl Tracer for Sampled {
        fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            Some(Arc::new(Sampled))
        }
    }
    impl TaskContext for Sampled {
        fn enter(&self, run: &mut dyn FnMut()) {
            run();
        }
        fn trace_ids(&self) -> Option<TraceIds> {
            Some(TraceIds { trace: [0x1a; 16], span: [0x2b; 8] })
        }
        fn end(&self, _: Outcome, _: Duration) {}
    }
    let time = ManualClock::new();
    let recorder = Recorder::builder().clock(time.clock()).build();
    let config = Config::new().recorder(recorder).tracer(Arc::new(Sampled));
    let fixture = Fixture::configured(config, |builder| builder);
    let millis = Duration::from_millis;
    for took in [millis(2), millis(3), millis(700)] {
        let time = time.clone();
        time.advance(millis(5_000));
        let task = fixture.runtime.named("job").spawn(async move { time.advance(took) });
        fixture.runtime.block_on(task).unwrap();
    }
    let metrics = |accept| send(fixture.console.address(), "GET", "/metrics", &[accept]).body;
    let open = metrics("accept: application/openmetrics-text");
    let buckets = open.lines().filter_map(|line| {
        let line = line.strip_prefix("asyncio_process_duration_seconds_bucket{le=\"")?;
        let (le, rest) = line.split_once('"')?;
        rest.contains("name=\"job\"").then(|| (le, rest.split_once("} ").unwrap().1))
    });
    let buckets: Vec<_> = buckets.map(|(le, rest)| (le, rest.rsplit_once(' '))).collect();
    let trace = format!("{{trace_id=\"{}\",span_id=\"{}\"}}", "1a".repeat(16), "2b".repeat(8));
    let expected = [(0, "0.01", "2", "0.003"), (1, "1", "3", "0.7")];
    let with_exemplar: Vec<_> = buckets
        .iter()
        .filter_map(|(le, rest)| Some((*le, rest.filter(|(value, _)| value.contains(" # "))?)))
        .collect();
    assert_eq!(with_exemplar.len(), expected.len(), "{buckets:?}");
    for (at, le, count, seconds) in expected {
        let (bucket, (value, timestamp)) = with_exemplar[at];
        assert_eq!((bucket, value), (le, &*format!("{count} # {trace} {seconds}")));
        assert!(timestamp.parse::<f64>().unwrap() > 1.7e9, "{timestamp}");
    }
    for accept in ["accept: text/plain", "accept: application/json"] {
        assert!(!metrics(accept).contains("trace_id"));
    }
}

#[test]
fn the_flight_record_is_a_file_for_viewers_and_a_document_for_the_page() {
    let fixture = Fixture::new();
    let job = fixture.runtime.named("job").spawn(async {});
    fixture.runtime.raw_block_on(job).unwrap();
    for (query, content_type, file) in [
        ("", "application/octet-stream", "flight.pftrace"),
        ("?seconds=60&format=perfetto", "application/octet-stream", "flight.pftrace"),
        ("?seconds=0.5&format=firefox", "application/json", "flight.json"),
    ] {
        let answer = fixture.get(&format!("/api/v1/flight{query}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)));
        let disposition = format!("attachment; filename=\"{file}\"");
        assert_eq!(answer.header("content-disposition"), Some(&*disposition));
        assert!(answer.body.contains("job"), "{query}");
    }
    let document = fixture.json("/api/v1/flight?format=json");
    let events = &document["events"];
    assert_eq!(events["kind"], json!(["polled"]));
    assert_eq!(events["ended"], json!(["finished"]));
    let columns = ["thread", "task", "at", "length", "delay"];
    assert!(columns.iter().all(|column| events[column].as_array().unwrap().len() == 1));
    let series = document["tasks"]["series"][0].as_u64().unwrap();
    assert_eq!(document["series"][usize::try_from(series).unwrap()]["name"], "job");
    assert_eq!((&document["overwritten"], &document["omitted"]), (&json!(0), &json!(0)));
}

#[cfg(not(feature = "dump"))]
#[test]
fn a_dump_without_its_feature_says_so() {
    let answer = Fixture::new().get("/api/v1/dump");
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("built without the feature `dump`"), "{}", answer.body);
}

#[test]
fn names_of_several_parts_of_the_metrics_are_written_once() {
    let fixture = Fixture::new();
    for name in 0..600 {
        let (name, took) = (format!("name {name:03}"), Duration::from_millis(1));
        fixture.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    }
    for accept in ["accept: text/plain", "accept: application/openmetrics-text"] {
        let text = send(fixture.console.address(), "GET", "/metrics", &[accept]).body;
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
fn an_invalid_request_gets_a_status_and_an_error() {
    let fixture = Fixture::new();
    let address = fixture.console.address();
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
        (
            "/api/v1/flight?format=svg",
            400,
            "format: expected perfetto, firefox or json, not \"svg\"",
        ),
        (
            "/api/v1/flight?seconds=-1",
            400,
            "seconds: expected a number of seconds above 0, not \"-1\"",
        ),
    ] {
        let answer = fixture.get(path);
        assert_eq!((answer.status, error(&answer).as_str()), (status, reason), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = send(address, method, "/api/v1/names", &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        // Pages of other origins may not read it.
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(send(address, "HEAD", "/api/v1/names", &[]).status, 200);
    let long = format!("x: {}", "a".repeat(20_000));
    assert_eq!(send(address, "GET", "/", &[&long]).status, 431);
    let many: Vec<String> = (0..100).map(|n| format!("x{n}: 1")).collect();
    assert_eq!(
        send(address, "GET", "/", &many.iter().map(String::as_str).collect::<Vec<_>>()).status,
        431
    );
    assert_eq!(send(address, "GET", &format!("/{}", "a".repeat(70_000)), &[]).status, 431);
    let mut nonsense = raw(address, "what?\r\n\r\n");
    let mut answer = String::new();
    nonsense.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(fixture.get("/healthz").status, 200);
}

#[test]
fn every_answer_has_security_headers() {
    let fixture = Fixture::new();
    for path in ["/", "/main.js", "/style.css", "/api/v1/names", "/nothing"] {
        let answer = fixture.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // Nothing is loaded from other hosts.
    let page = fixture.get("/").body;
    assert!(!page.contains("http://") && !page.contains("https://"));
    for script in page.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert_eq!(
            fixture.get(script).header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
    }
}

#[test]
fn a_request_for_an_unknown_host_is_refused() {
    let fixture = Fixture::with(|builder| builder.host("tasks.internal"));
    let status = |host: &str| {
        raw_status(
            &fixture,
            &format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"),
        )
    };
    assert_eq!(status("evil.example"), 421);
    assert_eq!(status("evil.example:80"), 421);
    assert_eq!(["tasks.internal", "localhost:1", "127.0.0.1", "[::1]:80"].map(status), [200; 4]);
    assert_eq!(
        raw_status(
            &fixture,
            "GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        ),
        421
    );
}

fn raw_status(fixture: &Fixture, request: &str) -> u16 {
    let mut stream = raw(fixture.console.address(), request);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn without_the_token_only_healthz_answers() {
    let fixture = Fixture::with(|builder| builder.token("a secret/&"));
    let address = fixture.console.address();
    for path in [
        "/",
        "/metrics",
        "/api/v1/names",
        "/main.js",
        "/nothing",
        "/?token=wrong",
        "/api/v1/stream",
    ] {
        let answer = fixture.get(path);
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, Some("Bearer")),
            "{path}"
        );
    }
    assert_eq!(fixture.get("/healthz").status, 200);
    assert_eq!(send(address, "GET", "/metrics", &["authorization: Bearer wrong"]).status, 401);
    assert_eq!(send(address, "GET", "/metrics", &["authorization: Bearer a secret/&"]).status, 200);
    // A browser gets a session, not the token, and a redirect that removes the token from the address bar.
    let first = fixture.get("/?token=a%20secret%2F%26");
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap();
    let (name, session) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    assert_eq!(name, format!("runtime_hooks_console_{}", address.port()));
    assert!(session.len() == 64 && session.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = format!("cookie: other=1; {name}={session}");
    assert_eq!(send(address, "GET", "/api/v1/names", &[&cookie]).status, 200);
    let again = send(address, "GET", "/?token=junk", &[&cookie]);
    assert_eq!((again.status, again.header("set-cookie")), (303, None));
    // Another console on the same host refuses the session.
    let other = Fixture::with(|builder| builder.token("a secret/&"));
    assert_eq!(send(other.console.address(), "GET", "/api/v1/names", &[&cookie]).status, 401);
}

#[test]
fn an_address_that_others_can_reach_requires_a_token_or_an_opt_in() {
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
    assert_eq!(send(console.address(), "GET", "/metrics", &bearer).status, 200);
    console.stop();
}

#[test]
fn an_address_in_use_is_an_error_and_free_after_a_stop() {
    let fixture = Fixture::new();
    let address = fixture.console.address();
    let again = Console::builder().address(address).serve().unwrap_err();
    assert!(again.is_bind() && again.to_string().contains(&address.to_string()));
    assert!(fixture.instrumentor.set_live(true));
    fixture.console.stop();
    fixture.console.stop();
    assert!(TcpStream::connect(address).is_err());
    // The list of live tasks is not kept any more.
    assert!(!fixture.instrumentor.set_live(false));
    Console::builder().address(address).serve().unwrap().stop();
}

#[test]
fn a_console_keeps_running_when_its_handle_is_dropped() {
    let Fixture { console, _reference, .. } = Fixture::new();
    let address = console.address();
    drop(console);
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(get(address, "/healthz").status, 200);
}
