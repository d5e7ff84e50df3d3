//! Extension traits that programs call.

mod asyncio;
mod builder;
mod ensure_future;
mod in_place;
mod members;
mod recording;
mod spawn;

pub use self::asyncio::{AsyncioExt, LocalAsyncioExt};
pub use self::builder::TaskBuilder;
pub use self::ensure_future::EnsureFuture;
pub use self::recording::{LocalRuntimeHooksExt, RuntimeHooksExt};
