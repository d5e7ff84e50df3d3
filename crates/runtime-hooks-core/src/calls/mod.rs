//! What can be done with futures and tasks besides spawning them: each written once, for every
//! runtime.

mod as_completed;
mod deadline;
mod ensure_future;
mod gather;
mod interval;
mod threadsafe;
mod timeout;
mod wait;

pub use self::as_completed::{AsCompleted, AsCompletedWithin};
pub use self::deadline::{AfterDeadlined, BeforeDeadlined, Deadlined};
pub use self::ensure_future::EnsureFuture;
pub use self::gather::{Gather, TryGather};
pub use self::interval::Interval;
pub use self::threadsafe::ThreadsafeHandle;
pub use self::timeout::{Elapsed, Timeout};
pub use self::wait::{ReturnWhen, Wait};

pub(crate) use self::deadline::around;
