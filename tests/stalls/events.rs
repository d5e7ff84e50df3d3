//! Whether a stall is an event of `tracing` that has the id of the task's trace.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use runtime_hooks::{
    Config, ContextTracer, EventReporter, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt,
    Smol, Watchdog,
};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};

use crate::reported::{LIMIT, THRESHOLD, turn};

type Fields = BTreeMap<String, String>;

/// Sends the fields of each event of ours.
struct Events(Mutex<Sender<Fields>>);

struct Visitor(Fields);

impl Visit for Visitor {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: tracing::Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        if event.metadata().target() == "runtime_hooks" {
            let mut visitor = Visitor(Fields::new());
            event.record(&mut visitor);
            let _ = self.0.lock().unwrap().send(visitor.0);
        }
    }
}

#[test]
fn a_stall_is_an_event_with_the_trace_of_its_task() {
    let _turn = turn();
    let (events, received) = channel();
    let subscriber = tracing_subscriber::registry().with(Events(Mutex::new(events)));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let provider = SdkTracerProvider::builder().build();
    let config = Config::new().recorder(Recorder::new()).stall(THRESHOLD);
    let config = config.tracer(Arc::new(ContextTracer::of(&provider)));
    let instrumentor = Instrumentor::installed(config.reporter(Arc::new(EventReporter::new())));
    let watchdog = Watchdog::builder().instrumentor(Arc::clone(&instrumentor)).start().unwrap();
    let runtime = Smol.with_instrumentor(instrumentor);
    let span = provider.tracer("test").start("request");
    let context = Context::current_with_span(span);
    let trace = context.span().span_context().trace_id().to_string();
    let task = async {
        let (release, released) = channel::<()>();
        let task = runtime.named("holds").spawn(async move {
            let _ = released.recv();
        });
        let fields = received.recv_timeout(LIMIT).unwrap();
        drop(release);
        task.await.unwrap();
        fields
    };
    let fields = runtime.raw_block_on(task.with_context(context));
    assert!(watchdog.stop());
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    assert_eq!(
        [field("message"), field("name"), field("async.runtime.name")],
        ["stall", "holds", "smol"]
    );
    assert_eq!((field("trace_id"), field("span_id").len()), (trace, 16));
    assert!(field("code.file.path").ends_with("stalls/events.rs"), "{fields:?}");
    assert!(field("code.stacktrace").contains("stalls/events.rs:"), "{fields:?}");
    assert!(field("doing").starts_with("waits in std::sync::mp"), "{fields:?}");
}
