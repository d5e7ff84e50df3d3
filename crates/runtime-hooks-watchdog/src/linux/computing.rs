//! Registers and stack of a thread that computes, by `perf_event_open`: the thread is not stopped by a signal.

use std::time::{Duration, Instant};

use perf_event::data::Record;
use perf_event::events::Software;
use perf_event::{Builder, SampleFlag};

use super::unwind::{Registers, StackCopy};

/// How many bytes of the stack the system copies; a multiple of 8 below 64 KiB.
const COPIED: u32 = 32_760;
/// The size of the buffer in bytes: a power of two, with space for some samples.
const BUFFER: usize = 128 << 10;
/// A sample is taken after this much time of the thread on a processor, in nanoseconds.
const PERIOD: u64 = 1_000_000;
/// How long to wait for a sample.
const LIMIT: Duration = Duration::from_millis(50);

/// The registers of x86-64 in the order in which the system numbers them: `bp`, `sp`, `ip`.
const MASK: u64 = 1 << 6 | 1 << 7 | 1 << 8;

/// `None` if the thread did not run meanwhile.
pub(super) fn sample(thread: u32) -> Result<Option<(Registers, StackCopy)>, String> {
    let number = thread.try_into().map_err(|_| "its number is too large".to_owned())?;
    let mut builder = Builder::new(Software::TASK_CLOCK);
    builder
        .observe_pid(number)
        .any_cpu()
        .exclude_kernel(true)
        .sample_period(PERIOD)
        .sample(SampleFlag::REGS_USER | SampleFlag::STACK_USER)
        .sample_regs_user(MASK)
        .sample_stack_user(COPIED)
        .enabled(true);
    let counter = builder.build().map_err(|error| not_permitted(&error))?;
    let mut sampler = counter.sampled(BUFFER).map_err(|error| not_permitted(&error))?;
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        let Some(record) = sampler.next_record() else {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        };
        let Ok(Record::Sample(sample)) = record.parse_record() else { continue };
        let (Some(registers), Some(stack)) = (sample.regs_user(), sample.stack_user()) else {
            continue;
        };
        // In the order of their numbers.
        let [frame_pointer, stack_pointer, instruction] = registers.regs[..] else { continue };
        let registers = Registers { instruction, stack_pointer, frame_pointer };
        return Ok(Some((registers, StackCopy { start: stack_pointer, bytes: stack.to_vec() })));
    }
    Ok(None)
}

fn not_permitted(error: &std::io::Error) -> String {
    format!("perf_event_open: {error}")
}
