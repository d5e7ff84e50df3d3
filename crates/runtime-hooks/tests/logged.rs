//! `tracing` enabled by `instrument_with` alone, on every runtime. A separate test binary, since it sets the global
//! subscriber.
#![cfg(all(feature = "tokio", feature = "smol", feature = "async-std", feature = "tracing"))]

use std::sync::Mutex;

use runtime_hooks::{
    AnyRuntime, Config, IncidentKind, RUNTIMES, RuntimeHooksExt, TraceNames, runtime_by_name,
};
use tracing::{Event, Span, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// The targets of events, each with the name of the span that it is in.
static EVENTS: Mutex<Vec<(String, Option<&str>)>> = Mutex::new(Vec::new());

struct StoreEvents;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for StoreEvents {
    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let span = cx.event_span(event).map(|span| span.name());
        EVENTS.lock().unwrap().push((event.metadata().target().to_owned(), span));
    }
}

fn is_in_request() -> bool {
    Span::current().metadata().is_some_and(|span| span.name() == "request")
}

async fn seen_in_task_and_closure(runtime: AnyRuntime) -> [bool; 2] {
    [is_in_request(), runtime.spawn_blocking(is_in_request).await.unwrap()]
}

#[test]
fn tasks_carry_the_current_span_and_incidents_are_events_in_it() {
    let subscriber = tracing_subscriber::registry().with(StoreEvents);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let live = TraceNames::none().live("*seen_in_task_and_closure,*is_in_request");
    let hooks = runtime_hooks::instrument_with(Config::new().log(IncidentKind::ALL).trace(live));
    assert!(hooks.is_first());
    for name in RUNTIMES {
        let runtime = runtime_by_name(name).unwrap();
        let request = tracing::info_span!("request").entered();
        let seen =
            runtime.block_on(runtime.spawn(seen_in_task_and_closure(runtime.clone()))).unwrap();
        assert_eq!(seen, [true; 2], "{name}");
        // A task that is not selected carries none.
        let not_selected = runtime.spawn(async { is_in_request() });
        assert!(!runtime.block_on(not_selected).unwrap(), "{name}");
        let late = runtime.timeout(std::time::Duration::ZERO, std::future::pending::<()>());
        runtime.block_on(late).unwrap_err();
        drop(request);
        // Without a current span, tasks carry none.
        let seen =
            runtime.block_on(runtime.spawn(seen_in_task_and_closure(runtime.clone()))).unwrap();
        assert_eq!(seen, [false; 2], "{name}");
    }
    let mut events = EVENTS.lock().unwrap().clone();
    events.retain(|(target, _)| target == "runtime_hooks");
    assert_eq!(events, vec![("runtime_hooks".to_owned(), Some("request")); RUNTIMES.len()]);
}
