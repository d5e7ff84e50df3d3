//! What a task carries of its caller's context.

use std::ptr;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use runtime_hooks_recorder::TraceIds;

/// The address of a context's value of one type; `None` if it has no such value.
type ValueOf = fn(&Context) -> Option<*const ()>;

/// Types of values that the program keeps in contexts.
#[derive(Clone, Default)]
pub(super) struct Values(Arc<Vec<ValueOf>>);

impl Values {
    pub(super) fn push<T: Send + Sync + 'static>(&mut self) {
        Arc::make_mut(&mut self.0)
            .push(|of| of.get::<T>().map(|value| ptr::from_ref(value).cast()));
    }

    /// Whether a context has anything to carry.
    pub(super) fn has_any(&self, context: &Context) -> bool {
        context.has_active_span()
            || context.is_telemetry_suppressed()
            || !context.baggage().is_empty()
            || self.0.iter().any(|value| value(context).is_some())
    }

    /// Whether two contexts have the same span, baggage, suppression and values.
    pub(super) fn are_same(&self, one: &Context, other: &Context) -> bool {
        one.span().span_context() == other.span().span_context()
            && one.is_telemetry_suppressed() == other.is_telemetry_suppressed()
            && ptr::eq(one.baggage(), other.baggage())
            && self.0.iter().all(|value| value(one) == value(other))
    }
}

/// The ids of a context's span, if that is sampled.
pub(super) fn sampled_ids(context: &Context) -> Option<TraceIds> {
    let span = context.span();
    let ids = span.span_context();
    ids.is_sampled()
        .then(|| TraceIds { trace: ids.trace_id().to_bytes(), span: ids.span_id().to_bytes() })
}

/// The context with the ids of its span in place of the span.
///
/// A span that is ended by its drop ends when the last context that holds it is dropped. A task that held it would make
/// it last longer.
///
/// Whether the span is recorded is not asked for: it takes the span's lock, which its owner holds while a span processor
/// is called, and a processor may spawn a task.
pub(super) fn with_ids_only(context: &Context) -> Context {
    if context.has_active_span() {
        // Sets the ids as they are: only a propagator marks them as remote.
        context.with_remote_span_context(context.span().span_context().clone())
    } else {
        context.clone()
    }
}
