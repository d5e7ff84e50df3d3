//! The traits that backends implement, and runtimes that wrap other runtimes.

mod dynamic;
mod local;
mod mode;
mod runtime;
mod with_instrumentor;

pub use self::dynamic::{AnyRuntime, BoxFuture};
pub use self::local::{LocalRuntimeHooks, SpawnLocal};
pub use self::mode::{LocalMode, Mode, SendMode};
pub use self::runtime::RuntimeHooks;
pub use self::with_instrumentor::WithInstrumentor;
