//! Any name is text in each output, and the same text.

mod client;
mod fixture;

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use runtime_hooks_core::{Config as CoreConfig, Detail, Kind, Outcome, RuntimeHooksExt};
use serde_json::Value;

use crate::client::get;
use crate::fixture::Fixture;

/// Names with special characters, each with its label in `/metrics`.
fn names() -> Vec<(String, String)> {
    let names = [
        ("", ""),
        ("<script>alert(1)</script>&amp;", "<script>alert(1)</script>&amp;"),
        ("a\nb\r\tc\u{b}\u{85}\u{2028}", "a\\nb\r\tc\u{b}\u{85}\u{2028}"),
        ("nul\0 escape\u{1b}[31m", "nul\0 escape\u{1b}[31m"),
        ("\u{202e}exe.gnp\u{2066}", "\u{202e}exe.gnp\u{2066}"),
        (r#"quote" and \ and \n and '"#, r#"quote\" and \\ and \\n and '"#),
        ("a/b?c=d#e&f%00 %zz", "a/b?c=d#e&f%00 %zz"),
        ("\u{fffd}\u{10ffff}\u{feff}", "\u{fffd}\u{10ffff}\u{feff}"),
    ];
    let mut names: Vec<_> = names.map(|(name, label)| (name.to_owned(), label.to_owned())).into();
    names.push(("é".repeat(2_048), "é".repeat(2_048)));
    names
}

impl Fixture {
    fn json(&self, path: &str) -> Value {
        let answer = get(self.console.address(), path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        // Control characters are escaped, and so are those that JavaScript takes for line ends.
        assert!(!answer.body.contains(|c: char| u32::from(c) < 0x20), "{path}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// The rows of all names, once there are this many.
    fn rows(&self, count: usize) -> Vec<Value> {
        self.rows_where(|_| true, count)
    }

    /// The rows that match, once there are this many.
    fn rows_where(&self, matches: impl Fn(&Value) -> bool, count: usize) -> Vec<Value> {
        loop {
            let document = self.json("/api/v1/names?range=all");
            let rows = document["names"].as_array().unwrap().iter().filter(|row| matches(row));
            let rows: Vec<_> = rows.cloned().collect();
            if rows.len() >= count {
                return rows;
            }
            std::thread::yield_now();
        }
    }
}

fn query(name: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("runtime", "reference"), ("type", "coroutine"), ("name", name)])
        .finish()
}

#[test]
fn each_name_is_the_same_text_in_each_output() {
    let fixture = Fixture::new();
    let names = names();
    let task = |name: &String| {
        Box::pin(fixture.runtime.named(name.clone()).instrument(std::future::pending::<()>()))
    };
    let _tasks: Vec<_> = names.iter().map(|(name, _)| task(name)).collect();
    let rows = fixture.rows(names.len());
    let metrics = get(fixture.console.address(), "/metrics").body;
    for ((name, label), row) in names.iter().zip(rows) {
        assert_eq!(row["name"], **name);
        assert_eq!((&row["active"], &row["type"]), (&1.into(), &"coroutine".into()));
        let one = fixture.json(&format!("/api/v1/name?{}&range=all", query(name)));
        assert_eq!((&one["name"], &one["numbers"]["spawned"]), (&Value::from(&**name), &1.into()));
        let live = fixture.json(&format!("/api/v1/tasks?{}", query(name)));
        assert_eq!(
            (&live["matching"], &live["tasks"][0]["name"]),
            (&1.into(), &Value::from(&**name))
        );
        for (metric, value) in
            [("asyncio_process_spawned_total", "1"), ("asyncio_process_active", "1")]
        {
            let labels =
                format!("async_runtime_name=\"reference\",type=\"coroutine\",name=\"{label}\"");
            let lines = [
                format!("\n{metric}{{{labels}}} {value}\n"),
                format!("\n{metric}{{{labels}}} {value}.0\n"),
            ];
            assert!(lines.iter().any(|line| metrics.contains(&**line)), "{lines:?} in {metrics}");
        }
    }
}

#[test]
fn an_invalid_name_is_not_found() {
    let fixture = Fixture::new();
    let find = |query: &str| {
        get(fixture.console.address(), &format!("/api/v1/name?runtime=a&type=b&{query}"))
    };
    // An unpaired surrogate, escaped by JavaScript and as bytes; a byte that is not in UTF-8.
    for name in ["name=%uD800", "name=%ED%A0%80", "name=%FF", "name=%00%0A%22"] {
        let answer = find(name);
        assert_eq!(answer.status, 404, "{}", answer.body);
        let error: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(error["error"].as_str().unwrap().starts_with("no b on \"a\" named \""));
        assert!(!answer.body.contains(|c: char| u32::from(c) < 0x20));
    }
}

#[test]
fn any_text_is_served_unchanged() {
    let mut runner = TestRunner::new(Config { cases: 4, ..Config::default() });
    let names = prop::collection::btree_set(any::<String>(), 1..200);
    runner
        .run(&names, |names| {
            let fixture = Fixture::new();
            for name in &names {
                let (name, took) = (name.clone(), Duration::from_millis(1));
                let recorder = fixture.instrumentor.recorder();
                recorder.record(Kind::Coroutine, name, "reference", Outcome::FINISHED, took);
            }
            let rows = fixture.rows(names.len());
            let shown: BTreeSet<_> = rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
            prop_assert_eq!(&shown, &names);
            let metrics = get(fixture.console.address(), "/metrics").body;
            let start = "asyncio_process_count_total{async_runtime_name=\"reference\",type=\"coroutine\",name=\"";
            let labels = metrics.split('\n').filter_map(|line| line.strip_prefix(start));
            let scraped: BTreeSet<_> = labels.map(unescaped).collect();
            prop_assert_eq!(&scraped, &names);
            Ok(())
        })
        .unwrap();
}

/// The bucket boundaries of a histogram.
fn boundaries(metrics: &str, histogram: &str) -> Vec<String> {
    let start = format!("{histogram}_bucket{{le=\"");
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(&start));
    lines.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn record(fixture: &Fixture, name: &'static str, took: Duration) {
    let recorder = fixture.instrumentor.recorder();
    recorder.record(Kind::Coroutine, name, "reference", Outcome::FINISHED, took);
}

#[test]
fn a_scrape_has_the_boundaries_that_are_set() {
    const DURATION: &str = "asyncio_process_duration_seconds";
    let config = CoreConfig::new().boundaries(&[0.000_001, 0.05]);
    for (config, expected) in [
        (CoreConfig::new(), &["0.001", "0.01", "0.1", "1", "10", "+Inf"][..]),
        (config, &["0.000001", "0.05", "+Inf"]),
    ] {
        let fixture = Fixture::configured(config, |builder| builder);
        record(&fixture, "job", Duration::from_millis(50));
        let metrics = get(fixture.console.address(), "/metrics").body;
        assert_eq!(boundaries(&metrics, DURATION), expected);
    }
}

#[test]
fn a_scrape_of_a_thousand_names_is_at_most_three_megabytes() {
    let fixture = Fixture::configured(CoreConfig::new().detail(Detail::Full), |builder| builder);
    for number in 0..1_000 {
        let task = fixture.runtime.named(format!("job_{number}")).spawn(async {});
        fixture.runtime.block_on(task).unwrap();
    }
    let metrics = get(fixture.console.address(), "/metrics").body;
    let of = |histogram: &str| boundaries(&metrics, &format!("asyncio_{histogram}_seconds")).len();
    let found = ["process_duration", "schedule_duration", "poll_duration"].map(of);
    // `block_on` is a series too; its wakes are its own.
    assert!(found[0] >= 6_000 && found[1] >= 6_000 && found[2] >= 5_000, "{found:?}");
    let on_tokio = metrics.replace("\"reference\"", "\"tokio\"");
    assert!(on_tokio.len() <= 3_000_000, "{}", on_tokio.len());
}

#[test]
fn functions_of_one_name_are_told_apart_and_call_sites_are_added_up() {
    mod a {
        pub(super) async fn run() {}
    }
    mod b {
        pub(super) async fn run() {}
    }
    let fixture = Fixture::new();
    fixture.runtime.block_on(async {
        fixture.runtime.spawn(a::run()).await.unwrap();
        fixture.runtime.spawn(a::run()).await.unwrap();
        fixture.runtime.spawn(b::run()).await.unwrap();
    });
    let metrics = get(fixture.console.address(), "/metrics").body;
    let of = |module: &str| {
        let line = format!(
            "asyncio_process_count_total{{async_runtime_name=\"reference\",type=\"coroutine\",name=\"run\",code_function_name=\"{}::functions_of_one_name_are_told_apart_and_call_sites_are_added_up::{module}::run\",state=\"finished\"}} ",
            module_path!()
        );
        metrics.lines().find_map(|text| text.strip_prefix(&line).map(str::to_owned))
    };
    assert_eq!([of("a"), of("b")], [Some("2.0".to_owned()), Some("1.0".to_owned())], "{metrics}");
    let rows = fixture.rows_where(|row| row["name"] == "run", 3);
    let mut labels: Vec<_> = rows.iter().map(|row| row["label"].as_str().unwrap()).collect();
    labels.sort_unstable();
    assert_eq!(labels[2], "b::run");
    assert!(labels[..2].iter().all(|label| label.starts_with("a::run@names.rs:")), "{labels:?}");
    // Each has a document of its own.
    for row in &rows {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("runtime", "reference"), ("type", "coroutine"), ("name", "run")])
            .extend_pairs(["function", "location"].map(|key| (key, row[key].as_str().unwrap())))
            .finish();
        let answer = get(fixture.console.address(), &format!("/api/v1/name?{query}"));
        let one: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((&one["label"], &one["since_start"]["spawned"]), (&row["label"], &1.into()));
    }
}

/// A label's value, up to its closing quote, as Prometheus reads it.
fn unescaped(label: &str) -> String {
    let (mut value, mut chars) = (String::new(), label.chars());
    loop {
        match chars.next().unwrap() {
            '"' => return value,
            '\\' => value.push(match chars.next().unwrap() {
                'n' => '\n',
                same => same,
            }),
            c => value.push(c),
        }
    }
}
