//! A watchdog under load, in two ways.
//!
//! `watchdog_storm captures --number 100000` reads stacks by a signal all the time, of threads that allocate, panic, load
//! libraries, start and end. No thread may hang or crash.
//!
//! `watchdog_storm overload --seconds 60` keeps five times as many threads busy as there are processors, beside tasks with short
//! polls. No task may be reported, however long its polls take.

mod captures;
mod overload;

use std::time::Duration;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    storm: Storm,
}

#[derive(Subcommand)]
enum Storm {
    Captures {
        /// How many stacks are read.
        #[arg(long, default_value_t = 100_000)]
        number: u64,
    },
    Overload {
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
}

fn main() {
    match Arguments::parse().storm {
        Storm::Captures { number } => captures::run(number),
        Storm::Overload { seconds } => overload::run(Duration::from_secs(seconds)),
    }
}
