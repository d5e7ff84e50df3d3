//! async-std's own functions and types by their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

pub mod future;
pub mod io;
pub mod prelude;
pub mod task;

use std::pin::{Pin, pin};

use runtime_hooks_core::{Deadlined, DropIn};

/// Every process of a drop-in is recorded as one of this runtime.
const HERE: DropIn =
    DropIn::new("async-std").with_handle("async_std::task::join_handle::JoinHandle<");

/// One of the runtime's own timeouts around a future, which is told when it was too late.
async fn within<F: Future, T, E>(
    recorded: Deadlined<F>,
    timeout: impl AsyncFnOnce(Pin<&mut Deadlined<F>>) -> Result<T, E>,
) -> Result<T, E> {
    let mut recorded = pin!(recorded);
    let result = timeout(recorded.as_mut()).await;
    if result.is_err() {
        recorded.elapse();
    }
    result
}
