//! A layer of `tracing-opentelemetry` that does not activate OpenTelemetry's context: the tracer asks the layer for it.

#[expect(dead_code, reason = "the other binary uses all of it")]
#[path = "spans/seen.rs"]
mod seen;
#[path = "spans/owner.rs"]
mod owner;

use std::sync::Arc;

use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{Config, Instrumentor, RuntimeHooks, RuntimeHooksExt};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_smol::Smol;
use runtime_hooks_tokio::TokioRuntime;
use runtime_hooks_tracing::SpanTracer;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use self::owner::{Request, serve};
use self::seen::{provider, subscribe};

#[test]
fn a_request_ends_with_its_owner_without_context_activation() {
    subscribe(false);
    let tokio = TokioRuntime::multi_thread().unwrap();
    a_request_ends_with_its_owner(tokio.handle());
    a_request_ends_with_its_owner(&Smol);
    a_request_ends_with_its_owner(&AsyncStd);
}

fn a_request_ends_with_its_owner<R: RuntimeHooks>(runtime: &R) {
    let served = |tracer: ContextTracer| {
        let config = Config::new().tracer(Arc::new(SpanTracer::new())).tracer(Arc::new(tracer));
        serve(&runtime.with_instrumentor(Instrumentor::installed(config)))
    };
    let request = |children: &[&str], logged| Request {
        ends_with_its_owner: true,
        children: children.iter().map(ToString::to_string).collect(),
        lines: ["in the handler", "in time"].map(str::to_owned).into(),
        logged,
    };
    let tracer = || ContextTracer::of(&provider());
    let asks = tracer().caller(|| tracing::Span::current().context());
    // Without activation a log record of the handler itself has no trace id. The timeout and the tasks carry the ids.
    assert_eq!(served(asks), request(&["background", "connection"], 3));
    assert_eq!(served(tracer()), request(&[], 0));
}
