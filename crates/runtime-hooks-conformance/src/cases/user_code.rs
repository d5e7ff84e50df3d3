//! Hooks of the program that panic: they affect neither the recording nor the task.

use std::cell::Cell;
use std::panic::panic_any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::yield_now;
use runtime_hooks_core::{
    Config, Incident, IncidentKind, ManualClock, Outcome, PanicRecord, Reporter, RuntimeHooksExt,
    Submission, TaskContext, Tracer,
};

use crate::tools::ms;
use crate::{Counts, Harness, Stage};

/// Where a [`Hostile`] tracer panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Submit,
    IsToldOfRuns,
    BeforeTheRun,
    AfterTheRun,
    InsteadOfTheRun,
    Ran,
    Panicked,
    End,
    Drop,
    Nowhere,
}

/// A tracer that panics in one of its methods, and counts how often it was called there.
#[derive(Clone, Debug)]
struct Hostile {
    at: At,
    calls: Arc<AtomicU32>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    fn new(at: At) -> Self {
        Self { at, calls: Arc::default(), notes: Arc::default() }
    }

    fn is_at(&self, at: At) {
        if self.at == at {
            self.calls.fetch_add(1, Ordering::Relaxed);
            panic!("a hostile tracer");
        }
    }

    fn note(&self, note: impl Into<String>) {
        self.notes.lock().unwrap().push(note.into());
    }
}

impl Tracer for Hostile {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
        self.is_at(At::Submit);
        Some(Arc::new(Carries(self.clone())))
    }
}

struct Carries(Hostile);

impl TaskContext for Carries {
    fn enter(&self, run: &mut dyn FnMut()) {
        self.0.is_at(At::BeforeTheRun);
        if self.0.at != At::InsteadOfTheRun {
            run();
        }
        self.0.is_at(At::InsteadOfTheRun);
        self.0.is_at(At::AfterTheRun);
        self.0.note("left");
    }

    fn wants_polls(&self) -> bool {
        self.0.is_at(At::IsToldOfRuns);
        true
    }

    fn poll_ended(&self, _: Duration, _: Option<Duration>) {
        self.0.is_at(At::Ran);
    }

    fn panicked(&self, panic: &PanicRecord) {
        self.0.is_at(At::Panicked);
        self.0.note(format!("{} at {}", panic.message.as_deref().unwrap_or("-"), panic.line));
    }

    fn end(&self, outcome: Outcome, _: Duration) {
        self.0.is_at(At::End);
        self.0.note(outcome.error_type().unwrap_or(outcome.state().as_str()));
    }
}

impl Drop for Carries {
    fn drop(&mut self) {
        self.0.is_at(At::Drop);
    }
}

fn carrying<H: Harness>(tracer: &Hostile) -> Stage<H> {
    let config = Config::new().live(true).tracer(Arc::new(tracer.clone()));
    Stage::with(ManualClock::new(), config)
}

/// A tracer panics in one of its methods. Each task has its output and is counted once, and none stays in the live list.
pub fn a_tracer_that_panics_changes_no_task<H: Harness>() {
    let methods = [
        At::Submit,
        At::IsToldOfRuns,
        At::BeforeTheRun,
        At::AfterTheRun,
        At::InsteadOfTheRun,
        At::Ran,
        At::Panicked,
        At::End,
        At::Drop,
    ];
    for at in methods {
        let stage = carrying::<H>(&Hostile::new(at));
        let runtime = &stage.runtime;
        stage.play(async {
            for number in 0..5 {
                let waits = async move {
                    yield_now().await;
                    number
                };
                assert_eq!(runtime.named("waits").spawn(waits).await.unwrap(), number, "{at:?}");
                let closure = runtime.named("closure").spawn_blocking(move || number);
                assert_eq!(closure.await.unwrap(), number, "{at:?}");
                let panics = runtime.named("panics").spawn(async move { panic_any(number) as u32 });
                let payload = panics.await.unwrap_err().try_into_panic().unwrap();
                assert_eq!(payload.downcast_ref(), Some(&number), "{at:?}");
                drop(runtime.named("dropped").instrument(async {}));
            }
        });
        assert_eq!(stage.counts("waits"), Counts::finished(5), "{at:?}");
        assert_eq!(stage.counts("closure"), Counts::finished(5), "{at:?}");
        assert_eq!(stage.counts("panics"), Counts::exception(5), "{at:?}");
        assert_eq!(stage.counts("dropped"), Counts::cancelled(5), "{at:?}");
        assert_eq!(stage.recorder.live().len(), 0, "{at:?}");
    }
}

/// After its second panic a tracer is not called until the next installation.
pub fn a_tracer_is_switched_off_after_its_second_panic<H: Harness>() {
    for at in [At::Submit, At::BeforeTheRun, At::Ran, At::End] {
        let tracer = Hostile::new(at);
        let config = Config::new().live(true).tracer(Arc::new(tracer.clone()));
        let stage = Stage::<H>::with(ManualClock::new(), config.clone());
        for _ in 0..5 {
            stage.play(stage.runtime.named("task").spawn(async {})).unwrap();
        }
        assert_eq!(tracer.calls.load(Ordering::Relaxed), 2, "{at:?}");
        stage.instrumentor.uninstall();
        let _ = stage.instrumentor.install(config.recorder(stage.recorder.clone()));
        stage.play(stage.runtime.named("task").spawn(async {})).unwrap();
        assert_eq!(tracer.calls.load(Ordering::Relaxed), 3, "{at:?}");
        assert_eq!(stage.counts("task"), Counts::finished(6), "{at:?}");
    }
}

