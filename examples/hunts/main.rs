//! Three programs with a fault each, to be found with the console: see `docs/console.md`.
//!
//! `cargo run --example hunts -- blocking|starved|leak [--runtime NAME] [--fixed] [--port NUMBER]`

mod blocking;
mod leak;
mod starved;

use std::net::Ipv4Addr;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use runtime_hooks::{Console, RuntimeHooksExt, runtime_by_name};

/// Serves a page on which a fault is to be found.
#[derive(Debug, Parser)]
#[command(name = "hunts")]
struct Args {
    /// Which fault.
    hunt: Hunt,

    /// Which runtime: tokio, smol or async-std.
    #[arg(long, default_value = "tokio")]
    runtime: String,

    /// The same program without the fault.
    #[arg(long)]
    fixed: bool,

    /// Where the page is served; 0 is any port that is free.
    #[arg(long, default_value_t = 6680)]
    port: u16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hunt {
    /// A poll that blocks: requests wait, and nothing tells what for.
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
