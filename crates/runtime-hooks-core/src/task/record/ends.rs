//! The end of a poll and of a task: reads the clock, asks the timeline, adds to the recorder, tells what is carried.

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{
    Call, Interval, OutcomeId, Step, last_since, unless_exiting, with_local, with_orphan,
    with_table,
};
use runtime_hooks_recorder::{Clock, Outcome, PanicRecord};

use super::TaskRecord;
use crate::task::elapsed_mark::take_elapsed;
use crate::task::tag::RecordFlags;
use crate::task::timeline::{Event, Phase, step};
use crate::tracer::{Carrier, elsewhere};

/// What a tracer is told of an end, and the recorder does not keep.
#[derive(Clone, Copy, Default)]
struct Known<'a> {
    /// If it is an error: the recorder does not distinguish all error types.
    outcome: Option<Outcome>,
    panic: Option<&'a PanicRecord>,
}

impl TaskRecord {
    /// Nothing is left to record of the task, but an elapsed deadline may be about to drop it.
    #[inline]
    fn leave_unrecorded(&mut self) {
        *self = Self::unrecorded();
    }

    #[inline(never)]
    pub(in crate::task) fn pause_plainly(&mut self, since: u64) {
        let now = self.now();
        let (phase, Step { poll, .. }) = step(self.tag.phase(), || 0, Event::Pause { since }, now);
        self.tag = self.tag.with_phase(phase);
        self.add(&Step { schedule: None, poll, ended: None });
    }

    /// Its deadline has elapsed.
    pub(crate) fn elapse(&mut self) {
        if !self.is_silent() {
            let now = self.now();
            self.finish(Event::Elapse, now, None, Known::default());
        }
    }

    #[cold]
    pub(super) fn dropped(&mut self) {
        let is_elapsed = take_elapsed();
        // Then the mark was meant for it all the same, and not for what is inside.
        if self.is_silent() {
            return;
        }
        let now = self.now();
        let event = if is_elapsed { Event::Elapse } else { Event::Drop };
        self.finish(event, now, None, Known::default());
    }

    /// A poll has ended, the task has not.
    #[inline(never)]
    pub(in crate::task) fn pause(&mut self, since: u64, runnable_since: Option<u64>) {
        let now = self.now();
        if let Some(node) = &self.node {
            node.pause(now);
        }
        if let Some(slot) = self.slot() {
            slot.pause(since, now, self.wakers());
        }
        let schedule = runnable_since.map(|from| (from, since));
        self.finish(Event::Pause { since }, now, schedule, Known::default());
    }

    /// How many have kept its waker; one where that is not seen.
    fn wakers(&self) -> u64 {
        if !self.tag.wants(RecordFlags::WAKES) {
            return 1;
        }
        self.node.as_ref().map_or(0, |node| Arc::strong_count(node) as u64 - 1)
    }

    /// As a pause, where polls are not timed.
    #[inline]
    pub(in crate::task) fn rest(&mut self) {
        self.tag = self.tag.with_phase(Phase::Idle);
    }

    /// The last poll has ended, with an outcome that has the same number in every recorder.
    #[inline(never)]
    pub(in crate::task) fn over(
        &mut self,
        since: u64,
        runnable_since: Option<u64>,
        outcome: OutcomeId,
    ) {
        let now = self.now();
        let schedule = runnable_since.map(|from| (from, since));
        self.finish(Event::Return { since, outcome }, now, schedule, Known::default());
    }

    /// The last poll has panicked.
    #[cold]
    pub(in crate::task) fn panicked(&mut self, since: u64, runnable_since: Option<u64>) {
        let panic = self.last_panic(since);
        if let Some(panic) = &panic {
            let series = self.tag.series();
            with_table(self.tag.recorder(), |entry| entry.keep_panic(series, panic));
        }
        let now = self.now();
        let schedule = runnable_since.map(|from| (from, since));
        let event = Event::Return { since, outcome: OutcomeId::PANIC };
        let known = Known { panic: panic.as_deref(), ..Known::default() };
        self.finish(event, now, schedule, known);
        // The code that caught the panic may poll it again, and its deadline elapse.
        self.leave_unrecorded();
    }

