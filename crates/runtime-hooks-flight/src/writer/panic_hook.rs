//! The panic hook of all writers. It does not write: a redaction of the program could panic, and a panic in a panic hook
//! aborts the process.

use std::cell::Cell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use runtime_hooks_recorder::internals::{Call, print, unless_exiting};

use super::shared::Shared;

static WRITERS: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// How long a panic that may end the process waits for the record.
const WAIT: Duration = Duration::from_secs(1);

/// The address of our hook; 0 before the first.
static OURS: AtomicUsize = AtomicUsize::new(0);

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Asks this writer for a record at each panic from now on. A hook that the program sets later, and that does not call the
/// hook before it, replaces ours until the next writer is added.
pub(super) fn add(writer: &Arc<Shared>) {
    if let Ok(mut writers) = WRITERS.lock() {
        writers.retain(|writer| writer.strong_count() > 0);
        writers.push(Arc::downgrade(writer));
    }
    // Without our lock: it waits for hooks that run, and one of them may add a writer. A panicking thread cannot set a
    // hook; nor is one needed that would miss this panic.
    if !thread::panicking() {
        put_on_top();
    }
}

/// Our hook may be in the chain already, below one that calls it. Only the outermost one asks.
fn put_on_top() {
    let top = take_hook();
    if address(&*top) == OURS.load(Ordering::Relaxed) {
        return set_hook(top);
    }
    let ours: Box<Hook> = Box::new(move |info| {
        let is_outermost = !HAS_ASKED.replace(true);
        if is_outermost {
            ask_all();
        }
        top(info);
        if is_outermost {
            HAS_ASKED.set(false);
        }
    });
    OURS.store(address(&*ours), Ordering::Relaxed);
    set_hook(ours);
}

fn address(hook: &Hook) -> usize {
    ptr::from_ref(hook).cast::<()>().addr()
}

/// Panics of this thread ask for nothing.
pub(super) fn ignore_this_thread() {
    IS_IGNORED.set(true);
}

thread_local! {
    static IS_IGNORED: Cell<bool> = const { Cell::new(false) };
    /// Whether a hook of ours has asked for a record of the panic that this thread is in.
    static HAS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// One atomic load for each writer that has written a record a short while ago.
fn ask_all() {
    if IS_IGNORED.get() {
        return;
    }
    // Not waited for: a thread that adds a writer may have panicked.
    let Ok(writers) = WRITERS.try_lock() else { return };
    let all: Vec<_> = writers.iter().filter_map(Weak::upgrade).collect();
    drop(writers);
    // A thread that destroys its thread-locals may have no name any more.
    let is_main = || thread::current().name() == Some("main");
    let ends_process =
        cfg!(panic = "abort") || unless_exiting(Call::Install, is_main).unwrap_or(false);
    let wait = if ends_process { WAIT } else { Duration::ZERO };
    for writer in all {
        let is_due = writer.panic_limit.admits() || ends_process;
        if is_due && !writer.requests.make("panic", wait) && ends_process {
            // Not a diagnostic: its sink is code of the program, whose panic would abort here.
            print(&"runtime-hooks: the flight record was not written within 1 s");
        }
    }
}
