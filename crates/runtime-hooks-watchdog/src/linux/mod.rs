//! Stacks of other threads of this process. Linux on x86-64.
//!
//! The stack of a thread that waits in the system is copied through `/proc`. Of one that computes, the registers and the
//! stack come from `perf_event_open` or from a signal handler. All copies are unwound here, on the watchdog's thread.

mod memory;
mod mapping;
mod functions;
mod code;
mod modules;
mod unwind;
mod waiting;
mod computing;
mod signal;
mod reader;

pub(crate) use self::reader::StackReader;
pub(crate) use self::signal::SignalError;
