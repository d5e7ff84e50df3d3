//! Evaluates all rules.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::finding::Finding;
use crate::lint::Lint;
use crate::rule::Matches;
use crate::stats::{SeriesStats, TaskStats};

/// Evaluates all rules: on `series`, which come in the order of their numbers, and on `tasks`, in any order.
///
/// Returns at most one finding per lint and series, the most severe lint first. Memory is bounded by the findings: neither
/// `series` nor `tasks` is collected.
#[must_use = "the findings are all that it returns"]
pub fn check(
    series: impl IntoIterator<Item = SeriesStats>,
    tasks: impl IntoIterator<Item = TaskStats>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, stats) in series.into_iter().enumerate() {
        let all = Lint::ALL.iter().filter_map(|lint| {
            let (count, evidence) = lint.rule().series?(&stats)?;
            Some(Finding { lint: *lint, series: number, count, evidence })
        });
        findings.extend(all);
    }
    findings.extend(check_tasks(tasks));
    Finding::merged(findings)
}

fn check_tasks(tasks: impl IntoIterator<Item = TaskStats>) -> impl Iterator<Item = Finding> {
    let rules: Vec<_> =
        Lint::ALL.iter().filter_map(|lint| Some((*lint, lint.rule().task?))).collect();
    let mut found: BTreeMap<(Lint, usize), Matches> = BTreeMap::new();
    for task in tasks {
        let Some((lint, _)) = rules.iter().find(|(_, applies)| applies(&task)) else { continue };
        match found.entry((*lint, task.series)) {
            Entry::Occupied(mut matches) => matches.get_mut().add(task),
            Entry::Vacant(none) => drop(none.insert(Matches::of(task))),
        }
    }
    // The text is written once per finding, not per task.
    found.into_iter().map(|((lint, series), matches)| {
        let evidence = (lint.rule().evidence)(&matches);
        Finding { lint, series, count: matches.count, evidence }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use runtime_hooks_recorder::{Kind, LiveState};

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// What is found of the one series.
    fn of_series(kind: Kind, set: impl Fn(&mut SeriesStats)) -> Vec<(Lint, u64, String)> {
        let mut stats = SeriesStats::new(kind);
        set(&mut stats);
        found(check([stats], []))
    }

    /// What is found of the one task.
    fn of_task(
        kind: Kind,
        state: LiveState,
        set: impl Fn(&mut TaskStats),
    ) -> Vec<(Lint, u64, String)> {
        let mut stats = TaskStats::new(0, kind, state);
        set(&mut stats);
        found(check([], [stats]))
    }

    fn found(findings: Vec<Finding>) -> Vec<(Lint, u64, String)> {
        findings.into_iter().map(|found| (found.lint, found.count, found.evidence)).collect()
    }

    fn one(lint: Lint, count: u64, evidence: &str) -> Vec<(Lint, u64, String)> {
        vec![(lint, count, evidence.to_owned())]
    }

    #[test]
    fn a_poll_is_slow_below_100_ms_and_blocking_from_there_on() {
        let polls = |kind, count, longest| {
            of_series(kind, |series| {
                (series.slow_polls, series.longest_poll) = (count, ms(longest));
            })
        };
        assert_eq!(polls(Kind::Coroutine, 0, 99), []);
        let evidence = "3 in the last minute, the longest took 99 ms";
        assert_eq!(polls(Kind::Coroutine, 3, 99), one(Lint::SlowPoll, 3, evidence));
        let evidence = "in the last minute, the longest took 100 ms";
        assert_eq!(polls(Kind::Future, 0, 100), one(Lint::BlockingInAsync, 1, evidence));
        let evidence = "in the last minute, the longest took 1.5 s";
        assert_eq!(polls(Kind::Future, 3, 1_500), one(Lint::BlockingInAsync, 3, evidence));
        assert_eq!(polls(Kind::Blocking, 3, 1_500), []);
    }

    #[test]
    fn a_large_future_is_found_where_one_is_spawned_or_active() {
        let large = |size, spawned, active| {
            of_series(Kind::Coroutine, |series| {
                (series.size, series.spawned, series.active) = (Some(size), spawned, active);
            })
        };
        assert_eq!(large(16 << 10, 0, 0), []);
        assert_eq!(large((16 << 10) - 1, 1, 1), []);
        assert_eq!(large(16 << 10, 2, 5), one(Lint::LargeFuture, 5, "16384 bytes each"));
    }

    #[test]
    fn a_blocking_pool_is_starved_where_a_tenth_of_closures_wait_100_ms() {
        let waits = |kind, p90| {
            of_series(kind, |series| {
                (series.schedule_delays, series.schedule_delay_p90) = (40, ms(p90));
            })
        };
        assert_eq!(waits(Kind::Blocking, 99), []);
        assert_eq!(waits(Kind::Coroutine, 100), []);
        let evidence = "10 % of the last minute's waited 100 ms or longer";
        assert_eq!(waits(Kind::Blocking, 100), one(Lint::StarvedBlockingPool, 40, evidence));
        let evidence = "1 task, the longest for 100 ms";
        let waits = |task: &mut TaskStats| task.since = ms(100);
        let found = of_task(Kind::Blocking, LiveState::Scheduled, waits);
        assert_eq!(found, one(Lint::StarvedBlockingPool, 1, evidence));
        assert_eq!(of_task(Kind::Coroutine, LiveState::Scheduled, waits), []);
    }

    #[test]
    fn ten_timeouts_and_half_of_the_ends_are_a_storm() {
        let ends = |timeouts, ended| {
            of_series(Kind::Coroutine, |series| (series.timeouts, series.ended) = (timeouts, ended))
        };
        assert_eq!(ends(9, 9), []);
        assert_eq!(ends(10, 21), []);
        let evidence = "10 of 20 in the last minute";
        assert_eq!(ends(10, 20), one(Lint::TimeoutStorm, 10, evidence));
    }

    #[test]
    fn growth_is_a_leak() {
        let grown = of_series(Kind::Coroutine, |series| {
            (series.active, series.growth) = (70, Some(30));
        });
        assert_eq!(grown, one(Lint::Leak, 70, "70 are active, 30 more than two minutes ago"));
    }

    #[test]
    fn a_first_poll_never_yielded_after_a_second_and_blocks_before() {
        let runs = |kind, polls, since| {
            of_task(kind, LiveState::Running, |task| {
                (task.polls, task.since) = (polls, ms(since));
            })
        };
        assert_eq!(runs(Kind::Coroutine, 1, 99), []);
        let evidence = "1 task, the longest for 999 ms";
        assert_eq!(runs(Kind::Coroutine, 1, 999), one(Lint::BlockingInAsync, 1, evidence));
        let evidence = "1 task, the longest for 1.0 s";
        assert_eq!(runs(Kind::Coroutine, 1, 1_000), one(Lint::NeverYielded, 1, evidence));
        assert_eq!(runs(Kind::Coroutine, 2, 1_000), one(Lint::BlockingInAsync, 1, evidence));
        assert_eq!(runs(Kind::Blocking, 1, 1_000), []);
    }

    #[test]
    fn a_stall_that_the_watchdog_saw_is_found() {
        let stalls = |count| of_series(Kind::Coroutine, |series| series.stalls = count);
        assert_eq!(stalls(0), []);
        assert_eq!(stalls(3), one(Lint::Stall, 3, "3 in the last minute"));
    }

    #[test]
    fn a_task_that_had_no_processor_is_not_found() {
        let found = |kind, state, lacks_processors| {
            let set = |task: &mut TaskStats| {
                (task.polls, task.since, task.lacks_processors) = (1, ms(2_000), lacks_processors);
            };
            of_task(kind, state, set).len()
        };
        for (kind, state) in
            [(Kind::Coroutine, LiveState::Running), (Kind::Blocking, LiveState::Scheduled)]
        {
            assert_eq!((found(kind, state, false), found(kind, state, true)), (1, 0));
        }
    }

    #[test]
    fn an_idle_task_without_a_waker_is_lost_after_a_second() {
        let idles = |can_be_woken, since| {
            of_task(Kind::Coroutine, LiveState::Idle, |task| {
                (task.can_be_woken, task.since) = (can_be_woken, ms(since));
            })
        };
        assert_eq!(idles(true, 5_000), []);
        assert_eq!(idles(false, 999), []);
        let evidence = "1 task, the longest for 5.0 s";
        assert_eq!(idles(false, 5_000), one(Lint::LostWaker, 1, evidence));
    }

    #[test]
    fn a_task_wakes_itself_where_half_of_50_polls_were_woken() {
        let polled = |polls, polls_with_wake| {
            of_task(Kind::Coroutine, LiveState::Idle, |task| {
                (task.polls, task.polls_with_wake) = (polls, polls_with_wake);
            })
        };
        assert_eq!(polled(49, 49), []);
        assert_eq!(polled(50, 24), []);
        let evidence = "1 task, one of them in 25 of 50 polls";
        assert_eq!(polled(50, 25), one(Lint::SelfWaking, 1, evidence));
    }

    #[test]
    fn findings_of_series_and_tasks_are_merged_the_most_severe_first() {
        let mut slow = SeriesStats::new(Kind::Coroutine);
        (slow.slow_polls, slow.longest_poll) = (2, ms(150));
        let running = |series, since| {
            let mut task = TaskStats::new(series, Kind::Coroutine, LiveState::Running);
            (task.polls, task.since) = (7, ms(since));
            task
        };
        let mut lost = TaskStats::new(1, Kind::Coroutine, LiveState::Idle);
        (lost.can_be_woken, lost.since) = (false, ms(2_000));
        let tasks = [running(1, 200), running(0, 300), running(0, 200), running(0, 250), lost];
        let findings = check([slow, SeriesStats::new(Kind::Coroutine)], tasks);
        let fields =
            |found: &Finding| (found.lint, found.series, found.count, found.evidence.clone());
        let expected = [
            (Lint::LostWaker, 1, 1, "1 task, the longest for 2.0 s"),
            (
                Lint::BlockingInAsync,
                0,
                3,
                "3 tasks, the longest for 300 ms; in the last minute, the longest took 150 ms",
            ),
            (Lint::BlockingInAsync, 1, 1, "1 task, the longest for 200 ms"),
        ]
        .map(|(lint, series, count, evidence)| (lint, series, count, evidence.to_owned()));
        assert_eq!(findings.iter().map(fields).collect::<Vec<_>>(), expected);
    }
}
