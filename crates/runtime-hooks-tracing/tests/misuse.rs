//! A subscriber that panics when the current span is read, as tracing-subscriber's registry does after a program held
//! a span's guard across an await. Tasks that only spawn are not affected.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_lite::future::yield_now;
use runtime_hooks_async_std::AsyncStd;
use runtime_hooks_core::{Config, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt, State};
use runtime_hooks_smol::Smol;
use runtime_hooks_tokio::TokioRuntime;
use runtime_hooks_tracing::SpanTracer;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber, dispatcher};
use tracing_core::span::Current;
use tracing_subscriber::Registry;

/// While it is set, each span is closed by another thread after its id is read and before a reference is taken.
static IS_CLOSED_EACH_TIME: AtomicBool = AtomicBool::new(false);
static PANICS: AtomicU32 = AtomicU32::new(0);

struct ClosesEarly(Registry);

impl Subscriber for ClosesEarly {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }
    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }
    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }
    fn clone_span(&self, id: &Id) -> Id {
        if IS_CLOSED_EACH_TIME.load(Ordering::Relaxed) {
            return self.0.clone_span(&Id::from_u64(u64::from(u32::MAX)));
        }
        self.0.clone_span(id)
    }
    fn try_close(&self, id: Id) -> bool {
        self.0.try_close(id)
    }
    fn current_span(&self) -> Current {
        self.0.current_span()
    }
}

#[test]
fn a_span_that_cannot_be_read_is_not_carried_and_its_panic_is_reported_once() {
    tracing::subscriber::set_global_default(ClosesEarly(Registry::default())).unwrap();
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.to_string().contains("tried to clone") {
            PANICS.fetch_add(1, Ordering::Relaxed);
        } else {
            previous(info);
        }
    }));
    let multi_thread = TokioRuntime::multi_thread().unwrap();
    let current_thread = TokioRuntime::current_thread().unwrap();
    let carried = || {
        [
            carried_by(multi_thread.handle()),
            carried_by(current_thread.handle()),
            carried_by(&Smol),
            carried_by(&AsyncStd),
        ]
    };
    assert_eq!((carried(), PANICS.load(Ordering::Relaxed)), ([200; 4], 0));
    IS_CLOSED_EACH_TIME.store(true, Ordering::Relaxed);
    // A current-thread runtime polls its tasks in the span in which its `block_on` is called.
    assert_eq!((carried(), PANICS.load(Ordering::Relaxed)), ([0, 100, 0, 0], 1));
}

/// In how many of 100 tasks and 100 closures, spawned in a span, this span is current. All of them must return and be
/// counted.
fn carried_by<R: RuntimeHooks>(runtime: &R) -> usize {
    let config = Config::new().recorder(Recorder::new()).tracer(Arc::new(SpanTracer::live()));
    let instrumentor = Instrumentor::installed(config);
    let runtime = runtime.with_instrumentor(Arc::clone(&instrumentor));
    let caller = tracing::info_span!("caller");
    let own = caller.id();
    // `Span::current` would take a reference.
    let is_in_it = move || dispatcher::get_default(|it| it.current_span().id() == own.as_ref());
    let carried = caller.in_scope(|| {
        runtime.block_on(async {
            let mut carried = 0;
            for _ in 0..100 {
                let is_in_it = is_in_it.clone();
                let closure = runtime.named("spawned").spawn_blocking(is_in_it.clone());
                let task = runtime.named("spawned").spawn(async move {
                    yield_now().await;
                    is_in_it()
                });
                carried += usize::from(task.await.unwrap()) + usize::from(closure.await.unwrap());
            }
            carried
        })
    });
    let snapshot = instrumentor.recorder().snapshot();
    let ended = |state| snapshot.ended_as(state);
    assert_eq!((snapshot.spawned(), ended(State::Finished)), (201, 201));
    carried
}
