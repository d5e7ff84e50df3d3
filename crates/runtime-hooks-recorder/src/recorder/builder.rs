//! Builds a recorder.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::aggregate::sets_for;
use super::inner::Inner;
use super::log::Log;
use super::recorder::Recorder;
use crate::clock::{Clock, saturating_nanos};

impl Recorder {
    /// Creates a separate recorder on the process's clock, with default limits.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Builds a separate recorder with another clock or other limits.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// The memory of the flight record for each processor if none is set, in bytes.
const FLIGHT_MEMORY_PER_PROCESSOR: u64 = 512 << 10;

/// Builds a [`Recorder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RecorderBuilder {
    clock: Option<Clock>,
    max_names: u64,
    slow_poll: Duration,
    log_bytes: u64,
    flight_bytes: Option<u64>,
    processors: Option<usize>,
}

impl RecorderBuilder {
    /// Sets the clock: see [`ManualClock`](crate::ManualClock).
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets the maximum number of series; further names are counted as `_OTHER`. Default 2 000.
    pub fn max_names(mut self, names: u64) -> Self {
        self.max_names = names;
        self
    }

    /// Sets the duration above which a poll counts as slow. Default 10 ms.
    pub fn slow_poll(mut self, threshold: Duration) -> Self {
        self.slow_poll = threshold;
        self
    }

    /// Sets the maximum memory for events that are not yet added to their series, in bytes. Default 8 MiB.
    ///
    /// A thread that records takes 4 KiB and leaves them to the next thread when it ends, so the default serves 2 048
    /// threads. It takes more, up to 1/32 of the maximum, if its 4 KiB are full while other threads add up theirs. A
    /// thread that gets none takes a lock for each event: it is slower, and nothing is lost. The memory is freed with the
    /// recorder. Counters of starts, 8 bytes per series and thread, are not included.
    pub fn log_memory(mut self, bytes: u64) -> Self {
        self.log_bytes = bytes;
        self
    }

    /// Sets the maximum memory for the [flight record](Recorder::flight), in bytes; 0 switches it off. Default 512 KiB for
    /// each processor.
    ///
    /// An event takes 32 bytes. A thread takes memory as it records, up to the share of one of two threads per processor:
    /// by default its last 8 192 events. While a thread uses memory for the first time, each event costs some 50 ns more.
    pub fn flight_memory(mut self, bytes: u64) -> Self {
        self.flight_bytes = Some(bytes);
        self
    }

    /// Sets the number of processors, which decides how much memory the aggregates take. Default: those that the system
    /// lets the process use.
    #[doc(hidden)]
    pub fn processors(mut self, number: usize) -> Self {
        self.processors = Some(number);
        self
    }

    /// Creates the recorder.
    pub fn build(self) -> Recorder {
        let clock = self.clock.unwrap_or_default();
        let slow_poll = saturating_nanos(self.slow_poll);
        let processors = self.processors.unwrap_or_else(processors);
        let log = Log::new(clock, slow_poll, self.log_bytes, sets_for(processors), processors);
        let default = FLIGHT_MEMORY_PER_PROCESSOR.saturating_mul(processors as u64);
        log.set_flight(self.flight_bytes.unwrap_or(default));
        Recorder::around(Arc::new(Inner::new(log, self.max_names)))
    }
}

/// How many processors the system lets the process use.
fn processors() -> usize {
    // 0 if it is not known yet. No lock: a fork could leave it held. Relaxed: two threads find the same.
    static PROCESSORS: AtomicUsize = AtomicUsize::new(0);
    match PROCESSORS.load(Ordering::Relaxed) {
        0 => {
            // Reads files of the system.
            let found = thread::available_parallelism().map_or(1, Into::into);
            PROCESSORS.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self {
            clock: None,
            max_names: 2_000,
            slow_poll: Duration::from_millis(10),
            log_bytes: 8 << 20,
            flight_bytes: None,
            processors: None,
        }
    }
}
