//! Reads the flight record from the log.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::record::{Flight, FlightEvent, FlightEventKind, FlightLive, FlightTask, FlightThread};
use crate::clock::{Clock, saturating_nanos};
use crate::live::{LiveInstant, live_instants};
use crate::recorder::{Event, LogThread, Recorder, SeriesId, TaskDuration};

impl Recorder {
    /// What the threads of the program did last: polls, ends of tasks and wakes, merged by time.
    ///
    /// The record is what the log still holds. Each thread keeps its last events in a ring of limited size, whose older
    /// part is overwritten. So a busy thread reaches less far back than an idle one. `Config::flight` sets the size; off,
    /// each thread keeps its last 128 events at most. Polls that run, and tasks that have not been polled, are no
    /// events yet: [`FlightTask::live`] has them, if the recorder keeps the list of live tasks.
    ///
    /// Reading takes about 100 ns an event and blocks no thread that records. It allocates about 100 bytes an event.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runtime_hooks_recorder::{Kind, Outcome, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// let took = Duration::from_millis(3);
    /// recorder.record(Kind::Blocking, "resize", "my-pool", Outcome::FINISHED, took);
    ///
    /// let flight = recorder.flight();
    /// let event = &flight.events[0];
    /// assert_eq!(flight.key_of(event).name(), Some("resize"));
    /// assert_eq!(event.ended(), Some(Outcome::FINISHED));
    /// assert_eq!((flight.overwritten, flight.missed), (0, 0));
    /// ```
    pub fn flight(&self) -> Flight {
        let gathered = self.gather_log();
        let live: Vec<_> = live_instants(self).collect();
        // Last: all other ticks are before it.
        let times = Times::now(self.clock());
        let mut flight = Flight {
            taken: times.unix,
            overwritten: gathered.overwritten,
            missed: gathered.missed,
            threads: gathered.threads.iter().map(|thread| thread_of(thread)).collect(),
            ..Flight::default()
        };
        let known = HashMap::new();
        let mut tasks = Tasks { recorder: self, times: &times, flight: &mut flight, known };
        gathered.events.iter().for_each(|(thread, event)| tasks.add_event(*thread, event));
        live.iter().for_each(|live| tasks.add_live(live));
        flight.series = self.keys_from(0);
        flight.sorted()
    }
}

fn thread_of(thread: &LogThread) -> FlightThread {
    let LogThread { number, ref name, system_id } = *thread;
    FlightThread { number, name: name.as_deref().map(str::to_owned), system_id }
}

/// Converts ticks to times.
struct Times<'c> {
    clock: &'c Clock,
    tick: u64,
    unix: u64,
}

impl<'c> Times<'c> {
    fn now(clock: &'c Clock) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { clock, tick: clock.now(), unix: saturating_nanos(unix) }
    }

    /// Nanoseconds since the Unix epoch.
    fn of(&self, tick: u64) -> u64 {
        self.unix.saturating_sub(self.clock.nanos_between(tick, self.tick))
    }
}

/// Finds the task of each event.
struct Tasks<'f> {
    recorder: &'f Recorder,
    times: &'f Times<'f>,
    flight: &'f mut Flight,
    /// By series, and the tick from which the duration is measured.
    known: HashMap<(SeriesId, u64), usize>,
}

impl Tasks<'_> {
    fn task(&mut self, series: SeriesId, tick: u64) -> usize {
        let (times, tasks) = (self.times, &mut self.flight.tasks);
        *self.known.entry((series, tick)).or_insert_with(|| {
            let since = times.of(tick);
            tasks.push(FlightTask { series: series.index(), since, ended: None, live: None });
            tasks.len() - 1
        })
    }

    fn add_event(&mut self, thread: usize, event: &Event) {
        if event.series() == SeriesId::LOST {
            return;
        }
        let ended = event.ended().map(|(outcome, lived)| (self.recorder.outcome(outcome), lived));
        let task = self.task(event.series(), event.task());
        let times = self.times;
        let at = times.of(event.at());
        if let Some((outcome, lived)) = ended {
            let task = &mut self.flight.tasks[task];
            task.ended = Some(outcome);
            if let TaskDuration::Nanos(nanos) = lived {
                task.since = at.saturating_sub(nanos);
            }
        }
        let ended = ended.map(|(outcome, _)| outcome);
        let kind = match (event.poll(), event.schedule(), ended) {
            (Some((from, _)), schedule, ended) => FlightEventKind::Polled {
                from: times.of(from),
                runnable_since: schedule.map(|(since, _)| times.of(since)),
                ended,
            },
            // A long delay is an event of its own, right after its poll.
            (None, Some((since, _)), None) => return self.add_delay(thread, task, times.of(since)),
            (None, _, Some(outcome)) => FlightEventKind::Ended { outcome },
            (None, None, None) => FlightEventKind::Woken,
        };
        self.flight.events.push(FlightEvent { at, task, thread, kind });
    }

    fn add_delay(&mut self, on: usize, of: usize, since: u64) {
        if let Some(FlightEvent { task, thread, kind, .. }) = self.flight.events.last_mut()
            && (*task, *thread) == (of, on)
            && let FlightEventKind::Polled { runnable_since, from, .. } = kind
            && since <= *from
        {
            *runnable_since = Some(since);
        }
    }

    fn add_live(&mut self, live: &LiveInstant) {
        let task = self.task(live.series, live.counts_from);
        let since = self.times.of(live.since);
        self.flight.tasks[task].live = Some(FlightLive { id: live.id, state: live.state, since });
    }
}
