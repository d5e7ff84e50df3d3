//! The list of live tasks: what each task is doing right now. It is kept only while enabled.

mod arena;
mod handle;
mod id;
mod list;
#[cfg(all(test, loom))]
mod loom_models;
mod pages;
mod slot;
mod task;

pub(crate) use self::list::{LiveInstant, live_instants};

pub use self::id::{ParseTaskIdError, TaskId};
pub use self::task::{LiveState, LiveTask};

// For `internals`.
pub use self::handle::SlotHandle;
pub use self::pages::Pages;
