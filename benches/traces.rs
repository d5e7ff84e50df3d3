//! What carrying OpenTelemetry's context along costs a task, on current-thread tokio, above metrics alone and
//! beside `tracing`'s `Instrument`. `cargo bench --bench traces`, with a number of rounds if you like.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;
use runtime_hooks_benches::{Row, Variant, interleave, print};
use runtime_hooks_otel::ContextTracer;
use runtime_hooks_tokio::{Config, Instrumentor, RuntimeHooks, RuntimeHooksExt, TokioRuntime};
use tracing::Instrument;

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let (one, eleven) = (measure(rounds, 1), measure(rounds, 11));
    print("spawn and join a task of one poll", &one);
    print("spawn and join a task of 11 polls", &eleven);
    println!("\nper further poll, ns over bare:");
    for (one, eleven) in one.iter().zip(&eleven).skip(1) {
        println!("{:38} {:+9.1}", one.name, (eleven.over - one.over) / 10.0);
    }
}

/// A task of so many polls, which wakes itself in each but the last.
async fn work(polls: u32) {
    let mut left = polls;
    poll_fn(|cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn measure(rounds: usize, polls: u32) -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let tokio = &TokioRuntime::from(runtime);
    macro_rules! tasks {
        ($name:literal, $spawn:expr) => {
            Variant::new($name, move |times| {
                tokio.raw_block_on(async {
                    for _ in 0..times {
                        $spawn.await.expect("no panic");
                    }
                });
            })
        };
    }
    let metrics = tokio.observed_by(Instrumentor::installed(Config::new()));
    let config = Config::new().tracer(Arc::new(ContextTracer::new()));
    let carrying = tokio.observed_by(Instrumentor::installed(config));
    let nothing = carrying.clone();
    let mut in_context = tasks!("metrics + a context that is carried", carrying.spawn(work(polls)));
    let in_context = Variant::new("metrics + a context that is carried", move |times| {
        let _current = Context::current_with_baggage([KeyValue::new("user", "ada")]).attach();
        in_context.run(times);
    });
    let variants = vec![
        tasks!("bare tokio", tokio.handle().spawn(work(polls))),
        tasks!("metrics, default detail", metrics.spawn(work(polls))),
        tasks!("metrics + nothing to carry", nothing.spawn(work(polls))),
        in_context,
        tasks!("tracing::Instrument alone", {
            tokio.handle().spawn(work(polls).instrument(tracing::info_span!("task")))
        }),
    ];
    interleave(rounds, 1_280, variants)
}
