//! For the macros of this crate and for the drop-in of tokio-util. Not part of the public API.

pub use runtime_hooks_core::Name;
pub use runtime_hooks_core::support::{box_if_large, delegate};
pub use tokio as native;

pub use crate::drop_in::DROP_IN;
#[cfg(all(feature = "macros", feature = "wrap-join"))]
pub use crate::drop_in::member;
pub use crate::foreign::not_foreign;
