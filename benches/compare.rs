//! The cost of instrumentation: every workload on every runtime, at each level of detail, compared with the bare
//! runtime and the peers. `ci/bench` runs it and writes the page. Each workload is measured in several processes in
//! turn.
//!
//! `cargo bench --bench compare -- --runtime tokio-current-thread --workload one-by-one` measures one workload.

use std::process::{Command, Stdio};
use std::{env, io};

use clap::{Parser, ValueEnum};
use runtime_hooks_benches::report::{Machine, Measurement, Report, budgets, save};
use runtime_hooks_benches::runtime::{
    AsyncStdDropIn, AsyncStdRuntime, Runtime, SmolDropIn, SmolExecutor, SmolGlobal, TokioDropIn,
    TokioRuntime,
};
use runtime_hooks_benches::{
    Instrumented, Samples, System, Workload, compare, interleave, pool, variants,
};

#[derive(Parser)]
struct Arguments {
    /// The number of rounds, over all processes together.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// The number of processes, which run in turn.
    #[arg(long, default_value_t = 5)]
    processes: usize,
    /// Only this runtime; default all.
    #[arg(long)]
    runtime: Vec<Which>,
    /// Only this workload; default all.
    #[arg(long)]
    workload: Vec<Workload>,
    /// Only the bare runtime and variants whose name contains this text.
    #[arg(long)]
    variant: Option<String>,
    /// A tenth of the work, and nothing is saved: to check that it runs.
    #[arg(long)]
    smoke: bool,
    /// Measures one workload on one runtime in this process and prints the samples; set for each of the processes.
    #[arg(long, hide = true)]
    samples: bool,
    /// Passed by `cargo bench`.
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
    if let ([which], [workload], true) =
        (&*arguments.runtime, &*arguments.workload, arguments.samples)
    {
        let samples = measure_on(*which, *workload, &arguments);
        serde_json::to_writer(io::stdout(), &samples)
            .expect("the parent process reads standard output");
        return;
    }
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
            let measurement = measure_in_processes(*which, *workload, &arguments);
            print!("{measurement}");
            report.measurements.push(measurement);
        }
    }
    println!();
    for budget in budgets(&report, &[]) {
        let mark = if budget.is_met() { "met " } else { "OVER" };
        let unit = budget.unit;
        let floor = budget.floor.map(|floor| format!(", floor {floor:.2}{unit}"));
        let floor = floor.unwrap_or_default();
        println!(
            "{mark} {}: {:.2}{unit}, limit {:.2}{unit}{floor}",
            budget.title, budget.measured, budget.limit
        );
    }
    if !arguments.smoke && arguments.is_whole() {
        save("compare", &report);
    }
}

/// The output of one process: the title of the runtime, and the samples of each variant.
type Process = (String, Vec<Samples>);

fn measure_in_processes(which: Which, workload: Workload, arguments: &Arguments) -> Measurement {
    let rounds = workload.rounds(arguments.rounds);
    let processes = arguments.processes.clamp(1, rounds);
    let share = rounds.div_ceil(processes);
    let process = |_| measure_in_process(which, workload, share, arguments);
    let (titles, samples): (Vec<_>, Vec<_>) = (0..processes).map(process).unzip();
    Measurement {
        runtime: titles.into_iter().next().expect("at least one process"),
        workload: workload.to_string(),
        unit: workload.unit().to_owned(),
        rows: compare(&pool(samples)),
    }
}

/// Starts this program again to measure one workload on one runtime.
fn measure_in_process(
    which: Which,
    workload: Workload,
    rounds: usize,
    arguments: &Arguments,
) -> Process {
    let mut this = Command::new(env::current_exe().expect("the path of this program"));
    this.arg("--samples").args(["--rounds", &rounds.to_string()]);
    this.args(["--runtime", &name(&which), "--workload", &name(&workload)]);
    this.args(arguments.variant.iter().flat_map(|part| ["--variant", part]));
    this.args(arguments.smoke.then_some("--smoke"));
    let output = this.stderr(Stdio::inherit()).output().expect("this program starts");
    assert!(output.status.success(), "{this:?}: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{this:?}: {error}"))
}

/// The name on the command line.
fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().expect("no value is skipped").get_name().to_owned()
}

fn measure_on(which: Which, workload: Workload, arguments: &Arguments) -> Process {
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
            // The drop-in spawns on the global executor.
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
) -> Process
where
    R: Runtime<Hooks: Clone + Send + Sync + 'static>,
    D: System,
    Instrumented<R::Hooks>: System,
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
    (runtime.title().to_owned(), interleave(arguments.rounds, times, variants))
}
