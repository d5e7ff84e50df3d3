//! Which runtimes do not run their tasks, though these are ready.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use runtime_hooks_core::running::threads;
use runtime_hooks_core::{
    Incident, Instrumentor, LiveTask, Recorder, RunningNow, Starvation, TaskId,
};
use runtime_hooks_recorder::internals::ready_for;

use crate::pauses::due_after;
use crate::processors::Processors;
use crate::stalls::{Stalls, rounded};

/// Looks for runtimes whose tasks have been ready for longer than the threshold, in two scans one after the other.
pub(crate) struct Starvations {
    threshold: Duration,
    next_scan: Instant,
    known: BTreeMap<&'static str, Known>,
    processors: Processors,
}

/// What the last scan has seen of a runtime.
#[derive(Debug)]
struct Known {
    longest: TaskId,
    /// After how long it is reported next.
    next: Duration,
}

/// The tasks of a runtime that are ready, as one scan sees them.
#[derive(Debug)]
struct Waiting {
    longest: LiveTask,
    number: u64,
}

/// A starvation that goes on is reported again after this many times the duration of the last report.
const AGAIN: u32 = 10;

impl Starvations {
    pub(crate) fn new(threshold: Duration) -> Self {
        let (next_scan, known) = (Instant::now() + threshold, BTreeMap::new());
        Self { threshold, next_scan, known, processors: Processors::default() }
    }

    /// Scans the live tasks if it is time to, and reports runtimes that do not run them.
    pub(crate) fn look(&mut self, stalls: &Stalls, instrumentor: &Instrumentor) {
        let start = Instant::now();
        if start < self.next_scan {
            return;
        }
        let recorder = instrumentor.recorder();
        let waiting = waiting(ready_for(&recorder, self.threshold));
        // Only if there is a reason to ask.
        let is_lacking = !waiting.is_empty() && self.processors.are_lacking();
        for (runtime, waiting) in self.due(waiting, is_lacking) {
            report(runtime, &waiting, stalls, instrumentor, &recorder);
        }
        let took = start.elapsed();
        self.next_scan = due_after(took, self.threshold);
    }

    /// The runtimes to report. Without processors, none: all starts anew.
    fn due(
        &mut self,
        waiting: BTreeMap<&'static str, Waiting>,
        is_lacking: bool,
    ) -> Vec<(&'static str, Waiting)> {
        if is_lacking {
            self.known.clear();
            return Vec::new();
        }
        self.known.retain(|runtime, _| waiting.contains_key(runtime));
        let is_due = |(runtime, waiting): &(&'static str, Waiting)| {
            let longest = &waiting.longest;
            let Some(known) =
                self.known.get_mut(runtime).filter(|known| known.longest == longest.id)
            else {
                let known = Known { longest: longest.id, next: self.threshold };
                self.known.insert(runtime, known);
                return false;
            };
            let is_due = longest.since >= known.next;
            if is_due {
                known.next = longest.since.saturating_mul(AGAIN);
            }
            is_due
        };
        waiting.into_iter().filter(is_due).collect()
    }
}

/// By runtime.
fn waiting(tasks: impl Iterator<Item = LiveTask>) -> BTreeMap<&'static str, Waiting> {
    let mut found = BTreeMap::<&'static str, Waiting>::new();
    for task in tasks {
        let runtime = task.key.runtime();
        let Some(waiting) = found.get_mut(runtime) else {
            found.insert(runtime, Waiting { longest: task, number: 1 });
            continue;
        };
        waiting.number += 1;
        if task.since > waiting.longest.since {
            waiting.longest = task;
        }
    }
    found
}

fn report(
    runtime: &str,
    waiting: &Waiting,
    stalls: &Stalls,
    instrumentor: &Instrumentor,
    recorder: &Recorder,
) {
    let Waiting { longest, number } = waiting;
    let mut starvation = Starvation::default();
    starvation.task = Some(longest.id);
    starvation.waiting = *number;
    starvation.running = running(runtime, stalls, recorder);
    let location = longest.spawn_site.map(|site| site.location);
    instrumentor.report(|dropped| {
        let since = rounded(longest.since);
        Incident::of_starvation(&longest.key, location, since, dropped, &starvation)
    });
}

/// What the threads poll that poll tasks of a runtime.
fn running(runtime: &str, stalls: &Stalls, recorder: &Recorder) -> Vec<RunningNow> {
    let of_runtime = threads().filter_map(|thread| {
        let task = thread.outer.task(recorder)?;
        let name = task.key.name().map(str::to_owned);
        let of_thread = || thread.identity().and_then(|identity| identity.name);
        let held = rounded(stalls.held(thread.place));
        (task.key.runtime() == runtime).then(|| RunningNow::new(name, of_thread(), held))
    });
    let mut running: Vec<_> = of_runtime.collect();
    running.sort_by_key(|running| std::cmp::Reverse(running.held));
    running
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use runtime_hooks_conformance::reference::ReferenceRuntime;
    use runtime_hooks_core::{Config, ManualClock, RuntimeHooks, RuntimeHooksExt};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_runtime_is_due_in_the_second_scan_of_the_same_task() {
        let clock = ManualClock::new();
        let recorder = Recorder::builder().clock(clock.clock()).build();
        let config = Config::new().live(true).recorder(recorder.clone());
        // It runs its tasks in `block_on` only.
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(Instrumentor::installed(config));
        let mut starvations = Starvations::new(100 * MS);
        let mut scan = |is_lacking| {
            let due = starvations.due(waiting(ready_for(&recorder, 100 * MS)), is_lacking);
            let of = |(runtime, waiting): &(&'static str, Waiting)| {
                (*runtime, waiting.number, waiting.longest.since)
            };
            due.iter().map(of).collect::<Vec<_>>()
        };
        let first = runtime.named("first").spawn(async {});
        // A future inside a task is polled by its task.
        let _inside = runtime.named("inside").instrument(async {});
        clock.advance(100 * MS);
        assert_eq!((scan(false), scan(false)), (vec![], vec![]));
        clock.advance(MS);
        let second = runtime.named("second").spawn(async {});
        assert_eq!((scan(false), scan(true), scan(false)), (vec![], vec![], vec![]));
        assert_eq!(scan(false), [("reference", 1, 101 * MS)]);
        assert_eq!(scan(false), []);
        clock.advance(908 * MS);
        assert_eq!(scan(false), []);
        clock.advance(MS);
        assert_eq!(scan(false), [("reference", 2, 1_010 * MS)]);
        runtime.raw_block_on(async {
            first.await.unwrap();
            second.await.unwrap();
        });
        assert_eq!(scan(false), []);
        let _third = runtime.named("third").spawn(async {});
        clock.advance(101 * MS);
        assert_eq!((scan(false), scan(false)), (vec![], vec![("reference", 1, 101 * MS)]));
    }
}
