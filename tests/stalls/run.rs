//! Runs each kind of stall on a runtime, without a signal, and for a thread that computes also with one.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use runtime_hooks::{IncidentKind, RuntimeHooks, RuntimeHooksExt, StallFrame, Watchdog};

use crate::kinds::{KINDS, Kind};
use crate::reported::{LIMIT, Reported, THRESHOLD, instrumentor, turn};

/// Panics with all kinds whose report differs.
pub(crate) fn check<R: RuntimeHooks>(runtime: &R) {
    let _turn = turn();
    let mut differing = String::new();
    for signal in [None, Some("SIGURG")] {
        // A thread that waits is read without a signal.
        for kind in KINDS.iter().filter(|kind| signal.is_none() || kind.doing == "computes") {
            if let Err(difference) = run(runtime, kind, signal) {
                writeln!(differing, "{} with {signal:?}: {difference}", kind.name).unwrap();
            }
        }
    }
    assert!(differing.is_empty(), "on {}:\n{differing}", runtime.name());
}

fn run<R: RuntimeHooks>(runtime: &R, kind: &Kind, signal: Option<&str>) -> Result<(), String> {
    let (instrumentor, reported) = instrumentor();
    let builder = Watchdog::builder().instrumentor(Arc::clone(&instrumentor));
    let builder = signal.into_iter().fold(builder, |builder, name| builder.signal(name));
    let watchdog = builder.start().map_err(|error| error.to_string())?;
    let runtime = runtime.with_instrumentor(Arc::clone(&instrumentor));
    let (hold, release) = (kind.make)();
    let task = runtime.named("holds").spawn(async move { hold() });
    let result = first(&reported, kind);
    release();
    futures_lite::future::block_on(task).map_err(|error| error.to_string())?;
    assert!(watchdog.stop());
    let stalls: u64 = instrumentor.recorder().series().map(|series| series.stalls).sum();
    result.and(if stalls == 1 { Ok(()) } else { Err(format!("{stalls} stalls counted")) })
}

/// Waits for the report, and compares it.
fn first(reported: &Receiver<Reported>, kind: &Kind) -> Result<(), String> {
    let Reported { kind: incident, name, file, duration: held, stall, .. } =
        reported.recv_timeout(LIMIT).map_err(|_| "not reported")?;
    assert_eq!((incident, name.as_str()), (IncidentKind::Stall, "holds"));
    assert!(file.ends_with("stalls/run.rs"));
    let stall = stall.unwrap();
    let difference = Err(format!("{kind:?} expected, {held:?} {stall}\n{}", stall.stack_lines()));
    let Some(frame) = stall.stack.iter().find(|frame| is_in_kinds(frame)) else {
        return difference;
    };
    let is_expected = frame.function.rsplit("::").next() == Some(kind.function)
        && frame.line.is_some_and(|line| kind.lines.0 <= line && line <= kind.lines.1)
        && stall.doing.is_some_and(|doing| doing.starts_with(kind.doing))
        && stall.task.is_some()
        && stall.os_thread.is_some()
        && held >= THRESHOLD;
    if is_expected { Ok(()) } else { difference }
}

fn is_in_kinds(frame: &StallFrame) -> bool {
    frame.file.as_ref().is_some_and(|file| file.ends_with("stalls/kinds.rs"))
}
