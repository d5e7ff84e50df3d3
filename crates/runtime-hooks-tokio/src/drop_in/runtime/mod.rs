//! `tokio::runtime`, with what runs on its runtimes recorded.

#[cfg(not(feature = "native-types"))]
mod builder;
#[cfg(not(feature = "native-types"))]
mod handle;
#[cfg(not(feature = "native-types"))]
mod owned;
#[cfg(all(feature = "report", not(feature = "native-types")))]
mod report;
#[cfg(all(tokio_unstable, not(feature = "native-types")))]
mod task_hooks;

#[doc(no_inline)]
pub use tokio::runtime::*;

#[cfg(not(feature = "native-types"))]
pub use self::builder::Builder;
#[cfg(not(feature = "native-types"))]
pub use self::handle::Handle;
#[cfg(not(feature = "native-types"))]
pub use self::owned::{LocalRuntime, Runtime};
