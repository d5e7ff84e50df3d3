//! Runs rows on a runtime.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks::{
    Config, Detail, DumpedTask, Instrumentor, Kind, LiveState, LiveTask, Recorder, RuntimeHooks,
    RuntimeHooksExt, Stack, TaskAnswer, TaskDump,
};

use crate::here::{CALLS, HERE, MIDDLE, OUTER, outer};
use crate::row::{Case, On, Row};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The name of the task that awaits the leaf.
const TASK: &str = "first";

/// One row at a time: they share the counter of calls.
static TURN: Mutex<()> = Mutex::new(());

/// Dumps each row on a runtime. Panics with all rows that differ.
pub(crate) fn check<R: RuntimeHooks>(runtime: &R, rows: &[Row]) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_tokio = runtime.name() == "tokio";
    let mut differing = String::new();
    let mut number = 0;
    for row in rows.iter().filter(|row| is_tokio || row.on == On::All) {
        number += 1;
        if let Err(difference) = run(runtime, row) {
            writeln!(differing, "{}: {difference}", row.name).unwrap();
        }
    }
    assert!(differing.is_empty(), "of {number} rows on {}:\n{differing}", runtime.name());
}

fn run<R: RuntimeHooks>(runtime: &R, row: &Row) -> Result<(), String> {
    let recorder = Recorder::new();
    let config = Config::new().recorder(recorder.clone()).detail(Detail::Full).live(true);
    let instrumentor = Instrumentor::installed(config);
    let runtime = runtime.with_instrumentor(Arc::clone(&instrumentor));
    CALLS.store(0, Ordering::SeqCst);
    let Case { leaf, release } = (row.make)(&instrumentor);
    let task = runtime.named(TASK).spawn(outer(leaf));
    let is_waiting = || {
        let waits = if row.is_busy { is_busy(&recorder) } else { is_idle(&recorder) };
        waits && CALLS.load(Ordering::SeqCst) > 0
    };
    let (before, dump) = answered(&recorder, is_waiting)?;
    let after = polls(&recorder);

    release();
    wait_until(|| task.is_finished()).map_err(|()| format!("did not end, after\n{dump}"))?;
    let mut differences = Vec::new();
    let ended = futures_lite::future::block_on(task);
    if !matches!(ended, Ok(1)) {
        differences.push(format!("ended as {ended:?}"));
    }
    if before != after && !row.is_busy && row.woken_by.is_none() {
        differences.push(format!("polls: {before:?} before the dump, {after:?} after it"));
    }
    differences.extend(difference(row, &dump));
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n{}", differences.join(", "), indented(&dump.to_string())))
}

/// A dump that all tasks have answered, and the polls before it. On a busy machine, an executor may not poll a task in
/// time.
fn answered(
    recorder: &Recorder,
    is_waiting: impl Fn() -> bool,
) -> Result<(Polls, TaskDump), String> {
    let start = Instant::now();
    loop {
        wait_until(&is_waiting).map_err(|()| format!("not idle: {:?}", recorder.live()))?;
        let before = polls(recorder);
        let dump = TaskDump::builder().take(recorder);
        let is_unanswered = |task: &DumpedTask| task.answer == TaskAnswer::NotPolled;
        if !dump.tasks().iter().any(is_unanswered) || start.elapsed() > LIMIT {
            return Ok((before, dump));
        }
    }
}

/// Polls until it is so; for [`LIMIT`] at most.
fn wait_until(mut is_so: impl FnMut() -> bool) -> Result<(), ()> {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > LIMIT {
            return Err(());
        }
        thread::yield_now();
    }
    Ok(())
}

/// Whether all futures wait, all closures run, and all polls are in the series.
fn is_idle(recorder: &Recorder) -> bool {
    let expected =
        |task: &LiveTask| if is_future(task) { LiveState::Idle } else { LiveState::Running };
    let is_idle = recorder.live_iter().all(|task| task.state == expected(&task));
    let [of_series, of_tasks] = polls(recorder);
    is_idle && of_tasks.iter().all(|(name, polls)| of_series.get(name) >= Some(polls))
}

/// Whether a task is a future, and no blocking closure.
fn is_future(task: &LiveTask) -> bool {
    task.key.kind() != Kind::Blocking
}

/// Whether all tasks have been polled again and again.
fn is_busy(recorder: &Recorder) -> bool {
    recorder.live_iter().all(|task| task.polls > 100)
}

/// The number of polls by name, of the series and of the live tasks.
type Polls = [HashMap<String, u64>; 2];

fn polls(recorder: &Recorder) -> Polls {
    let mut polls = [HashMap::new(), HashMap::new()];
    let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
    for series in recorder.snapshot().series {
        *polls[0].entry(name(series.key.name())).or_default() += series.poll.count();
    }
    for task in recorder.live_iter().filter(is_future) {
        *polls[1].entry(name(task.key.name())).or_default() += task.polls;
    }
    polls
}

/// How a dump differs from what the row says.
fn difference<'r>(row: &'r Row, dump: &TaskDump) -> Option<String> {
    let (mut waits, mut others, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for task in dump.tasks() {
        let is_first = task.label.contains(TASK);
        for stack in task.answer.stacks() {
            let wait = stack.wait.as_deref().unwrap_or("unknown");
            if !HERE.is_in(stack) {
                others.push(wait);
            } else if !(row.by_children && is_first) {
                waits.push(wait);
            }
            faults.extend(fault(stack, is_first));
        }
        if task.answer.stacks().is_empty() {
            others.push(reason(task));
        }
    }
    if row.waits.is_empty() != row.reason.is_some() {
        faults.push("a row has either stacks or a reason".to_owned());
    }
    waits.sort_unstable();
    others.sort_unstable();
    let bare = |waits: &'r Option<Vec<_>>| waits.as_ref().filter(|_| !HAS_PATHS);
    let expected = bare(&row.bare).unwrap_or(&row.waits);
    let not_here = bare(&row.bare_others).unwrap_or(&row.others);
    if waits != *expected || others != *not_here {
        faults.push(format!(
            "{waits:?} here and {others:?} elsewhere, expected {expected:?} and {not_here:?}"
        ));
    }
    (!faults.is_empty()).then(|| faults.join(", "))
}

/// Whether inlined functions have their paths. The release profile has line tables only.
const HAS_PATHS: bool = cfg!(debug_assertions);

fn reason(task: &DumpedTask) -> &str {
    task.answer.reason().unwrap_or_default()
}

/// What is wrong with a stack, whatever the leaf is.
fn fault(stack: &Stack, is_first: bool) -> Option<String> {
    let is_noise = |function: &str| {
        let path = function.trim_start_matches(['<', '&']);
        let noise = ["std::", "core::", "alloc::", "runtime_hooks_core::task"];
        noise.iter().any(|krate| path.starts_with(krate))
    };
    let noise = stack.frames.iter().find(|frame| is_noise(&frame.function));
    if let Some(frame) = noise {
        return Some(format!("a frame of {}", frame.function));
    }
    let mut outermost = stack.frames.iter().rev();
    let is_in_order = outermost.next().is_some_and(|frame| OUTER.is_of(frame))
        && outermost.next().is_some_and(|frame| MIDDLE.is_of(frame));
    (is_first && !is_in_order).then(|| "the task's own lines are missing".to_owned())
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |all, line| all + "    " + line + "\n")
}
