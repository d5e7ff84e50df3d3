//! The spans of tasks that are traced by name.

mod tools;
mod attributes;
mod status;
mod trace;

pub use self::attributes::*;
pub use self::status::*;
pub use self::trace::*;
