//! Six programs with one fault each. Three are to be found with the console, see `docs/console.md`, one with the flight
//! record, see `docs/flight.md`, one with the task dump, see `docs/dump.md`, and one with the watchdog, see
//! `docs/watchdog.md`.
//!
//! `cargo run --example hunts -- blocking|starved|leak|stall|hang|spike [--runtime NAME] [--fixed] [--port NUMBER]`
//!
//! `cargo run --example hunts -- stall --record PATH [--seconds NUMBER]`
//!
//! `cargo run --example hunts -- hang --dump [--seconds NUMBER]`

mod blocking;
mod hang;
mod leak;
mod spike;
mod stall;
mod starved;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use runtime_hooks::{
    AnyRuntime, Config, Console, Detail, Instrumentation, RuntimeHooksExt, TaskDump,
    runtime_by_name,
};

/// Runs a program with a fault, and serves its console or writes its flight record.
#[derive(Debug, Parser)]
#[command(name = "hunts")]
struct Args {
    /// The fault.
    hunt: Hunt,

    /// The runtime: tokio, smol or async-std.
    #[arg(long, default_value = "tokio")]
    runtime: String,

    /// Run the program without the fault.
    #[arg(long)]
    fixed: bool,

    /// The port of the console; 0 selects a free port.
    #[arg(long, default_value_t = 6680)]
    port: u16,

    /// Write the flight record to this file and exit, instead of serving the console. A name that ends in `.json` is for
    /// the Firefox Profiler, any other for Perfetto.
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,

    /// Print the task dump and exit, instead of serving the console.
    #[arg(long, conflicts_with = "record")]
    dump: bool,

    /// How many seconds the program runs before the flight record or the task dump is written.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Hunt {
    /// A poll that blocks: requests wait for no visible reason.
    Blocking,
    /// More closures for the blocking pool than it has threads.
    Starved,
    /// Tasks that never end.
    Leak,
    /// Polls that hold all workers: all other tasks wait.
    Stall,
    /// Two tasks that wait for each other: no request is answered any more.
    Hang,
    /// A lock that is held while a disk writes: some requests take long.
    Spike,
}

impl Hunt {
    /// Runs the program. It does not end.
    fn run(self, runtime: &AnyRuntime, fixed: bool) {
        match self {
            Self::Blocking => runtime.block_on(blocking::serve(runtime.clone(), fixed)),
            Self::Starved => runtime.block_on(starved::serve(runtime.clone(), fixed)),
            Self::Leak => runtime.block_on(leak::serve(runtime.clone(), fixed)),
            Self::Stall => runtime.block_on(stall::serve(runtime.clone(), fixed)),
            Self::Hang => runtime.block_on(hang::serve(runtime.clone(), fixed)),
            Self::Spike => runtime.block_on(spike::serve(runtime.clone(), fixed)),
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hunts: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let runtime = runtime_by_name(&args.runtime).map_err(|error| error.to_string())?;
    let Args { hunt, fixed, .. } = *args;
    let hooks = runtime_hooks::instrument_with(config(args));
    if args.record.is_none() && !args.dump {
        let console = Console::builder().address((Ipv4Addr::LOCALHOST, args.port).into());
        let console = console.serve().map_err(|error| error.to_string())?;
        println!("{}", console.url());
        let recorder = hooks.recorder();
        match TaskDump::builder().on_quit(move || recorder.clone()) {
            Ok(_) => println!("Ctrl-\\ prints a task dump"),
            Err(error) => println!("Ctrl-\\ prints no task dump: {error}"),
        }
        hunt.run(&runtime, fixed);
        return Ok(());
    }
    thread::spawn(move || hunt.run(&runtime, fixed));
    thread::sleep(Duration::from_secs(args.seconds));
    if let Some(path) = &args.record {
        return record(&hooks, path);
    }
    print!("{}", runtime_hooks::dump());
    Ok(())
}

/// A task dump needs the list of live tasks. A flight record is read task by task, so it also has the delays and wakes of
/// all tasks.
fn config(args: &Args) -> Config {
    let config = Config::from_env();
    match args.hunt {
        Hunt::Stall => config.detail(Detail::Full).live(true),
        Hunt::Spike => config.live(true).watchdog(true),
        _ if args.record.is_some() => config.detail(Detail::Full).live(true),
        _ => config.live(true),
    }
}

/// Prints the table of all tasks and writes the flight record.
fn record(hooks: &Instrumentation, path: &Path) -> Result<(), String> {
    let flight = runtime_hooks::flight();
    flight.write(path).map_err(|error| error.to_string())?;
    let begins = flight.begins().unwrap_or(flight.taken);
    let seconds = Duration::from_nanos(flight.taken - begins).as_secs_f64();
    let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let viewer = if is_json { "https://profiler.firefox.com" } else { "https://ui.perfetto.dev" };
    println!("{}", hooks.snapshot());
    println!(
        "{} events of {} threads in {seconds:.1} s: open {} in {viewer}",
        flight.events.len(),
        flight.threads.len(),
        path.display(),
    );
    Ok(())
}
