//! Tasks that a classifier records by their result.

use std::any::type_name;
use std::future::pending;
use std::time::Duration;

use runtime_hooks_core::{Classify, Elapsed, Outcome, RuntimeHooksExt, State};

use crate::tools::{Failed, ms};
use crate::{Counts, Harness, Stage};

async fn fails() -> Result<u32, Failed> {
    Err(Failed::new(1))
}

async fn elapses<R: runtime_hooks_core::RuntimeHooks>(runtime: R) -> Result<u32, Elapsed> {
    runtime.timeout(ms(5), pending()).await
}

async fn wraps<R: runtime_hooks_core::RuntimeHooks>(runtime: R) -> Result<u32, Failed> {
    elapses(runtime).await.map_err(|elapsed| Failed(2, Some(elapsed)))
}

fn outcomes<H: Harness>(stage: &Stage<H>, name: &str) -> Vec<(State, Option<&'static str>)> {
    let ended = stage.series(name).ended;
    ended.into_iter().map(|(outcome, _)| (outcome.state(), outcome.error_type())).collect()
}

/// An `Err` is an `exception` with the error's type. The output is unchanged.
pub fn an_error_is_an_exception_of_its_type<H: Harness>() {
    let stage = Stage::<H>::new();
    let result = stage.play(stage.runtime.by_result().spawn(fails())).unwrap();
    assert_eq!(result, Err(Failed::new(1)));
    assert_eq!(outcomes(&stage, "fails"), [(State::Exception, Some(type_name::<Failed>()))]);
    assert_eq!(stage.counts("fails"), Counts::exception(1));
}

/// An `Ok` is `finished`.
pub fn an_ok_is_finished<H: Harness>() {
    let stage = Stage::<H>::new();
    let works = async { Ok::<_, Failed>(3) };
    let result = stage.play(stage.runtime.named("works").by_result().spawn(works)).unwrap();
    assert_eq!(result, Ok(3));
    assert_eq!(stage.counts("works"), Counts::finished(1));
}

/// Without a classifier an `Err` is `finished`.
pub fn an_error_is_finished_without_a_classifier<H: Harness>() {
    let stage = Stage::<H>::new();
    assert!(stage.play(stage.runtime.spawn(fails())).unwrap().is_err());
    assert_eq!(stage.counts("fails"), Counts::finished(1));
}

/// An elapsed deadline that a task returns, as it is or as the source of an error, is a `timeout`.
pub fn an_error_caused_by_an_elapsed_deadline_is_a_timeout<H: Harness>() {
    let stage = Stage::<H>::new();
    let (by_result, runtime) = (|| stage.runtime.by_result(), || stage.runtime.clone());
    assert!(stage.play(by_result().spawn(elapses(runtime()))).unwrap().is_err());
    assert!(stage.play(by_result().spawn(wraps(runtime()))).unwrap().is_err());
    for (name, error_type) in
        [("elapses", type_name::<Elapsed>()), ("wraps", type_name::<Failed>())]
    {
        assert_eq!(outcomes(&stage, name), [(State::Timeout, Some(error_type))], "{name}");
        assert_eq!(stage.counts(name), Counts::timeout(1));
    }
}

/// A panic stays a panic and a drop a cancellation, whatever the classifier.
pub fn a_classifier_changes_neither_panics_nor_cancellations<H: Harness>() {
    let stage = Stage::<H>::new();
    let by_result = |name| stage.runtime.named(name).by_result();
    let panics = async || -> Result<(), Failed> { std::panic::panic_any(3_u8) };
    stage.play(async {
        let task = by_result("panics").spawn(panics());
        assert!(task.await.unwrap_err().is_panic());
        let task = by_result("waits").spawn(pending::<Result<(), Failed>>());
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let hangs = pending::<Result<(), Failed>>();
        by_result("hangs").timeout(Duration::ZERO, hangs).await.unwrap_err();
    });
    assert_eq!(outcomes(&stage, "panics"), [(State::Exception, Some("panic"))]);
    assert_eq!(stage.counts("waits"), Counts::cancelled(1));
    assert_eq!(outcomes(&stage, "hangs"), [(State::Timeout, Some("timeout"))]);
}

/// Closures, deadlines, groups and gathers can be classified too.
pub fn every_call_can_be_classified_by_its_result<H: Harness>() {
    let stage = Stage::<H>::new();
    let by_result = |name| stage.runtime.named(name).by_result();
    stage.play(async {
        let work = || Err::<(), _>(Failed::new(5));
        assert!(by_result("closure").spawn_blocking(work).await.unwrap().is_err());
        let hour = Duration::from_secs(3_600);
        assert!(by_result("timeout").timeout(hour, fails()).await.unwrap().is_err());
        assert!(by_result("in place").instrument(fails()).await.is_err());
        assert_eq!(by_result("gather").gather([fails(), fails()]).await.len(), 2);
        let group = by_result("group").task_group();
        group.spawn(fails());
        group.join().await.unwrap_err();
    });
    for (name, count) in
        [("closure", 1), ("timeout", 1), ("in place", 1), ("gather", 2), ("group", 1)]
    {
        assert_eq!(stage.counts(name), Counts::exception(count), "{name}");
    }
}

/// A custom classifier maps any output to any outcome.
pub fn a_classifier_maps_any_output_to_any_outcome<H: Harness>() {
    #[derive(Clone)]
    struct ByStatus;
    impl Classify<u32> for ByStatus {
        fn classify(&self, status: &u32) -> Outcome {
            match status {
                200 => Outcome::FINISHED,
                408 => Outcome::TIMEOUT,
                499 => Outcome::CANCELLED,
                _ => Outcome::exception("status"),
            }
        }
    }
    let stage = Stage::<H>::new();
    stage.play(async {
        let answers = [200, 408, 499, 500].map(|status| async move { status });
        stage.runtime.named("type").with_classifier(ByStatus).gather(answers).await;
        let negative = |number: &i32| {
            if *number < 0 { Outcome::exception("negative") } else { Outcome::FINISHED }
        };
        let task = stage.runtime.named("closure").with_classifier(negative).spawn(async { -1 });
        assert_eq!(task.await.unwrap(), -1);
    });
    let [finished, cancelled, timeout, exception] = [1; 4];
    let each = Counts { spawned: 4, active: 0, finished, cancelled, timeout, exception };
    assert_eq!(stage.counts("type"), each);
    assert_eq!(outcomes(&stage, "closure"), [(State::Exception, Some("negative"))]);
}
