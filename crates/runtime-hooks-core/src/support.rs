//! What the drop-ins and the facade are made of, and nobody else: it can change in any release. They depend on this crate
//! by its exact version.

#[cfg(not(loom))]
use runtime_hooks_recorder::RuntimeGauges;

#[cfg(not(loom))]
use crate::attached;
use crate::ext::TaskBuilder;
use crate::hooks::RuntimeHooks;
#[cfg(not(loom))]
use crate::instrumentor::Instrumentor;

pub use runtime_hooks_recorder::internals::{Process, emit, lock, lock_until};

#[cfg(not(loom))]
pub use crate::attached::AttachedRuntime;
pub use crate::drop_in::DropIn;
pub use crate::external::ExternalTask;
pub use crate::instrumentor::VARIABLES;
pub use crate::large::TypeOf;
pub use crate::submit::AlreadyInstrumented;
pub use crate::timeout::{AfterDeadlined, BeforeDeadlined, Deadlined};
pub use crate::{box_if_large, delegate};

/// As [`RuntimeHooksExt::block_on`](crate::RuntimeHooksExt::block_on), recorded as a future of type `P`.
#[inline]
#[track_caller]
pub fn block_on_as<R: RuntimeHooks, P, F: Future>(
    runtime: &R,
    of: TypeOf<P>,
    future: F,
) -> F::Output {
    TaskBuilder::unnamed(runtime).block_on_as(of, future)
}

/// Reads the gauges of a runtime that the caller owns into the global instrumentor's recorder, whichever is installed,
/// until the guard is dropped. `id` identifies the runtime in the process.
#[cfg(not(loom))]
pub fn attach_owned(
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) -> AttachedRuntime {
    attached::attach_owned(Instrumentor::recorder_of_runtimes, id, name, read)
}

/// As [`attach_owned`], for a runtime that somebody else owns: at most 16 are attached at a time.
#[cfg(not(loom))]
pub fn attach_foreign(
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) {
    attached::attach_foreign(Instrumentor::recorder_of_runtimes, id, name, read);
}

/// A number that changes when a runtime is detached: until then, an attached runtime stays so.
#[cfg(not(loom))]
pub fn attached_generation() -> u64 {
    attached::generation()
}
