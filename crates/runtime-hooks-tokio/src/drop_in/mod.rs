//! tokio's own functions, types and macros by their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

mod record;
#[cfg(all(feature = "macros", feature = "wrap-join"))]
mod join;
pub mod task;
pub mod runtime;
pub mod time;

#[cfg(all(feature = "macros", feature = "wrap-join"))]
pub use self::join::member;
pub(crate) use self::record::{blocking, recorded, spawned};
#[doc(inline)]
pub use self::task::spawn;
use runtime_hooks_core::support::DropIn;

/// The runtime that tasks of the drop-in are recorded with.
pub const DROP_IN: DropIn =
    DropIn::new("tokio").with_handle("tokio::runtime::task::join::JoinHandle<");
