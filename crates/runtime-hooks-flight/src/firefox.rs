//! A flight record as a profile for the Firefox Profiler: a marker for each poll, wake and end.

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, MarkerFieldFlags, MarkerFieldFormat, MarkerTiming, Profile,
    ReferenceTimestamp, SamplingInterval, StaticSchemaMarker, StaticSchemaMarkerField,
    StringHandle, ThreadHandle, Timestamp,
};
use runtime_hooks_recorder::{Flight, FlightEventKind};

use crate::labels::{SeriesText, Texts};

/// The profile, as JSON.
pub(crate) fn firefox(flight: &Flight, texts: &Texts) -> Vec<u8> {
    let begins = flight.begins().unwrap_or(flight.taken);
    let reference =
        ReferenceTimestamp::from_duration_since_unix_epoch(std::time::Duration::from_nanos(begins));
    // There are no samples, and so no interval.
    let mut profile = Profile::new(&texts.program, reference, SamplingInterval::from_millis(1));
    let time = |nanos: u64| Timestamp::from_nanos_since_reference(nanos.saturating_sub(begins));
    let process = profile.add_process(&texts.program, std::process::id(), time(begins));
    let threads: Vec<ThreadHandle> = flight
        .threads
        .iter()
        .zip(&texts.threads)
        .map(|(thread, name)| {
            let id = thread.system_id.unwrap_or(thread.number);
            let id = u32::try_from(id).unwrap_or(u32::MAX);
            let handle = profile.add_thread(process, id, time(begins), false);
            profile.set_thread_name(handle, name);
            profile.set_thread_show_markers_in_timeline(handle, true);
            profile.set_thread_end_time(handle, time(flight.taken));
            handle
        })
        .collect();
    let interned = Interned::new(&mut profile, &texts.series);
    for event in &flight.events {
        let task = &flight.tasks[event.task];
        let outcome = event.ended().map_or("", |outcome| outcome.state().as_str());
        let mut marker = TaskMarker {
            name: interned.labels[task.series],
            category: interned.polls,
            task: profile.intern_string(&(event.task + 1).to_string()),
            location: interned.locations[task.series],
            outcome: profile.intern_string(outcome),
            // Not written, and so not shown.
            delay: f64::NAN,
        };
        let timing = match event.kind {
            FlightEventKind::Polled { from, runnable_since, .. } => {
                if let Some(since) = runnable_since {
                    marker.delay = from.saturating_sub(since) as f64 / 1e6;
                }
                MarkerTiming::Interval(time(from), time(event.at))
            }
            FlightEventKind::Woken => {
                marker.category = interned.wakes;
                MarkerTiming::Instant(time(event.at))
            }
            _ => MarkerTiming::Instant(time(event.at)),
        };
        profile.add_marker(threads[event.thread], timing, marker);
    }
    serde_json::to_vec(&profile).unwrap_or_default()
}

/// Texts and categories of the profile.
struct Interned {
    labels: Vec<StringHandle>,
    locations: Vec<StringHandle>,
    polls: CategoryHandle,
    wakes: CategoryHandle,
}

impl Interned {
    fn new(profile: &mut Profile, series: &[SeriesText]) -> Self {
        let polls = profile.add_category("polls and ends", CategoryColor::Blue);
        let wakes = profile.add_category("wakes", CategoryColor::Orange);
        let labels = series.iter().map(|text| profile.intern_string(&text.label)).collect();
        let location = |text: &SeriesText| text.location.clone().unwrap_or_default();
        let locations = series.iter().map(|text| profile.intern_string(&location(text))).collect();
        Self { labels, locations, polls, wakes }
    }
}

/// A poll, a wake or an end of a task.
struct TaskMarker {
    name: StringHandle,
    category: CategoryHandle,
    task: StringHandle,
    location: StringHandle,
    outcome: StringHandle,
    /// In milliseconds.
    delay: f64,
}

impl StaticSchemaMarker for TaskMarker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "Task";
    const DESCRIPTION: Option<&'static str> = Some("What happened to a task");
    const CHART_LABEL: Option<&'static str> = Some("{marker.name}");
    const TOOLTIP_LABEL: Option<&'static str> = Some("{marker.name}");
    const TABLE_LABEL: Option<&'static str> =
        Some("{marker.name} task {marker.data.task} {marker.data.outcome}");
    const FIELDS: &'static [StaticSchemaMarkerField] = &[
        StaticSchemaMarkerField {
            key: "task",
            label: "Task",
            format: MarkerFieldFormat::String,
            flags: MarkerFieldFlags::SEARCHABLE,
        },
        StaticSchemaMarkerField {
            key: "location",
            label: "Spawned at",
            format: MarkerFieldFormat::SanitizedString,
            flags: MarkerFieldFlags::SEARCHABLE,
        },
        StaticSchemaMarkerField {
            key: "outcome",
            label: "Outcome",
            format: MarkerFieldFormat::String,
            flags: MarkerFieldFlags::SEARCHABLE,
        },
        StaticSchemaMarkerField {
            key: "delay",
            label: "Schedule delay",
            format: MarkerFieldFormat::Duration,
            flags: MarkerFieldFlags::empty(),
        },
    ];

    fn name(&self, _: &mut Profile) -> StringHandle {
        self.name
    }

    fn category(&self, _: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, field: u32) -> StringHandle {
        [self.task, self.location, self.outcome][field as usize]
    }

    fn number_field_value(&self, _: u32) -> f64 {
        self.delay
    }
}
