//! A console of its own, and a runtime that it shows.

use std::sync::Arc;

use runtime_hooks_conformance::reference::{Reference, ReferenceRuntime};
use runtime_hooks_console::{Console, ConsoleBuilder};
use runtime_hooks_core::{Config, Instrumentor, RuntimeHooksExt as _, WithInstrumentor};

#[allow(dead_code, reason = "each test binary uses a part of it")]
pub(crate) struct Stage {
    pub(crate) console: Console,
    pub(crate) instrumentor: Arc<Instrumentor>,
    pub(crate) runtime: WithInstrumentor<Reference>,
    /// Whoever takes the rest apart keeps it, or it is gone.
    pub(crate) _reference: ReferenceRuntime,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(set: impl FnOnce(ConsoleBuilder) -> ConsoleBuilder) -> Self {
        let instrumentor = Instrumentor::installed(Config::new());
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(Arc::clone(&instrumentor));
        let builder = Console::builder().address("127.0.0.1:0".parse().unwrap());
        let console = set(builder.instrumentor(Arc::clone(&instrumentor))).serve().unwrap();
        Self { console, instrumentor, runtime, _reference: reference }
    }
}
