//! async-std's own functions and types by their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

pub mod future;
pub mod io;
pub mod prelude;
pub mod task;

use runtime_hooks_core::DropIn;

/// Every process of a drop-in is recorded as one of this runtime.
const HERE: DropIn = DropIn::new("async-std");
