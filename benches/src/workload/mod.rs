//! The workloads, which any system can run.

mod calls;
mod echo;
mod tasks;

use std::fmt;

use clap::ValueEnum;

pub use self::tasks::work;

use crate::runtime::Runtime;
use crate::system::System;

/// Work that any system can run.
pub trait Job: Clone + Send + 'static {
    /// Runs the work `times` times.
    fn run<S: System, R: Runtime>(
        self,
        system: S,
        runtime: R,
        times: u32,
    ) -> impl Future<Output = ()> + Send;
}

/// A workload. Its times are per [`unit`](Self::unit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Spawn and join a task of one poll, one by one.
    OneByOne,
    /// Spawn and join a task of 11 polls, one by one.
    OneByOne11,
    /// Spawn and join tasks of one poll in batches of 64.
    Batches,
    /// Spawn and join tasks of 11 polls in batches of 64.
    Batches11,
    /// Two tasks that send each other a message and wait for it.
    PingPong,
    /// Run a closure on the blocking pool and wait for it.
    Blocking,
    /// Await a ready future under a deadline.
    InTime,
    /// Await pending futures under deadlines that elapse, all at once.
    Elapsed,
    /// Await 100 futures at once.
    Gather,
    /// Eight connections, each with a task that echoes requests.
    Echo,
}

impl Workload {
    /// What one run of it is.
    pub fn unit(self) -> &'static str {
        match self {
            Self::OneByOne | Self::Batches => "a task of one poll",
            Self::OneByOne11 | Self::Batches11 => "a task of 11 polls",
            Self::PingPong => "a message",
            Self::Blocking => "a closure",
            Self::InTime | Self::Elapsed => "a timeout",
            Self::Gather => "100 futures",
            Self::Echo => "a request",
        }
    }

    /// How often a round runs it: about a millisecond.
    pub fn times(self) -> u32 {
        match self {
            Self::OneByOne | Self::Batches => 1_280,
            Self::OneByOne11 | Self::Batches11 => 640,
            Self::PingPong => 500,
            Self::Blocking => 100,
            Self::InTime | Self::Elapsed => 2_000,
            Self::Gather => 50,
            Self::Echo => 320,
        }
    }

    /// The number of rounds for this workload: three times as many if a percent or two of system calls are compared.
    pub fn rounds(self, rounds: usize) -> usize {
        if matches!(self, Self::Echo | Self::Elapsed) { 3 * rounds } else { rounds }
    }

    /// Whether it needs a runtime's timers or sockets.
    pub fn needs_drivers(self) -> bool {
        matches!(self, Self::InTime | Self::Elapsed | Self::Echo)
    }
}

impl Job for Workload {
    async fn run<S: System, R: Runtime>(self, system: S, runtime: R, times: u32) {
        match self {
            Self::OneByOne => tasks::batches(&system, 1, 1, times).await,
            Self::OneByOne11 => tasks::batches(&system, 11, 1, times).await,
            Self::Batches => tasks::batches(&system, 1, 64, times).await,
            Self::Batches11 => tasks::batches(&system, 11, 64, times).await,
            Self::PingPong => tasks::ping_pong(&system, times).await,
            Self::Blocking => calls::blocking(&system, times).await,
            Self::InTime => calls::in_time(&system, times).await,
            Self::Elapsed => calls::elapsed(&system, times).await,
            Self::Gather => calls::gather(&system, times).await,
            Self::Echo => echo::echo(&system, &runtime, times).await,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneByOne => "spawn and join, one by one",
            Self::OneByOne11 => "spawn and join 11 polls, one by one",
            Self::Batches => "spawn and join, in batches of 64",
            Self::Batches11 => "spawn and join 11 polls, in batches of 64",
            Self::PingPong => "ping-pong between two tasks",
            Self::Blocking => "spawn_blocking",
            Self::InTime => "timeout, in time",
            Self::Elapsed => "timeout, elapsed",
            Self::Gather => "gather of 100",
            Self::Echo => "echo server, 8 connections",
        })
    }
}
