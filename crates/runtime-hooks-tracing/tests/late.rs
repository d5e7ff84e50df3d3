//! A subscriber that is set after the first task was spawned.

use std::sync::Arc;

use runtime_hooks_core::{
    Config, Diagnostic, Instrumentor, RuntimeHooks, RuntimeHooksExt, WithInstrumentor,
};
use runtime_hooks_tokio::{Tokio, TokioRuntime};
use runtime_hooks_tracing::SpanTracer;
use tracing::Span;

fn spawned_in_a_span(tokio: &WithInstrumentor<Tokio>) -> [bool; 2] {
    let caller = tracing::info_span!("caller");
    let id = caller.id();
    let is_in_it = move || id.is_some() && Span::current().id() == id;
    let (task, closure) = (is_in_it.clone(), is_in_it);
    caller.in_scope(|| {
        tokio.raw_block_on(async {
            let task = tokio.spawn(async move { task() }).await.unwrap();
            [task, tokio.spawn_blocking(closure).await.unwrap()]
        })
    })
}

#[test]
fn spans_are_carried_from_when_a_subscriber_is_set() {
    let config = Config::new()
        .diagnostics(|diagnostic: &Diagnostic| panic!("{diagnostic}"))
        .tracer(Arc::new(SpanTracer::live()));
    let runtime = TokioRuntime::multi_thread().unwrap();
    let tokio = runtime.handle().with_instrumentor(Instrumentor::installed(config));
    assert_eq!(spawned_in_a_span(&tokio), [false; 2]);
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    assert_eq!(spawned_in_a_span(&tokio), [true; 2]);
}
