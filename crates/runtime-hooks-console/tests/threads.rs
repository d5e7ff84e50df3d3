//! The console has all its threads from the start: a program that may have no more of them is not ended by a request.
#![cfg(target_os = "linux")]

mod client;
mod stage;

use crate::client::get;
use crate::stage::Stage;

/// Those of this process, by the start of their name, which is all that the system keeps.
fn console_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("runtime-hooks-c")).count()
}

#[test]
fn no_request_starts_a_thread() {
    assert_eq!(console_threads(), 0);
    let stage = Stage::new();
    let address = stage.console.address();
    // Computed on the one and sent by the other: both run, and have set their names.
    assert_eq!(get(address, "/api/v1/overview").status, 200);
    assert_eq!(console_threads(), 2);
    std::thread::scope(|scope| {
        for path in ["/metrics", "/api/v1/names", "/api/v1/tasks", "/api/v1/overview", "/"] {
            scope.spawn(move || (0..20).for_each(|_| assert_eq!(get(address, path).status, 200)));
        }
    });
    assert_eq!(console_threads(), 2);
    stage.console.stop();
    assert_eq!(console_threads(), 0);
}
