//! Both kinds of runtimes, which differ in the bounds on a future.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::time::Duration;

use tokio::runtime::{EnterGuard, LocalOptions, RuntimeMetrics};
use tokio::task::JoinHandle;

use runtime_hooks_core::support::AttachedRuntime;

use super::{Builder, Handle};
use crate::drop_in::{blocking, recorded, spawned};
use crate::gauges::attach_owned;

macro_rules! runtime {
    ($name:ident, $new:meta => $build:expr, $spawn:ident as $method:ident: $($send:ident)?) => {
        #[doc = concat!("As [`tokio::runtime::", stringify!($name), "`], with its tasks recorded.")]
        ///
        /// It derefs to tokio's runtime and converts from and into it.
        pub struct $name {
            // First, so that the last gauges are read while the runtime still exists.
            attached: AttachedRuntime,
            native: tokio::runtime::$name,
            /// For [`handle`](Self::handle), which returns a reference.
            handle: Handle,
        }

        impl $name {
            /// Creates a runtime with tokio's defaults and all drivers. The recording builder sets the task hooks.
            #[$new]
            pub fn new() -> io::Result<Self> {
                $build
            }

            /// A handle of the runtime.
            pub fn handle(&self) -> &Handle {
                &self.handle
            }

            /// Spawns a task.
            #[track_caller]
            pub fn $spawn<F>(&self, future: F) -> JoinHandle<F::Output>
            where
                F: Future $(+ $send)? + 'static,
                F::Output: $($send +)? 'static,
            {
                spawned!(future: F, $method => self.native.$spawn(future))
            }

            /// Runs a closure on the blocking pool.
            #[track_caller]
            pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
            where
                F: FnOnce() -> R + Send + 'static,
                R: Send + 'static,
            {
                blocking!(func: F => self.native.spawn_blocking(func))
            }

            /// Runs a future to completion on this thread.
            #[track_caller]
            pub fn block_on<F: Future>(&self, future: F) -> F::Output {
                recorded!(future: F, BlockOn => self.native.block_on(future))
            }

            /// Makes the runtime this thread's current runtime until the guard is dropped.
            pub fn enter(&self) -> EnterGuard<'_> {
                self.native.enter()
            }

            /// Shuts down. Waits for closures of the blocking pool for `duration` at most.
            pub fn shutdown_timeout(self, duration: Duration) {
                drop(self.attached);
                self.native.shutdown_timeout(duration);
            }

            /// Shuts down without waiting.
            pub fn shutdown_background(self) {
                drop(self.attached);
                self.native.shutdown_background();
            }

            /// tokio's metrics of the runtime.
            pub fn metrics(&self) -> RuntimeMetrics {
                self.native.metrics()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.native.fmt(f)
            }
        }

        impl Deref for $name {
            type Target = tokio::runtime::$name;

            fn deref(&self) -> &Self::Target {
                &self.native
            }
        }

        impl From<tokio::runtime::$name> for $name {
            fn from(native: tokio::runtime::$name) -> Self {
                let handle = native.handle().clone().into();
                Self { attached: attach_owned(native.handle()), native, handle }
            }
        }

        impl From<$name> for tokio::runtime::$name {
            fn from(runtime: $name) -> Self {
                drop(runtime.attached);
                runtime.native
            }
        }
    };
}

runtime! {
    Runtime,
    cfg(feature = "rt-multi-thread") => Builder::new_multi_thread().enable_all().build(),
    spawn as Spawn: Send
}
runtime! {
    LocalRuntime,
    cfg(all()) => Builder::new_current_thread().enable_all().build_local(LocalOptions::default()),
    spawn_local as SpawnLocal:
}
