//! The data that a tracer gets of a submission, and a task context of the task's end.

use std::any::type_name;
use std::future::pending;
use std::panic::panic_any;
use std::pin::pin;
use std::sync::mpsc::{RecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_lite::StreamExt;
use runtime_hooks_core::{
    AsyncioExt, Config, Detail, EnsureFuture, Instrumentor, Kind, ManualClock, Method, Outcome,
    Recorder, RuntimeHooksExt, Submission, TaskContext, Tracer,
};

use super::notes::{traced, tracing};
use crate::tools::{Failed, Gate, ms};
use crate::{Harness, Stage};

/// A task context is notified of each end once.
pub fn a_task_context_is_notified_of_every_end<H: Harness>() {
    let (stage, ends) = traced::<H>();
    let (runtime, time) = (&stage.runtime, stage.time.clone());
    stage.play(async {
        runtime.named("a").spawn(async move { time.advance(ms(3)) }).await.unwrap();
        let panics = async { panic_any(()) };
        assert!(runtime.named("b").spawn(panics).await.is_err());
        let waits = runtime.named("c").spawn(pending::<()>());
        waits.abort();
        assert!(waits.await.is_err());
        runtime.named("d").timeout(Duration::ZERO, pending::<()>()).await.unwrap_err();
        drop(runtime.named("e").instrument(async {}));
    });
    let ended = |name: &str, outcome, millis| (name.to_owned(), outcome, ms(millis));
    let expected = [
        ended("a", Outcome::FINISHED, 3),
        ended("b", Outcome::PANIC, 0),
        ended("c", Outcome::CANCELLED, 0),
        ended("d", Outcome::TIMEOUT, 0),
        ended("e", Outcome::CANCELLED, 0),
    ];
    assert_eq!(*ends.lock().unwrap(), expected);
}

/// A task context gets more error types than a recorder distinguishes. The recorder counts the rest as `_OTHER`.
pub fn a_task_context_gets_every_error_type<H: Harness>() {
    const TYPES: usize = 40;
    const TOLD_APART: usize = 27;
    let (stage, ends) = traced::<H>();
    let error_types: Vec<&'static str> = (0..TYPES).map(|n| &*format!("Error{n}").leak()).collect();
    stage.play(async {
        for error_type in &error_types {
            let fails = stage
                .runtime
                .named("fails")
                .with_classifier(|(): &()| Outcome::exception(error_type));
            fails.spawn(async {}).await.unwrap();
        }
    });
    let expected = error_types
        .iter()
        .map(|error_type| ("fails".to_owned(), Outcome::exception(error_type), Duration::ZERO));
    assert!(ends.lock().unwrap().iter().cloned().eq(expected), "{:?}", ends.lock().unwrap());
    let series = stage.series("fails");
    let other = series.duration_of(Outcome::exception("_OTHER")).unwrap();
    assert_eq!((series.ended.len(), other.count()), (TOLD_APART + 1, (TYPES - TOLD_APART) as u64));
}

/// A task context gets the exact outcome and duration, also after the recorder was dropped.
pub fn a_task_context_gets_outcome_and_duration_without_a_recorder<H: Harness>() {
    let stage = Stage::<H>::new();
    let (config, ends) = tracing();
    let recorder = Recorder::builder().clock(stage.time.clock()).build();
    let runtime =
        stage.runtime.with_instrumentor(Instrumentor::installed(config.recorder(recorder)));
    let elapsed =
        stage.play(async { stage.runtime.timeout(Duration::ZERO, pending::<()>()).await });
    let (gate, (open, opened)) = (Gate::default(), channel::<()>());
    let opens = || gate.clone().passed();
    let [finishes, panics, fails, is_late] = [(); 4].map(|()| opens());
    let by_result = |name| runtime.named(name).by_result();
    let finishes = runtime.named("finishes").spawn(finishes);
    let panics = runtime.named("panics").spawn(async { panic_any((panics.await, 3_u8).1) });
    let closure = by_result("closure").spawn_blocking(move || opened.recv());
    let fails = async { Err::<(), _>((fails.await, Failed::new(1)).1) };
    let fails = by_result("fails").instrument(fails);
    let is_late = async { Err::<(), _>((is_late.await, Failed(2, elapsed.err())).1) };
    let is_late = by_result("is late").instrument(is_late);
    let hangs = runtime.named("hangs").timeout(Duration::ZERO, pending::<()>());
    let dropped = runtime.named("dropped").instrument(opens());
    stage.time.advance(ms(2));
    drop(runtime);
    // A thread releases a dropped recorder when it first uses another one.
    Recorder::new().record(Kind::Blocking, "other", "none", Outcome::FINISHED, ms(0));
    stage.time.advance(ms(5));
    gate.open();
    drop(open);
    stage.play(async {
        finishes.await.unwrap();
        assert!(panics.await.unwrap_err().is_panic());
        closure.await.unwrap().unwrap_err();
        fails.await.unwrap_err();
        is_late.await.unwrap_err();
        hangs.await.unwrap_err();
        drop(dropped);
    });
    let expected = [
        ("closure", Outcome::exception(type_name::<RecvError>())),
        ("dropped", Outcome::CANCELLED),
        ("fails", Outcome::exception(type_name::<Failed>())),
        ("finishes", Outcome::FINISHED),
        ("hangs", Outcome::TIMEOUT),
        ("is late", Outcome::timeout(type_name::<Failed>())),
        ("panics", Outcome::PANIC),
    ];
    let mut ends = ends.lock().unwrap();
    ends.sort();
    assert_eq!(*ends, expected.map(|(name, outcome)| (name.to_owned(), outcome, ms(7))));
}

/// A submission has its method, so that a tracer can distinguish a future that its caller polls from one that a runtime
/// polls.
pub fn a_submission_tells_its_method<H: Harness>() {
    #[derive(Default)]
    struct Methods(Arc<Mutex<Vec<Method>>>);
    impl Tracer for Methods {
        fn submit(&self, submission: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            self.0.lock().unwrap().push(submission.method());
            None
        }
    }
    let tracer = Methods::default();
    let methods = Arc::clone(&tracer.0);
    let config = Config::new().detail(Detail::Counts).tracer(Arc::new(tracer));
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let (runtime, long) = (&stage.runtime, Duration::from_secs(3_600));
    runtime.block_on(async {});
    stage.play(async {
        runtime.spawn(async {}).await.unwrap();
        runtime.spawn_blocking(|| ()).await.unwrap();
        runtime.timeout(long, async {}).await.unwrap();
        runtime.timeout_at(Instant::now() + long, async {}).await.unwrap();
        runtime.instrument(async {}).await;
        runtime.instrument_blocking(|| ())();
        async {}.ensure_future(runtime).await.unwrap();
        runtime.gather([async {}]).await;
        runtime.as_completed([async {}]).next().await.unwrap();
        pin!(runtime.as_completed_within(long, [async {}])).next().await.unwrap().unwrap();
        let group = runtime.task_group::<()>();
        drop(group.spawn(async { Ok(()) }));
        group.join().await.unwrap();
    });
    let spawned = runtime.spawn_threadsafe(async {}).into_async();
    stage.play(spawned).unwrap();
    let expected = [
        Method::BlockOn,
        Method::Spawn,
        Method::SpawnBlocking,
        Method::Timeout,
        Method::Timeout,
        Method::Instrument,
        Method::Instrument,
        Method::EnsureFuture,
        Method::Gather,
        Method::AsCompleted,
        Method::AsCompleted,
        Method::TaskGroup,
        Method::SpawnThreadsafe,
    ];
    assert_eq!(*methods.lock().unwrap(), expected);
}
