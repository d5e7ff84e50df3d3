//! Task contexts: a tracer returns one for each task. It is entered around each run and notified of the end.

mod notes;
mod ends;
mod runs;

pub use self::ends::*;
pub use self::runs::*;
