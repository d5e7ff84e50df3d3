//! The writer's thread.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use runtime_hooks_recorder::internals::{HookGuard, ServiceThread, emit};
use runtime_hooks_recorder::{Recorder, SeriesSnapshot, Severity};

use super::abort::Abort;
use super::panic_hook;
use super::requests::{Next, Wanted};
use super::shared::{Shared, recorder_or_global};

/// Something that a record is written for when it begins to hold.
pub(super) struct Condition {
    pub(super) reason: String,
    pub(super) guard: HookGuard,
    pub(super) holds: Box<dyn FnMut() -> bool + Send>,
    /// Whether it held at the last check. A condition that repeats begins anew at each.
    pub(super) held: bool,
    pub(super) repeats: bool,
    /// Whether it has begun to hold since the last record.
    pub(super) is_due: bool,
}

impl Condition {
    pub(super) fn new(
        reason: String,
        guard: HookGuard,
        holds: Box<dyn FnMut() -> bool + Send>,
    ) -> Self {
        Self { reason, guard, holds, held: false, repeats: false, is_due: false }
    }

    /// More of something than at the last check, summed over all series.
    pub(super) fn more(
        reason: &str,
        recorder: Option<Recorder>,
        number: fn(&SeriesSnapshot) -> u64,
    ) -> Self {
        let count = move || {
            let recorder = recorder_or_global(recorder.as_ref());
            recorder.series().map(|series| number(&series)).sum::<u64>()
        };
        let mut known = count();
        let holds = move || {
            let now = count();
            std::mem::replace(&mut known, now) < now
        };
        let guard = HookGuard::new("a count of the recorder");
        Self { repeats: true, ..Self::new(reason.to_owned(), guard, Box::new(holds)) }
    }

    fn check(&mut self) {
        let holds = self.guard.call("holds", &mut self.holds).unwrap_or(false);
        let held = std::mem::replace(&mut self.held, holds) && !self.repeats;
        self.is_due |= holds && !held;
    }
}

/// What the thread does.
pub(super) struct Job {
    conditions: Vec<Condition>,
    signal: Option<Signal>,
    abort: Option<Abort>,
    has_failed: bool,
}

/// How often conditions are evaluated.
const CHECK: Duration = Duration::from_secs(1);
/// The newest events that a record has which the end of the process waits for: 0.1 s of work, 0.6 s unoptimized.
const URGENT_EVENTS: usize = 1 << 15;
/// How often the thread looks for a signal.
const SIGNAL_CHECK: Duration = Duration::from_millis(200);

impl Job {
    pub(super) fn new(
        conditions: Vec<Condition>,
        on_signal: bool,
        on_abort: bool,
    ) -> io::Result<Self> {
        let signal = if on_signal { Some(Signal::catch()?) } else { None };
        let abort = if on_abort { Some(Abort::catch()?) } else { None };
        Ok(Self { conditions, signal, abort, has_failed: false })
    }

    /// Starts the thread.
    pub(super) fn start(self, shared: &Arc<Shared>) -> io::Result<()> {
        let of_thread = Arc::clone(shared);
        let thread = ServiceThread::start("runtime-hooks-flight", move || self.run(&of_thread))?;
        let _ = shared.thread.set(thread);
        Ok(())
    }

    fn run(mut self, shared: &Arc<Shared>) {
        // A panic of a redaction is no reason for another record.
        panic_hook::ignore_this_thread();
        Abort::is_writer();
        let mut next_check = Instant::now();
        loop {
            match shared.requests.next(self.deadline(next_check)) {
                Next::Write(Wanted { reason, is_urgent }) => {
                    let most = if is_urgent { URGENT_EVENTS } else { usize::MAX };
                    let written = self.write(shared, reason, most);
                    // The end of the process does not wait for the text beside the record.
                    shared.requests.served();
                    self.write_beside(shared, written);
                }
                Next::End => return,
                Next::Check => {}
            }
            if self.abort.as_ref().is_some_and(Abort::came) {
                self.write(shared, "abort", URGENT_EVENTS);
                self.abort.iter().for_each(Abort::written);
            }
            if self.signal.as_ref().is_some_and(Signal::came) {
                // Somebody asked for it: no limit.
                let written = self.write(shared, "signal", usize::MAX);
                self.write_beside(shared, written);
            }
            if Instant::now() >= next_check {
                next_check = Instant::now() + CHECK;
                self.check(shared);
            }
        }
    }

    /// When to look again; `None` if only requests count.
    fn deadline(&self, next_check: Instant) -> Option<Instant> {
        let catches_signals = self.signal.is_some() || self.abort.is_some();
        let of_signal = catches_signals.then(|| Instant::now() + SIGNAL_CHECK);
        let of_check = (!self.conditions.is_empty()).then_some(next_check);
        of_signal.into_iter().chain(of_check).min()
    }

    /// One record is for all conditions that are due. If it is too early for one, they stay due.
    fn check(&mut self, shared: &Shared) {
        self.conditions.iter_mut().for_each(Condition::check);
        let due = self.conditions.iter().find(|condition| condition.is_due);
        let Some(reason) = due.map(|condition| condition.reason.clone()) else { return };
        if shared.limit.admits() {
            let written = self.write(shared, &reason, usize::MAX);
            self.write_beside(shared, written);
            self.conditions.iter_mut().for_each(|condition| condition.is_due = false);
        }
    }

    /// Returns the path of the record, if it could be written.
    fn write(&mut self, shared: &Shared, reason: &str, most: usize) -> Option<PathBuf> {
        match shared.write(reason, most) {
            Ok(path) => {
                self.has_failed = false;
                let shown = path.display();
                emit(Severity::Info, format_args!("flight record ({reason}) in {shown}"));
                Some(path)
            }
            Err(error) => {
                self.failed(format_args!("no flight record ({reason}): {error}"));
                None
            }
        }
    }

    fn write_beside(&mut self, shared: &Shared, record: Option<PathBuf>) {
        if let Some(record) = record
            && let Err(error) = shared.write_beside(&record)
        {
            self.failed(format_args!("no text beside a flight record: {error}"));
        }
    }

    /// One diagnostic, until a record can be written again.
    fn failed(&mut self, message: fmt::Arguments<'_>) {
        if !std::mem::replace(&mut self.has_failed, true) {
            emit(Severity::Error, message);
        }
    }
}

/// SIGUSR2.
struct Signal {
    came: Arc<AtomicBool>,
    #[cfg(unix)]
    id: signal_hook::SigId,
}

impl Signal {
    #[cfg(unix)]
    fn catch() -> io::Result<Self> {
        let came = Arc::<AtomicBool>::default();
        let id = signal_hook::flag::register(signal_hook::consts::SIGUSR2, Arc::clone(&came))?;
        Ok(Self { came, id })
    }

    #[cfg(not(unix))]
    fn catch() -> io::Result<Self> {
        Ok(Self { came: Arc::default() })
    }

    fn came(&self) -> bool {
        self.came.swap(false, Ordering::Relaxed)
    }
}

#[cfg(unix)]
impl Drop for Signal {
    fn drop(&mut self) {
        // From now on the signal is ignored.
        signal_hook::low_level::unregister(self.id);
    }
}
