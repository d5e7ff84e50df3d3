//! Builds a recorder.

use std::sync::Arc;
use std::time::Duration;

use super::inner::Inner;
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

/// Builds a [`Recorder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RecorderBuilder {
    clock: Option<Clock>,
    max_names: u64,
    slow_poll: Duration,
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

    /// Creates the recorder.
    pub fn build(self) -> Recorder {
        let clock = self.clock.unwrap_or_default();
        let slow_poll = saturating_nanos(self.slow_poll);
        Recorder::around(Arc::new(Inner::new(clock, self.max_names, slow_poll)))
    }
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self { clock: None, max_names: 2_000, slow_poll: Duration::from_millis(10) }
    }
}
