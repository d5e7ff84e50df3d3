//! A runtime instrumented by runtime-hooks.

use std::time::Duration;

use futures_util::FutureExt;
use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{AsyncioExt, RuntimeHooksExt, WithInstrumentor};
use runtime_hooks_smol::{OnExecutor, Smol};
use runtime_hooks_tokio::Tokio;

use crate::runtime::OwnExecutor;
use crate::system::{System, no_panic};

/// A runtime instrumented at any level of detail.
#[derive(Clone, Debug)]
pub struct Instrumented<H>(pub WithInstrumentor<H>);

/// One `impl` per runtime: the task handles are known to be `Send`, which a generic `impl` cannot express.
macro_rules! instrumented {
    ($($hooks:ty),*) => {$(
        impl System for Instrumented<$hooks> {
            #[inline(always)]
            fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
            where
                F: Future + Send + 'static,
                F::Output: Send + 'static,
            {
                RuntimeHooksExt::spawn(&self.0, future).map(no_panic)
            }

            #[inline(always)]
            fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
            where
                F: FnOnce() -> T + Send + 'static,
                T: Send + 'static,
            {
                RuntimeHooksExt::spawn_blocking(&self.0, work).map(no_panic)
            }

            #[inline(always)]
            fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
            where
                F: Future<Output: Send> + Send,
            {
                RuntimeHooksExt::timeout(&self.0, after, future).map(|result| result.is_ok())
            }

            #[inline(always)]
            fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
            where
                F: Future<Output: Send> + Send,
            {
                AsyncioExt::gather(&self.0, members)
            }
        }
    )*};
}

instrumented!(Tokio, Smol, OnExecutor<OwnExecutor>, AsyncStd);
