//! `tokio_util::task`, with the tasks of its collections recorded.

#[cfg(feature = "join-map")]
mod join_map;
mod join_queue;
pub mod task_tracker;

#[doc(no_inline)]
pub use tokio_util::task::*;

#[cfg(feature = "join-map")]
pub use self::join_map::JoinMap;
pub use self::join_queue::JoinQueue;
pub use self::task_tracker::TaskTracker;
