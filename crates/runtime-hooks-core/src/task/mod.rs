//! From submission to end: the instrumented future and closure, and the handle of a task.

mod abortable;
mod blocking;
mod carrier;
mod elsewhere;
mod flatten;
mod future;
mod handle;
mod hooked;
mod joinable;
mod lazy_waker;
mod life;
#[cfg(all(test, loom))]
mod loom_models;
mod probe;
mod run;
mod tag;
mod timeline;
mod tracer;
mod tracer_stack;
mod waker;

pub use self::abortable::{Abortable, CancelByOwner};
pub use self::flatten::{Flatten, TaskError};
pub use self::future::{AlreadyInstrumented, Instrumented};
pub use self::handle::{JoinError, JoinHandle, TaskHandle};
pub use self::hooked::ExternalTask;
pub use self::joinable::{Joinable, joinable, joinable_blocking};
pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

pub(crate) use self::blocking::blocking;
pub(crate) use self::carrier::{Carrier, GuardedTracer};
pub(crate) use self::future::{is_instrumented, is_one_of, is_recorded, poll_recorded};
pub(crate) use self::joinable::joinable_then;
pub(crate) use self::life::next_drop_is_elapsed;
pub(crate) use self::probe::Probe;
pub(crate) use self::tag::LAST_RECORDER;
pub(crate) use self::tracer_stack::TracerStack;
