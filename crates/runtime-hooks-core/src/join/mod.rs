//! Task handles for programs: the same on every runtime.

mod flatten;
mod join_handle;
mod threadsafe;

pub use self::flatten::Flatten;
pub use self::join_handle::{JoinHandle, LocalJoinHandle};
pub use self::threadsafe::ThreadsafeHandle;
