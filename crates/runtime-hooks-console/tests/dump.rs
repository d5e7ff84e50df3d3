//! The task dump of the console, over real connections.
#![cfg(feature = "dump")]

mod client;
mod fixture;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use runtime_hooks_console::Disclosure;
use runtime_hooks_core::dump::HAS_STACK_WALKER;
use runtime_hooks_core::{RuntimeHooks as _, RuntimeHooksExt};
use serde_json::{Value, json};

use crate::client::{Answer, get, send};
use crate::fixture::Fixture;

/// A task that waits for a message, on a thread that runs it until the sender is dropped.
fn with_a_waiting_task(fixture: &Fixture, test: impl FnOnce()) {
    let (send, receive) = futures_channel::oneshot::channel::<()>();
    let (started, starts) = channel();
    thread::scope(|scope| {
        let runtime = fixture.runtime.clone();
        scope.spawn(move || {
            runtime.raw_block_on(async {
                let task = runtime.named("secret_name").spawn(secretly_wait(receive, started));
                task.await.unwrap();
            });
        });
        starts.recv().unwrap();
        test();
        drop(send);
    });
}

async fn secretly_wait(receive: futures_channel::oneshot::Receiver<()>, started: Sender<()>) {
    started.send(()).unwrap();
    let _ = receive.await;
}

fn dump(fixture: &Fixture, query: &str) -> Answer {
    get(fixture.console.address(), &format!("/api/v1/dump{query}"))
}

fn groups(answer: &Answer) -> Vec<Value> {
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["version"], 1);
    document["groups"].as_array().unwrap().clone()
}

#[test]
fn a_dump_has_the_waiting_task_in_every_format() {
    let fixture = Fixture::new();
    with_a_waiting_task(&fixture, || {
        for (query, content_type) in [
            ("", "text/plain; charset=utf-8"),
            ("?format=text&frames=all", "text/plain; charset=utf-8"),
            ("?format=json", "application/json"),
            ("?format=folded&weight=tasks", "text/plain; charset=utf-8"),
        ] {
            let answer = dump(&fixture, query);
            assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)));
            assert!(answer.body.contains("secret_name"), "{query}: {}", answer.body);
        }
        let group = &groups(&dump(&fixture, "?format=json"))[0];
        assert_eq!((&group["label"], &group["tasks"]), (&json!("secret_name"), &json!(1)));
        if HAS_STACK_WALKER {
            assert_eq!(group["answer"], "waits");
            assert_eq!(group["stacks"][0]["wait"], "oneshot recv");
        }
        // One task, and none.
        let id = group["ids"][0].as_str().unwrap();
        let one = dump(&fixture, &format!("?format=json&task={id}"));
        assert_eq!(groups(&one).len(), 1);
        assert_eq!(groups(&dump(&fixture, "?format=json&task=4000000000.7")).len(), 0);
    });
}

#[test]
fn an_invalid_query_is_named() {
    let fixture = Fixture::new();
    for (query, expected) in [
        ("?format=xml", "text, json or folded, not \\\"xml\\\""),
        ("?weight=bytes", "tasks or milliseconds, not \\\"bytes\\\""),
        ("?task=first", "an id such as 17.3, not \\\"first\\\""),
        ("?frames=some", "program or all, not \\\"some\\\""),
        ("?seconds=5", "unknown field `seconds`"),
    ] {
        let answer = dump(&fixture, query);
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains(expected), "{query}: {}", answer.body);
    }
}

#[test]
fn functions_and_files_are_disclosed_as_names_are() {
    let hashed = Fixture::with(|console| console.disclose(Disclosure::Hashed));
    with_a_waiting_task(&hashed, || {
        let answer = dump(&hashed, "?format=json&frames=all");
        for secret in ["secretly_wait", "dump.rs", "secret_name", "oneshot::"] {
            assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
        }
    });
    let redacted = Fixture::with(|console| {
        console.redact(|_, text| text.replace("secretly", "SOMEHOW").into())
    });
    with_a_waiting_task(&redacted, || {
        let answer = dump(&redacted, "?format=json");
        assert!(!answer.body.contains("secretly"), "{}", answer.body);
    });
}

#[test]
fn a_page_of_another_origin_cannot_ask_for_a_dump() {
    let fixture = Fixture::new();
    let from = |site: &str| {
        let header = format!("Sec-Fetch-Site: {site}");
        send(fixture.console.address(), "GET", "/api/v1/dump", &[&header]).status
    };
    assert_eq!(["same-origin", "none"].map(from), [200, 200]);
    assert_eq!(["cross-site", "same-site"].map(from), [403, 403]);
}

#[test]
fn there_is_one_dump_at_a_time() {
    // A redaction that waits keeps the first dump from ending.
    let (entered, enters) = channel();
    let (release, released) = channel::<()>();
    let released = std::sync::Mutex::new(Some((entered, released)));
    let fixture = Fixture::with(|console| {
        console.redact(move |_, text| {
            // The function of a library is in a dump only.
            if text.contains("oneshot") {
                let taken: Option<(Sender<()>, Receiver<()>)> = released.lock().unwrap().take();
                if let Some((entered, released)) = taken {
                    entered.send(()).unwrap();
                    let _ = released.recv();
                }
            }
            text.into()
        })
    });
    if !HAS_STACK_WALKER {
        return;
    }
    with_a_waiting_task(&fixture, || {
        thread::scope(|scope| {
            let first = scope.spawn(|| dump(&fixture, ""));
            enters.recv().unwrap();
            assert_eq!(dump(&fixture, "").status, 503);
            drop(release);
            assert_eq!(first.join().unwrap().status, 200);
            assert_eq!(dump(&fixture, "").status, 200);
        });
    });
}
