//! The ticks that are kept: a ring that is bounded in time and in bytes.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use runtime_hooks_recorder::RuntimeSnapshot;

use super::codec::{Change, Changes};

/// The number of ticks that are kept, one per second.
pub(crate) const TICKS: usize = 900;
/// The size of all ticks: enough for 15 minutes of 600 names that are busy each second, about 50 bytes each. With more
/// names, the history is shorter.
const MAX_BYTES: usize = 32 << 20;

/// The number of ticks in a block: sums of blocks are kept too, so that a window adds up ten times fewer.
pub(super) const BLOCK: u64 = 10;

#[derive(Debug, Default)]
pub(super) struct Ring {
    pub(super) ticks: VecDeque<Tick>,
    /// Sums of the ticks `n * BLOCK .. (n + 1) * BLOCK`, while all of these are kept.
    pub(super) blocks: VecDeque<Changes>,
    pub(super) bytes: usize,
    /// The number of all ticks so far.
    count: u64,
}

/// One second, or the time between two ticks.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) took: Duration,
    /// Whether the process had too few processors.
    pub(super) is_lacking: bool,
    pub(super) changes: Changes,
    /// The sums of the changes by group.
    pub(super) groups: Changes,
    pub(super) runtimes: Vec<RuntimeSnapshot>,
}

impl Tick {
    pub(super) fn bytes(&self) -> usize {
        self.changes.bytes() + self.groups.bytes()
    }
}

impl Ring {
    /// Adds a tick of this many series, and removes the oldest ones beyond the bounds.
    pub(super) fn push(&mut self, tick: Tick, series: usize) {
        self.bytes += tick.bytes();
        self.ticks.push_back(tick);
        self.count += 1;
        if self.count.is_multiple_of(BLOCK) {
            self.add_block(series);
        }
        while self.ticks.len() > TICKS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.ticks.pop_front() else { break };
            self.bytes -= oldest.bytes();
            if self.first().is_multiple_of(BLOCK) {
                // Only now: while one of its ticks is kept, the block has an index in the order of blocks.
                self.bytes -= self.blocks.pop_front().map_or(0, |block| block.bytes());
            }
        }
    }

    /// The number of all ticks so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The numbers of the last `ticks` that are kept.
    pub(super) fn last(&self, ticks: usize) -> Range<u64> {
        let kept = self.ticks.len().min(ticks) as u64;
        self.count - kept..self.count
    }

    /// These ticks, with their numbers.
    pub(super) fn range(&self, numbers: Range<u64>) -> impl Iterator<Item = (u64, &Tick)> {
        let first = index(numbers.start - self.first());
        numbers.zip(self.ticks.range(first..))
    }

    pub(super) fn tick(&self, number: u64) -> &Tick {
        &self.ticks[index(number - self.first())]
    }

    /// The block that begins with this tick, if all of it is kept.
    pub(super) fn block_at(&self, tick: u64) -> Option<&Changes> {
        let is_whole = tick.is_multiple_of(BLOCK) && tick + BLOCK <= self.count;
        let at = (tick / BLOCK).checked_sub(self.first() / BLOCK).filter(|_| is_whole)?;
        self.blocks.get(index(at))
    }

    /// Adds the sums of the last ticks.
    fn add_block(&mut self, series: usize) {
        let mut sums = vec![Change::default(); series];
        sums.iter_mut().enumerate().for_each(|(series, change)| change.series = series);
        let first = self.ticks.len().saturating_sub(index(BLOCK));
        self.ticks.range(first..).for_each(|tick| tick.changes.read(&mut sums));
        let block = Changes::of(&sums);
        self.bytes += block.bytes();
        self.blocks.push_back(block);
    }

    /// The number of the oldest tick.
    fn first(&self) -> u64 {
        self.count - self.ticks.len() as u64
    }
}

#[expect(clippy::cast_possible_truncation, reason = "counts ticks that are kept")]
fn index(number: u64) -> usize {
    number as usize
}
