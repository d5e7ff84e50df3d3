//! `tokio::runtime`, with the tasks of its runtimes recorded.

mod builder;
mod handle;
mod owned;
#[cfg(tokio_unstable)]
mod task_hooks;

#[doc(no_inline)]
pub use tokio::runtime::*;

pub use self::builder::Builder;
pub use self::handle::Handle;
pub use self::owned::{LocalRuntime, Runtime};
