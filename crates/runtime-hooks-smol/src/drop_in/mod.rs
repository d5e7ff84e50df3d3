//! smol's functions and types under their own names, recorded: see the [crate's documentation](crate#as-a-drop-in).

mod executor;
pub mod future;
pub mod prelude;

use runtime_hooks_core::Method;
use runtime_hooks_core::support::{DropIn, box_if_large};
use smol::Task;

pub use self::executor::{Executor, LocalExecutor};

/// The runtime under which the drop-in records its tasks.
pub(crate) const DROP_IN: DropIn = DropIn::new("smol").with_handle("async_task::task::Task<");

/// As [`smol::spawn`], recorded.
#[track_caller]
pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Task<T> {
    box_if_large!(future as of => smol::spawn(DROP_IN.task(of, Method::Spawn, future)))
}

/// As [`smol::unblock`], recorded.
#[track_caller]
pub fn unblock<T, F>(f: F) -> Task<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    box_if_large!(fn f: F as of => smol::unblock(DROP_IN.blocking(of, f)))
}

/// As [`smol::block_on`], recorded.
#[track_caller]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    box_if_large!(future as of => smol::block_on(DROP_IN.task(of, Method::BlockOn, future)))
}
