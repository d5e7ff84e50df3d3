//! What the drop-ins and the facade are made of, and nobody else: it can change in any release. They depend on this crate
//! by its exact version.

pub use runtime_hooks_recorder::internals::{Process, emit, lock, lock_until};

pub use crate::drop_in::DropIn;
pub use crate::external::ExternalTask;
pub use crate::large::TypeOf;
pub use crate::submit::AlreadyInstrumented;
pub use crate::timeout::{AfterDeadlined, BeforeDeadlined, Deadlined};
pub use crate::{box_if_large, delegate};
