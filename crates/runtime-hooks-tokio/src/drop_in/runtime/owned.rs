//! Runtimes, of both kinds: they differ in what they ask of a future.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::time::Duration;

use tokio::runtime::{EnterGuard, LocalOptions, RuntimeMetrics};
use tokio::task::JoinHandle;

use super::{Builder, Handle};
use crate::drop_in::{blocking, recorded, spawned};

macro_rules! runtime {
    ($name:ident, $new:meta => $build:expr, $spawn:ident as $method:ident: $($send:ident)?) => {
        #[doc = concat!("As [`tokio::runtime::", stringify!($name), "`], what runs on it recorded.")]
        ///
        /// It derefs to the runtime that it is around, and is made from and into it.
        pub struct $name {
            native: tokio::runtime::$name,
            /// For [`handle`](Self::handle), which lends one.
            handle: Handle,
        }

        impl $name {
            /// A runtime with all drivers, and tokio's defaults. Built by our builder: it sets hooks.
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

            /// Runs a future to its end on this thread.
            #[track_caller]
            pub fn block_on<F: Future>(&self, future: F) -> F::Output {
                recorded!(future: F, BlockOn => self.native.block_on(future))
            }

            /// Makes the runtime the current one of this thread while the guard lives.
            pub fn enter(&self) -> EnterGuard<'_> {
                self.native.enter()
            }

            /// Shuts down, and waits no longer than this for closures of the blocking pool.
            pub fn shutdown_timeout(self, duration: Duration) {
                self.native.shutdown_timeout(duration);
            }

            /// Shuts down without waiting.
            pub fn shutdown_background(self) {
                self.native.shutdown_background();
            }

            /// The runtime's own metrics.
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
                Self { native, handle }
            }
        }

        impl From<$name> for tokio::runtime::$name {
            fn from(runtime: $name) -> Self {
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
