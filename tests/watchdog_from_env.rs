//! A watchdog that the environment starts, in a process of its own.

use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime_hooks::{Config, Incident, Reporter, RuntimeHooksExt, Smol};

struct Told(Mutex<Sender<String>>);

impl Reporter for Told {
    fn report(&self, incident: &Incident<'_>) {
        let _ = self.0.lock().unwrap().send(incident.to_string());
    }
}

/// What the child runs. It ends when its stall is reported.
#[test]
#[ignore = "the child of the other test"]
fn child() {
    let (told, reported) = channel();
    let config = Config::from_env().reporter(Arc::new(Told(Mutex::new(told))));
    let hooks = runtime_hooks::instrument_with(config);
    let report = Smol.block_on(async {
        let task = Smol
            .named("holds")
            .spawn(async move { reported.recv_timeout(Duration::from_secs(30)) });
        task.await.unwrap()
    });
    let report = report.unwrap();
    assert!(report.starts_with("stall of \"holds\": it has held its thread for "), "{report}");
    assert!(report.contains("(smol, tests/watchdog_from_env.rs:"), "{report}");
    assert_eq!(hooks.snapshot().series.iter().map(|series| series.stalls).sum::<u64>(), 1);
    hooks.shutdown().unwrap();
}

#[test]
fn the_environment_starts_a_watchdog() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child"])
        .env("OTEL_RUST_ASYNCIO_WATCHDOG", "true")
        .env("OTEL_RUST_ASYNCIO_STALL_MS", "20")
        .env("OTEL_RUST_ASYNCIO_WATCHDOG_SIGNAL", "sigurg")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
