//! The end of a poll and of a task: reads the clock, advances the timeline, adds to the recorder, notifies the
//! context.

#![expect(unused_braces, reason = "a macro needs them as a const argument")]

use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_recorder::internals::{
    Call, Interval, OutcomeId, SeriesId, Step, TaskEnd, last_since, unless_exiting, with_local,
    with_orphan, with_table,
};
use runtime_hooks_recorder::{Clock, Outcome, PanicRecord};

use super::TaskRecord;
use crate::task::elapsed_mark::take_elapsed;
use crate::task::origin::Origin;
use crate::task::tag::{RecordFlags, Tag};
use crate::task::timeline::{Event, Phase, step};
use crate::tracer::{Carrier, run_on_exit_thread};

/// Details of an end that only the context gets.
#[derive(Clone, Copy, Default)]
struct EndDetails<'a> {
    /// Set for an error: the recorder does not distinguish all error types.
    outcome: Option<Outcome>,
    panic: Option<&'a PanicRecord>,
}

impl TaskRecord {
    /// Marks that nothing is left to record. An elapsed deadline may still drop the task.
    #[inline]
    fn become_unrecorded(&mut self) {
        // Keeps the node: to drop the context runs code of the program, and here a panic is unwinding.
        (self.origin, self.tag) = (Origin::NONE, Tag::OFF.with_phase(Phase::Unrecorded));
    }

    /// As [`pause`](Self::pause), for a task that is [plain](Self::is_plain).
    #[inline(never)]
    pub(in crate::task) fn pause_plainly(&mut self, since: u64) {
        let (phase, step) = step(Phase::Running, || 0, Event::Pause { since }, self.now());
        self.tag = self.tag.with_phase(phase);
        self.add::<{ line!() }>(self.origin.bits(), &step);
    }

    /// As [`ended_with`](Self::ended_with), for a task that is [plain](Self::is_plain). Returns the tick of the end.
    #[inline(never)]
    pub(in crate::task) fn ended_plainly(&mut self, since: u64, outcome: OutcomeId) -> u64 {
        // A plain task is not in the live list, whose tasks stamp wakes. So `origin` is its tick.
        let (submitted, now) = (self.origin.bits(), self.now());
        let event = Event::Return { since, outcome };
        let (phase, step) = step(Phase::Running, || submitted, event, now);
        self.tag = self.tag.with_phase(phase);
        let poll = step.poll.filter(|_| self.tag.wants(RecordFlags::POLLS));
        self.add::<{ line!() }>(submitted, &Step { poll, ..step });
        now
    }

    /// As [`ended_plainly`](Self::ended_plainly), for a task that is plain but for its context.
    #[inline(never)]
    pub(in crate::task) fn ended_in_context(&mut self, since: u64, outcome: OutcomeId) {
        let now = self.ended_plainly(since, outcome);
        if let Some(node) = &self.node
            && let Some(carried) = node.carried()
        {
            let lived = node.clock().nanos_between(self.origin.bits(), now);
            self.keep_exemplar(carried, outcome, lived, now);
            let (outcome, lived) = (outcome.fixed(), Duration::from_nanos(lived));
            if unless_exiting(Call::End, || carried.end(outcome, lived)).is_none() {
                let carried = carried.clone();
                run_on_exit_thread(move || carried.end(outcome, lived));
            }
        }
    }

    /// The task's deadline has elapsed.
    pub(crate) fn elapse(&mut self) {
        if !self.is_silent() {
            let now = self.now();
            self.finish_unpolled(Event::Elapse, Outcome::TIMEOUT, now);
        }
    }

    /// The task ends between two polls. If durations start at the first run, one that has not run is marked; its context
    /// gets the plain outcome.
    fn finish_unpolled(&mut self, event: Event, plain: Outcome, now: u64) {
        if !self.awaits_first_run() {
            return self.finish::<{ line!() }>(event, now, None, EndDetails::default());
        }
        let mark = with_table(self.tag.recorder(), |entry| entry.intern(Outcome::NEVER_RAN));
        let event = Event::DropUnrun { outcome: mark.unwrap_or(OutcomeId::CANCELLED) };
        let details = EndDetails { outcome: Some(plain), ..EndDetails::default() };
        self.finish::<{ line!() }>(event, now, None, details);
    }

    #[cold]
    pub(super) fn dropped(&mut self) {
        let is_elapsed = take_elapsed();
        // The mark was for this task, not for one inside it.
        if self.is_silent() {
            return;
        }
        let now = self.now();
        if is_elapsed {
            self.finish_unpolled(Event::Elapse, Outcome::TIMEOUT, now);
        } else {
            self.finish_unpolled(Event::Drop, Outcome::CANCELLED, now);
        }
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
        self.finish::<{ line!() }>(Event::Pause { since }, now, schedule, EndDetails::default());
    }

    /// The number of clones of the task's waker; 1 if it is not known.
    fn wakers(&self) -> u64 {
        if !self.tag.wants(RecordFlags::WAKES) {
            return 1;
        }
        self.node.as_ref().map_or(0, |node| Arc::strong_count(node) as u64 - 1)
    }

    /// As `pause`, if polls are not timed.
    #[inline]
    pub(in crate::task) fn pause_untimed(&mut self) {
        self.tag = self.tag.with_phase(Phase::Idle);
    }

    /// The last poll has ended, with an outcome whose number is the same in every recorder.
    #[inline(never)]
    pub(in crate::task) fn ended_with(
        &mut self,
        since: u64,
        runnable_since: Option<u64>,
        outcome: OutcomeId,
    ) {
        let now = self.now();
        let schedule = runnable_since.map(|from| (from, since));
        self.finish::<{ line!() }>(
            Event::Return { since, outcome },
            now,
            schedule,
            EndDetails::default(),
        );
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
        let details = EndDetails { panic: panic.as_deref(), ..EndDetails::default() };
        self.finish::<{ line!() }>(event, now, schedule, details);
        // The code that caught the panic may poll the future again, and its deadline may elapse.
        self.become_unrecorded();
    }

