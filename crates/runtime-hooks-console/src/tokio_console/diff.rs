//! The changes between two snapshots of the live tasks.

use std::sync::Arc;
use std::time::SystemTime;

use crate::live_snapshot::{CompactTask, LiveSnapshot};

/// A change of one task.
#[derive(Debug)]
pub(super) enum Change<'l> {
    New(&'l CompactTask),
    Changed(&'l CompactTask),
    /// It ended; this is the old snapshot's.
    Gone(&'l CompactTask),
}

/// Yields the changes one by one: of 100 000 tasks nothing is copied, and all clients share the two snapshots.
#[derive(Debug)]
pub(super) struct SnapshotDiff {
    old: Arc<LiveSnapshot>,
    new: Arc<LiveSnapshot>,
    /// How many tasks of each were compared.
    old_done: usize,
    new_done: usize,
}

impl SnapshotDiff {
    pub(super) fn new(old: Arc<LiveSnapshot>, new: Arc<LiveSnapshot>) -> Self {
        Self { old, new, old_done: 0, new_done: 0 }
    }

    /// The diff between this one's new snapshot and the next one.
    pub(super) fn followed_by(&self, next: Arc<LiveSnapshot>) -> Self {
        Self::new(Arc::clone(&self.new), next)
    }

    /// The new snapshot.
    pub(super) fn snapshot(&self) -> &LiveSnapshot {
        &self.new
    }

    /// When the tasks that have ended were last seen.
    pub(super) fn last_seen(&self) -> SystemTime {
        self.old.at
    }

    pub(super) fn is_over(&self) -> bool {
        self.old_done == self.old.tasks.len() && self.new_done == self.new.tasks.len()
    }

    /// Both snapshots are in the order of slots, of which each has one task at a time.
    pub(super) fn next(&mut self) -> Option<Change<'_>> {
        loop {
            let (old, new) = (self.old.tasks.get(self.old_done), self.new.tasks.get(self.new_done));
            match (old, new) {
                (Some(old), Some(new)) if old.id == new.id => {
                    self.old_done += 1;
                    self.new_done += 1;
                    if sent(old) != sent(new) {
                        return Some(Change::Changed(new));
                    }
                }
                (Some(old), new) if new.is_none_or(|new| old.id.slot() <= new.id.slot()) => {
                    self.old_done += 1;
                    return Some(Change::Gone(old));
                }
                (_, Some(new)) => {
                    self.new_done += 1;
                    return Some(Change::New(new));
                }
                (_, None) => return None,
            }
        }
    }
}

/// The fields whose change a client must be sent. It derives from them how long a state has lasted.
fn sent(task: &CompactTask) -> impl PartialEq + use<> {
    (task.state, task.polls, task.wakes)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use runtime_hooks_conformance::reference::ReferenceRuntime;
    use runtime_hooks_core::{Config, Instrumentor, RuntimeHooksExt};
    use runtime_hooks_recorder::Recorder;

    fn snapshot(recorder: &Recorder) -> Arc<LiveSnapshot> {
        Arc::new(LiveSnapshot::new(recorder, 0, SystemTime::now()))
    }

    fn changes(diff: &mut SnapshotDiff, recorder: &Recorder) -> Vec<(char, String)> {
        let (mut changes, series) = (Vec::new(), recorder.keys_from(0));
        while let Some(change) = diff.next() {
            let (sign, task) = match change {
                Change::New(task) => ('+', task),
                Change::Changed(task) => ('~', task),
                Change::Gone(task) => ('-', task),
            };
            let (key, _) = task.of(&series).unwrap();
            changes.push((sign, key.name().unwrap().to_owned()));
        }
        assert!(diff.is_over());
        changes.sort();
        changes
    }

    #[test]
    fn each_task_is_new_changed_or_gone() {
        let instrumentor = Instrumentor::installed(Config::new().live(true));
        let recorder = instrumentor.recorder();
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(instrumentor);
        let task = |name| Box::pin(runtime.named(name).instrument(pending::<()>()));
        let is = |changes: Vec<(char, String)>, expected: &[(char, &str)]| {
            let changes: Vec<_> =
                changes.iter().map(|(sign, name)| (*sign, name.as_str())).collect();
            assert_eq!(changes, expected);
        };

        let (a, mut b, c) = (task("a"), task("b"), task("c"));
        let mut diff = SnapshotDiff::new(Arc::default(), snapshot(&recorder));
        is(changes(&mut diff, &recorder), &[('+', "a"), ('+', "b"), ('+', "c")]);

        diff = diff.followed_by(snapshot(&recorder));
        is(changes(&mut diff, &recorder), &[]);

        drop(a);
        let _d = task("d"); // in the slot of `a`
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(b.as_mut().poll(&mut cx).is_pending());
        diff = diff.followed_by(snapshot(&recorder));
        is(changes(&mut diff, &recorder), &[('+', "d"), ('-', "a"), ('~', "b")]);

        drop((b, c));
        diff = diff.followed_by(snapshot(&recorder));
        is(changes(&mut diff, &recorder), &[('-', "b"), ('-', "c")]);
    }
}
