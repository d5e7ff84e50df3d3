//! Tracers, which provide a context that each task carries.

mod carrier;
mod exit_thread;
mod stack;
#[expect(clippy::module_inception, reason = "`Tracer` is the main trait of this module")]
mod tracer;

pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

pub(crate) use self::carrier::{Carrier, GuardedTracer};
pub(crate) use self::exit_thread::run_on_exit_thread;
pub(crate) use self::stack::TracerStack;