    /// The last panic that the hook has seen on this thread since the poll, or the task, began.
    fn last_panic(&self, since: u64) -> Option<Arc<PanicRecord>> {
        let since = if since > 0 { since } else { self.submitted() };
        // The hook's ticks cannot be compared with those of another clock.
        let is_comparable = self.tag.wants(RecordFlags::PROCESS_CLOCK);
        last_since(if is_comparable { since } else { 0 })
    }

    /// As [`ended`](Self::ended), with an outcome whose number depends on the recorder.
    #[cold]
    pub(in crate::task) fn ended_with_error(
        &mut self,
        since: u64,
        runnable_since: Option<u64>,
        outcome: Outcome,
    ) {
        let now = self.now();
        let schedule = runnable_since.map(|from| (from, since));
        let number = with_table(self.tag.recorder(), |entry| entry.intern(outcome));
        // If the recorder was dropped, the number does not matter.
        let event = Event::Return { since, outcome: number.unwrap_or(OutcomeId::OTHER) };
        let details = EndDetails { outcome: Some(outcome), ..EndDetails::default() };
        self.finish::<{ line!() }>(event, now, schedule, details);
    }

    /// Records `event`, and the schedule delay of the poll that it ends. The context gets the original outcome, which
    /// the recorder may not distinguish.
    ///
    /// Each call site has an instance of its own, so that `with_local` is inlined into it and the unused fields of the
    /// `Step` disappear: 70 of 180 instructions at the end of a task.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "six callers, each with a constant kind of event")]
    fn finish<const CALL_SITE: u32>(
        &mut self,
        event: Event,
        now: u64,
        schedule: Option<Interval>,
        details: EndDetails<'_>,
    ) {
        let (phase, Step { poll, ended, .. }) =
            step(self.tag.phase(), || self.submitted(), event, now);
        self.tag = self.tag.with_phase(phase);
        let polls = self.tag.wants(RecordFlags::POLLS);
        if ended.is_some() || polls {
            let delays = self.tag.wants(RecordFlags::DELAYS);
            let schedule = schedule.filter(|_| delays);
            let poll = poll.filter(|_| polls);
            self.add::<CALL_SITE>(self.submitted(), &Step { schedule, poll, ended });
        }
        if let (Some(_), Some(slot)) = (ended, self.slot()) {
            slot.release();
        }
        // Last: the context is user code, and our state is consistent by now.
        if let Some(node) = &self.node
            && let Some(carried) = node.carried()
            && (ended.is_some() || self.tag.wants(RecordFlags::NOTIFY))
        {
            self.notify(carried, node.clock(), &Step { schedule, poll, ended }, details);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "removes the unused fields of the `Step`")]
    fn add<const CALL_SITE: u32>(&self, task: u64, added: &Step) {
        let (recorder, series) = (self.tag.recorder(), self.tag.series());
        if with_local(recorder, |entry| entry.add(series, task, added)).is_none() {
            add_without_thread_locals(recorder, series, task, *added);
        }
    }

    /// Stores the trace of the task that ends, if its recorder wants one of a task that ends like this.
    fn keep_exemplar(&self, carried: &Carrier, outcome: OutcomeId, nanos: u64, tick: u64) {
        let end = TaskEnd { series: self.tag.series(), outcome, nanos, tick };
        let recorder = self.tag.recorder();
        if with_table(recorder, |entry| entry.wants_exemplar(&end)) == Some(true)
            && let Some(Some(ids)) = unless_exiting(Call::End, || carried.trace_ids())
        {
            with_table(recorder, |entry| entry.keep_exemplar(&end, ids));
        }
    }

    /// Notifies the context of a poll if it asks for that, and of the end. Does not use the recorder, which may have
    /// been dropped and does not distinguish all error types.
    fn notify(&self, carried: &Carrier, clock: &Clock, step: &Step, details: EndDetails<'_>) {
        let length = |(from, to)| Duration::from_nanos(clock.nanos_between(from, to));
        let ran = step.poll.filter(|_| self.tag.wants(RecordFlags::NOTIFY));
        let ran = ran.map(|poll| (length(poll), step.schedule.map(length)));
        let ended = step.ended.map(|(number, lived)| {
            let nanos = clock.nanos_between(lived.0, lived.1);
            self.keep_exemplar(carried, number, nanos, lived.1);
            let outcome = details.outcome.unwrap_or_else(|| number.fixed());
            (outcome, Duration::from_nanos(nanos))
        });
        if unless_exiting(Call::End, || notify(carried, ran, details.panic, ended)).is_none() {
            let (carried, panic) = (carried.clone(), details.panic.cloned());
            run_on_exit_thread(move || notify(&carried, ran, panic.as_ref(), ended));
        }
    }
}

// Takes the step by value, so that it stays in registers where this is not called.
#[cold]
#[inline(never)]
fn add_without_thread_locals(recorder: u32, series: SeriesId, task: u64, added: Step) {
    with_orphan(recorder, |entry| entry.add(series, task, &added));
}

fn notify(
    carried: &Carrier,
    ran: Option<(Duration, Option<Duration>)>,
    panic: Option<&PanicRecord>,
    ended: Option<(Outcome, Duration)>,
) {
    if let Some((busy, scheduled)) = ran {
        carried.poll_ended(busy, scheduled);
    }
    if let Some(panic) = panic {
        carried.panicked(panic);
    }
    if let Some((outcome, lived)) = ended {
        carried.end(outcome, lived);
    }
}
