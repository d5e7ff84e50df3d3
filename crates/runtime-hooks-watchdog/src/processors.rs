//! Whether the threads that poll tasks lack processors.

#[cfg(target_os = "linux")]
use std::collections::HashMap;
#[cfg(target_os = "linux")]
use std::thread::ThreadId;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use runtime_hooks_core::running::known_threads;

#[cfg(target_os = "linux")]
use crate::proc_thread::{ProcThread, ProcessorTime, ThreadState};

/// The times of all threads that poll tasks, from one question to the next.
#[derive(Debug, Default)]
pub(crate) struct Processors {
    asked: Option<Instant>,
    #[cfg(target_os = "linux")]
    threads: HashMap<ThreadId, (ProcThread, ProcessorTime)>,
}

/// The answer is about this much time at most.
const RECENT: Duration = Duration::from_secs(2);

impl Processors {
    /// Whether there were not enough processors since the last question. `true` also if there was none for a while: it takes
    /// two questions to know.
    pub(crate) fn are_lacking(&mut self) -> bool {
        let now = Instant::now();
        let asked = self.asked.replace(now);
        let elapsed = asked.map_or(Duration::MAX, |asked| now.saturating_duration_since(asked));
        let is_lacking = self.lack_since(elapsed);
        elapsed > RECENT || is_lacking
    }

    /// Whether a thread waits for a processor, or all together have waited for a fifth of the time that they needed.
    #[cfg(target_os = "linux")]
    fn lack_since(&mut self, elapsed: Duration) -> bool {
        let known = known_threads();
        self.threads.retain(|id, _| known.iter().any(|thread| thread.id == *id));
        let mut all = ProcessorTime::default();
        let mut waits = false;
        for thread in known {
            let Some(number) = thread.os_id else { continue };
            let new = || (ProcThread::new(number), ProcessorTime::default());
            let (proc, before) = self.threads.entry(thread.id).or_insert_with(new);
            let Some(now) = proc.processor_time() else { continue };
            let ran = now.ran.saturating_sub(before.ran);
            all.ran += ran;
            all.waited += now.waited.saturating_sub(before.waited);
            *before = now;
            // It is ready, and has hardly run.
            waits |= ran < elapsed / 4 && proc.state() == Some(ThreadState::Runnable);
        }
        waits || all.waited > (all.ran + all.waited) / 5
    }

    /// The system does not tell.
    #[cfg(not(target_os = "linux"))]
    fn lack_since(&mut self, _: Duration) -> bool {
        false
    }
}
