//! A task from submission to end: the instrumented future and closure.

#[cfg(feature = "dump")]
mod asked;
mod blocking;
#[cfg(feature = "dump")]
mod dumped;
mod elapsed_mark;
#[cfg(any(feature = "dump", feature = "watchdog"))]
mod extra;
mod future;
mod lazy_waker;
#[cfg(all(test, loom))]
mod loom_models;
mod origin;
mod own_clock;
mod poll;
mod poll_guard;
mod record;
mod stream;
mod tag;
mod timeline;
mod waker;
#[cfg(feature = "watchdog")]
mod watched;

pub use self::future::Instrumented;
pub use self::stream::InstrumentedStream;

pub(crate) use self::blocking::blocking;
pub(crate) use self::elapsed_mark::next_drop_is_elapsed;
#[cfg(feature = "watchdog")]
pub(crate) use self::extra::is_watched;
pub(crate) use self::future::poll_recorded;
pub(crate) use self::poll_guard::SuspendedPoll;
pub(crate) use self::record::TaskRecord;
#[cfg(feature = "watchdog")]
pub(crate) use self::watched::WatchedPoll;
