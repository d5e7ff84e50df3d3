//! The process-wide panic hook: it stores what a panic said until the end of its task is recorded.
//!
//! There is one hook for all instrumentors. The first instrumentor that is switched on installs it; it calls the
//! previous hook. The last one that is switched off removes it. If the program has set another hook meanwhile, ours
//! stays in the chain before it and stores nothing.

use std::backtrace::{Backtrace, BacktraceStatus};
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

/// The message and the place of a panic, and its backtrace if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PanicRecord {
    /// The message, at most 4 096 bytes; `None` if the payload is not a text.
    pub message: Option<String>,
    /// The source file of the panic.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    backtrace: Option<Captured>,
}

/// Records with the same backtrace are equal only if one is a copy of the other.
#[derive(Clone, Debug)]
struct Captured(Arc<Backtrace>);

impl PartialEq for Captured {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Captured {}

impl Captured {
    /// Walks the stack if `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` asks for it, in some 10 us. Symbols are looked up later.
    fn here() -> Option<Self> {
        let backtrace = Backtrace::capture();
        let is_captured = backtrace.status() == BacktraceStatus::Captured;
        is_captured.then(|| Self(Arc::new(backtrace)))
    }
}

impl PanicRecord {
    fn new(info: &PanicHookInfo<'_>) -> Self {
        let (file, line, column) = match info.location() {
            Some(location) => (location.file().to_owned(), location.line(), location.column()),
            None => (String::new(), 0, 0),
        };
        let message = message(info.payload()).map(|text| cut(text).to_owned());
        Self { message, file, line, column, backtrace: Captured::here() }
    }

    /// The backtrace as text; `None` unless the program runs with `RUST_BACKTRACE=1` or `RUST_LIB_BACKTRACE=1`.
    ///
    /// The first call in a program reads its debug information, which can take 100 ms and more.
    pub fn backtrace(&self) -> Option<String> {
        self.backtrace.as_ref().map(|captured| captured.0.to_string())
    }
}

impl fmt::Display for PanicRecord {
    /// `index out of bounds (src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, file, line, column, .. } = self;
        write!(f, "{} ({file}:{line}:{column})", message.as_deref().unwrap_or("no message"))
    }
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// The previous hook, and the address of ours.
type InstalledHook = (Arc<Box<Hook>>, usize);

/// Set while our hook is in the chain. A panicking thread never locks it: that thread may be inside a hook, and the
/// holder of this lock waits for hooks to return.
static CHAIN: Mutex<Option<InstalledHook>> = Mutex::new(None);
/// How many instrumentors are switched on. While there are none, the hook stores nothing.
static USERS: AtomicUsize = AtomicUsize::new(0);
/// Whether the program has dropped our hook, together with those above it.
static IS_DROPPED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The last panic of this thread, with its tick of the process's clock.
    static LAST: Cell<Option<(u64, Arc<PanicRecord>)>> = const { Cell::new(None) };
}

/// Registers an instrumentor that is switched on.
pub fn acquire() {
    USERS.fetch_add(1, Ordering::Relaxed);
    // A panicking thread cannot set a hook. The next instrumentor that is switched on does it.
    if std::thread::panicking() {
        return;
    }
    let Some(mut chain) = lock(&CHAIN) else { return };
    if IS_DROPPED.swap(false, Ordering::Relaxed) {
        *chain = None;
    }
    if chain.is_none() {
        *chain = Some(install());
    }
}

/// Unregisters an instrumentor that is switched off.
pub fn release() {
    if USERS.fetch_sub(1, Ordering::Relaxed) > 1 || std::thread::panicking() {
        return;
    }
    let Some(mut chain) = lock(&CHAIN) else { return };
    if USERS.load(Ordering::Relaxed) == 0 {
        *chain = chain.take().and_then(uninstall);
    }
}

/// The last panic of this thread, if it was not before `since`.
#[cold]
pub fn last_since(since: u64) -> Option<Arc<PanicRecord>> {
    LAST.try_with(|last| {
        let stored = last.take();
        last.set(stored.clone());
        stored.filter(|(at, _)| *at >= since).map(|(_, panic)| panic)
    })
    .ok()
    .flatten()
}

fn install() -> InstalledHook {
    let previous: Arc<Box<Hook>> = Arc::new(take_hook());
    let next = Arc::clone(&previous);
    let dropped = MarkDropped;
    let ours: Box<Hook> = Box::new(move |info| {
        let _ = &dropped;
        store(info);
        next(info);
    });
    let address = address(&*ours);
    set_hook(ours);
    (previous, address)
}

/// Removes our hook if it is on top, else leaves it in place.
fn uninstall((previous, ours): InstalledHook) -> Option<InstalledHook> {
    let top = take_hook();
    if address(&*top) != ours {
        set_hook(top);
        return (!IS_DROPPED.swap(false, Ordering::Relaxed)).then_some((previous, ours));
    }
    drop(top);
    IS_DROPPED.store(false, Ordering::Relaxed);
    // Only our hook shared it.
    if let Some(previous) = Arc::into_inner(previous) {
        set_hook(previous);
    }
    None
}

fn store(info: &PanicHookInfo<'_>) {
    if USERS.load(Ordering::Relaxed) > 0 {
        let panic = Arc::new(PanicRecord::new(info));
        let now = Clock::process_ref().now();
        let _ = LAST.try_with(|last| last.set(Some((now, panic))));
    }
}

fn address(hook: &Hook) -> usize {
    ptr::from_ref(hook).cast::<()>().addr()
}

/// Marks that our hook was dropped.
struct MarkDropped;

impl Drop for MarkDropped {
    fn drop(&mut self) {
        IS_DROPPED.store(true, Ordering::Relaxed);
    }
}
