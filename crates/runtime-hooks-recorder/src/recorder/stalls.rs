//! How often tasks held a worker for too long, as a watchdog saw it.

use super::series_id::SeriesId;
use crate::sync::{Mutex, lock};

/// By the number of the series. A watchdog writes it, once for each stall.
#[derive(Debug, Default)]
pub(super) struct Stalls(Mutex<Vec<u64>>);

impl Stalls {
    pub(super) fn add(&self, series: SeriesId) {
        let Some(mut stalls) = lock(&self.0) else { return };
        let number = series.index();
        if number >= stalls.len() {
            stalls.resize(number + 1, 0);
        }
        stalls[number] += 1;
    }

    /// Those of a series.
    pub(super) fn of(&self, series: SeriesId) -> u64 {
        lock(&self.0).and_then(|stalls| stalls.get(series.index()).copied()).unwrap_or(0)
    }
}
