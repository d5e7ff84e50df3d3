//! What the other crates of this project use of the recorder. Not public: it can change in any release. Those crates
//! depend on this one by its exact version.

use std::sync::Arc;
use std::time::Duration;

use crate::catalog::ExportSettings;
use crate::clock::Clock;
use crate::gauges::RuntimeGauges;
use crate::live::LiveTask;
use crate::recorder::{GaugeGuard, Recorder, TaskExemplar};
use crate::series_key::{SeriesKey, SpawnSite};

pub use crate::catch::catch;
pub use crate::diagnostics::{DiagnosticSink, emit, print, redirect};
pub use crate::disclosure::{Output, Policy, Redact};
pub use crate::fork::{Process, lock, lock_until};
pub use crate::hook_guard::HookGuard;
pub use crate::label::{LabelParts, labels};
pub use crate::live::{Pages, SlotHandle};
pub use crate::name::{Role, Site, SiteInfo};
pub use crate::panic_hook::{acquire, last_since, release};
pub use crate::processors::ProcessorTimes;
pub use crate::recorder::{
    Entry, Interval, LAST_RECORDER, OutcomeId, SeriesId, Step, TaskEnd, with_local, with_orphan,
    with_table,
};
pub use crate::series_text::SeriesText;
pub use crate::service::ServiceThread;
pub use crate::thread_exit::{Call, unless_exiting};

/// Atomics and locks: std's, or loom's under `cfg(loom)`.
pub mod sync {
    pub use crate::sync::*;
}

/// The id of a recorder.
pub fn recorder_id(recorder: &Recorder) -> u32 {
    recorder.id()
}

/// The process's clock, without a copy.
#[inline]
pub fn process_clock() -> &'static Clock {
    Clock::process_ref()
}

/// Whether this is the process's clock, which the hot path reads without a look-up.
pub fn is_process_clock(clock: &Clock) -> bool {
    clock.is_process()
}

/// The name of a series, without a copy of its text.
pub fn shared_name(key: &SeriesKey) -> Option<Arc<str>> {
    key.shared_name()
}

/// As [`Recorder::watch`], of a runtime whose totals count from its own start. If it is watched again, they are counted
/// once.
pub fn watch_runtime(
    recorder: &Recorder,
    runtime: &'static str,
    id: String,
    source: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) -> GaugeGuard {
    recorder.watch_runtime(runtime, id, source)
}

/// The key under which the tasks of a series are counted that is not told apart: `_OTHER` of its type and runtime.
pub fn overflow_key(key: SeriesKey) -> SeriesKey {
    key.into_overflow()
}

/// The key as an output shows it, with other texts in place of name, function and file.
pub fn shown_key(
    key: SeriesKey,
    name: Option<Arc<str>>,
    function: Option<Arc<str>>,
    file: Option<String>,
) -> SeriesKey {
    key.shown(name, function, file)
}

/// The key under which a series is exported, if other texts are shown in place of those of its key.
pub fn shown_key_of(settings: &ExportSettings, key: &SeriesKey, shown: &SeriesKey) -> SeriesKey {
    settings.shown_key_of(key, shown)
}

/// As [`Recorder::exemplars`], each with the number of its series.
pub fn numbered_exemplars(recorder: &Recorder) -> impl Iterator<Item = (usize, TaskExemplar)> {
    recorder.numbered_exemplars()
}

/// Changes how much memory the flight record of a recorder may take, in bytes.
pub fn set_flight_memory(recorder: &Recorder, bytes: u64) {
    recorder.set_flight_memory(bytes);
}

/// Counts a stall of a task of this series.
pub fn add_stall(recorder: &Recorder, series: SeriesId) {
    recorder.add_stall(series);
}

/// Kind, name and runtime of a series, and where it was first seen; `None` if there is no such series.
pub fn series_of(recorder: &Recorder, series: SeriesId) -> Option<(SeriesKey, Option<SpawnSite>)> {
    let series = recorder.inner().series.get(series)?;
    Some((series.key.clone(), series.origin))
}

/// The spawned live tasks that have been ready to run for longer than `limit`.
pub fn ready_for(recorder: &Recorder, limit: Duration) -> impl Iterator<Item = LiveTask> {
    recorder.ready_for(limit)
}

/// The clock of a recorder.
pub fn clock_of(recorder: &Recorder) -> &Clock {
    recorder.clock()
}

/// Changes the limits: at most `max_names` series; polls longer than `slow_poll` count as slow.
pub fn set_limits(recorder: &Recorder, max_names: u64, slow_poll: Duration) {
    recorder.set_limits(max_names, slow_poll);
}

/// As [`Recorder::global`], but a forked child gets a new, empty recorder.
pub fn global_of_this_process() -> Recorder {
    Recorder::global_of_this_process()
}
