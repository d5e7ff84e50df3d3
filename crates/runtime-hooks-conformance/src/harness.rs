//! What the suite must know of a runtime.

use runtime_hooks_core::RuntimeHooks;

/// A runtime that the suite can test: any backend whose handles can be sent between threads.
pub trait TestRuntime:
    RuntimeHooks<Sleep: Send, Task<()>: Send, Task<u32>: Send> + Send + Sync + 'static
{
}

impl<R> TestRuntime for R where
    R: RuntimeHooks<Sleep: Send, Task<()>: Send, Task<u32>: Send> + Send + Sync + 'static
{
}

/// Starts and ends a runtime for one case. See the [crate's documentation](crate).
pub trait Harness: Sized {
    /// The backend under test.
    type Runtime: TestRuntime;

    /// A runtime for one case: a new one if the runtime can be started anew, else the global one.
    fn start() -> Self;

    /// Its handle.
    fn runtime(&self) -> Self::Runtime;

    /// Ends the runtime and all tasks in it; returns whether it can be ended at all.
    fn shut_down(self) -> bool;
}
