//! async-std's handle cannot be aborted from outside and does not tell whether its task is over, so
//! the core's stands in for it.

/// The handle of a task on async-std: users see [`JoinHandle`](crate::JoinHandle).
pub type RawTask<T> = runtime_hooks_core::Joinable<T>;