    /// What the panic hook has seen on this thread since the poll, or at least the task, began.
    fn last_panic(&self, since: u64) -> Option<Arc<PanicRecord>> {
        let since = if since > 0 { since } else { self.submitted() };
        // Of another clock nothing is known about the hook's ticks.
        let is_comparable = self.tag.wants(RecordFlags::PROCESS_CLOCK);
        last_since(if is_comparable { since } else { 0 })
    }

    /// As [`over`](Self::over), with an outcome whose number only the recorder knows.
    #[cold]
    pub(in crate::task) fn over_with_error(
        &mut self,
        since: u64,
        runnable_since: Option<u64>,
        outcome: Outcome,
    ) {
        let now = self.now();
        let schedule = runnable_since.map(|from| (from, since));
        let number = with_table(self.tag.recorder(), |entry| entry.intern(outcome));
        // Where the recorder is gone, nothing is added under any number.
        let event = Event::Return { since, outcome: number.unwrap_or(OutcomeId::OTHER) };
        let known = Known { outcome: Some(outcome), ..Known::default() };
        self.finish(event, now, schedule, known);
    }

    /// Adds what `event` does, and the schedule delay of the poll that it ends. A tracer is told the outcome itself,
    /// of which the recorder may keep less.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "three callers, each with another event")]
    fn finish(&mut self, event: Event, now: u64, schedule: Option<Interval>, known: Known<'_>) {
        let (phase, Step { poll, ended, .. }) =
            step(self.tag.phase(), || self.submitted(), event, now);
        self.tag = self.tag.with_phase(phase);
        let polls = self.tag.wants(RecordFlags::POLLS);
        if ended.is_some() || polls {
            let delays = self.tag.wants(RecordFlags::DELAYS);
            let schedule = schedule.filter(|_| delays);
            self.add(&Step { schedule, poll: poll.filter(|_| polls), ended });
        }
        if let (Some(_), Some(slot)) = (ended, self.slot()) {
            slot.release();
        }
        // Last: what is carried is the program's code, and all that is ours is whole by now.
        if let Some(node) = &self.node
            && let Some(carried) = node.carried()
            && (ended.is_some() || self.tag.wants(RecordFlags::TOLD))
        {
            self.tell(carried, node.clock(), &Step { schedule, poll, ended }, known);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "then only what is added is left of the `Step`")]
    fn add(&self, added: &Step) {
        let (recorder, series) = (self.tag.recorder(), self.tag.series());
        if with_local(recorder, |entry| entry.add(series, added)).is_none() {
            with_orphan(recorder, |entry| entry.add(series, added));
        }
    }

    /// Tells what is carried of a poll that has ended, if it asks for that, and of the end. The recorder is not asked: it
    /// may be gone, and it does not distinguish all error types.
    fn tell(&self, carried: &Carrier, clock: &Clock, step: &Step, known: Known<'_>) {
        let length = |(from, to)| Duration::from_nanos(clock.nanos_between(from, to));
        let ran = step.poll.filter(|_| self.tag.wants(RecordFlags::TOLD));
        let ran = ran.map(|poll| (length(poll), step.schedule.map(length)));
        let ended = step.ended.map(|(number, lived)| {
            (known.outcome.unwrap_or_else(|| number.fixed()), length(lived))
        });
        if unless_exiting(Call::End, || tell(carried, ran, known.panic, ended)).is_none() {
            let (carried, panic) = (carried.clone(), known.panic.cloned());
            elsewhere(move || tell(&carried, ran, panic.as_ref(), ended));
        }
    }
}

fn tell(
    carried: &Carrier,
    ran: Option<(Duration, Option<Duration>)>,
    panic: Option<&PanicRecord>,
    ended: Option<(Outcome, Duration)>,
) {
    if let Some((busy, scheduled)) = ran {
        carried.ran(busy, scheduled);
    }
    if let Some(panic) = panic {
        carried.panicked(panic);
    }
    if let Some((outcome, lived)) = ended {
        carried.end(outcome, lived);
    }
}
