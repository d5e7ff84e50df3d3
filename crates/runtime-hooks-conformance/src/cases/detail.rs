//! Levels of detail.

use std::time::Duration;

use runtime_hooks_core::{Config, Detail, ManualClock, RuntimeHooksExt};

use crate::tools::polls;
use crate::{Counts, Harness, Stage};

/// Runs 32 tasks of three polls each at a level, and returns the number of recorded polls and schedule delays.
fn recorded<H: Harness>(detail: Detail) -> (u64, u64) {
    let time = ManualClock::new();
    // One thread spawns, so one thread's count decides which tasks are sampled.
    let stage = Stage::<H>::with(time.clone(), Config::new().detail(detail));
    stage.play(async {
        for _ in 0..32 {
            stage.runtime.spawn(polls(3, time.clone(), Duration::ZERO)).await.unwrap();
        }
        stage.runtime.named("closure").spawn_blocking(|| ()).await.unwrap();
    });
    assert_eq!(stage.counts("polls"), Counts::finished(32));
    assert_eq!(stage.series("polls").duration().count(), 32);
    let closure = stage.series("closure");
    let levels = (u64::from(detail >= Detail::Polls), u64::from(detail >= Detail::Sampled));
    assert_eq!((closure.poll.count(), closure.schedule.count()), levels);
    let series = stage.series("polls");
    (series.poll.count(), series.schedule.count())
}

/// `Counts` records ends and durations only.
pub fn detail_counts_records_no_poll<H: Harness>() {
    assert_eq!(recorded::<H>(Detail::Counts), (0, 0));
}

/// `Polls` records every poll and no schedule delay.
pub fn detail_polls_records_no_schedule_delay<H: Harness>() {
    assert_eq!(recorded::<H>(Detail::Polls), (96, 0));
}

/// `Sampled` records every poll, and the schedule delays of the 1st and the 17th task.
pub fn detail_sampled_times_one_task_in_sixteen<H: Harness>() {
    assert_eq!(recorded::<H>(Detail::Sampled), (96, 6));
}
