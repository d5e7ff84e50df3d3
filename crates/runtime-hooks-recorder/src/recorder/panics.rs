//! The last panics of a recorder's tasks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::series_id::SeriesId;
use crate::panic_hook::PanicRecord;
use crate::series_key::SeriesKey;
use crate::sync::{Mutex, lock};

/// How many panics are stored.
const CAPACITY: usize = 32;

/// A panic of a task: its series, and what the panic said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskPanic {
    /// The series of the task.
    pub key: SeriesKey,
    /// The message and the place of the panic.
    pub panic: Arc<PanicRecord>,
}

impl fmt::Display for TaskPanic {
    /// `"fetch" panicked: index out of bounds (src/main.rs:12:5)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.name() {
            Some(name) => write!(f, "{name:?} panicked: {}", self.panic),
            None => write!(f, "a {} panicked: {}", self.key.kind(), self.panic),
        }
    }
}

/// A bounded list, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Panics(Mutex<VecDeque<(SeriesId, Arc<PanicRecord>)>>);

impl Panics {
    pub(crate) fn push(&self, series: SeriesId, panic: &Arc<PanicRecord>) {
        let Some(mut panics) = lock(&self.0) else { return };
        if panics.len() == CAPACITY {
            panics.pop_front();
        }
        panics.push_back((series, Arc::clone(panic)));
    }

    pub(super) fn all(&self) -> Vec<(SeriesId, Arc<PanicRecord>)> {
        lock(&self.0).map(|panics| panics.iter().cloned().collect()).unwrap_or_default()
    }
}
