//! From submission to end: the instrumented future and closure, and the handle of a task.

mod blocking;
mod carrier;
mod elsewhere;
mod future;
mod hooked;
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

pub use self::future::Instrumented;
pub use self::hooked::ExternalTask;
pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

pub(crate) use self::blocking::blocking;
pub(crate) use self::carrier::{Carrier, GuardedTracer};
pub(crate) use self::future::poll_recorded;
pub(crate) use self::life::next_drop_is_elapsed;
pub(crate) use self::probe::Probe;
pub(crate) use self::tag::LAST_RECORDER;
pub(crate) use self::tracer_stack::TracerStack;
