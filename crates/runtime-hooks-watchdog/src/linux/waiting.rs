//! The stack of a thread that waits in the system. Nothing of the thread is touched.

use super::code::Code;
use super::memory::Memory;
use super::unwind::StackCopy;
use crate::proc_thread::{ProcThread, ThreadState, WaitPoint};

/// The most that is copied of a stack.
pub(super) const MAX_COPY: u64 = 1 << 20;

/// The return addresses of the frames below `top`; `None` if the thread runs.
pub(super) fn addresses(
    thread: &ProcThread,
    top: u64,
    code: &Code<'_>,
) -> Result<Option<Vec<usize>>, String> {
    let point = match thread.wait_point() {
        Ok(Some(point)) => point,
        Ok(None) => return Ok(None),
        // Some systems do not tell where, but whether.
        Err(_) if thread.state() == Some(ThreadState::Runnable) => return Ok(None),
        Err(error) => return Err(error),
    };
    let WaitPoint { stack_pointer, instruction } = point;
    let copy = copy(code.memory, stack_pointer, top)?;
    if thread.wait_point()? != Some(point) {
        return Ok(None);
    }
    let frames = copy.frames_without_frame_pointer(code, instruction, stack_pointer);
    Ok(Some(frames.addresses))
}

/// Copies a stack from its stack pointer up to `top`.
pub(super) fn copy(memory: &Memory, stack_pointer: u64, top: u64) -> Result<StackCopy, String> {
    let length = top.saturating_sub(stack_pointer).min(MAX_COPY);
    if length == 0 {
        return Err("the thread runs on another stack than the poll".to_owned());
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    let read = memory.read(stack_pointer, &mut bytes);
    read.map_err(|error| format!("/proc/self/mem: {error}"))?;
    Ok(StackCopy { start: stack_pointer, bytes })
}
