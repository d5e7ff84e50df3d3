//! What the suite needs of a runtime.

use runtime_hooks_core::RuntimeHooks;

/// Starts and ends a runtime for one case. See the [crate's documentation](crate).
pub trait Harness: Sized {
    /// The backend under test.
    type Runtime: RuntimeHooks;

    /// A runtime for one case: a new one if the runtime can be started anew, else the global one.
    fn start() -> Self;

    /// Its handle.
    fn runtime(&self) -> Self::Runtime;

    /// Ends the runtime and all its tasks, and returns whether the runtime can be ended at all.
    fn shut_down(self) -> bool;
}
