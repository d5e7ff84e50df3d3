//! What a process carries along: entered around each of its runs, told of its end.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::yield_now;
use runtime_hooks_core::{
    Carried, Config, Detail, ManualClock, Outcome, RuntimeHooksExt, Submission, TraceNames, Tracer,
};

use crate::{Harness, Stage};

thread_local! {
    static CURRENT: Cell<u32> = const { Cell::new(0) };
}

/// Carries the submitter's `CURRENT`, and writes down what it is told.
#[derive(Debug, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

struct Note {
    name: String,
    current: u32,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Tracer for Notes {
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn Carried>> {
        if !process.is_traced() {
            return None;
        }
        let name = process.name().unwrap_or_default().to_owned();
        Some(Arc::new(Note { name, current: CURRENT.get(), notes: Arc::clone(&self.0) }))
    }
}

impl Carried for Note {
    fn enter(&self, run: &mut dyn FnMut()) {
        struct Restore(u32);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(self.current));
        run();
    }

    fn end(&self, outcome: Outcome, _: Duration) {
        self.notes.lock().unwrap().push(format!("{} {}", self.name, outcome.state()));
    }
}

fn traced<H: Harness>() -> (Stage<H>, Arc<Mutex<Vec<String>>>) {
    let tracer = Notes::default();
    let notes = Arc::clone(&tracer.0);
    let names = TraceNames::none().coroutines("*").to_thread("*");
    let config = Config::new().detail(Detail::Counts).trace(names).tracer(Arc::new(tracer));
    (Stage::with(ManualClock::new(), config), notes)
}

/// Also after a wait, on whatever thread, and in a nested task; afterwards all is as it was.
pub fn is_entered_around_each_run<H: Harness>() {
    async fn nested<R: crate::TestRuntime>(runtime: R) -> u32 {
        yield_now().await;
        let inner = runtime.spawn(async {
            yield_now().await;
            CURRENT.get()
        });
        inner.await.unwrap() + 100 * CURRENT.get()
    }
    let (stage, _) = traced::<H>();
    for current in [3, 4] {
        CURRENT.set(current);
        let task = stage.runtime.spawn(nested(stage.runtime.clone()));
        CURRENT.set(0);
        assert_eq!(stage.play(task).unwrap(), 101 * current);
        assert_eq!(CURRENT.get(), 0);
    }
}

/// Once each, whatever the end.
pub fn is_told_of_every_end<H: Harness>() {
    let (stage, notes) = traced::<H>();
    let runtime = &stage.runtime;
    stage.play(async {
        runtime.task("a").spawn(async {}).await.unwrap();
        let panics = async { std::panic::panic_any(()) };
        assert!(runtime.task("b").spawn(panics).await.is_err());
        let waits = runtime.task("c").spawn(std::future::pending::<()>());
        waits.abort();
        assert!(waits.await.is_err());
        let waits = std::future::pending::<()>();
        runtime.task("d").timeout(Duration::ZERO, waits).await.unwrap_err();
        drop(runtime.task("e").instrument(async {}));
    });
    let expected = ["a finished", "b exception", "c cancelled", "d timeout", "e cancelled"];
    assert_eq!(*notes.lock().unwrap(), expected);
}

/// On the blocking pool too.
pub fn carries_into_a_closure<H: Harness>() {
    let (stage, notes) = traced::<H>();
    CURRENT.set(8);
    let task = stage.runtime.task("closure").spawn_blocking(|| CURRENT.get());
    CURRENT.set(0);
    assert_eq!(stage.play(task).unwrap(), 8);
    assert_eq!(*notes.lock().unwrap(), ["closure finished"]);
}