/// If one tracer panics, the others stay on.
pub fn a_tracer_that_panics_leaves_the_others_on<H: Harness>() {
    for at in [At::Submit, At::BeforeTheRun, At::InsteadOfTheRun, At::End] {
        let (hostile, good) = (Hostile::new(at), Hostile::new(At::Nowhere));
        for [outer, inner] in [[&hostile, &good], [&good, &hostile]] {
            good.notes.lock().unwrap().clear();
            let config = Config::new().tracer(Arc::new(outer.clone()));
            let config = config.tracer(Arc::new(inner.clone()));
            let stage = Stage::<H>::with(ManualClock::new(), config);
            for _ in 0..3 {
                stage.play(stage.runtime.named("task").spawn(async {})).unwrap();
            }
            let expected = ["left", "finished"].repeat(3);
            assert_eq!(*good.notes.lock().unwrap(), expected, "{at:?}");
        }
    }
}

/// A task context is left as after any run, then gets the panic, then the end.
pub fn a_tracer_sees_no_panic_of_its_task<H: Harness>() {
    let tracer = Hostile::new(At::Nowhere);
    let stage = carrying::<H>(&tracer);
    let line = line!() + 1;
    let task = stage.runtime.named("task").spawn(async { panic!("number {}", 7) });
    stage.play(task).unwrap_err();
    let expected = ["left".to_owned(), format!("number 7 at {line}"), "panic".to_owned()];
    assert_eq!(*tracer.notes.lock().unwrap(), expected);
}

/// A reporter that panics loses its incidents. Tasks and counts are not affected.
pub fn a_reporter_that_panics_changes_no_task<H: Harness>() {
    #[derive(Default)]
    struct Panics(AtomicU32);
    impl Reporter for Panics {
        fn report(&self, _: &Incident<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("a hostile reporter");
        }
    }
    let reporter = Arc::<Panics>::default();
    let config = Config::new().live(true).slow_poll(ms(10)).log(IncidentKind::ALL);
    let stage = Stage::<H>::with(ManualClock::new(), config.reporter(reporter.clone()));
    let runtime = &stage.runtime;
    for number in 0..5 {
        let time = stage.time.clone();
        let slow = async move {
            time.advance(ms(20));
            number
        };
        assert_eq!(stage.play(runtime.named("slow").spawn(slow)).unwrap(), number);
        let late = runtime.named("late").timeout(Duration::ZERO, std::future::pending::<()>());
        stage.play(late).unwrap_err();
    }
    assert_eq!(reporter.0.load(Ordering::Relaxed), 2);
    assert_eq!(stage.counts("slow"), Counts::finished(5));
    assert_eq!(stage.counts("late"), Counts::timeout(5));
    assert_eq!(stage.recorder.live().len(), 0);
}

/// If the classifier panics, the task has its output and is recorded as finished.
pub fn a_classifier_that_panics_changes_no_task<H: Harness>() {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a classifier takes a reference")]
    fn hostile(_: &u32) -> Outcome {
        panic!("a hostile classifier")
    }
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    for number in 0..5 {
        let task = runtime.with_classifier(hostile).named("task").spawn(async move { number });
        assert_eq!(stage.play(task).unwrap(), number);
        let closure =
            runtime.with_classifier(hostile).named("closure").spawn_blocking(move || number);
        assert_eq!(stage.play(closure).unwrap(), number);
    }
    assert_eq!(stage.counts("task"), Counts::finished(5));
    assert_eq!(stage.counts("closure"), Counts::finished(5));
}

/// If a gauge source panics, the last gauges of its runtime stay, and its tasks are counted.
pub fn a_gauge_source_that_panics_changes_no_count<H: Harness>() {
    let stage = Stage::<H>::new();
    let calls = Arc::<AtomicU32>::default();
    let called = Arc::clone(&calls);
    let guard = stage.recorder.watch("hostile", move || -> runtime_hooks_core::RuntimeGauges {
        called.fetch_add(1, Ordering::Relaxed);
        panic!("a hostile source")
    });
    let mut cursor = stage.recorder.cursor();
    for round in 1..=3 {
        stage.play(stage.runtime.named("task").spawn(async {})).unwrap();
        let (snapshot, _) = cursor.drain();
        assert_eq!(snapshot.find("task").unwrap().ended(), round);
    }
    drop(guard);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    assert_eq!(stage.counts("task"), Counts::finished(3));
}

/// Panics of tasks and closures are kept, also without a join. A panic that the task itself catches is not.
pub fn a_panic_is_kept_with_its_message_and_location<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        let catches = async { drop(std::panic::catch_unwind(|| panic!("caught"))) };
        runtime.named("catches").spawn(catches).await.unwrap();
        let panics = async { panic!("a task in line {}", line!()) };
        runtime.named("task").spawn(panics).await.unwrap_err();
        let panics = || panic!("a closure in line {}", line!());
        runtime.named("closure").spawn_blocking(panics).await.unwrap_err();
        runtime.named("no text").spawn(async { panic_any(Cell::new(1)) }).await.unwrap_err();
    });
    let panics = stage.recorder.panics();
    let names: Vec<_> = panics.iter().filter_map(|panic| panic.key.name()).collect();
    assert_eq!(names, ["task", "closure", "no text"]);
    for (panic, what) in panics.iter().zip(["a task", "a closure"]) {
        let PanicRecord { message, file, line, .. } = &*panic.panic;
        assert_eq!(*message, Some(format!("{what} in line {line}")));
        assert_eq!(file, file!());
    }
    assert_eq!(panics[2].panic.message, None);
}
