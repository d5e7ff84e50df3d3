//! What is carried along with each task: the seam beside the recorder.

mod carrier;
mod elsewhere;
mod stack;
#[expect(clippy::module_inception, reason = "the trait has the name of the seam")]
mod tracer;

pub use self::tracer::{NoTracer, Submission, TaskContext, Tracer};

pub(crate) use self::carrier::{Carrier, GuardedTracer};
pub(crate) use self::elsewhere::elsewhere;
pub(crate) use self::stack::TracerStack;
