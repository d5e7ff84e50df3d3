//! Runs all runtimes at once, with everything that can happen to a task, for a given duration. At the end every count and
//! sum of every reader is exact, and memory has not grown.
//!
//! `cargo run --release -p runtime-hooks-tests --bin storm -- --seconds 600`. The printed seed repeats the same calls, but
//! not necessarily in the same order.

// From the bottom up: each uses only those above it in this list.
mod instrumented;
mod expected;
mod witness;
mod driver;
mod churn;
mod switch;
mod readers;
mod dumps;
mod memory;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use runtime_hooks::{AsyncStd, Recorder, RuntimeHooks, Smol, TokioRuntime};
use runtime_hooks_smol::OnExecutor;

use self::driver::Driver;
use self::dumps::Dumped;
use self::expected::Expected;
use self::instrumented::{DETAILS, MAX_NAMES, instrumented};
use self::memory::watch_memory;
use self::readers::{Cursors, Exporting};

#[derive(Parser)]
struct Arguments {
    /// The duration in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The seed of the random calls. The default is a different one each time.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let Arguments { seconds, seed } = Arguments::parse();
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("storm of {seconds} s, seed {seed}");
    // There are several intended panics per millisecond.
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
                |tokio| tokio.handle().clone(),
            ),
            drivers.start(
                random,
                || TokioRuntime::multi_thread().expect("a runtime"),
                |tokio| tokio.handle().clone(),
            ),
            drivers.start(
                random,
                || TokioRuntime::current_thread().expect("a runtime"),
                |tokio| tokio.handle().clone(),
            ),
            drivers.start(random, || Smol, |smol| *smol),
            drivers.start(random, || own, Clone::clone),
            drivers.start(random, || AsyncStd, |async_std| *async_std),
        ];
        let reading = scope.spawn(|| cursors.read_while(&is_over));
        let looking = scope.spawn(|| readers::look_while(&is_over, &recorder));
        let dumping = scope.spawn(|| dumps::dump_while(&is_over, &recorder));
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
        let Dumped { dumps, stacks, passes } = dumping.join().expect("the dumps");
        println!("dumped {dumps} times, {stacks} stacks, {passes} tokens passed meanwhile");
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
    /// Drives a runtime from a new thread, which owns the runtime.
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
            let runtime = instrumented(&hooks(&owner), recorder, detail);
            let driver = Driver::new(runtime.clone(), random.fork());
            runtime.raw_block_on(driver.drive_while(is_over))
        })
    }
}
