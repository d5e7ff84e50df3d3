//! The console starts all its threads at once: a request works also if no thread can be started any more.
#![cfg(target_os = "linux")]

mod client;
mod fixture;

use crate::client::get;
use crate::fixture::Fixture;

/// The console's threads in this process, by the start of their names: the system keeps 15 bytes.
fn console_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("runtime-hooks-c")).count()
}

#[test]
fn no_request_starts_a_thread() {
    assert_eq!(console_threads(), 0);
    let fixture = Fixture::new();
    let address = fixture.console.address();
    // One computes the answer and the other one sends it: both run, and have set their names.
    assert_eq!(get(address, "/api/v1/overview").status, 200);
    assert_eq!(console_threads(), 2);
    std::thread::scope(|scope| {
        for path in ["/metrics", "/api/v1/names", "/api/v1/tasks", "/api/v1/overview", "/"] {
            scope.spawn(move || (0..20).for_each(|_| assert_eq!(get(address, path).status, 200)));
        }
    });
    assert_eq!(console_threads(), 2);
    fixture.console.stop();
    assert_eq!(console_threads(), 0);
}
