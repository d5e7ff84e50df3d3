//! A process from its submission to its end: reads the clock at the edges, asks the timeline, adds to the recorder.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::carrier::Carrier;
use super::elsewhere::elsewhere;
use super::run::{PlainRun, Run};
use super::tag::{RecordFlags, Tag};
use super::timeline::{Event, Interval, Phase, Step, step};
use super::waker::WakerNode;
use crate::clock::Clock;
use crate::live::SlotHandle;
use crate::panic_hook::{self, PanicRecord};
use crate::recorder::{Entry, OutcomeId, SeriesId, with_local, with_orphan, with_table};
use crate::state::Outcome;
use crate::thread_exit::{Call, unless_exiting};

/// What is known of it but for what is [beside](WakerNode) it: all zero when nobody is watching.
#[derive(Debug)]
pub(super) struct Life {
    /// When it was submitted; of a process in the list of live ones its seat, which knows when.
    pub(super) origin: u64,
    pub(super) tag: Tag,
}

/// What a tracer is told of an end, and the recorder does not keep.
#[derive(Clone, Copy, Default)]
struct Known<'a> {
    /// If it is an error: of error types the recorder does not tell all apart.
    outcome: Option<Outcome>,
    panic: Option<&'a PanicRecord>,
}

impl Life {
    pub(super) const OFF: Self = Self { origin: 0, tag: Tag::OFF };
    pub(super) const UNRECORDED: Self =
        Self { tag: Tag::OFF.with_phase(Phase::Unrecorded), ..Self::OFF };

    /// Its place in the list of live processes.
    #[inline]
    pub(super) fn slot(&self) -> Option<SlotHandle> {
        self.tag.wants(RecordFlags::LIVE).then(|| SlotHandle::from_bits(self.origin))
    }

    #[inline]
    fn submitted(&self) -> u64 {
        self.slot().map_or(self.origin, SlotHandle::submitted)
    }

    /// Nothing is left to record of it, but an elapsed deadline may be about to drop it.
    #[inline]
    pub(super) fn leave_unrecorded(&mut self) {
        *self = Self::UNRECORDED;
    }

    /// Whether nothing is left to record.
    #[inline]
    pub(super) fn is_silent(&self) -> bool {
        self.tag.is_silent()
    }

