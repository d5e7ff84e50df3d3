//! A storm: all runtimes at once, with everything that can happen to a task, for as long as it is told to. At the end
//! every count and sum of every reader is exact, and memory is what it was.
//!
//! `cargo run --release -p runtime-hooks-tests --bin storm -- --seconds 600`. The seed it prints makes the same calls
//! again, if not in the same order.

mod churn;
mod driver;
mod expected;
mod readers;
mod switch;
mod witness;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use runtime_hooks::{
    AsyncStd, Config, Detail, Instrumentor, Recorder, RuntimeHooks, RuntimeHooksExt, Smol,
    TokioRuntime, WithInstrumentor,
};
use runtime_hooks_smol::OnExecutor;

use self::driver::Driver;
use self::expected::Expected;
use self::readers::{Cursors, Exporting};

/// So few names that most processes are counted as `_OTHER`.
const MAX_NAMES: u64 = 100;
/// How much memory may grow once the storm is under way: what allocators and thread pools need more at times.
const MAX_GROWTH: u64 = 24 << 20;

#[derive(Parser)]
struct Arguments {
    /// How long it blows.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// What the calls are drawn from; by default another one each time.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let Arguments { seconds, seed } = Arguments::parse();
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("storm of {seconds} s, seed {seed}");
    // A few panics a millisecond are part of it.
    std::panic::set_hook(Box::new(|_| {}));
    let report = std::panic::catch_unwind(|| storm(Duration::from_secs(seconds), seed));
    let _ = std::panic::take_hook();
    match report {
        Ok(()) => ExitCode::SUCCESS,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            eprintln!("seed {seed}: {}", text.unwrap_or("a panic"));
            ExitCode::FAILURE
        }
    }
}

fn storm(lasts: Duration, seed: u64) {
    let recorder = Recorder::builder().max_names(MAX_NAMES).build();
    let exporting = Exporting::of(&recorder);
    let cursors = Cursors::of(&recorder);
    let is_over = AtomicBool::new(false);
    let random = &mut fastrand::Rng::with_seed(seed);
    let (expected, flatness) = thread::scope(|scope| {
        let drivers = Drivers { scope, recorder: &recorder, is_over: &is_over };
        let own = OnExecutor(std::sync::Arc::new(smol::Executor::new()));
        let all = [
            drivers.start(
                random,
                || TokioRuntime::multi_thread().expect("a runtime"),
                |tokio| (**tokio).clone(),
            ),
            drivers.start(
                random,
                || TokioRuntime::multi_thread().expect("a runtime"),
                |tokio| (**tokio).clone(),
            ),
            drivers.start(
                random,
                || TokioRuntime::current_thread().expect("a runtime"),
                |tokio| (**tokio).clone(),
            ),
            drivers.start(random, || Smol, |smol| *smol),
            drivers.start(random, || own, Clone::clone),
            drivers.start(random, || AsyncStd, |async_std| *async_std),
        ];
        let reading = scope.spawn(|| cursors.read_while(&is_over));
        let looking = scope.spawn(|| readers::look_while(&is_over, &recorder));
        let switching = scope.spawn(|| switch::on_and_off_while(&is_over));
        let churn_seed = random.fork();
        let churning = scope.spawn(|| churn::threads_while(&is_over, churn_seed, &recorder));
        let flatness = watch_memory(lasts);
        is_over.store(true, Ordering::Relaxed);
        let mut expected = Expected::default();
        all.into_iter().for_each(|driver| expected.add(&driver.join().expect("a driver")));
        expected.add(&churning.join().expect("the churn"));
        reading.join().expect("the cursors");
        println!("looked at {} live tasks", looking.join().expect("the onlooker"));
        println!("switched on and off {} times", switching.join().expect("the switch"));
        (expected, flatness)
    });
    expected.assert_is(&recorder.snapshot(), "the recorder");
    assert_eq!(recorder.live(), [], "still in the list of live tasks");
    cursors.assert_have_all_of(&recorder.snapshot());
    exporting.assert_have_all_of(&recorder.snapshot());
    println!("{expected}");
    println!("{flatness}");
    flatness.assert();
}

struct Drivers<'scope, 'env> {
    scope: &'scope thread::Scope<'scope, 'env>,
    recorder: &'env Recorder,
    is_over: &'env AtomicBool,
}

impl<'scope> Drivers<'scope, '_> {
    /// One that drives a runtime from a thread of its own; the runtime lives there, and ends with it.
    fn start<O, R: RuntimeHooks>(
        &self,
        random: &mut fastrand::Rng,
        runtime: impl FnOnce() -> O + Send + 'scope,
        hooks: impl FnOnce(&O) -> R + Send + 'scope,
    ) -> thread::ScopedJoinHandle<'scope, Expected> {
        let (recorder, is_over) = (self.recorder, self.is_over);
        let (mut random, detail) = (random.fork(), random.choice(DETAILS).expect("some"));
        self.scope.spawn(move || {
            let owner = runtime();
            let observed = observed(&hooks(&owner), recorder, detail);
            let driver = Driver::new(observed.clone(), random.fork());
            observed.raw_block_on(driver.drive_while(is_over))
        })
    }
}

const DETAILS: [Detail; 4] = [Detail::Counts, Detail::Polls, Detail::Sampled, Detail::Full];

fn observed<R: RuntimeHooks>(
    runtime: &R,
    recorder: &Recorder,
    detail: Detail,
) -> WithInstrumentor<R> {
    let config =
        Config::new().recorder(recorder.clone()).max_names(MAX_NAMES).detail(detail).live(true);
    runtime.with_instrumentor(Instrumentor::installed(config))
}

/// Resident memory after a fifth of the storm, and the most after that.
struct Flatness {
    early: u64,
    most: u64,
}

fn watch_memory(lasts: Duration) -> Flatness {
    let start = Instant::now();
    thread::sleep(lasts / 5);
    let mut flatness = Flatness { early: resident(), most: 0 };
    while start.elapsed() < lasts {
        thread::sleep(Duration::from_millis(200).min(lasts.saturating_sub(start.elapsed())));
        flatness.most = flatness.most.max(resident());
    }
    flatness
}

impl Flatness {
    fn assert(&self) {
        let Self { early, most } = self;
        assert!(*most <= early + MAX_GROWTH, "memory grew from {early} to {most} bytes");
    }
}

impl std::fmt::Display for Flatness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let (early, most) = (mib(self.early), mib(self.most));
        write!(
            f,
            "memory: {early:.1} MiB after a fifth of the time, at most {most:.1} MiB after that"
        )
    }
}

/// 0 where nobody tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
