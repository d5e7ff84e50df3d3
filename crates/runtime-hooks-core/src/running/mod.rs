//! What each thread runs now, for a watchdog that looks at all threads from a thread of its own.
//!
//! A thread stores its task at the start of each poll, and the one before at its end. No clock is read: the watchdog sees
//! the same poll again when it looks again.

#[cfg(all(test, unix, not(loom)))]
mod fork_tests;
#[cfg(all(test, loom))]
mod loom_models;
mod record;
mod run;
mod threads;
mod watch;

pub use self::run::{RunningTask, ThreadRun};
pub use self::threads::{RunningThread, ThreadIdentity, known_threads, threads};
pub use self::watch::Watch;

pub(crate) use self::record::ThreadRecord;
pub(crate) use self::run::Run;
pub(crate) use self::threads::with_this_thread;
