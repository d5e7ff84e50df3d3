//! The systems under test: the bare runtime, our levels of detail, and the peers.

use std::sync::Arc;

use opentelemetry_sdk::trace::Sampler;
use runtime_hooks_core::{Config, Detail, Instrumentor, RuntimeHooksExt, TraceNames};
use runtime_hooks_otel::ContextTracer;

use crate::instrumented::Instrumented;
use crate::measure::Variant;
use crate::peers::{Baseline, Exporting, Floor, InSpan, OtelSdk, TokioMetrics, discarding_spans};
use crate::runtime::Runtime;
use crate::system::System;
use crate::workload::Job;
use crate::wrap::{Wrap, Wrapped};

/// The bare runtime, the base of all comparisons.
pub const BARE: &str = "bare";
/// Instrumented with the default configuration.
pub const DEFAULT: &str = "default: + schedule delay, 1 task in 16";
/// Instrumented with everything timed.
pub const FULL: &str = "full: + schedule delay, every task";
/// As [`FULL`], with the list of live tasks.
pub const LIVE: &str = "full, + live list";
/// The minimum cost of measuring durations.
pub const FLOOR: &str = "the floor: clock readings alone";
/// The peer that is most similar to ours.
pub const TOKIO_METRICS: &str = "tokio-metrics";

/// All variants of a job on a runtime. The drop-in, if the runtime has one, records through the global instrumentor,
/// which is on from the first call.
pub fn variants<R, D, J>(runtime: &R, drop_in: Option<D>, job: J) -> Vec<Variant<'_>>
where
    J: Job,
    R: Runtime<Hooks: Clone + Send + Sync + 'static>,
    D: System,
    Instrumented<R::Hooks>: System,
{
    let _ = Instrumentor::global().install(Config::new());
    let hooks = runtime.hooks();
    let instrumented =
        |instrumentor| Instrumented::<R::Hooks>(hooks.with_instrumentor(instrumentor));
    let at = |config| instrumented(Instrumentor::installed(config));
    let level = |detail| at(Config::new().detail(detail));
    let spans = |sampler| {
        let names = TraceNames::none().coroutines("*").to_thread("*");
        let tracer = ContextTracer::of(&discarding_spans(sampler));
        at(Config::new().trace(names).tracer(Arc::new(tracer)))
    };
    let all = All { runtime, job };
    let drop_in = drop_in.map(|drop_in| all.variant("default, drop-in", drop_in));
    let ours = [
        all.variant("off", instrumented(Arc::new(Instrumentor::new()))),
        all.variant("counts + duration", level(Detail::Counts)),
        all.variant("+ polls", level(Detail::Polls)),
        all.variant(DEFAULT, level(Detail::Sampled)),
        all.variant(FULL, level(Detail::Full)),
        all.variant(LIVE, at(Config::new().detail(Detail::Full).live(true))),
    ];
    let spans = [
        all.variant("default, spans not sampled", spans(Sampler::AlwaysOff)),
        all.variant("default, spans sampled", spans(Sampler::AlwaysOn)),
    ];
    let peers = [
        all.by(TOKIO_METRICS, TokioMetrics::default()),
        all.by("OpenTelemetry SDK, each event, bound", OtelSdk::bound()),
        all.by("OpenTelemetry SDK, each event", OtelSdk::unbound()),
        all.by("tracing span, no subscriber", InSpan),
        all.by("tracing-opentelemetry, sampled", Exporting::new()),
    ];
    let first = [all.by(BARE, Baseline), all.by(FLOOR, Floor)];
    first.into_iter().chain(ours).chain(drop_in).chain(spans).chain(peers).collect()
}

struct All<'a, R, J> {
    runtime: &'a R,
    job: J,
}

impl<'a, R: Runtime, J: Job> All<'a, R, J> {
    fn variant(&self, name: &'static str, system: impl System) -> Variant<'a> {
        let (runtime, job) = (self.runtime, self.job.clone());
        Variant::new(name, move |times| {
            runtime.drive(job.clone().run(system.clone(), runtime.clone(), times));
        })
    }

    fn by(&self, name: &'static str, by: impl Wrap) -> Variant<'a> {
        self.variant(name, Wrapped { runtime: self.runtime.clone(), by })
    }
}
