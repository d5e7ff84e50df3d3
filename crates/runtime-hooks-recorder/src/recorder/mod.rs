//! The recorder: threads append events to logs of their own, which are folded into aggregates that readers sum up.

mod aggregate;
mod builder;
mod cursor;
mod display;
mod entry;
mod exemplars;
mod extremes;
mod find;
#[cfg(all(test, unix, not(loom)))]
mod full_tests;
mod full;
#[cfg(all(test, unix, not(loom)))]
mod fork_tests;
mod global;
mod histogram_snapshot;
mod inner;
mod layout;
mod local;
mod log;
#[cfg(all(test, loom))]
mod loom_models;
mod merged;
mod name_index;
mod outcomes;
mod panics;
mod pending_extremes;
mod read;
#[expect(clippy::module_inception, reason = "`Recorder` is the main type of this module")]
mod recorder;
mod series;
mod series_id;
mod snapshot;
mod stalls;
mod step;
mod table;
mod watch;

pub use self::builder::RecorderBuilder;
pub use self::cursor::{Cursor, HistogramDelta};
pub use self::exemplars::{TaskEnd, TaskExemplar, TraceIds};
pub use self::histogram_snapshot::HistogramSnapshot;
pub use self::panics::TaskPanic;
pub use self::recorder::Recorder;
pub use self::snapshot::{Measure, SeriesSnapshot, Snapshot};
pub use self::watch::GaugeGuard;

// For `internals`.
pub use self::entry::Entry;
pub use self::inner::LAST_RECORDER;
pub use self::local::{with_local, with_orphan, with_table};
pub use self::outcomes::OutcomeId;
pub use self::series_id::SeriesId;
pub use self::step::{Interval, Step};

// For the flight record.
pub(crate) use self::log::{Event, LogThread, TaskDuration};

pub(crate) use self::layout::BOUNDARIES;
pub(crate) use self::series::Series;
