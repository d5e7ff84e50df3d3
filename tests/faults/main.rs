//! Faults around a program. Despite each of them the counts add up and nothing hangs.

mod borrowed;
mod clocks;
mod drops;
mod exits;
mod exporters;
mod forks;
mod panic_hook;
mod stderr;
mod wakers;

use std::process::{Command, Output};
use std::sync::Arc;

use runtime_hooks::{
    Config, Detail, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt, Snapshot, State,
    WithInstrumentor,
};

/// Runs an ignored test of this binary in a separate process.
fn in_a_child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}

/// Asserts that a child ran its one test, and that the test passed.
fn assert_passed(what: &str, child: &Output) {
    let stdout = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && stdout.contains("ok. 1 passed"), "{what}: {stdout}");
}

/// A runtime at full detail with its own recorder.
fn instrumented<R: RuntimeHooks>(runtime: &R) -> (WithInstrumentor<R>, Arc<Instrumentor>) {
    let config = Config::new().detail(Detail::Full).recorder(Recorder::new());
    let instrumentor = Instrumentor::installed(config);
    (runtime.with_instrumentor(Arc::clone(&instrumentor)), instrumentor)
}

fn snapshot(instrumentor: &Instrumentor) -> Snapshot {
    instrumentor.recorder().snapshot()
}

/// The number of spawned and active tasks of this name, and of ended tasks in each state.
fn counts(instrumentor: &Instrumentor, name: &str) -> (u64, u64, [u64; 4]) {
    let snapshot = snapshot(instrumentor);
    let series = snapshot.find(name).unwrap_or_else(|| panic!("not one {name:?} in\n{snapshot}"));
    let ended = [State::Finished, State::Cancelled, State::Timeout, State::Exception]
        .map(|state| series.ended_as(state));
    assert_eq!(series.spawned, series.active() + ended.iter().sum::<u64>());
    (series.spawned, series.active(), ended)
}
