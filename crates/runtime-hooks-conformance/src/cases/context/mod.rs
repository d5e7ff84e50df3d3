//! OpenTelemetry's context, carried from a caller to its tasks.

mod calls;
mod isolation;

pub use self::calls::*;
pub use self::isolation::*;
