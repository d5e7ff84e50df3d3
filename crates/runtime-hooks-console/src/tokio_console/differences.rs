//! What has changed from one look at the live tasks to the next.

use std::sync::Arc;
use std::time::SystemTime;

use crate::look::{Look, Task};

/// A task that is told of.
#[derive(Debug)]
pub(super) enum Change<'l> {
    New(&'l Task),
    Changed(&'l Task),
    /// As it was when it was last seen.
    Gone(&'l Task),
}

/// Told one by one, so that of 100 000 tasks no more is held than the two looks, which all clients share.
#[derive(Debug)]
pub(super) struct Differences {
    old: Arc<Look>,
    new: Arc<Look>,
    /// How many of each were compared.
    old_done: usize,
    new_done: usize,
}

impl Differences {
    pub(super) fn new(old: Arc<Look>, new: Arc<Look>) -> Self {
        Self { old, new, old_done: 0, new_done: 0 }
    }

    /// From what this led to.
    pub(super) fn followed_by(&self, next: Arc<Look>) -> Self {
        Self::new(Arc::clone(&self.new), next)
    }

    /// Where it leads to.
    pub(super) fn look(&self) -> &Look {
        &self.new
    }

    /// When those that are gone were last seen.
    pub(super) fn seen_at(&self) -> SystemTime {
        self.old.at
    }

    pub(super) fn is_over(&self) -> bool {
        self.old_done == self.old.tasks.len() && self.new_done == self.new.tasks.len()
    }

    /// Both looks are in the order of places, of which each has one task at a time.
    pub(super) fn next(&mut self) -> Option<Change<'_>> {
        loop {
            let (old, new) = (self.old.tasks.get(self.old_done), self.new.tasks.get(self.new_done));
            match (old, new) {
                (Some(old), Some(new)) if old.id == new.id => {
                    self.old_done += 1;
                    self.new_done += 1;
                    if told_of(old) != told_of(new) {
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

/// What a client cannot work out by itself: how long a state has lasted it can.
fn told_of(task: &Task) -> impl PartialEq + use<> {
    (task.state, task.polls, task.wakes)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use runtime_hooks_conformance::reference::ReferenceRuntime;
    use runtime_hooks_core::{Config, Instrumentor, Recorder, RuntimeHooksExt};

    fn look(recorder: &Recorder) -> Arc<Look> {
        Arc::new(Look::new(recorder, 0, SystemTime::now()))
    }

    fn told(differences: &mut Differences, recorder: &Recorder) -> Vec<(char, String)> {
        let (mut told, series) = (Vec::new(), recorder.keys_from(0));
        while let Some(change) = differences.next() {
            let (sign, task) = match change {
                Change::New(task) => ('+', task),
                Change::Changed(task) => ('~', task),
                Change::Gone(task) => ('-', task),
            };
            let (key, _) = task.of(&series).unwrap();
            told.push((sign, key.name().unwrap().to_owned()));
        }
        assert!(differences.is_over());
        told.sort();
        told
    }

    #[test]
    fn each_task_is_told_of_when_it_comes_changes_and_goes() {
        let instrumentor = Instrumentor::installed(Config::new().live(true));
        let recorder = instrumentor.recorder();
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(instrumentor);
        let task = |name| Box::pin(runtime.named(name).instrument(pending::<()>()));
        let is = |told: Vec<(char, String)>, expected: &[(char, &str)]| {
            let told: Vec<_> = told.iter().map(|(sign, name)| (*sign, name.as_str())).collect();
            assert_eq!(told, expected);
        };

        let (a, mut b, c) = (task("a"), task("b"), task("c"));
        let mut differences = Differences::new(Arc::default(), look(&recorder));
        is(told(&mut differences, &recorder), &[('+', "a"), ('+', "b"), ('+', "c")]);

        differences = differences.followed_by(look(&recorder));
        is(told(&mut differences, &recorder), &[]);

        drop(a);
        let _d = task("d"); // in the place of `a`
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(b.as_mut().poll(&mut cx).is_pending());
        differences = differences.followed_by(look(&recorder));
        is(told(&mut differences, &recorder), &[('+', "d"), ('-', "a"), ('~', "b")]);

        drop((b, c));
        differences = differences.followed_by(look(&recorder));
        is(told(&mut differences, &recorder), &[('-', "b"), ('-', "c")]);
    }
}
