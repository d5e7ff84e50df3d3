//! What is watched of one process, and where it begins.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::Waker;

use super::carrier::Carrier;
use super::lazy_waker::LazyWaker;
use super::life::{Life, own_clock};
use super::run::{Run, Unfinished};
use super::tag::{RecordFlags, Tag};
use super::waker::WakerNode;
use crate::instrumentor::{Detail, PackedState};
use crate::live::SlotHandle;
use crate::name::{Role, Site};
use crate::recorder::{Entry, SeriesId, with_local, with_orphan};
use crate::state::Outcome;

/// 24 bytes beside the future.
#[derive(Debug)]
pub(crate) struct Probe {
    life: Life,
    node: Option<Arc<WakerNode>>,
}

// What is recorded is whole at every moment, so a panic breaks nothing: what is observed stays as
// unwind safe as it was.
impl UnwindSafe for Probe {}
impl RefUnwindSafe for Probe {}

/// Of every so many tasks of a series and thread one has its wakes stamped, the first included.
const SAMPLE: u64 = 16;

impl Probe {
    pub(crate) const fn off() -> Self {
        Self { life: Life::OFF, node: None }
    }

    /// Of a process whose method is left out, while others are recorded.
    #[inline]
    pub(crate) const fn unrecorded() -> Self {
        Self { life: Life::UNRECORDED, node: None }
    }

    /// Counts a process as spawned, from now on active.
    #[inline]
    pub(crate) fn submit(word: PackedState, site: &Site<'_>, carried: Option<Carrier>) -> Self {
        let is_told = carried.as_ref().is_some_and(Carrier::is_told_of_runs);
        let life = submit(word, site, is_told);
        let beside = |carried| WakerNode::carrying(carried, own_clock(life.tag), life.slot());
        let node = carried.map(beside);
        Self { life, node }
    }

    /// Stamps no wakes of it.
    pub(crate) fn leave_wakes_alone(&mut self) {
        self.life.tag = self.life.tag.without(RecordFlags::WAKES);
    }

    /// Whether nothing is left to record.
    #[inline]
    pub(crate) fn is_silent(&self) -> bool {
        self.life.is_silent()
    }

    /// Whether a run needs no more than a start and a stop: no waker that stamps, nothing to enter.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.node.is_none() && !self.life.tag.wants(RecordFlags::WAKES)
    }

    /// Whether nothing is beside it: nothing carried, and no wake was stamped yet.
    #[inline]
    pub(crate) fn is_alone(&self) -> bool {
        self.node.is_none()
    }

    /// A run that needs no more than a start and a stop.
    #[inline]
    pub(crate) fn run_plainly<T>(
        &mut self,
        poll: impl FnOnce() -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        self.life.run_plainly(poll, outcome)
    }

    /// A run starts. Stop the run, or its drop is taken for a panic.
    #[inline]
    pub(crate) fn start(&mut self) -> Run<'_> {
        self.life.start(self.node.as_ref())
    }

    /// A run of a task that is woken by `waker` and has nothing beside it yet: what stamps its wakes is only made if
    /// somebody keeps the waker that `poll` gets.
    #[inline]
    pub(crate) fn run_lazily<T>(
        &mut self,
        waker: &Waker,
        poll: impl FnOnce(&Waker) -> T,
        outcome: impl FnOnce(&T) -> Option<Outcome>,
    ) -> T {
        let Self { life, node } = self;
        let lazy = LazyWaker::new(waker, life.tag, life.slot());
        let run = life.start(None);
        let result = lazy.lend(poll);
        *node = lazy.into_node();
        run.with(node.as_ref()).stop(outcome(&result));
        result
    }

    /// A run starts that is woken by `waker`, of a task that has something beside it; where wakes are to be stamped,
    /// with who stamps them.
    #[inline]
    pub(crate) fn start_woken_by(&mut self, waker: &Waker) -> (Run<'_>, Option<&Arc<WakerNode>>) {
        let is_stamped = self.life.tag.wants(RecordFlags::WAKES);
        if let (Some(node), true) = (&mut self.node, is_stamped)
            && !node.forwards_to(waker)
        {
            *node = node.moved_to(waker);
        }
        let stamps = self.node.as_ref().filter(|_| is_stamped);
        (self.life.start(self.node.as_ref()), stamps)
    }

    /// Goes on with a run that was let go of.
    pub(crate) fn resume(&mut self, run: Unfinished) -> Run<'_> {
        run.resume(&mut self.life, self.node.as_ref())
    }

    /// Its deadline has elapsed.
    pub(crate) fn elapse(&mut self) {
        self.life.elapse(self.node.as_ref());
    }
}

impl Drop for Probe {
    #[inline]
    fn drop(&mut self) {
        if self.life.tag.heeds_drop() {
            self.life.dropped(self.node.as_ref());
        }
    }
}

/// Counts a submission.
#[inline]
fn submit(word: PackedState, site: &Site<'_>, is_told: bool) -> Life {
    let recorder = word.recorder();
    let start = |entry: &mut Entry| start(entry, word, site, is_told);
    match with_local(recorder, start) {
        Some(started) => started,
        None => with_orphan(recorder, start).unwrap_or(Life::OFF),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the body of the hot path")]
fn start(
    Entry { inner, table }: &mut Entry,
    word: PackedState,
    site: &Site<'_>,
    is_told: bool,
) -> Life {
    // First, so that what the look-up costs is waiting, not unseen.
    let submitted = inner.clock.now();
    let series = table.series(inner, site);
    let nth = table.shard(inner, series).start();
    let detail = word.detail();
    let is_task = site.role != Role::Blocking;
    let is_sampled = match detail {
        Detail::Counts | Detail::Polls => false,
        Detail::Sampled => !is_task || nth % SAMPLE == 0,
        Detail::Full => true,
    };
    let is_live = word.keeps_live();
    let flags = RecordFlags::NONE
        .and_if(detail != Detail::Counts, RecordFlags::POLLS)
        .and_if(is_sampled, RecordFlags::DELAYS)
        .and_if((is_sampled || is_told || is_live) && is_task, RecordFlags::WAKES)
        .and_if(is_live, RecordFlags::LIVE)
        .and_if(is_told, RecordFlags::TOLD)
        .and_if(word.has_process_clock(), RecordFlags::PROCESS_CLOCK);
    let origin = if is_live { slot(inner.id, series, submitted) } else { submitted };
    Life { origin, tag: Tag::new(inner.id, series, flags) }
}

#[inline(never)]
fn slot(recorder: u32, series: SeriesId, submitted: u64) -> u64 {
    SlotHandle::take(recorder, series, submitted).bits()
}
