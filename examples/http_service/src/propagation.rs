//! W3C trace context: extracted from incoming requests, injected into outgoing ones.

use hyper::{HeaderMap, Request};
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

/// A context with a server span of this name, whose parent is the span in the request's `traceparent`.
pub fn served(name: &'static str, headers: &HeaderMap) -> Context {
    let caller = global::get_text_map_propagator(|p| p.extract(&HeaderExtractor(headers)));
    in_span(name, SpanKind::Server, &caller)
}

/// A context with a client span of this name. Adds its `traceparent` to the request.
pub fn called<B>(name: &'static str, request: &mut Request<B>) -> Context {
    let context = in_span(name, SpanKind::Client, &Context::current());
    global::get_text_map_propagator(|p| {
        p.inject_context(&context, &mut HeaderInjector(request.headers_mut()));
    });
    context
}

fn in_span(name: &'static str, kind: SpanKind, parent: &Context) -> Context {
    let tracer = global::tracer("http-service");
    let span = tracer.span_builder(name).with_kind(kind).start_with_context(&tracer, parent);
    parent.with_span(span)
}
