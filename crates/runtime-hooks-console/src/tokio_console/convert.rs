//! Live tasks as messages of tokio-console's protocol.

use std::time::{Duration, SystemTime};

use console_api::tasks::{Stats, Task, task};
use console_api::{Field, Id, Location, MetaId, Metadata, PollStats, field, metadata};
use prost_types::Timestamp;
use runtime_hooks_recorder::{Kind, LiveState, visible};

use crate::live_snapshot::CompactTask;
use crate::series_cache::DisclosedSeries;

/// The metadata that all tasks of a runtime share.
pub(super) fn runtime(name: &str) -> Metadata {
    Metadata {
        name: "runtime.spawn".to_owned(),
        // The client shows it with a task's fields.
        target: name.to_owned(),
        kind: metadata::Kind::Span.into(),
        level: metadata::Level::Trace.into(),
        ..Metadata::default()
    }
}

/// The part of a task that does not change.
pub(super) fn task(task: &CompactTask, series: &DisclosedSeries, metadata: u64) -> Task {
    let text = |text: &str| field::Value::StrVal(text.to_owned());
    let (kind, label) = match series.key.kind() {
        Kind::Blocking => (task::Kind::Blocking, "blocking"),
        Kind::Future => (task::Kind::Spawn, "future"),
        _ => (task::Kind::Spawn, "task"),
    };
    let size = series.size().and_then(|bytes| u64::try_from(bytes).ok());
    let fields = [
        // The client writes it to a terminal, so control characters are escaped.
        ("task.name", Some(text(&visible(&series.label())))),
        ("task.id", Some(field::Value::U64Val(task.id.slot().into()))),
        ("kind", Some(text(label))),
        ("size.bytes", size.map(field::Value::U64Val)),
    ];
    Task {
        id: Some(Id { id: task.id.as_u64() }),
        metadata: Some(MetaId { id: metadata }),
        kind: kind.into(),
        fields: fields.into_iter().filter_map(|(name, value)| Some(field(name, value?))).collect(),
        parents: Vec::new(),
        location: location(series),
    }
}

fn field(name: &str, value: field::Value) -> Field {
    Field { metadata_id: None, name: Some(name.into()), value: Some(value) }
}

fn location(series: &DisclosedSeries) -> Option<Location> {
    let location = series.site?.location;
    Some(Location {
        file: Some(visible(series.file.as_deref()?).into_owned()),
        module_path: None,
        line: Some(location.line()),
        column: Some(location.column()),
    })
}

/// What a task has done up to `at`.
///
/// The client derives the state from these times, and how long it has lasted. The times of polls are exact enough for
/// that: the last poll of an idle task is taken to have started and ended when the task became idle.
pub(super) fn stats(task: &CompactTask, at: SystemTime) -> Stats {
    let since = before(at, task.since.into());
    let last_wake = || task.last_wake().map(|ago| before(at, ago.into()).min(since));
    let without_this = |sum: Duration| sum.saturating_sub(task.since.into());
    let (mut busy, mut scheduled) = (Duration::from(task.busy), Duration::from(task.scheduled));
    let (woken, started, ended) = match task.state {
        LiveState::Running => {
            busy = without_this(busy);
            (last_wake(), Some(since), None)
        }
        LiveState::Scheduled => {
            scheduled = without_this(scheduled);
            let polled = (task.polls > 0).then(|| before(since, Duration::from_nanos(1)));
            (Some(since), polled, polled)
        }
        LiveState::Idle => (last_wake(), Some(since), Some(since)),
    };
    Stats {
        created_at: Some(before(at, task.age.into()).into()),
        dropped_at: None,
        wakes: task.wakes,
        // Wakers that were dropped are in neither.
        waker_clones: task.wakers.into(),
        waker_drops: 0,
        last_wake: woken.map(Timestamp::from),
        poll_stats: Some(PollStats {
            polls: task.polls,
            first_poll: None,
            last_poll_started: started.map(Timestamp::from),
            last_poll_ended: ended.map(Timestamp::from),
            busy_time: busy.try_into().ok(),
        }),
        self_wakes: task.polls_with_wake.into(),
        scheduled_time: scheduled.try_into().ok(),
    }
}

/// The stats of a task that has ended, as it was when it was last seen: when it ended is not known.
pub(super) fn last_stats(task: &CompactTask, last_seen: SystemTime) -> Stats {
    let mut ended = task.clone();
    ended.state = LiveState::Idle;
    Stats { dropped_at: Some(last_seen.into()), ..stats(&ended, last_seen) }
}

