//! What instrumentation costs: every workload on every runtime, ours at each level beside the bare runtime and the
//! peers. `ci/bench` runs it, and writes the page. Each is measured in several processes, one after the other.
//!
//! `cargo bench --bench compare -- --runtime tokio-current-thread --workload one-by-one` looks at one alone.

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
    /// How many rounds each median is of, the processes' together.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// In how many processes, one after the other.
    #[arg(long, default_value_t = 5)]
    processes: usize,
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
    /// Measures one workload on one runtime here, and prints the samples: what each of the processes is told.
    #[arg(long, hide = true)]
    samples: bool,
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
    if let ([which], [workload], true) =
        (&*arguments.runtime, &*arguments.workload, arguments.samples)
    {
        let samples = measure_on(*which, *workload, &arguments);
        serde_json::to_writer(io::stdout(), &samples).expect("who started this reads");
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

/// What a process prints: the runtime's title, and the samples of each variant.
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

/// A process like this one, told to measure one thing.
fn measure_in_process(
    which: Which,
    workload: Workload,
    rounds: usize,
    arguments: &Arguments,
) -> Process {
    let mut this = Command::new(env::current_exe().expect("this runs"));
    this.arg("--samples").args(["--rounds", &rounds.to_string()]);
    this.args(["--runtime", &name(&which), "--workload", &name(&workload)]);
    this.args(arguments.variant.iter().flat_map(|part| ["--variant", part]));
    this.args(arguments.smoke.then_some("--smoke"));
    let output = this.stderr(Stdio::inherit()).output().expect("this can run once more");
    assert!(output.status.success(), "{this:?}: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{this:?}: {error}"))
}

/// As it is called on the command line.
fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().expect("none is left out").get_name().to_owned()
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
