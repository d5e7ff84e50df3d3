//! The stack that a call takes with a large future or closure. It is no more than that of the runtime's own call, in debug
//! and in release builds, except for those of [`MORE_COPIES`]. So the largest future that fits on a stack is no smaller.
//!
//! Prints a table. `largest NAME..` measures only these calls. Each stack size is tried in a separate process, which ends
//! if the stack overflows.
#![allow(clippy::large_futures, clippy::large_stack_arrays, clippy::large_types_passed_by_value)]

mod call;
mod calls;
mod nested;

use std::process::{Command, ExitCode, Stdio, exit};

use runtime_hooks::{Config, Instrumentor};

use self::call::{Call, SIZE};

/// The stack that a call may take besides its copies of the future, in KiB: a first call makes its thread's tables.
const SLACK: usize = 64;
/// The precision of the measured stack, in KiB.
const STEP: usize = 8;
/// More than any call takes, in KiB.
const ENOUGH: usize = 8 << 10;

/// Calls that make more copies than the runtime's own, in a debug and in a release build. The future that they return has
/// the given one in it by value, so it cannot be boxed before. These numbers may only decrease.
const MORE_COPIES: &[(&str, [usize; 2])] = &[
    ("Tokio.timeout", [0, 1]),
    ("Tokio.named().timeout", [0, 1]),
    ("Tokio.timeout_at", [0, 1]),
    ("Tokio.named().timeout_at", [0, 1]),
    ("AnyRuntime.timeout", [0, 1]),
    ("Tokio.instrument", [0, 1]),
    ("Tokio.named().instrument", [0, 1]),
    ("Tokio.instrument_blocking", [0, 1]),
    ("Tokio.gather", [0, 1]),
    ("Tokio.named().gather", [0, 1]),
    ("Tokio.try_gather", [0, 1]),
    ("Tokio.as_completed", [0, 2]),
    ("Tokio.as_completed_within", [1, 2]),
    ("tokio::join!", [1, 2]),
    ("tokio::try_join!", [1, 2]),
    ("smol::future::or", [4, 3]),
    ("smol::future::race", [4, 5]),
    ("async_std::future::timeout", [0, 1]),
    ("async_std::io::timeout", [0, 2]),
];

fn main() -> ExitCode {
    // `cargo test` passes flags for a harness.
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let arguments: Vec<String> = arguments.collect();
    if let [name, who, kib] = &*arguments {
        let call = calls().find(|call| call.name == name).expect("the name of a call");
        run(if who == "bare" { call.bare } else { call.ours }, kib.parse().expect("KiB"));
    }
    let mut has_failed = false;
    println!("{:44} {:>9} {:>9}", "stack in KiB", "bare", "ours");
    for Call { name, factor, .. } in calls().filter(|call| is_asked_for(call, &arguments)) {
        let [bare, ours] = ["bare", "ours"].map(|who| least_stack(name, who));
        // A future is on the stack at least once, unless the optimizer makes it in its box.
        let most = (bare * factor).max(SIZE >> 10) + more_copies(name) * (SIZE >> 10) + SLACK;
        let is_more = ours > most;
        has_failed |= is_more;
        println!("{name:44} {bare:>9} {ours:>9}{}", if is_more { "  TOO MUCH" } else { "" });
    }
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn calls() -> impl Iterator<Item = &'static Call> {
    // The frames of a debug build are not comparable.
    let nested = if cfg!(debug_assertions) { &[] } else { nested::ALL };
    calls::ALL.iter().copied().flatten().chain(nested)
}

fn is_asked_for(call: &Call, names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|name| name == call.name)
}

fn more_copies(name: &str) -> usize {
    let copies = MORE_COPIES.iter().find(|(known, _)| *known == name);
    copies.map_or(0, |(_, [debug, release])| if cfg!(debug_assertions) { *debug } else { *release })
}

/// Runs the call in a thread with this much stack, then exits.
fn run(call: fn(), kib: usize) -> ! {
    let _ = Instrumentor::global().install(Config::new());
    let thread = std::thread::Builder::new().stack_size(kib << 10).spawn(call);
    thread.expect("a thread").join().expect("no panic");
    exit(0)
}

/// Returns the stack in KiB, at most one [`STEP`] too much.
fn least_stack(name: &str, who: &str) -> usize {
    let this = std::env::current_exe().expect("this program");
    let is_enough = |kib: usize| {
        let mut child = Command::new(&this);
        child.args([name, who, &*kib.to_string()]).stderr(Stdio::null()).stdout(Stdio::null());
        child.status().expect("a child").success()
    };
    let (mut too_little, mut enough) = (0, ENOUGH);
    assert!(is_enough(enough), "{name}, {who}: fails with a stack of {ENOUGH} KiB");
    while enough - too_little > STEP {
        let middle = usize::midpoint(too_little, enough);
        *if is_enough(middle) { &mut enough } else { &mut too_little } = middle;
    }
    enough
}
