//! Reads stacks on request, for tests under load: it can change in any release.

use std::fmt;

use runtime_hooks_core::running::RunningThread;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::linux::StackReader;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
use crate::no_stack::StackReader;

/// Reads the stacks of threads that poll tasks.
pub struct StackProbe(StackReader);

impl StackProbe {
    /// With this signal, or by `perf_event_open`. `None` if there is no such signal.
    pub fn new(signal: Option<&str>) -> Option<Self> {
        StackReader::new(signal).ok().map(Self)
    }

    /// The number of frames. The error is the reason why there is no stack.
    pub fn frames(&mut self, thread: &RunningThread) -> Result<usize, String> {
        let number = thread.identity().and_then(|identity| identity.os_id);
        let number = number.ok_or_else(|| "the thread has ended".to_owned())?;
        let captured = self.0.read(number, thread.outer.stack);
        captured.failure.map_or(Ok(captured.addresses.len()), Err)
    }
}

impl fmt::Debug for StackProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackProbe").finish_non_exhaustive()
    }
}
