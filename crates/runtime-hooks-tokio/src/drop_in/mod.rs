//! tokio's functions, types and macros under their own names, recorded: see the [crate's
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

/// The runtime under which the drop-in records its tasks.
pub const DROP_IN: DropIn =
    DropIn::new("tokio").with_handle("tokio::runtime::task::join::JoinHandle<");
