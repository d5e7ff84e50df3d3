//! What carrying OpenTelemetry's context along costs a task, on current-thread tokio, above metrics alone and
//! beside `tracing`'s `Instrument`. `cargo bench --bench traces`, with a number of rounds if you like.

use std::sync::Arc;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::{Context, KeyValue};
use runtime_hooks_benches::{Row, Variant, interleave, print, print_further_polls, work};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_tokio::{Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, TokioRuntime};
use tracing::Instrument;

const METRICS: &str = "metrics, default detail";

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let (one, eleven) = (measure(rounds, 1), measure(rounds, 11));
    print("spawn and join a task of one poll", &one);
    print("spawn and join a task of 11 polls", &eleven);
    print_further_polls(&one, &eleven);
}

fn measure(rounds: usize, polls: u32) -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let tokio = &TokioRuntime::from(runtime);
    macro_rules! tasks {
        ($name:expr, $spawn:expr $(, in $context:expr)? $(; over $against:expr)?) => {
            Variant::new($name, move |times| {
                $(let _current = $context.attach();)?
                tokio.raw_block_on(async {
                    for _ in 0..times {
                        $spawn.await.expect("no panic");
                    }
                });
            })
            $(.against($against))?
        };
    }
    let metrics = tokio.observed_by(Instrumentor::installed(Config::new()));
    let config = Config::new().tracer(Arc::new(ContextTracer::new()));
    let carrying = tokio.observed_by(Instrumentor::installed(config));
    let nothing = carrying.clone();
    let ada = || Context::current_with_baggage([KeyValue::new("user", "ada")]);
    let variants = vec![
        tasks!("bare tokio", tokio.handle().spawn(work(polls))),
        tasks!(METRICS, metrics.spawn(work(polls))),
        tasks!("metrics + nothing to carry", nothing.spawn(work(polls)); over METRICS),
        tasks!("metrics + a context that is carried", carrying.spawn(work(polls)), in ada(); over METRICS),
        tasks!("OpenTelemetry's own with_context", {
            tokio.handle().spawn(work(polls).with_context(Context::current()))
        }, in ada()),
        tasks!("tracing::Instrument alone", {
            tokio.handle().spawn(work(polls).instrument(tracing::info_span!("task")))
        }),
    ];
    interleave(rounds, 1_280, variants)
}
