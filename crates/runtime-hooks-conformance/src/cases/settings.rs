//! Settings from the environment, and their precedence.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime_hooks_core::{
    Config, Detail, Incident, IncidentKind, ManualClock, Method, OVERFLOW_NAME, Outcome, Reporter,
    RuntimeHooksExt, SeriesKey, Submission, TaskContext, Tracer,
};

use crate::tools::{ms, polls};
use crate::{Counts, Harness, Stage};

type Vars = &'static [(&'static str, &'static str)];

fn config(vars: &[(&str, &str)]) -> Config {
    let named = |name: &str| vars.iter().find(|(variable, _)| *variable == name);
    Config::from_vars(|name| named(name).map(|(_, value)| value.into()))
}

fn stage<H: Harness>(vars: Vars) -> Stage<H> {
    let config = config(vars);
    assert_eq!(config.problems(), []);
    Stage::with(ManualClock::new(), config)
}

/// `DETAIL` sets the level of detail.
pub fn a_variable_sets_the_detail<H: Harness>() {
    let each: [(Vars, u64, u64); 3] = [
        (&[("OTEL_RUST_ASYNCIO_DETAIL", "counts")], 0, 0),
        (&[("OTEL_RUST_ASYNCIO_DETAIL", "Polls")], 3, 0),
        (&[("OTEL_RUST_ASYNCIO_DETAIL", "full")], 3, 3),
    ];
    for (vars, poll, schedule) in each {
        let stage = stage::<H>(vars);
        let work = polls(3, stage.time.clone(), ms(1));
        stage.play(stage.runtime.spawn(work)).unwrap();
        let series = stage.series("polls");
        assert_eq!((series.poll.count(), series.schedule.count()), (poll, schedule), "{vars:?}");
    }
}

