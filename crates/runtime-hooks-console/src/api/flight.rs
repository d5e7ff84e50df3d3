//! `/api/v1/flight`: the flight record, for a viewer or for the page.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use runtime_hooks_flight::{FlightFormat, FlightRecord, SeriesText, Texts};
use runtime_hooks_recorder::{Flight, FlightEvent, FlightEventKind};
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::query::parsed;
use crate::sampler::Sampler;
use crate::series_cache::{DisclosedSeriesList, SeriesCache};

/// The most events of a JSON document: the newest ones.
const MAX_EVENTS: usize = 200_000;
/// The most events of a file: the newest ones.
const MAX_FILE_EVENTS: usize = 500_000;

/// What is wanted of the record.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlightQuery {
    #[serde(default, deserialize_with = "parsed")]
    seconds: Seconds,
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) format: Format,
}

/// The length of the record, in seconds.
#[derive(Clone, Copy, Debug)]
struct Seconds(Duration);

impl Default for Seconds {
    fn default() -> Self {
        Self(Duration::from_secs(10))
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
        let seconds = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        seconds
            .map(Self)
            .ok_or_else(|| format!("expected a number of seconds above 0, not {text:?}"))
    }
}

/// What the answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A file for Perfetto.
    #[default]
    Perfetto,
    /// A file for the Firefox Profiler.
    Firefox,
    /// The page's document.
    Json,
}

impl FromStr for Format {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "perfetto" => Ok(Self::Perfetto),
            "firefox" => Ok(Self::Firefox),
            "json" => Ok(Self::Json),
            _ => Err(Unknown(text.to_owned())),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected perfetto, firefox or json, not {:?}", self.0)
    }
}

/// The record as the page draws it. `taken` is in milliseconds of Unix time. Other times are microseconds before it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FlightDocument {
    taken: f64,
    /// Events that newer ones have overwritten.
    overwritten: u64,
    /// Events that were never in the record.
    missed: u64,
    /// Older events of the record that this document leaves out.
    omitted: usize,
    threads: Vec<Thread>,
    series: Vec<Identity>,
    tasks: Tasks,
    events: Events,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Thread {
    number: u64,
    name: String,
    system_id: Option<u64>,
}

/// The tasks, by column.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tasks {
    /// The index in `series`.
    series: Vec<usize>,
    since: Vec<f64>,
    /// The outcome, or the state of a task that is live.
    state: Vec<Option<&'static str>>,
    /// How long its current poll takes, if it runs.
    running_for: Vec<Option<f64>>,
    /// The id in the list of live tasks.
    id: Vec<Option<String>>,
}

/// The events, by column, in the order of time.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Events {
    /// `polled`, `ended` or `woken`.
    kind: Vec<&'static str>,
    /// The index in `threads`.
    thread: Vec<usize>,
    /// The index in `tasks`.
    task: Vec<usize>,
    /// The end of a poll, or when it happened.
    at: Vec<f64>,
    /// How long a poll took.
    length: Vec<Option<f64>>,
    /// The schedule delay before a poll.
    delay: Vec<Option<f64>>,
    /// The outcome, if the task ended.
    ended: Vec<Option<&'static str>>,
}

/// A file for a viewer.
pub(crate) fn flight_file(sampler: &Sampler, query: FlightQuery) -> Vec<u8> {
    let recorder = sampler.instrumentor().recorder();
    let record = FlightRecord::of(&recorder).last(query.seconds.0).newest(MAX_FILE_EVENTS);
    let format = match query.format {
        Format::Firefox => FlightFormat::Firefox,
        Format::Perfetto | Format::Json => FlightFormat::Perfetto,
    };
    let (cache, threads) = (sampler.series_cache(), record.threads.iter());
    let series = cache.all(&recorder);
    let series = series.iter().map(|series| SeriesText {
        label: series.label().to_string(),
        location: series.location(),
    });
    let texts = Texts {
        series: series.collect(),
        threads: threads.map(|thread| cache.thread_name(thread)).collect(),
        program: cache.program(),
    };
    record.texts(texts).to_bytes(format)
}

pub(crate) fn flight(sampler: &Sampler, query: FlightQuery) -> FlightDocument {
    let recorder = sampler.instrumentor().recorder();
    let flight = recorder.flight().last(query.seconds.0);
    let omitted = flight.events.len().saturating_sub(MAX_EVENTS);
    let flight = flight.without_first(omitted);
    let before = |time| before(&flight, time);
    let mut events = Events::default();
    flight.events.iter().for_each(|event| events.add(event, before(event.at)));
    FlightDocument {
        taken: flight.taken as f64 / 1e6,
        overwritten: flight.overwritten,
        missed: flight.missed,
        omitted,
        threads: threads(&flight, sampler.series_cache()),
        series: identities(&sampler.series_cache().all(&recorder)),
        tasks: tasks(&flight),
        events,
    }
}

fn identities(series: &DisclosedSeriesList) -> Vec<Identity> {
    series.iter().map(|series| Identity::of(series)).collect()
}

fn threads(flight: &Flight, cache: &SeriesCache) -> Vec<Thread> {
    let thread = flight.threads.iter().map(|thread| Thread {
        number: thread.number,
        name: cache.thread_name(thread),
        system_id: thread.system_id,
    });
    thread.collect()
}

fn tasks(flight: &Flight) -> Tasks {
    let mut tasks = Tasks::default();
    for task in &flight.tasks {
        let state = task.ended.map(|outcome| outcome.state().as_str());
        let live = task.live.filter(|_| state.is_none());
        tasks.series.push(task.series);
        tasks.since.push(before(flight, task.since));
        tasks.state.push(state.or(live.map(|live| live.state.as_str())));
        let running = live.filter(|live| live.state == runtime_hooks_recorder::LiveState::Running);
        tasks.running_for.push(running.map(|live| before(flight, live.since)));
        tasks.id.push(live.map(|live| live.id.to_string()));
    }
    tasks
}

/// Microseconds before the record was taken.
fn before(flight: &Flight, time: u64) -> f64 {
    flight.taken.saturating_sub(time) as f64 / 1e3
}

impl Events {
    fn add(&mut self, event: &FlightEvent, at: f64) {
        let micros = |from: u64, to: u64| to.saturating_sub(from) as f64 / 1e3;
        let (kind, length, delay) = match event.kind {
            FlightEventKind::Polled { from, runnable_since, .. } => {
                let delay = runnable_since.map(|since| micros(since, from));
                ("polled", Some(micros(from, event.at)), delay)
            }
            FlightEventKind::Woken => ("woken", None, None),
            _ => ("ended", None, None),
        };
        self.kind.push(kind);
        self.thread.push(event.thread);
        self.task.push(event.task);
        self.at.push(at);
        self.length.push(length);
        self.delay.push(delay);
        self.ended.push(event.ended().map(|outcome| outcome.state().as_str()));
    }
}
