//! The stack of a thread, by whichever way works.

use runtime_hooks_recorder::internals::catch;

use super::computing;
use super::memory::Memory;
use super::modules::Modules;
use super::signal::{Signal, SignalError};
use super::unwind::StackCopy;
use super::waiting;
use crate::proc_thread::ProcThread;
use crate::stack::{Captured, Doing};

/// Reads stacks of threads of this process.
pub(crate) struct StackReader {
    memory: Option<Memory>,
    modules: Modules,
    signal: Option<Signal>,
}

/// How often it is tried: a thread can start or stop to wait meanwhile.
const ATTEMPTS: usize = 3;

impl StackReader {
    /// With a signal by this name for threads that compute, if there is one.
    pub(crate) fn new(signal: Option<&str>) -> Result<Self, SignalError> {
        let signal = signal.map(Signal::install).transpose()?;
        Ok(Self { memory: Memory::open().ok(), modules: Modules::default(), signal })
    }

    /// The stack of the thread with this number, below the address `top`.
    pub(crate) fn read(&mut self, number: u32, top: u64) -> Captured {
        let Self { memory, modules, signal } = self;
        let Some(memory) = memory else { return Captured::failed("/proc is not mounted") };
        // The tables of a library can be broken.
        let read = catch(|| read(memory, modules, signal.as_ref(), number, top));
        let read = read.unwrap_or_else(|panic| Err(format!("unwinding panicked: {panic}")));
        read.unwrap_or_else(|reason| Captured::failed(&reason))
    }
}

fn read(
    memory: &Memory,
    modules: &mut Modules,
    signal: Option<&Signal>,
    number: u32,
    top: u64,
) -> Result<Captured, String> {
    let code = modules.code(memory);
    let thread = ProcThread::new(number);
    for _ in 0..ATTEMPTS {
        if let Some(addresses) = waiting::addresses(&thread, top, &code)? {
            return Ok(Captured::new(Doing::Waits, addresses));
        }
        let sampled = match signal {
            Some(signal) => signal.sample(number, top)?,
            None => computing::sample(number).map_err(|error| format!("{error}; {ADVICE}"))?,
        };
        if let Some((registers, copy)) = sampled {
            let copy = completed(copy, memory, top);
            let frames = copy.frames(code.unwinder, registers);
            return Ok(Captured::new(Doing::Computes, frames.addresses));
        }
    }
    Err("the thread did not run".to_owned())
}

const ADVICE: &str =
    "set OTEL_RUST_ASYNCIO_WATCHDOG_SIGNAL=SIGURG, or kernel.perf_event_paranoid to 2 or less";

/// Adds the outer part of a stack, which does not change during a poll, and leaves out what is above the poll.
fn completed(mut copy: StackCopy, memory: &Memory, top: u64) -> StackCopy {
    let Some(length) = top.checked_sub(copy.start).filter(|length| *length <= waiting::MAX_COPY)
    else {
        return copy;
    };
    let copied = copy.bytes.len() as u64;
    if copied >= length {
        copy.bytes.truncate(usize::try_from(length).unwrap_or(0));
    } else if let Ok(rest) = waiting::copy(memory, copy.start + copied, top) {
        copy.bytes.extend(rest.bytes);
    }
    copy
}
