//! tokio's own functions, types and macros by their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

mod record;
#[cfg(all(feature = "macros", feature = "wrap-join"))]
mod join;
pub mod task;
pub mod runtime;
pub mod time;

use runtime_hooks_core::DropIn;
#[doc(hidden)]
pub use runtime_hooks_core::{Name, box_if_large, delegate};
/// tokio itself, for what the macros of this crate expand to.
#[doc(hidden)]
pub use tokio as native;

#[cfg(all(feature = "macros", feature = "wrap-join"))]
#[doc(hidden)]
pub use self::join::member;
#[doc(inline)]
pub use self::task::spawn;
#[doc(hidden)]
pub use crate::foreign::not_foreign;

pub(crate) use self::record::{blocking, recorded, spawned};

/// Every process of a drop-in is recorded as one of this runtime.
#[doc(hidden)]
pub const DROP_IN: DropIn =
    DropIn::new("tokio").with_handle("tokio::runtime::task::join::JoinHandle<");
