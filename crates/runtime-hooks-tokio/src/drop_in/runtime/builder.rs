//! Builds runtimes.

use std::io;
#[cfg(tokio_unstable)]
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::LocalOptions;
#[cfg(tokio_unstable)]
use tokio::runtime::{HistogramConfiguration, RngSeed, TaskMeta, UnhandledPanic};

#[cfg(tokio_unstable)]
use super::task_hooks::TaskHooks;
use super::{LocalRuntime, Runtime};

/// As [`tokio::runtime::Builder`], with the tasks of its runtimes recorded.
///
/// Under `tokio_unstable` this includes tasks that other crates spawn there: the builder sets the runtime's task
/// hooks, which call yours first.
#[derive(Debug)]
pub struct Builder {
    native: tokio::runtime::Builder,
    #[cfg(tokio_unstable)]
    hooks: TaskHooks,
}

impl Builder {
    /// Builds runtimes that run on the thread that calls `block_on`.
    pub fn new_current_thread() -> Self {
        tokio::runtime::Builder::new_current_thread().into()
    }

    /// Builds runtimes with worker threads.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new_multi_thread() -> Self {
        tokio::runtime::Builder::new_multi_thread().into()
    }

    /// Builds a runtime.
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.with_hooks().build().map(Runtime::from)
    }

    /// Builds a runtime for this thread.
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        self.with_hooks().build_local(options).map(LocalRuntime::from)
    }

    fn with_hooks(&mut self) -> &mut tokio::runtime::Builder {
        #[cfg(tokio_unstable)]
        self.hooks.set(&mut self.native);
        &mut self.native
    }
}

impl From<tokio::runtime::Builder> for Builder {
    /// Creates a builder with these settings. Its task hooks are replaced, since they cannot be read.
    fn from(native: tokio::runtime::Builder) -> Self {
        Self {
            native,
            #[cfg(tokio_unstable)]
            hooks: TaskHooks::default(),
        }
    }
}

impl From<Builder> for tokio::runtime::Builder {
    fn from(mut builder: Builder) -> Self {
        builder.with_hooks();
        builder.native
    }
}

/// Forwards settings to tokio's builder.
macro_rules! settings {
    ($($(#[$attribute:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {
        impl Builder {
            $(
                $(#[$attribute])*
                #[doc = concat!("As `", stringify!($name), "` of [`tokio::runtime::Builder`].")]
                #[track_caller]
                pub fn $name(&mut self, $($argument: $type),*) -> &mut Self {
                    self.native.$name($($argument),*);
                    self
                }
            )*
        }
    };
}

settings! {
    enable_all();
    enable_io();
    enable_time();
    worker_threads(val: usize);
    max_blocking_threads(val: usize);
    name(val: impl Into<String>);
    thread_name(val: impl Into<String>);
    thread_name_fn(f: impl Fn() -> String + Send + Sync + 'static);
    thread_stack_size(val: usize);
    thread_keep_alive(duration: Duration);
    on_thread_start(f: impl Fn() + Send + Sync + 'static);
    on_thread_stop(f: impl Fn() + Send + Sync + 'static);
    on_thread_park(f: impl Fn() + Send + Sync + 'static);
    on_thread_unpark(f: impl Fn() + Send + Sync + 'static);
    global_queue_interval(val: u32);
    event_interval(val: u32);
    max_io_events_per_tick(capacity: usize);
    max_io_events_per_busy_tick(capacity: usize);
    #[cfg(feature = "test-util")]
    start_paused(start_paused: bool);
}

#[cfg(tokio_unstable)]
settings! {
    #[cfg(feature = "rt-multi-thread")]
    enable_alt_timer();
    #[cfg(feature = "rt-multi-thread")]
    enable_eager_driver_handoff();
    enable_sharded_blocking_queue();
    unhandled_panic(behavior: UnhandledPanic);
    disable_lifo_slot();
    rng_seed(seed: RngSeed);
    enable_metrics_poll_time_histogram();
    metrics_poll_time_histogram_configuration(configuration: HistogramConfiguration);
    #[cfg(all(feature = "io-uring", feature = "rt", feature = "fs", target_os = "linux"))]
    enable_io_uring();
    #[cfg(feature = "schedule-latency")]
    track_task_schedule_latency();
    #[cfg(feature = "schedule-latency")]
    enable_metrics_schedule_latency_histogram();
    #[cfg(feature = "schedule-latency")]
    metrics_schedule_latency_histogram_configuration(configuration: HistogramConfiguration);
}

// Deprecated names.
#[cfg(tokio_unstable)]
settings! {
    #[allow(deprecated)]
    #[deprecated = "use `enable_metrics_poll_time_histogram`"]
    enable_metrics_poll_count_histogram();
    #[allow(deprecated)]
    #[deprecated = "use `metrics_poll_time_histogram_configuration`"]
    metrics_poll_count_histogram_scale(histogram_scale: tokio::runtime::HistogramScale);
    #[allow(deprecated)]
    #[deprecated = "use `metrics_poll_time_histogram_configuration`"]
    metrics_poll_count_histogram_resolution(resolution: Duration);
    #[allow(deprecated)]
    #[deprecated = "use `metrics_poll_time_histogram_configuration`"]
    metrics_poll_count_histogram_buckets(buckets: usize);
}

/// The program's task hooks, which are called in addition to the recording ones.
#[cfg(tokio_unstable)]
macro_rules! hooks {
    ($($name:ident, $slot:ident;)*) => {
        impl Builder {
            $(
                #[doc = concat!("As `", stringify!($name), "` of [`tokio::runtime::Builder`].")]
                pub fn $name<F>(&mut self, f: F) -> &mut Self
                where
                    F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
                {
                    self.hooks.$slot = Some(Arc::new(f));
                    self
                }
            )*
        }
    };
}

#[cfg(tokio_unstable)]
hooks! {
    on_task_spawn, spawn;
    on_before_task_poll, before_poll;
    on_after_task_poll, after_poll;
    on_task_terminate, terminate;
}

/// Methods that the oldest supported tokio does not have. A newer tokio's own methods take precedence.
#[allow(dead_code, reason = "unused with the newest tokio")]
trait NewerMethods {
    fn enable_io(&mut self) -> &mut Self {
        panic!("`enable_io` needs tokio 1.54, or its feature `net`")
    }

    fn max_io_events_per_tick(&mut self, _: usize) -> &mut Self {
        panic!("`max_io_events_per_tick` needs tokio 1.54, or its feature `net`")
    }

    fn max_io_events_per_busy_tick(&mut self, _: usize) -> &mut Self {
        panic!("`max_io_events_per_busy_tick` needs tokio 1.54")
    }

    #[cfg(tokio_unstable)]
    fn enable_eager_driver_handoff(&mut self) -> &mut Self {
        panic!("`enable_eager_driver_handoff` needs tokio 1.52")
    }

    #[cfg(tokio_unstable)]
    fn enable_sharded_blocking_queue(&mut self) -> &mut Self {
        panic!("`enable_sharded_blocking_queue` needs tokio 1.54")
    }
}

impl NewerMethods for tokio::runtime::Builder {}
