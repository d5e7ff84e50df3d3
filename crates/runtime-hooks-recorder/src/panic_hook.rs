//! The panic hook of the process: keeps what a panic says until the end of its task is recorded.
//!
//! There is one, whatever the number of instrumentors. It is set by the first that is switched on, calls the hook that
//! was there before, and is taken out by the last that is switched off. Where the program has set a hook of its own
//! meanwhile, ours stays below it and keeps nothing.

use std::cell::Cell;
use std::fmt;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::catch::message;
use crate::clock::Clock;
use crate::fork::lock;
use crate::name::cut;

/// What a panic said, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PanicRecord {
    /// Its message, of at most 4 096 bytes; `None` if its payload is no text.
    pub message: Option<String>,
    /// The source file of the panic.
    pub file: String,
    /// The line in it.
    pub line: u32,
    /// The column in it.
    pub column: u32,
}

impl PanicRecord {
    fn new(info: &PanicHookInfo<'_>) -> Self {
        let (file, line, column) = match info.location() {
            Some(location) => (location.file().to_owned(), location.line(), location.column()),
            None => (String::new(), 0, 0),
        };
        let message = message(info.payload()).map(|text| cut(text).to_owned());
        Self { message, file, line, column }
    }
}

impl fmt::Display for PanicRecord {
    /// `index out of bounds (src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, file, line, column } = self;
        write!(f, "{} ({file}:{line}:{column})", message.as_deref().unwrap_or("no message"))
    }
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// The hook below ours, and where ours is in memory.
type InChain = (Arc<Box<Hook>>, usize);

/// Set while our hook is in the chain. Never locked by a thread that panics: it may be inside a hook, for the end of
/// which the holder of this lock waits.
static CHAIN: Mutex<Option<InChain>> = Mutex::new(None);
/// How many instrumentors are switched on. While there is none the hook keeps nothing.
static USERS: AtomicUsize = AtomicUsize::new(0);
/// Whether the program has dropped our hook, together with those above it.
static IS_DROPPED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The last panic of this thread, and the tick of the process's clock at which it was.
    static LAST: Cell<Option<(u64, Arc<PanicRecord>)>> = const { Cell::new(None) };
}

/// An instrumentor is switched on.
pub fn acquire() {
    USERS.fetch_add(1, Ordering::Relaxed);
    // A thread that panics may set no hook: then the next that is switched on does.
    if std::thread::panicking() {
        return;
    }
    let Some(mut chain) = lock(&CHAIN) else { return };
    if IS_DROPPED.swap(false, Ordering::Relaxed) {
        *chain = None;
    }
    if chain.is_none() {
        *chain = Some(put_on_top());
    }
}

/// An instrumentor is switched off.
pub fn release() {
    if USERS.fetch_sub(1, Ordering::Relaxed) > 1 || std::thread::panicking() {
        return;
    }
    let Some(mut chain) = lock(&CHAIN) else { return };
    if USERS.load(Ordering::Relaxed) == 0 {
        *chain = chain.take().and_then(take_out);
    }
}

/// The last panic of this thread, if it was at `since` or later.
#[cold]
pub fn last_since(since: u64) -> Option<Arc<PanicRecord>> {
    LAST.try_with(|last| {
        let kept = last.take();
        last.set(kept.clone());
        kept.filter(|(at, _)| *at >= since).map(|(_, panic)| panic)
    })
    .ok()
    .flatten()
}

fn put_on_top() -> InChain {
    let below: Arc<Box<Hook>> = Arc::new(take_hook());
    let next = Arc::clone(&below);
    let dropped = Dropped;
    let ours: Box<Hook> = Box::new(move |info| {
        let _ = &dropped;
        keep(info);
        next(info);
    });
    let address = address(&*ours);
    set_hook(ours);
    (below, address)
}

/// Takes our hook out if it is on top; else leaves it where it is.
fn take_out((below, ours): InChain) -> Option<InChain> {
    let top = take_hook();
    if address(&*top) != ours {
        set_hook(top);
        return (!IS_DROPPED.swap(false, Ordering::Relaxed)).then_some((below, ours));
    }
    drop(top);
    IS_DROPPED.store(false, Ordering::Relaxed);
    // Nobody but our hook shared it.
    if let Some(below) = Arc::into_inner(below) {
        set_hook(below);
    }
    None
}

fn keep(info: &PanicHookInfo<'_>) {
    if USERS.load(Ordering::Relaxed) > 0 {
        let panic = Arc::new(PanicRecord::new(info));
        let now = Clock::process_ref().now();
        let _ = LAST.try_with(|last| last.set(Some((now, panic))));
    }
}

fn address(hook: &Hook) -> usize {
    ptr::from_ref(hook).cast::<()>().addr()
}

/// Notes that our hook is gone.
struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        IS_DROPPED.store(true, Ordering::Relaxed);
    }
}
