//! What instrumentation costs: every workload on every runtime, ours at each level beside the bare runtime and the
//! peers. `ci/bench` runs it, and writes the page.
//!
//! `cargo bench --bench compare -- --runtime tokio-current-thread --workload one-by-one` looks at one alone.

use clap::{Parser, ValueEnum};
use runtime_hooks_benches::report::{Machine, Measurement, Report, budgets, save};
use runtime_hooks_benches::runtime::{
    AsyncStdDropIn, AsyncStdRuntime, Runtime, SmolDropIn, SmolExecutor, SmolGlobal, TokioDropIn,
    TokioRuntime,
};
use runtime_hooks_benches::{Ours, Subject, Workload, interleave, variants};

#[derive(Parser)]
struct Arguments {
    /// How many rounds each median is of.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// Only this runtime; all if none is named.
    #[arg(long)]
    runtime: Vec<Which>,
    /// Only this workload; all if none is named.
    #[arg(long)]
    workload: Vec<Workload>,
    /// Only variants whose name contains this, beside the bare one.
    #[arg(long)]
    variant: Option<String>,
    /// A tenth of the work, and nothing is kept: to see whether it runs.
    #[arg(long)]
    smoke: bool,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    TokioCurrentThread,
    TokioMultiThread,
    SmolGlobal,
    SmolExecutor,
    AsyncStd,
}

impl Arguments {
    fn is_whole(&self) -> bool {
        self.runtime.is_empty() && self.workload.is_empty() && self.variant.is_none()
    }
}

fn main() {
    let arguments = Arguments::parse();
    let mut report =
        Report { machine: Machine::this(), rounds: arguments.rounds, measurements: Vec::new() };
    for which in Which::value_variants() {
        if !arguments.runtime.is_empty() && !arguments.runtime.contains(which) {
            continue;
        }
        for workload in Workload::value_variants() {
            if !arguments.workload.is_empty() && !arguments.workload.contains(workload) {
                continue;
            }
            let measurement = measure_on(*which, *workload, &arguments);
            print!("{measurement}");
            report.measurements.push(measurement);
        }
    }
    println!();
    for budget in budgets(&report, &[]) {
        let mark = if budget.is_met() { "met " } else { "OVER" };
        let unit = budget.unit;
        let floor = budget.floor.map(|floor| format!(", the floor being {floor:.2}{unit}"));
        let floor = floor.unwrap_or_default();
        println!(
            "{mark} {}: {:.2}{unit} of {:.2}{unit}{floor}",
            budget.what, budget.measured, budget.at_most
        );
    }
    if !arguments.smoke && arguments.is_whole() {
        save("compare", &report);
    }
}

fn measure_on(which: Which, workload: Workload, arguments: &Arguments) -> Measurement {
    match which {
        Which::TokioCurrentThread => {
            let runtime = TokioRuntime::current_thread(workload.needs_drivers());
            measure(&runtime, Some(TokioDropIn), workload, arguments)
        }
        Which::TokioMultiThread => {
            measure(&TokioRuntime::multi_thread(), Some(TokioDropIn), workload, arguments)
        }
        Which::SmolGlobal => measure(&SmolGlobal, Some(SmolDropIn), workload, arguments),
        Which::SmolExecutor => {
            // What its drop-in spawns goes to the global executor.
            measure(&SmolExecutor::default(), None::<SmolDropIn>, workload, arguments)
        }
        Which::AsyncStd => measure(&AsyncStdRuntime, Some(AsyncStdDropIn), workload, arguments),
    }
}

fn measure<R, D>(
    runtime: &R,
    drop_in: Option<D>,
    workload: Workload,
    arguments: &Arguments,
) -> Measurement
where
    R: Runtime<Hooks: Clone + Send + Sync + 'static>,
    D: Subject,
    Ours<R::Hooks>: Subject,
{
    let mut variants = variants(runtime, drop_in, workload);
    if let Some(part) = &arguments.variant {
        let mut at = 0;
        variants.retain(|variant| {
            at += 1;
            at == 1 || variant.name().contains(part)
        });
    }
    let times = if arguments.smoke { workload.times().div_ceil(10) } else { workload.times() };
    Measurement {
        runtime: runtime.title().to_owned(),
        workload: workload.to_string(),
        unit: workload.unit().to_owned(),
        rows: interleave(arguments.rounds, times, variants),
    }
}
