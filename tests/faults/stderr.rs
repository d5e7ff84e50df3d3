//! Standard error that is closed or full, and diagnostics that are redirected.

use std::ffi::OsString;
use std::fs::File;
use std::future::pending;
use std::io::pipe;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime_hooks::{
    AsyncStd, Config, IncidentKind, Installed, Instrumentor, RuntimeHooks, RuntimeHooksExt,
    Severity, Smol, TokioRuntime,
};

use crate::{assert_passed, in_a_child};

/// A pipe without a reader, and a full device.
fn unread() -> Vec<(&'static str, Stdio)> {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut all = vec![("a pipe that nobody reads", writer.into())];
    if cfg!(target_os = "linux") {
        let full = File::options().write(true).open("/dev/full").unwrap();
        all.push(("a device that is full", full.into()));
    }
    all
}

#[test]
fn slow_polls_and_timeouts_end_as_they_would_when_nobody_reads_standard_error() {
    for (what, stderr) in unread() {
        let mut child = in_a_child("stderr::reports_slow_polls_and_timeouts");
        assert_passed(what, &child.stderr(stderr).output().unwrap());
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn reports_slow_polls_and_timeouts() {
    async fn panics_after_a_slow_poll() {
        std::thread::sleep(Duration::from_millis(2));
        panic!("after a slow poll")
    }
    fn play<R: RuntimeHooks>(runtime: &R) {
        let slow = async {
            std::thread::sleep(Duration::from_millis(2));
            7
        };
        assert_eq!(runtime.raw_block_on(runtime.spawn(slow)).unwrap(), 7);
        let late = runtime.timeout(Duration::ZERO, pending::<()>());
        runtime.raw_block_on(late).unwrap_err();
        let error = runtime.raw_block_on(runtime.spawn(panics_after_a_slow_poll())).unwrap_err();
        let payload = error.try_into_panic().unwrap();
        assert_eq!(payload.downcast_ref(), Some(&"after a slow poll"));
    }
    let config = Config::new().log(IncidentKind::ALL).slow_poll(Duration::from_millis(1));
    let _ = Instrumentor::global().install(config);
    play(TokioRuntime::current_thread().unwrap().handle());
    play(TokioRuntime::multi_thread().unwrap().handle());
    play(&Smol);
    play(&AsyncStd);
}

#[test]
fn a_program_starts_when_nobody_reads_its_settings_faults() {
    for (what, stderr) in unread() {
        let mut child = in_a_child("stderr::has_a_setting_that_makes_no_sense");
        let child = child.env("OTEL_RUST_ASYNCIO_DETAIL", "nonsense");
        let child = child.env("OTEL_RUST_ASYNCIO_CONSOLE", "127.0.0.1:0").stderr(stderr);
        assert_passed(what, &child.output().unwrap());
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn has_a_setting_that_makes_no_sense() {
    let hooks = runtime_hooks::instrument();
    smol::block_on(Smol.named("task").spawn(async {})).unwrap();
    assert_eq!(hooks.snapshot().find("task").unwrap().ended(), 1);
}

#[test]
fn diagnostics_go_where_the_program_says() {
    let ended = in_a_child("stderr::redirects_diagnostics").output().unwrap();
    assert_passed("redirected", &ended);
    let expected = [
        // Diagnostics that the sink causes itself do not reach the sink.
        "OTEL_RUST_ASYNCIO_NAMESPACE=\"?\" is ignored: expected letters, digits, `_`, `.`, `-` or `/`, a letter first, \
         at most 128",
        "the sink of Config::diagnostics panicked (\"hostile\"): a second panic switches it off",
        "OTEL_RUST_ASYNCIO_LOG=\"x\" is ignored: expected slow_poll, timeout or both",
        "the sink of Config::diagnostics panicked (\"hostile\"): it is switched off",
        "OTEL_RUST_ASYNCIO_MAX_NAMES=\"0\" is ignored: expected a number above 0",
        "OTEL_RUST_ASYNCIO_SLOW_POLL_MS=\"y\" is ignored: expected a number of milliseconds",
    ];
    let lines = std::str::from_utf8(&ended.stderr).unwrap().lines();
    let lines: Vec<_> = lines.filter_map(|line| line.strip_prefix("runtime-hooks: ")).collect();
    assert_eq!(lines, expected);
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn redirects_diagnostics() {
    fn with(variable: &str, value: &str) -> Config {
        let variable = format!("OTEL_RUST_ASYNCIO_{variable}");
        Config::from_vars(|name| (name == variable).then(|| OsString::from(value)))
    }
    fn install(config: Config) {
        let instrumentor = Instrumentor::new();
        assert_eq!(instrumentor.install(config), Installed::Now);
    }
    let diagnostics = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&diagnostics);
    install(with("DETAIL", "nonsense").diagnostics(move |diagnostic| {
        install(with("NAMESPACE", "?"));
        sink.lock().unwrap().push((diagnostic.severity, diagnostic.to_string()));
    }));
    let expected =
        "OTEL_RUST_ASYNCIO_DETAIL=\"nonsense\" is ignored: expected counts, polls, sampled or full";
    assert_eq!(*diagnostics.lock().unwrap(), [(Severity::Warning, expected.to_owned())]);
    install(with("LOG", "x").diagnostics(|_| panic!("hostile")));
    install(with("MAX_NAMES", "0"));
    install(with("SLOW_POLL_MS", "y"));
}
