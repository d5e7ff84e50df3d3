//! `tokio::task`, with functions that start tasks and closures recorded.

#[cfg(all(tokio_unstable, feature = "tracing"))]
mod builder;
#[cfg(tokio_unstable)]
pub mod join_set;
#[cfg(not(tokio_unstable))]
mod join_set;
#[cfg(all(tokio_unstable, feature = "tracing"))]
mod join_set_builder;
mod local_set;

#[doc(no_inline)]
pub use tokio::task::*;

use super::{blocking, spawned};

#[cfg(all(tokio_unstable, feature = "tracing"))]
pub use self::builder::Builder;
pub use self::{join_set::JoinSet, local_set::LocalSet};

/// As [`tokio::task::spawn`], recorded.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawned!(future: F, Spawn => tokio::task::spawn(future))
}

/// As [`tokio::task::spawn_local`], recorded.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    spawned!(future: F, SpawnLocal => tokio::task::spawn_local(future))
}

/// As [`tokio::task::spawn_blocking`], recorded.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    blocking!(f: F => tokio::task::spawn_blocking(f))
}

/// As [`tokio::task::block_in_place`], recorded.
#[cfg(feature = "rt-multi-thread")]
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    blocking!(f: F => tokio::task::block_in_place(f))
}
