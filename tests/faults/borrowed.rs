//! Tasks are spawned, dropped and ended while OpenTelemetry's context is borrowed, and the program reads the current
//! context when a span or a context ends.

use std::future::pending;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider, get_active_span};
use opentelemetry::{Context, ContextGuard};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use runtime_hooks::{
    AsyncStd, Config, ContextTracer, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt, Smol,
    TokioRuntime, TraceNames,
};

use crate::counts;

/// A panic would be printed on standard error.
#[test]
fn a_borrowed_context_panics_nowhere() {
    let own = std::env::current_exe().unwrap();
    let test = "borrowed::plays_in_borrowed_contexts";
    let ended =
        Command::new(own).args(["--exact", test, "--ignored", "--nocapture"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), stderr.as_ref()), (Some(0), ""));
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn plays_in_borrowed_contexts() {
    play(TokioRuntime::multi_thread().unwrap().handle());
    play(TokioRuntime::current_thread().unwrap().handle());
    play(&Smol);
    play(&AsyncStd);
}

/// Reads the current context when a span starts and ends.
#[derive(Debug, Default)]
struct Looks(Arc<AtomicU64>);

impl Looks {
    fn look(&self) {
        let _ = Context::current();
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl SpanProcessor for Looks {
    fn on_start(&self, _: &mut Span, _: &Context) {
        self.look();
    }

    fn on_end(&self, _: SpanData) {
        self.look();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// A value in a context that reads the current context when it is dropped.
struct LooksOnDrop(Sender<()>);

impl Drop for LooksOnDrop {
    fn drop(&mut self) {
        let _ = Context::current();
        self.0.send(()).unwrap();
    }
}

fn in_caller(tracer: &SdkTracer) -> ContextGuard {
    Context::new().with_span(tracer.start("caller")).attach()
}

async fn is_in_a_span() -> bool {
    Context::current().has_active_span()
}

fn play<R: RuntimeHooks>(runtime: &R) {
    let looks = Arc::<AtomicU64>::default();
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .with_span_processor(Looks(Arc::clone(&looks)))
        .build();
    let names = TraceNames::none().coroutines("traced").to_thread("traced");
    let config = Config::new().recorder(Recorder::new()).trace(names);
    let instrumentor =
        Instrumentor::installed(config.tracer(Arc::new(ContextTracer::of(&provider))));
    let runtime = &runtime.with_instrumentor(Arc::clone(&instrumentor));
    let tracer = &provider.tracer("test");
    let traced = || runtime.named("traced");
    {
        let _caller = in_caller(tracer);
        let task = get_active_span(|_| traced().spawn(is_in_a_span()));
        assert!(runtime.raw_block_on(task).unwrap());
        let is_in_a_span = || Context::current().has_active_span();
        let closure = Context::map_current(|_| traced().spawn_blocking(is_in_a_span));
        assert!(runtime.raw_block_on(closure).unwrap());
        get_active_span(|_| drop(traced().instrument(pending::<()>())));
        let late = || traced().timeout(Duration::from_secs(1), pending::<()>());
        // A timer of tokio must be made inside of the runtime.
        runtime.raw_block_on(async { Context::map_current(|_| drop(late())) });
        let aborted = traced().spawn(pending::<()>());
        get_active_span(|_| aborted.abort());
        assert!(runtime.raw_block_on(aborted).is_err());
    }
    {
        let _caller = in_caller(tracer);
        let look = || runtime.named("untraced").block_on(is_in_a_span());
        assert!(Context::map_current(|_| look()) && get_active_span(|_| look()));
    }
    for is_aborted in [false, true] {
        let (dropped, is_dropped) = channel();
        let task = {
            let caller = Context::new().with_span(tracer.start("caller"));
            let _caller = caller.with_value(LooksOnDrop(dropped)).attach();
            traced().spawn(async move {
                let has_value = Context::current().get::<LooksOnDrop>().is_some();
                if is_aborted {
                    pending::<()>().await;
                }
                has_value
            })
        };
        if is_aborted {
            task.abort();
        }
        assert_eq!(runtime.raw_block_on(task).ok(), (!is_aborted).then_some(true));
        is_dropped.recv().unwrap();
    }
    // A handle may resolve shortly before the task context is notified of the end.
    let named = || {
        let spans = exporter.get_finished_spans().unwrap();
        spans.iter().filter(|span| span.name.ends_with("-traced")).count()
    };
    while named() < 7 {
        std::thread::yield_now();
    }
    let snapshot = instrumentor.recorder().snapshot();
    let traced: u64 =
        snapshot.series.iter().filter(|s| s.key.name() == Some("traced")).map(|s| s.spawned).sum();
    assert_eq!((traced, snapshot.active(), named()), (7, 0, 7));
    assert_eq!(counts(&instrumentor, "untraced"), (2, 0, [2, 0, 0, 0]));
    // Seven spans of tasks and four of callers, each at its start and at its end.
    assert_eq!(looks.load(Ordering::Relaxed), 2 * (7 + 4));
}