/// `SLOW_POLL_MS` sets the threshold of slow polls.
pub fn a_variable_sets_the_slow_poll_threshold<H: Harness>() {
    let each: [(Vars, u64); 3] = [
        (&[], 0),
        (&[("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "4")], 2),
        (&[("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "5.5")], 0),
    ];
    for (vars, slow) in each {
        let stage = stage::<H>(vars);
        stage.play(stage.runtime.spawn(polls(2, stage.time.clone(), ms(5)))).unwrap();
        assert_eq!(stage.series("polls").slow_polls, slow, "{vars:?}");
    }
}

/// `MAX_NAMES` sets the maximum number of series.
pub fn a_variable_sets_the_series_cap<H: Harness>() {
    let stage = stage::<H>(&[("OTEL_RUST_ASYNCIO_MAX_NAMES", "2")]);
    for name in ["a", "b", "c", "d"] {
        stage.play(stage.runtime.named(name).spawn(async {})).unwrap();
    }
    assert_eq!((stage.snapshot().series.len(), stage.snapshot().overflow()), (3, 2));
}

/// `NAMESPACE` sets the prefix of all metrics.
pub fn a_variable_sets_the_namespace<H: Harness>() {
    let stage = stage::<H>(&[("OTEL_RUST_ASYNCIO_NAMESPACE", "my.tasks")]);
    assert_eq!(stage.instrumentor.export_settings().namespace(), "my.tasks");
}

/// With `COMPAT=python`, durations start at the first run, and the two metrics of Python are exported.
pub fn a_variable_records_and_exports_as_python_does<H: Harness>() {
    let config = config(&[("OTEL_RUST_ASYNCIO_COMPAT", "python")]);
    for config in [config.clone().detail(Detail::Counts), config.clone(), config.live(true)] {
        let stage = Stage::<H>::with(ManualClock::new(), config);
        let task = stage.runtime.named("task").instrument(polls(3, stage.time.clone(), ms(10)));
        let closure = {
            let time = stage.time.clone();
            stage.runtime.named("closure").instrument_blocking(move || time.advance(ms(7)))
        };
        let unrun = stage.runtime.named("unrun").instrument(polls(1, stage.time.clone(), ms(10)));
        stage.time.advance(ms(100));
        stage.play(task);
        closure();
        drop(unrun);
        let sums = ["task", "closure"].map(|name| stage.series(name).duration().sum());
        assert_eq!(sums, [ms(30), ms(7)]);
        assert_eq!(stage.counts("unrun"), Counts::cancelled(1));
        let settings = stage.instrumentor.export_settings();
        let names: Vec<_> = settings.metrics().map(|metric| metric.name).collect();
        assert_eq!(names, ["asyncio.process.duration", "asyncio.process.created"]);
        let ended = stage.series("unrun").ended;
        assert_eq!(settings.outcome_of(ended[0].0), None);
    }
}

/// With `COMPAT=python`, the context of a task that never runs gets its plain end.
pub fn a_context_gets_the_end_of_a_task_that_never_runs<H: Harness>() {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let config = config(&[("OTEL_RUST_ASYNCIO_COMPAT", "python")]);
    let tracer = Arc::new(Ends(Arc::clone(&ends)));
    let stage = Stage::<H>::with(ManualClock::new(), config.tracer(tracer));
    drop(stage.runtime.named("unrun").instrument(async {}));
    assert_eq!(*ends.lock().unwrap(), [Outcome::CANCELLED]);
}

/// A tracer that keeps how each task ended.
struct Ends(Arc<Mutex<Vec<Outcome>>>);

impl Tracer for Ends {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        Some(Arc::new(Self(Arc::clone(&self.0))))
    }
}

impl TaskContext for Ends {
    fn enter(&self, run: &mut dyn FnMut()) {
        run();
    }

    fn end(&self, outcome: Outcome, _: Duration) {
        self.0.lock().unwrap().push(outcome);
    }
}

/// `LOCATION` exports the file and line of each call site.
pub fn a_variable_exports_call_sites<H: Harness>() {
    let (without, with) = (stage::<H>(&[]), stage::<H>(&[("OTEL_RUST_ASYNCIO_LOCATION", "true")]));
    let exported = |stage: &Stage<H>| {
        let first = (stage.play(stage.runtime.spawn(async {})), line!()).1;
        let (one, other) = (stage.runtime.spawn(async {}), stage.runtime.spawn(async {}));
        stage.play(async { (one.await.unwrap(), other.await.unwrap()) });
        let settings = stage.instrumentor.export_settings();
        let merged = stage.snapshot().merged_by(|key| settings.key_of(key));
        let line = |key: &SeriesKey| {
            key.call_site().map(|site| (site.file().to_owned(), site.line() - first))
        };
        merged.series.iter().map(|series| (line(&series.key), series.spawned)).collect::<Vec<_>>()
    };
    assert_eq!(exported(&without), [(None, 3)]);
    // Two calls in one line are exported as one.
    let file = || file!().to_owned();
    assert_eq!(exported(&with), [(Some((file(), 0)), 1), (Some((file(), 1)), 2)]);
}

/// `LIVE` keeps the list of live tasks.
pub fn a_variable_keeps_the_live_list<H: Harness>() {
    let (without, with) = (stage::<H>(&[]), stage::<H>(&[("OTEL_RUST_ASYNCIO_LIVE", "true")]));
    let listed = |stage: &Stage<H>| {
        let _waits = stage.runtime.instrument(std::future::pending::<()>());
        stage.recorder.live().len()
    };
    assert_eq!((listed(&without), listed(&with)), (0, 1));
}

/// `WATCHDOG` asks for a watchdog, and `STALL_MS` sets its threshold.
pub fn variables_ask_for_a_watchdog<H: Harness>() {
    let asked = |vars| {
        let instrumentor = stage::<H>(vars).instrumentor;
        (instrumentor.wants_watchdog(), instrumentor.stall_threshold())
    };
    assert_eq!(asked(&[]), (false, ms(100)));
    let vars: Vars =
        &[("OTEL_RUST_ASYNCIO_WATCHDOG", "true"), ("OTEL_RUST_ASYNCIO_STALL_MS", "2.5")];
    assert_eq!(asked(vars), (true, Duration::from_micros(2_500)));
    let problems = config(&[("OTEL_RUST_ASYNCIO_STALL_MS", "0")]).problems().to_vec();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(problem.variable(), "OTEL_RUST_ASYNCIO_STALL_MS");
}

/// `BUCKETS` sets the bucket boundaries that are exported.
pub fn a_variable_sets_the_bucket_boundaries<H: Harness>() {
    let stage = stage::<H>(&[("OTEL_RUST_ASYNCIO_BUCKETS", "0.01,0.000001, 2.5")]);
    let boundaries = stage.instrumentor.export_settings().boundaries.unwrap();
    assert_eq!(boundaries.seconds(), [0.000_001, 0.01, 2.5]);
}

/// `NAMES_TO_EXPORT` and `NAMES_NOT_TO_EXPORT` select names; others are exported as `_OTHER`, and told apart here.
pub fn variables_select_the_exported_names<H: Harness>() {
    let stage = stage::<H>(&[
        ("OTEL_RUST_ASYNCIO_NAMES_TO_EXPORT", "fetch*, store"),
        ("OTEL_RUST_ASYNCIO_NAMES_NOT_TO_EXPORT", "*_health"),
    ]);
    for name in ["fetch", "fetch_health", "store", "other"] {
        stage.play(stage.runtime.named(name).spawn(async {})).unwrap();
    }
    let settings = stage.instrumentor.export_settings();
    let exported = stage.snapshot().merged_by(|key| settings.key_of(key));
    let found: Vec<_> =
        exported.series.iter().map(|s| (s.key.name().unwrap(), s.ended())).collect();
    assert_eq!(found, [("fetch", 1), (OVERFLOW_NAME, 2), ("store", 1)]);
    assert_eq!((exported.overflow(), stage.snapshot().series.len()), (0, 4));
}

/// `CARDINALITY_LIMIT` limits the attribute sets of one OpenTelemetry instrument.
pub fn a_variable_limits_attribute_sets<H: Harness>() {
    let stage = stage::<H>(&[("OTEL_RUST_ASYNCIO_CARDINALITY_LIMIT", "500")]);
    assert_eq!(stage.instrumentor.export_settings().cardinality_limit, 500);
    assert_eq!(Stage::<H>::new().instrumentor.export_settings().cardinality_limit, 2_000);
}

/// `DISABLED_METHODS` lists methods that are not recorded.
pub fn a_variable_disables_methods<H: Harness>() {
    let stage = stage::<H>(&[("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "spawn_blocking, gather")]);
    stage.play(async {
        stage.runtime.named("closure").spawn_blocking(|| ()).await.unwrap();
        stage.runtime.named("gathered").gather([async {}]).await;
        stage.runtime.named("spawned").spawn(async {}).await.unwrap();
    });
    assert_eq!(stage.snapshot().series.len(), 1);
    assert_eq!(stage.counts("spawned"), Counts::finished(1));
}

/// Three variables select the traced names: a list, a prefix, and all futures.
pub fn variables_select_the_traced_names<H: Harness>() {
    let vars: Vars = &[
        ("OTEL_RUST_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "refresh, fetch_*"),
        ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "true"),
        ("OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "*"),
    ];
    let expected =
        ["refresh true", "refreshed false", "fetch_all true", "future true", "closure true"];
    assert_eq!(traced::<H>(config(vars)), expected);
}

/// If the variable for Rust is unset, the variable for Python is read.
pub fn a_variable_of_python_is_read_if_rusts_is_unset<H: Harness>() {
    let vars: Vars = &[
        ("OTEL_PYTHON_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "refreshed"),
        ("OTEL_PYTHON_ASYNCIO_FUTURE_TRACE_ENABLED", "true"),
        ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "false"),
        ("OTEL_PYTHON_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "closure"),
    ];
    let expected =
        ["refresh false", "refreshed true", "fetch_all false", "future false", "closure true"];
    assert_eq!(traced::<H>(config(vars)), expected);
}

/// `NAMES_TO_LINK` selects the names that are linked, and `NAMES_TO_CARRY_LIVE` those that carry the caller's live span.
pub fn variables_select_the_linked_and_the_live_names<H: Harness>() {
    #[derive(Default)]
    struct Selected(Mutex<Vec<[bool; 2]>>);
    impl Tracer for Selected {
        fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            let selected = [submission.is_linked(), submission.carries_live_span()];
            self.0.lock().unwrap().push(selected);
            None
        }
    }
    let vars: Vars = &[
        ("OTEL_RUST_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "*"),
        ("OTEL_RUST_ASYNCIO_NAMES_TO_LINK", "refresh_*, flush"),
        ("OTEL_RUST_ASYNCIO_NAMES_TO_CARRY_LIVE", "f*"),
    ];
    let selected = Arc::<Selected>::default();
    let stage = Stage::<H>::with(ManualClock::new(), config(vars).tracer(selected.clone()));
    for name in ["refresh_all", "flush", "fetch"] {
        stage.play(stage.runtime.named(name).spawn(async {})).unwrap();
    }
    assert_eq!(*selected.0.lock().unwrap(), [[true, false], [true, true], [false, true]]);
}

/// `LOG` selects the kinds of incidents that are reported. By default there are none.
pub fn a_variable_selects_the_reported_incidents<H: Harness>() {
    struct Told(Mutex<Vec<IncidentKind>>);
    impl Reporter for Told {
        fn report(&self, incident: &Incident<'_>) {
            self.0.lock().unwrap().push(incident.kind);
        }
    }
    let expected: [(&str, &[IncidentKind]); 4] = [
        ("", &[]),
        ("timeout", &[IncidentKind::Timeout]),
        ("slow_poll", &[IncidentKind::SlowPoll]),
        (" slow_poll,timeout", &[IncidentKind::SlowPoll, IncidentKind::Timeout]),
    ];
    for (value, expected) in expected {
        let reporter = Arc::new(Told(Mutex::default()));
        let config = config(&[("OTEL_RUST_ASYNCIO_LOG", value)]).slow_poll(ms(1));
        let stage = Stage::<H>::with(ManualClock::new(), config.reporter(reporter.clone()));
        stage.play(async {
            stage.runtime.spawn(polls(1, stage.time.clone(), ms(2))).await.unwrap();
            let late = stage.runtime.timeout(Duration::ZERO, std::future::pending::<()>());
            late.await.unwrap_err();
        });
        assert_eq!(*reporter.0.lock().unwrap(), expected, "{value:?}");
    }
}

/// Settings in code override the environment.
pub fn settings_in_code_override_the_environment<H: Harness>() {
    let vars: Vars = &[
        ("OTEL_RUST_ASYNCIO_DETAIL", "counts"),
        ("OTEL_RUST_ASYNCIO_NAMESPACE", "environment"),
        ("OTEL_RUST_ASYNCIO_MAX_NAMES", "1"),
    ];
    let config = config(vars).detail(Detail::Polls).namespace("code").max_names(2);
    let stage = Stage::<H>::with(ManualClock::new(), config.without(Method::Gather));
    stage.play(async {
        stage.runtime.named("a").spawn(async {}).await.unwrap();
        stage.runtime.named("b").spawn(async {}).await.unwrap();
        stage.runtime.named("c").gather([async {}]).await;
    });
    assert_eq!(stage.instrumentor.export_settings().namespace(), "code");
    assert_eq!((stage.snapshot().series.len(), stage.snapshot().overflow()), (2, 0));
    assert_eq!(stage.series("a").poll.count(), 1);
}

/// A problem has the variable and its value. The setting keeps its default.
pub fn invalid_settings_are_reported_and_ignored<H: Harness>() {
    let vars: Vars = &[
        ("OTEL_RUST_ASYNCIO_DETAIL", "everything"),
        ("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "-1"),
        ("OTEL_RUST_ASYNCIO_MAX_NAMES", "0"),
        ("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "spawn, fly"),
        ("OTEL_RUST_ASYNCIO_CLOCK", "sundial"),
    ];
    let config = config(vars);
    let problems: Vec<_> = config.problems().iter().map(|p| (p.variable(), p.value())).collect();
    let all = vars.iter().all(|problem| problems.contains(problem));
    assert!(all && problems.len() == vars.len(), "{problems:?}");
    let stage = Stage::<H>::with(ManualClock::new(), config);
    stage.play(stage.runtime.spawn(polls(2, stage.time.clone(), Duration::ZERO))).unwrap();
    assert_eq!(stage.series("polls").poll.count(), 2);
}

/// Submits a task of each kind, and returns the name and selection of each as a tracer gets them.
fn traced<H: Harness>(config: Config) -> Vec<String> {
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);
    impl Tracer for Told {
        fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            let name = submission.name().unwrap_or(submission.kind().as_str());
            self.0.lock().unwrap().push(format!("{name} {}", submission.is_traced()));
            None
        }
    }
    let tracer = Arc::new(Told::default());
    let stage = Stage::<H>::with(ManualClock::new(), config.tracer(tracer.clone()));
    stage.play(async {
        for name in ["refresh", "refreshed", "fetch_all"] {
            stage.runtime.named(name).spawn(async {}).await.unwrap();
        }
        stage.runtime.instrument(std::future::ready(())).await;
        stage.runtime.named("closure").spawn_blocking(|| ()).await.unwrap();
    });
    tracer.0.lock().unwrap().clone()
}
