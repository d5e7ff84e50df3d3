//! What a tracer hands out with each task: entered around each run, notified of the end.

mod notes;
mod ends;
mod runs;

pub use self::ends::*;
pub use self::runs::*;
