//! Counts a task as spawned.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use runtime_hooks_recorder::internals::{
    Entry, Role, SeriesId, Site, SlotHandle, with_local, with_orphan,
};

use super::TaskRecord;
use crate::settings::{Detail, Flag, PackedState};
use crate::task::origin::Origin;
use crate::task::own_clock::own_clock;
use crate::task::tag::{RecordFlags, Tag};
use crate::task::waker::WakerNode;
use crate::tracer::Carrier;

/// One in 16 tasks of each series and thread is sampled, starting with the first.
const SAMPLE: u64 = 16;

impl TaskRecord {
    /// Counts a task as spawned: it is active from now on.
    #[inline]
    pub(crate) fn submit(word: PackedState, site: &Site<'_>, carried: Option<Carrier>) -> Self {
        let notifies = carried.as_ref().is_some_and(Carrier::wants_polls);
        let (origin, tag) = submit(word, site, notifies);
        let node =
            carried.map(|carried| WakerNode::carrying(carried, own_clock(tag), (tag, origin)));
        let this = Self { origin, tag, node };
        this.register();
        this
    }

    /// As [`submit`](Self::submit) without a context, unless the task has been submitted with one already.
    ///
    /// The record is built here, in place. If it were moved right after its words were stored one by one, the processor
    /// would wait for the stores.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(crate) fn submit_or(word: PackedState, site: &Site<'_>, traced: Option<Self>) -> Self {
        let (origin, tag, node) = match traced {
            None => {
                let (origin, tag) = submit(word, site, false);
                (origin, tag, None)
            }
            Some(traced) => traced.into_parts(),
        };
        Self { origin, tag, node }
    }

    #[inline]
    fn into_parts(self) -> (Origin, Tag, Option<Arc<WakerNode>>) {
        // Has no effect when it is dropped.
        let mut this = ManuallyDrop::new(self);
        (this.origin, this.tag, this.node.take())
    }
}

// Not inlined: it returns two words in registers.
#[inline(never)]
fn submit(word: PackedState, site: &Site<'_>, notifies: bool) -> (Origin, Tag) {
    match with_local(word.recorder(), |entry| start(entry, word, site, notifies)) {
        Some(started) => started,
        None => submit_without_thread_locals(word, site, notifies),
    }
}

#[cold]
#[inline(never)]
fn submit_without_thread_locals(
    word: PackedState,
    site: &Site<'_>,
    notifies: bool,
) -> (Origin, Tag) {
    let started = with_orphan(word.recorder(), |entry| start(entry, word, site, notifies));
    started.unwrap_or((Origin::NONE, Tag::OFF))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the body of the hot path")]
fn start(entry: &mut Entry, word: PackedState, site: &Site<'_>, notifies: bool) -> (Origin, Tag) {
    // First, so that the cost of the look-up counts as schedule delay.
    let submitted = entry.clock().now();
    let (series, nth) = entry.submit(site);
    let detail = word.detail();
    let is_task = site.role != Role::Blocking;
    let is_sampled = match detail {
        Detail::Counts | Detail::Polls => false,
        Detail::Sampled => !is_task || nth % SAMPLE == 0,
        Detail::Full => true,
    };
    let (is_live, from_first_run) = (word.wants(Flag::Live), word.wants(Flag::FirstRun));
    let flags = RecordFlags::NONE
        .and_if(detail != Detail::Counts, RecordFlags::POLLS)
        .and_if(is_sampled, RecordFlags::DELAYS)
        .and_if(
            (is_sampled || notifies || is_live || from_first_run) && is_task,
            RecordFlags::WAKES,
        )
        .and_if(is_live, RecordFlags::LIVE)
        .and_if(notifies, RecordFlags::NOTIFY)
        .and_if(from_first_run, RecordFlags::FIRST_RUN)
        .and_if(word.wants(Flag::ProcessClock), RecordFlags::PROCESS_CLOCK);
    let recorder = entry.recorder();
    let is_spawned = site.role == Role::Task;
    let origin = if is_live { slot(recorder, series, is_spawned, submitted) } else { submitted };
    (Origin::from_bits(origin), Tag::new(recorder, series, flags))
}

#[inline(never)]
fn slot(recorder: u32, series: SeriesId, is_spawned: bool, submitted: u64) -> u64 {
    SlotHandle::take(recorder, series, is_spawned, submitted).bits()
}
