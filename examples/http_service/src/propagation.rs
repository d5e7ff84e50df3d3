//! W3C trace context: in from a request, out into another.

use hyper::{HeaderMap, Request};
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

/// A context with a span of this name for a request, under the one that its `traceparent` tells of.
pub fn served(name: &'static str, headers: &HeaderMap) -> Context {
    let caller = global::get_text_map_propagator(|p| p.extract(&HeaderExtractor(headers)));
    in_span(name, SpanKind::Server, &caller)
}

/// A context with a span of this name for a request to somebody else, and the request's `traceparent`.
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
