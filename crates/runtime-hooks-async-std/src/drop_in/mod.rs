//! async-std's functions and types under their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

pub mod future;
pub mod io;
pub mod prelude;
pub mod task;

use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use runtime_hooks_core::support::{AlreadyInstrumented, Deadlined, DropIn};

/// The runtime under which the drop-in records its tasks.
const DROP_IN: DropIn =
    DropIn::new("async-std").with_handle("async_std::task::join_handle::JoinHandle<");

/// Wraps one of the runtime's timeouts around a future, and marks the future as timed out if the timeout fails.
fn within<F: Future, T, E>(
    recorded: Deadlined<F>,
    timeout: impl AsyncFnOnce(Pin<&mut Deadlined<F>>) -> Result<T, E>,
) -> impl Future<Output = Result<T, E>> {
    let inner = async move {
        let mut recorded = pin!(recorded);
        let result = timeout(recorded.as_mut()).await;
        if result.is_err() {
            recorded.elapse();
        }
        result
    };
    Within::<_, AlreadyInstrumented> { inner, mark: PhantomData }
}

pin_project! {
    struct Within<F, M> {
        #[pin]
        inner: F,
        mark: PhantomData<M>,
    }
}

impl<F: Future, M> Future for Within<F, M> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}