    /// A run starts. Stop the run, or its drop is taken for a panic.
    #[inline]
    pub(super) fn start<'p>(&'p mut self, node: Option<&'p Arc<WakerNode>>) -> Run<'p> {
        if self.tag.wants(RecordFlags::TIMES) {
            return self.start_timed(node);
        }
        // Counts alone need no time but at the end.
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, 0);
        self.tag = self.tag.with_phase(phase);
        Run { life: self, node, since: 0, runnable_since: None }
    }

    fn start_timed<'p>(&'p mut self, node: Option<&'p Arc<WakerNode>>) -> Run<'p> {
        let now = self.now(node);
        let woke = node.and_then(|node| node.take_runnable_since());
        let (phase, begun) =
            step(self.tag.phase(), || self.submitted(), Event::Start { woke }, now);
        self.tag = self.tag.with_phase(phase);
        if let Some(slot) = self.slot() {
            slot.start(begun.schedule.map(|(from, _)| from), now);
        }
        let runnable_since = match begun.schedule {
            Some((from, _)) if self.tag.wants(RecordFlags::DELAYS.and(RecordFlags::TOLD)) => {
                Some(from)
            }
            _ => None,
        };
        Run { life: self, node, since: now, runnable_since }
    }

    /// A run of a process that has nothing beside it, and of which no delay is timed and nobody told, as of most: what
    /// [`start`](Self::start) and [`stop`](Run::stop) would do, without what cannot be.
    #[inline]
    pub(super) fn run_plainly<T>(
        &mut self,
        poll: impl FnOnce() -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let is_timed = self.tag.wants(RecordFlags::POLLS);
        let since = if is_timed { self.now(None) } else { 0 };
        let (phase, _) = step(self.tag.phase(), || 0, Event::Start { woke: None }, since);
        self.tag = self.tag.with_phase(phase);
        let run = PlainRun { life: self, since };
        let result = poll();
        let PlainRun { ref mut life, since } = *run.dissolve();
        match outcome(&result) {
            Some(outcome) => match OutcomeId::of_no_error(outcome) {
                Some(number) => life.over(None, since, None, number),
                None => life.over_with_error(None, since, None, outcome),
            },
            None if is_timed => life.pause_plainly(since),
            None => life.rest(),
        }
        result
    }

    #[inline(never)]
    pub(super) fn pause_plainly(&mut self, since: u64) {
        let now = self.now(None);
        let (phase, Step { poll, .. }) = step(self.tag.phase(), || 0, Event::Pause { since }, now);
        self.tag = self.tag.with_phase(phase);
        self.add(&Step { schedule: None, poll, ended: None });
    }

    /// Its deadline has elapsed.
    pub(super) fn elapse(&mut self, node: Option<&Arc<WakerNode>>) {
        if !self.is_silent() {
            let now = self.now(node);
            self.finish(node, Event::Elapse, now, None, Known::default());
        }
    }

    #[cold]
    pub(super) fn dropped(&mut self, node: Option<&Arc<WakerNode>>) {
        let is_elapsed = take_elapsed();
        // Then the mark was meant for it all the same, and not for what is inside.
        if self.is_silent() {
            return;
        }
        let now = self.now(node);
        let event = if is_elapsed { Event::Elapse } else { Event::Drop };
        self.finish(node, event, now, None, Known::default());
    }

    /// A run is over, the process is not.
    #[inline(never)]
    pub(super) fn pause(
        &mut self,
        node: Option<&Arc<WakerNode>>,
        since: u64,
        runnable_since: Option<u64>,
    ) {
        let now = self.now(node);
        if let Some(node) = node {
            node.pause(now);
        }
        if let Some(slot) = self.slot() {
            slot.pause(since, now, self.wakers(node));
        }
        let schedule = runnable_since.map(|from| (from, since));
        self.finish(node, Event::Pause { since }, now, schedule, Known::default());
    }

    /// How many have kept its waker; one is taken for granted where that is not seen.
    fn wakers(&self, node: Option<&Arc<WakerNode>>) -> u64 {
        if !self.tag.wants(RecordFlags::WAKES) {
            return 1;
        }
        node.map_or(0, |node| Arc::strong_count(node) as u64 - 1)
    }

    /// As a pause, where runs are not timed.
    #[inline]
    pub(super) fn rest(&mut self) {
        self.tag = self.tag.with_phase(Phase::Idle);
    }

    /// The process's last run is over, with an outcome that has the same number in every recorder.
    #[inline(never)]
    pub(super) fn over(
        &mut self,
        node: Option<&Arc<WakerNode>>,
        since: u64,
        runnable_since: Option<u64>,
        outcome: OutcomeId,
    ) {
        let now = self.now(node);
        let schedule = runnable_since.map(|from| (from, since));
        self.finish(node, Event::Return { since, outcome }, now, schedule, Known::default());
    }

    /// The process's last run has panicked.
    #[cold]
    pub(super) fn panicked(
        &mut self,
        node: Option<&Arc<WakerNode>>,
        since: u64,
        runnable_since: Option<u64>,
    ) {
        let panic = self.last_panic(since);
        if let Some(panic) = &panic {
            let series = self.tag.series();
            with_table(self.tag.recorder(), |entry| entry.inner.panics.keep(series, panic));
        }
        let now = self.now(node);
        let schedule = runnable_since.map(|from| (from, since));
        let event = Event::Return { since, outcome: OutcomeId::PANIC };
        let known = Known { panic: panic.as_deref(), ..Known::default() };
        self.finish(node, event, now, schedule, known);
        // The code that caught the panic may poll it again, and its deadline elapse.
        self.leave_unrecorded();
    }

    /// What the panic hook has seen on this thread since the run, or at least the process, began.
    fn last_panic(&self, since: u64) -> Option<Arc<PanicRecord>> {
        let since = if since > 0 { since } else { self.submitted() };
        // Of another clock nothing is known about the hook's ticks.
        let is_comparable = self.tag.wants(RecordFlags::PROCESS_CLOCK);
        panic_hook::last_since(if is_comparable { since } else { 0 })
    }

    /// As [`over`](Self::over), with an outcome that the recorder has to be asked about.
    #[cold]
    pub(super) fn over_with_error(
        &mut self,
        node: Option<&Arc<WakerNode>>,
        since: u64,
        runnable_since: Option<u64>,
        outcome: Outcome,
    ) {
        let now = self.now(node);
        let schedule = runnable_since.map(|from| (from, since));
        let number = with_table(self.tag.recorder(), |entry| entry.inner.intern(outcome));
        // Where the recorder is gone, nothing is added under any number.
        let event = Event::Return { since, outcome: number.unwrap_or(OutcomeId::OTHER) };
        let known = Known { outcome: Some(outcome), ..Known::default() };
        self.finish(node, event, now, schedule, known);
    }

    /// Adds what `event` does, and the schedule delay of the run that it ends. A tracer is told the outcome as it is,
    /// of which the recorder may know less.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "three callers, each with another event")]
    fn finish(
        &mut self,
        node: Option<&Arc<WakerNode>>,
        event: Event,
        now: u64,
        schedule: Option<Interval>,
        known: Known<'_>,
    ) {
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
            slot.leave();
        }
        // Last: what is carried is the program's code, and all that is ours is whole by now.
        if let Some(node) = node
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
        if with_local(recorder, |entry| add(entry, series, added)).is_none() {
            with_orphan(recorder, |entry| add(entry, series, added));
        }
    }

    /// Tells what is carried of a run that is over, if it wants to know, and of the end. The recorder is not asked: it
    /// may be gone, and it does not tell all error types apart.
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

    #[inline]
    fn now(&self, node: Option<&Arc<WakerNode>>) -> u64 {
        if self.tag.wants(RecordFlags::PROCESS_CLOCK) {
            Clock::process_ref().now()
        } else {
            self.now_by_own_clock(node)
        }
    }

    #[cold]
    #[inline(never)]
    fn now_by_own_clock(&self, node: Option<&Arc<WakerNode>>) -> u64 {
        match node {
            // It has the clock also when the recorder is gone.
            Some(node) => node.clock().now(),
            None => with_table(self.tag.recorder(), |entry| entry.inner.clock.now()).unwrap_or(0),
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

/// The recorder's clock, unless that is the process's.
#[inline]
pub(super) fn own_clock(tag: Tag) -> Option<Box<Clock>> {
    if tag.wants(RecordFlags::PROCESS_CLOCK) { None } else { clock_of(tag) }
}

#[cold]
fn clock_of(tag: Tag) -> Option<Box<Clock>> {
    with_table(tag.recorder(), |entry| Box::new(entry.inner.clock.clone()))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the body of the hot path")]
fn add(Entry { inner, table }: &mut Entry, series: SeriesId, added: &Step) {
    let epoch = inner.epoch();
    let nanos = |(from, to)| inner.clock.nanos_between(from, to);
    let shard = table.shard(inner, series);
    if let Some(interval) = added.schedule {
        shard.schedule(nanos(interval), epoch);
    }
    if let Some(interval) = added.poll {
        shard.poll(nanos(interval), epoch, inner.slow_poll());
    }
    if let Some((outcome, interval)) = added.ended {
        shard.end(outcome, nanos(interval), epoch);
    }
}

thread_local! {
    /// Set while an elapsed timeout drops a future that was instrumented before it came to it.
    static ELAPSED: Cell<bool> = const { Cell::new(false) };
}

/// Says of the next process dropped on this thread whether its deadline elapsed. It is the future that the deadline is
/// on, recorded or not: one that is not recorded takes the mark, so that nothing inside of it can.
pub(crate) fn next_drop_is_elapsed(elapsed: bool) {
    let _ = ELAPSED.try_with(|next| next.set(elapsed));
}

fn take_elapsed() -> bool {
    ELAPSED.try_with(Cell::take).unwrap_or(false)
}
