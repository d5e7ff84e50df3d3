//! Indexes a folder on tokio, smol and async-std in turn, and prints the table of their tasks.
//!
//! `cargo run --example quickstart -- [FOLDER] [--runtime NAME] [--trouble] [--console]`

mod export;
mod index;
mod progress;
mod trouble;
mod live;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use runtime_hooks::{
    AnyRuntime, Console, RUNTIMES, RuntimeHooks, RuntimeHooksExt, runtime_by_name,
};

use crate::progress::Progress;

/// Indexes a folder on each async runtime and prints the table of their tasks.
///
/// With `OTEL_EXPORTER_OTLP_ENDPOINT` set, the metrics are also exported over OTLP.
#[derive(Debug, Parser)]
#[command(name = "quickstart")]
struct Args {
    /// The folder to index, without `.git` and `target`.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    folder: PathBuf,

    /// The runtime: tokio, smol, async-std, or all in turn.
    #[arg(long, default_value = "all")]
    runtime: String,

    /// Also run tasks that panic, are aborted, hang, and block the executor.
    #[arg(long)]
    trouble: bool,

    /// Serve the console: prints its URL and runs until it is interrupted.
    #[arg(long)]
    console: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("quickstart: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let folder = &args.folder;
    let folder = folder.canonicalize().map_err(|e| format!("{}: {e}", folder.display()))?;
    if !folder.is_dir() {
        return Err(format!("{}: not a folder", folder.display()));
    }
    let names = if args.runtime == "all" { RUNTIMES } else { &[&*args.runtime] };
    let runtimes: Vec<AnyRuntime> = names
        .iter()
        .map(|name| runtime_by_name(name).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;

    let pipeline = export::start()?;
    // This line records every runtime of the process in one recorder.
    let hooks = runtime_hooks::instrument();

    if args.console {
        let console = Console::builder().serve().map_err(|error| error.to_string())?;
        print_line(format_args!("{}", console.url()));
        live::run(&runtimes, &folder, args.trouble);
    }

    print_line(format_args!("indexing {}", folder.display()));
    for runtime in &runtimes {
        let progress = Progress::start(runtime.name(), hooks.recorder());
        let (totals, failed) = runtime.block_on(index::index(runtime.clone(), folder.clone()));
        if args.trouble {
            runtime.block_on(trouble::make(runtime.clone()));
        }
        let took = progress.finish();
        print_line(format_args!("  {:9}  {totals}  in {took:.0?}", runtime.name()));
        failed.iter().for_each(|failure| eprintln!("  left out: {failure}"));
    }
    print_line(format_args!("\n{}", hooks.snapshot()));
    if args.trouble {
        print_line(format_args!("{}", trouble::LEGEND));
    }
    export::finish(pipeline)
}

/// Prints a line; exits quietly if the reader (`| head`) has closed the pipe.
fn print_line(line: std::fmt::Arguments<'_>) {
    if writeln!(stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
