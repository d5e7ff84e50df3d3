//! Futures with a deadline.

mod deadlined;
mod future;

pub use self::deadlined::{AfterDeadlined, BeforeDeadlined, Deadlined};
pub use self::future::Timeout;

pub(crate) use self::deadlined::around;
