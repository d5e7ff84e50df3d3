//! How each runtime of the storm is instrumented.

use runtime_hooks::{
    Config, Detail, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt, WithInstrumentor,
};

/// The cap is so low that most tasks are counted as `_OTHER`.
pub(crate) const MAX_NAMES: u64 = 100;

pub(crate) const DETAILS: [Detail; 4] =
    [Detail::Counts, Detail::Polls, Detail::Sampled, Detail::Full];

/// Instruments the runtime with this recorder and a list of live tasks.
pub(crate) fn instrumented<R: RuntimeHooks>(
    runtime: &R,
    recorder: &Recorder,
    detail: Detail,
) -> WithInstrumentor<R> {
    let config =
        Config::new().recorder(recorder.clone()).max_names(MAX_NAMES).detail(detail).live(true);
    runtime.with_instrumentor(Instrumentor::installed(config))
}
