//! Task handles of backends, and handles for runtimes that have none.

mod abortable;
mod cancel_by_owner;
mod error;
mod joinable;
mod task_handle;

pub use self::abortable::Abortable;
pub use self::cancel_by_owner::CancelByOwner;
pub use self::error::{JoinError, TaskError};
pub use self::joinable::{Joinable, joinable, joinable_blocking};
pub use self::task_handle::TaskHandle;

pub(crate) use self::joinable::joinable_then;
