//! Three programs with one fault each, to be found with the console: see `docs/console.md`.
//!
//! `cargo run --example hunts -- blocking|starved|leak [--runtime NAME] [--fixed] [--port NUMBER]`

mod blocking;
mod leak;
mod starved;

use std::net::Ipv4Addr;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use runtime_hooks::{Console, RuntimeHooksExt, runtime_by_name};

/// Runs a program with a fault and serves its console.
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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hunt {
    /// A poll that blocks: requests wait for no visible reason.
    Blocking,
    /// More closures for the blocking pool than it has threads.
    Starved,
    /// Tasks that never end.
    Leak,
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
    runtime_hooks::instrument();
    let console = Console::builder().address((Ipv4Addr::LOCALHOST, args.port).into());
    let console = console.serve().map_err(|error| error.to_string())?;
    println!("{}", console.url());
    let fixed = args.fixed;
    match args.hunt {
        Hunt::Blocking => runtime.block_on(blocking::serve(runtime.clone(), fixed)),
        Hunt::Starved => runtime.block_on(starved::serve(runtime.clone(), fixed)),
        Hunt::Leak => runtime.block_on(leak::serve(runtime.clone(), fixed)),
    }
    Ok(())
}
