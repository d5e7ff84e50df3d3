//! The tracks of a trace, and what is on them.

use std::collections::BTreeSet;

use runtime_hooks_recorder::{Flight, FlightEventKind, FlightThread, LiveState, Outcome};

use super::schema::{CounterDescriptor, ProcessDescriptor, ThreadDescriptor, TrackDescriptor};
use crate::labels::{SeriesText, Texts};
use crate::slices::{Edge, Slice, arrows, edges};

/// Something on a track.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) at: u64,
    pub(super) track: u64,
    pub(super) content: Content,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Begin { label: Label, arrow: Option<u64>, ended: Option<Outcome> },
    End,
    Instant { label: Label, arrow: Option<u64>, ended: Option<Outcome> },
    Counter(i64),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Label {
    Series(usize),
    /// The life of a task of this series.
    Life(usize),
    Text(&'static str),
}

/// The most tasks that get a track. Perfetto does not show more in a useful way.
const TASKS: usize = 1_000;

// Numbers of tracks: small ones, which take few bytes.
const PROCESS: u64 = 1;
const ACTIVE: u64 = 2;
const RUNNABLE: u64 = 3;
const THREADS: u64 = 4;

/// The numbers of the tracks of threads, series and tasks, one after the other.
#[derive(Clone, Copy)]
struct Numbers {
    threads: u64,
    series: u64,
}

impl Numbers {
    fn thread(index: usize) -> u64 {
        THREADS + index as u64
    }

    fn series(self, index: usize) -> u64 {
        Self::thread(0) + self.threads + index as u64
    }

    fn task(self, index: usize) -> u64 {
        self.series(0) + self.series + index as u64
    }
}

/// All tracks, and all entries in the order of time.
pub(super) fn of(flight: &Flight, texts: &Texts) -> (Vec<TrackDescriptor>, Vec<Entry>) {
    let pid = i32::try_from(std::process::id()).ok();
    let process = ProcessDescriptor { pid, process_name: Some(texts.program.clone()) };
    let mut tracks =
        vec![TrackDescriptor { uuid: Some(PROCESS), process: Some(process), ..Default::default() }];
    tracks.extend(counter_tracks());
    let threads = flight.threads.iter().enumerate();
    tracks.extend(
        threads.map(|(number, thread)| thread_track(number, thread, &texts.threads[number], pid)),
    );
    let (threads, series) = (flight.threads.len() as u64, flight.series.len() as u64);
    let numbers = Numbers { threads, series };
    let tasks = tasks_with_track(flight);
    tracks.extend(task_tracks(flight, &texts.series, &tasks, numbers));

    let mut entries = on_threads(flight);
    entries.extend(on_tasks(flight, &tasks, numbers));
    entries.extend(counters(flight));
    // Stable: the entries of each track are in order.
    entries.sort_by_key(|entry| entry.at);
    (tracks, entries)
}

fn counter_tracks() -> impl Iterator<Item = TrackDescriptor> {
    [(ACTIVE, "active tasks of this record"), (RUNNABLE, "runnable tasks with a measured delay")]
        .into_iter()
        .map(|(uuid, name)| TrackDescriptor {
            uuid: Some(uuid),
            name: Some(name.to_owned()),
            parent_uuid: Some(PROCESS),
            counter: Some(CounterDescriptor {}),
            ..Default::default()
        })
}

fn thread_track(
    number: usize,
    thread: &FlightThread,
    name: &str,
    pid: Option<i32>,
) -> TrackDescriptor {
    let tid = thread.system_id.unwrap_or(thread.number);
    TrackDescriptor {
        uuid: Some(Numbers::thread(number)),
        thread: Some(ThreadDescriptor {
            pid,
            tid: i32::try_from(tid).ok(),
            thread_name: Some(name.to_owned()),
        }),
        ..Default::default()
    }
}

/// The tasks that get a track: those with the most events, in the order of their start.
fn tasks_with_track(flight: &Flight) -> BTreeSet<usize> {
    let mut events = vec![0_u64; flight.tasks.len()];
    flight.events.iter().for_each(|event| events[event.task] += 1);
    let mut chosen: Vec<_> = (0..flight.tasks.len()).collect();
    chosen.sort_by_key(|task| u64::MAX - events[*task]);
    chosen.into_iter().take(TASKS).collect()
}

/// A track for each series, and below it one for each task.
fn task_tracks(
    flight: &Flight,
    series: &[SeriesText],
    tasks: &BTreeSet<usize>,
    numbers: Numbers,
) -> Vec<TrackDescriptor> {
    let mut described = vec![false; series.len()];
    let mut tracks = Vec::new();
    for task in tasks {
        let of = flight.tasks[*task].series;
        if !std::mem::replace(&mut described[of], true) {
            tracks.push(TrackDescriptor {
                uuid: Some(numbers.series(of)),
                name: Some(format!("tasks: {}", series[of].label)),
                parent_uuid: Some(PROCESS),
                ..Default::default()
            });
        }
        tracks.push(TrackDescriptor {
            uuid: Some(numbers.task(*task)),
            name: Some(format!("task {}", task + 1)),
            parent_uuid: Some(numbers.series(of)),
            ..Default::default()
        });
    }
    tracks
}

/// Polls, wakes and ends on the tracks of threads.
fn on_threads(flight: &Flight) -> Vec<Entry> {
    let arrows = arrows(flight);
    let mut slices = vec![Vec::new(); flight.threads.len()];
    let mut entries = Vec::new();
    for (number, event) in flight.events.iter().enumerate() {
        let label = Label::Series(flight.tasks[event.task].series);
        let track = Numbers::thread(event.thread);
        let arrow = arrows[number];
        let content = match event.kind {
            FlightEventKind::Polled { from, ended, .. } => {
                slices[event.thread].push(Slice { from, to: event.at, of: (label, arrow, ended) });
                continue;
            }
            FlightEventKind::Woken => {
                Content::Instant { label: Label::Text("wake"), arrow, ended: None }
            }
            _ => Content::Instant { label, arrow, ended: event.ended() },
        };
        entries.push(Entry { at: event.at, track, content });
    }
    for (number, slices) in slices.iter().enumerate() {
        let track = Numbers::thread(number);
        entries.extend(edges(slices).into_iter().map(|(at, edge)| Entry {
            at,
            track,
            content: match edge {
                Edge::Begin((label, arrow, ended)) => Content::Begin { label, arrow, ended },
                Edge::End => Content::End,
            },
        }));
    }
    entries
}

/// The life of each task on its track, and inside it what it did. A life that began before the record begins with it.
fn on_tasks(flight: &Flight, tasks: &BTreeSet<usize>, numbers: Numbers) -> Vec<Entry> {
    let begins = flight.begins().unwrap_or(flight.taken);
    let mut slices: Vec<Vec<_>> = vec![Vec::new(); flight.tasks.len()];
    let mut last = vec![begins; flight.tasks.len()];
    for event in &flight.events {
        // A waker may be kept longer than its task.
        if !matches!(event.kind, FlightEventKind::Woken) {
            last[event.task] = event.at;
        }
        if let FlightEventKind::Polled { from, runnable_since, .. } = event.kind {
            let slices = &mut slices[event.task];
            if let Some(since) = runnable_since {
                let from_record = since.max(begins);
                slices.push(Slice { from: from_record, to: from, of: text("scheduled") });
            }
            slices.push(Slice { from, to: event.at, of: text("running") });
        }
    }
    let knows_live = flight.tasks.iter().any(|task| task.live.is_some());
    let mut entries = Vec::new();
    for number in tasks {
        let task = &flight.tasks[*number];
        let mut slices = std::mem::take(&mut slices[*number]);
        if let Some(live) = task.live.filter(|live| live.state != LiveState::Idle) {
            let now = if live.state == LiveState::Running { "running" } else { "scheduled" };
            slices.push(Slice { from: live.since.max(begins), to: flight.taken, of: text(now) });
        }
        let from = slices.iter().map(|slice| slice.from).min().unwrap_or(flight.taken);
        let from = from.min(task.since.max(begins));
        // The end may be overwritten on another thread. Without the list of live tasks, that is not known.
        let goes_on = task.live.is_some() || (task.ended.is_none() && !knows_live);
        let to = if goes_on { flight.taken } else { last[*number] };
        let life = Label::Life(task.series);
        slices.push(Slice { from, to, of: (life, task.ended) });
        entries.extend(edges(&slices).into_iter().map(|(at, edge)| Entry {
            at,
            track: numbers.task(*number),
            content: match edge {
                Edge::Begin((label, ended)) => Content::Begin { label, arrow: None, ended },
                Edge::End => Content::End,
            },
        }));
    }
    entries
}

/// What a slice inside the life of a task is called.
const fn text(of: &'static str) -> (Label, Option<Outcome>) {
    (Label::Text(of), None)
}

/// How many tasks of the record were active, and how many of those with a measured delay were runnable.
fn counters(flight: &Flight) -> Vec<Entry> {
    let begins = flight.begins().unwrap_or(flight.taken);
    let mut has_ended = vec![false; flight.tasks.len()];
    let since = flight.tasks.iter().map(|task| task.since.max(begins));
    let mut changes: Vec<_> = since.map(|since| (since, ACTIVE, 1)).collect();
    for event in &flight.events {
        // Tasks that cannot be told apart are one, and end once.
        if event.ended().is_some() && !std::mem::replace(&mut has_ended[event.task], true) {
            changes.push((event.at, ACTIVE, -1));
        }
        if let FlightEventKind::Polled { from, runnable_since: Some(since), .. } = event.kind {
            changes.push((since.max(begins), RUNNABLE, 1));
            changes.push((from, RUNNABLE, -1));
        }
    }
    // At equal times, first those that begin: a count is never below 0.
    changes.sort_unstable_by_key(|(at, track, by)| (*at, *track, -by));
    let (mut active, mut runnable) = (0, 0);
    let value = |(at, track, by): (u64, u64, i64)| {
        let value = if track == ACTIVE { &mut active } else { &mut runnable };
        *value += by;
        Entry { at, track, content: Content::Counter(*value) }
    };
    changes.into_iter().map(value).collect()
}
