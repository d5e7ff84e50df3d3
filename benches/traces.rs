//! The cost of a carried context and of a span per task, on current-thread tokio: above metrics alone, and compared
//! with OpenTelemetry's and `tracing`'s own APIs. `cargo bench --bench traces -- [ROUNDS]`.

use std::sync::Arc;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider, get_active_span};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SdkTracer};
use runtime_hooks_benches::peers::discarding_spans;
use runtime_hooks_benches::report::Titled;
use runtime_hooks_benches::{Row, Variant, compare, interleave, work};
use runtime_hooks_core::{TraceNames, WithInstrumentor};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_tokio::{
    Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, Tokio, TokioRuntime,
};
use runtime_hooks_tracing::SpanTracer;
use tracing::span::EnteredSpan;
use tracing::subscriber::DefaultGuard;
use tracing::{Instrument, info_span};
use tracing_subscriber::layer::SubscriberExt;

const METRICS: &str = "metrics, default detail";

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let (one, eleven) = (measure(rounds, 1), measure(rounds, 11));
    print!("{}", Titled("spawn and join a task of one poll", &one));
    print!("{}", Titled("spawn and join a task of 11 polls", &eleven));
    println!("\nper further poll, ns:");
    for (one, eleven) in one.iter().zip(&eleven).skip(1) {
        println!("{:38} {:+9.1}", one.name, (eleven.over.median - one.over.median) / 10.0);
    }
}

fn measure(rounds: usize, polls: u32) -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let tokio = &TokioRuntime::from(runtime);
    macro_rules! tasks {
        ($name:expr, $spawn:expr $(, in $entered:expr)? $(; over $against:expr)?) => {
            Variant::new($name, move |times| {
                $(let _entered = $entered;)?
                tokio.handle().raw_block_on(async {
                    for _ in 0..times {
                        $spawn.await.expect("no panic");
                    }
                });
            })
            $(.against($against))?
        };
    }
    let instrumented = |config| tokio.handle().with_instrumentor(Instrumentor::installed(config));
    let carrying = |tracer| instrumented(Config::new().tracer(Arc::new(tracer)));
    let spans = |sampler| -> WithInstrumentor<Tokio> {
        let config = Config::new().trace(TraceNames::none().coroutines("*"));
        instrumented(config.tracer(Arc::new(ContextTracer::of(&discarding_spans(sampler)))))
    };
    let (metrics, with_nothing) = (instrumented(Config::new()), carrying(ContextTracer::new()));
    let [with_baggage, with_span, with_both] = [(); 3].map(|()| with_nothing.clone());
    let live = carrying(ContextTracer::new().live());
    let with_layer = instrumented(
        Config::new().tracer(Arc::new(SpanTracer::new())).tracer(Arc::new(ContextTracer::new())),
    );
    let [sdk_unsampled, sdk_sampled] = [Sampler::AlwaysOff, Sampler::AlwaysOn]
        .map(|sampler| discarding_spans(sampler).tracer("bench"));
    let with_tracing = instrumented(Config::new().tracer(Arc::new(SpanTracer::live())));
    let (unsampled, sampled) = (spans(Sampler::AlwaysOff), spans(Sampler::AlwaysOn));
    let ada = || Context::current_with_baggage([KeyValue::new("user", "ada")]).attach();
    let in_span = || {
        let span = discarding_spans(Sampler::AlwaysOn).tracer("bench").start("caller");
        Context::current_with_span(span).attach()
    };
    let native = || tokio.handle();
    let variants = vec![
        tasks!("bare tokio", native().spawn(work(polls))),
        tasks!(METRICS, metrics.spawn(work(polls))),
        tasks!("+ nothing to carry", with_nothing.spawn(work(polls)); over METRICS),
        tasks!("+ baggage carried", with_baggage.spawn(work(polls)), in ada(); over METRICS),
        tasks!("+ ids carried", with_span.spawn(work(polls)), in in_span(); over METRICS),
        tasks!("+ ids and baggage carried", with_both.spawn(work(polls)), in (ada(), in_span());
            over METRICS),
        tasks!("+ ids carried, tracing-opentelemetry", with_layer.spawn(work(polls)), in in_layer();
            over METRICS),
        tasks!("+ a live span carried", live.spawn(work(polls)), in in_span(); over METRICS),
        tasks!("+ a live tracing span carried", with_tracing.spawn(work(polls)), in in_registry();
            over METRICS),
        tasks!("+ a span each, not sampled", unsampled.spawn(work(polls)); over METRICS),
        tasks!("+ a span each, sampled", sampled.spawn(work(polls)); over METRICS),
        tasks!("the SDK's same span, not sampled", {
            native().spawn(in_same_span(work(polls), &sdk_unsampled))
        }),
        tasks!("the SDK's same span, sampled", {
            native().spawn(in_same_span(work(polls), &sdk_sampled))
        }),
        tasks!("OpenTelemetry's with_context", {
            native().spawn(work(polls).with_context(Context::current()))
        }, in ada()),
        tasks!("tracing::Instrument, no subscriber", {
            native().spawn(work(polls).instrument(info_span!("task")))
        }),
        tasks!("tracing::Instrument, a registry", {
            native().spawn(work(polls).instrument(info_span!("task")))
        }, in in_registry()),
        tasks!("tracing-opentelemetry, sampled", {
            native().spawn(work(polls).instrument(info_span!("task")))
        }, in layer()),
    ];
    compare(&interleave(rounds, 1_280, variants))
}

/// Runs a future in a span with the attributes of a span by name, written with the SDK.
fn in_same_span<F: Future>(
    future: F,
    tracer: &SdkTracer,
) -> impl Future<Output = F::Output> + use<F> {
    let attributes = [
        KeyValue::new("name", "work"),
        KeyValue::new("code.function.name", "runtime_hooks_benches::work"),
        KeyValue::new("type", "coroutine"),
        KeyValue::new("async.runtime.name", "tokio"),
        KeyValue::new("code.file.path", file!()),
        KeyValue::new("code.line.number", i64::from(line!())),
    ];
    let span = tracer.span_builder("asyncio coro-work").with_attributes(attributes).start(tracer);
    let ends = async {
        let output = future.await;
        let attributes = [
            KeyValue::new("state", "finished"),
            KeyValue::new("async.task.polls", 1),
            KeyValue::new("async.task.busy", 1e-6),
            KeyValue::new("async.task.scheduled", 1e-6),
        ];
        get_active_span(|span| span.set_attributes(attributes));
        output
    };
    ends.with_context(Context::current_with_span(span))
}

/// Sets a subscriber with tracing-opentelemetry.
fn layer() -> DefaultGuard {
    let tracer = discarding_spans(Sampler::AlwaysOn).tracer("bench");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
}

/// Enters a span of a subscriber with tracing-opentelemetry.
fn in_layer() -> (EnteredSpan, DefaultGuard) {
    let subscriber = layer();
    (info_span!("caller").entered(), subscriber)
}

/// Enters a span of a subscriber that only stores spans.
fn in_registry() -> (EnteredSpan, DefaultGuard) {
    let subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    (info_span!("caller").entered(), subscriber)
}
