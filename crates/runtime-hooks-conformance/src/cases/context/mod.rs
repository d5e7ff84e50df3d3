//! OpenTelemetry's context, carried from a caller to its tasks.

mod calls;
mod isolation;
mod owner;

pub use self::calls::*;
pub use self::isolation::*;
pub use self::owner::*;