fn before(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use runtime_hooks_conformance::reference::ReferenceRuntime;
    use runtime_hooks_core::{Config, Instrumentor, RuntimeHooksExt};
    use runtime_hooks_recorder::LiveTask;

    use crate::series_cache::SeriesCache;

    fn idle() -> (LiveTask, std::sync::Arc<DisclosedSeries>) {
        let instrumentor = Instrumentor::installed(Config::new().live(true));
        let recorder = instrumentor.recorder();
        let reference = ReferenceRuntime::new();
        let runtime = reference.handle().with_instrumentor(instrumentor);
        let mut future = pin!(runtime.named("waits").instrument(pending::<()>()));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let disclosed = SeriesCache::default().all(&recorder);
        (recorder.live().remove(0), std::sync::Arc::clone(&disclosed[0]))
    }

    /// The state that the client derives.
    fn state(stats: &Stats) -> &'static str {
        let polls = stats.poll_stats.as_ref().unwrap();
        let time = |time: &Option<Timestamp>| time.map(|t| SystemTime::try_from(t).unwrap());
        let started = time(&polls.last_poll_started);
        if stats.dropped_at.is_some() {
            "completed"
        } else if started > time(&polls.last_poll_ended) {
            "running"
        } else if time(&stats.last_wake) > started {
            "scheduled"
        } else {
            "idle"
        }
    }

    #[test]
    fn a_client_derives_the_state_and_the_times_of_the_list() {
        let ms = Duration::from_millis;
        let duration =
            |time: Option<prost_types::Duration>| Duration::try_from(time.unwrap()).unwrap();
        let (mut task, _) = idle();
        (task.age, task.since, task.busy, task.scheduled) = (ms(100), ms(10), ms(30), ms(20));
        (task.polls, task.last_wake) = (3, Some(ms(10)));
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        for (of, busy, scheduled) in [
            (LiveState::Running, 20, 20),
            (LiveState::Scheduled, 30, 10),
            (LiveState::Idle, 30, 20),
        ] {
            task.state = of;
            let stats = stats(&CompactTask::new(&task), at);
            assert_eq!(state(&stats), of.as_str());
            assert_eq!(duration(stats.poll_stats.unwrap().busy_time), ms(busy), "{of}");
            assert_eq!(duration(stats.scheduled_time), ms(scheduled), "{of}");
            assert_eq!(stats.created_at, Some((at - ms(100)).into()));
        }
        task.state = LiveState::Running;
        let last = last_stats(&CompactTask::new(&task), at);
        assert_eq!(last.dropped_at, Some(at.into()));
        assert_eq!(state(&last), "completed");
        assert_eq!(duration(last.poll_stats.unwrap().busy_time), ms(30));
        (task.state, task.polls, task.last_wake) = (LiveState::Scheduled, 0, None);
        assert_eq!(state(&stats(&CompactTask::new(&task), at)), "scheduled");
    }

    #[test]
    fn control_characters_in_names_are_escaped() {
        let (waits, _) = idle();
        let recorder = runtime_hooks_recorder::Recorder::new();
        let names = ["", "a\nb\0\u{1b}[2J", "\u{202e}evil", "\"<b>\\"];
        let escaped = ["", r"a\nb\u{0}\u{1b}[2J", r"\u{202e}evil", "\"<b>\\"];
        for name in names {
            let took = Duration::ZERO;
            recorder.record(
                Kind::Coroutine,
                name,
                "test",
                runtime_hooks_recorder::Outcome::FINISHED,
                took,
            );
        }
        for (series, escaped) in SeriesCache::default().all(&recorder).iter().zip(escaped) {
            let task = task(&CompactTask::new(&waits), series, 7);
            assert_eq!(task.fields[0], field("task.name", escaped.into()));
        }
    }

    #[test]
    fn a_task_has_its_name_size_and_location() {
        let (waits, series) = idle();
        let task = task(&CompactTask::new(&waits), &series, 7);
        let value = |name| {
            let is_it = |field: &&Field| field.name == Some(field::Name::from(name));
            task.fields.iter().find(is_it).and_then(|field| field.value.clone())
        };
        assert_eq!(value("task.name"), Some("waits".into()));
        assert_eq!(value("kind"), Some("task".into()));
        assert_eq!(value("size.bytes"), Some(0_u64.into()));
        assert!(task.location.unwrap().file.unwrap().ends_with("convert.rs"));
    }
}
