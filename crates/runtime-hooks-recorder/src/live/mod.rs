//! The list of live tasks: what each is doing right now. Kept only while it is asked for.

mod arena;
mod handle;
mod id;
mod list;
#[cfg(all(test, loom))]
mod loom_models;
mod slot;
mod task;

pub use self::id::TaskId;
pub use self::task::{LiveState, LiveTask};

// For `internals`.
pub use self::handle::SlotHandle;
