//! The stack per level of futures that await boxes of themselves.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks::{Config, Detail, Instrumentor, Outcome, RuntimeHooksExt, Smol};
use runtime_hooks_core::{Submission, TaskContext, Tracer, WithInstrumentor};

use crate::call::Call;

const LEVELS: u32 = 10_000;

/// A task may take twice the stack of a bare future while nothing is recorded, and three times at the default detail. More
/// is allowed where more is on the stack: a waker that stamps, a tracer whose panics are caught.
pub(super) const ALL: &[Call] = &[
    Call { name: "nested, off", factor: 2, bare, ours: || nested(Instrumentor::new().into()) },
    Call { name: "nested, default", factor: 3, bare, ours: || with(Config::new()) },
    Call {
        name: "nested, full",
        factor: 4,
        bare,
        ours: || with(Config::new().detail(Detail::Full)),
    },
    Call {
        name: "nested, traced",
        factor: 7,
        bare,
        ours: || with(Config::new().tracer(Arc::new(Carries))),
    },
];

fn bare() {
    async fn count(left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        let next: Pin<Box<dyn Future<Output = u32>>> = Box::pin(count(left - 1));
        next.await + 1
    }
    assert_eq!(smol::block_on(count(LEVELS)), LEVELS);
}

fn with(config: Config) {
    nested(Instrumentor::installed(config));
}

fn nested(instrumentor: Arc<Instrumentor>) {
    async fn count(runtime: &WithInstrumentor<Smol>, left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        let next: Pin<Box<dyn Future<Output = u32> + '_>> =
            Box::pin(runtime.instrument(count(runtime, left - 1)));
        next.await + 1
    }
    let runtime = Smol.with_instrumentor(instrumentor);
    assert_eq!(smol::block_on(count(&runtime, LEVELS)), LEVELS);
}

struct Carries;

impl Tracer for Carries {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        Some(Arc::new(Carries))
    }
}

impl TaskContext for Carries {
    fn enter(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn end(&self, _: Outcome, _: Duration) {}
}
