//! What the drop-ins and the facade are made of, and nobody else: it can change in any release. They depend on this crate
//! by its exact version.

use crate::ext::TaskBuilder;
use crate::hooks::RuntimeHooks;

pub use runtime_hooks_recorder::internals::{Process, emit, lock, lock_until};

pub use crate::drop_in::DropIn;
pub use crate::external::ExternalTask;
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
