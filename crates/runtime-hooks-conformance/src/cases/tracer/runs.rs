//! When a task context is entered.

use std::cell::RefCell;
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures_lite::future::yield_now;
use runtime_hooks_core::{
    Config, Detail, ManualClock, Outcome, RuntimeHooksExt, Submission, TaskContext, Tracer,
};

use super::notes::{CURRENT, traced};
use crate::{Counts, Harness, Stage};

/// A task context is entered around each poll, on each thread and in a nested task. After each run the thread's state is
/// restored.
pub fn a_task_context_is_entered_around_each_run<H: Harness>() {
    async fn nested<R: runtime_hooks_core::RuntimeHooks>(runtime: R) -> u32 {
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

/// A task context is entered on the blocking pool, around the closure.
pub fn a_task_context_is_entered_around_a_blocking_closure<H: Harness>() {
    let (stage, ends) = traced::<H>();
    CURRENT.set(8);
    let task = stage.runtime.named("closure").spawn_blocking(|| CURRENT.get());
    CURRENT.set(0);
    assert_eq!(stage.play(task).unwrap(), 8);
    assert_eq!(*ends.lock().unwrap(), [("closure".to_owned(), Outcome::FINISHED, Duration::ZERO)]);
}

/// A thread ends with a task in a thread-local that is older than the tracer's. The task context is no longer entered on
/// that thread, and is notified of the end on another one. A task that is submitted there has no task context. All are
/// counted.
pub fn a_tracer_is_not_called_while_thread_locals_are_destroyed<H: Harness>() {
    type Calls = Arc<Mutex<Vec<(&'static str, ThreadId)>>>;
    #[derive(Clone)]
    struct Writes(Calls);
    impl Writes {
        fn write(&self, call: &'static str) {
            self.0.lock().unwrap().push((call, thread::current().id()));
        }
    }
    impl Tracer for Writes {
        fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn TaskContext>> {
            self.write("submit");
            Some(Arc::new(self.clone()))
        }
    }
    impl TaskContext for Writes {
        fn enter(&self, run: &mut dyn FnMut()) {
            self.write("enter");
            run();
        }
        fn wants_polls(&self) -> bool {
            true
        }
        fn poll_ended(&self, _: Duration, _: Option<Duration>) {
            self.write("ran");
        }
        fn end(&self, outcome: Outcome, _: Duration) {
            self.write(outcome.state().as_str());
        }
    }

    type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
    struct AtTheEnd(Vec<Boxed>, Box<dyn FnMut()>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let mut cx = Context::from_waker(Waker::noop());
            assert_eq!(self.0[0].as_mut().poll(&mut cx), Poll::Ready(()));
            assert_eq!(self.0[1].as_mut().poll(&mut cx), Poll::Pending);
            self.0.clear();
            (self.1)();
        }
    }
    thread_local! {
        static KEPT: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }

    let calls = Calls::default();
    let config = Config::new().detail(Detail::Counts).tracer(Arc::new(Writes(Arc::clone(&calls))));
    let stage = Stage::<H>::with(ManualClock::new(), config);
    let runtime = stage.runtime.clone();
    let thread = thread::spawn(move || {
        KEPT.with_borrow_mut(|kept| {
            let finishes = Box::pin(runtime.named("kept").instrument(async {})) as Boxed;
            let waits = Box::pin(runtime.named("kept").instrument(pending::<()>())) as Boxed;
            let submits = move || drop(runtime.named("last").instrument(async {}));
            *kept = Some(AtTheEnd(vec![finishes, waits], Box::new(submits)));
        });
        thread::current().id()
    });
    let own = thread.join().unwrap();
    assert_eq!(
        stage.counts("kept"),
        Counts { spawned: 2, finished: 1, cancelled: 1, ..Counts::NONE }
    );
    assert_eq!(stage.counts("last"), Counts::cancelled(1));
    let expected = [
        ("submit", true),
        ("submit", true),
        ("ran", false),
        ("finished", false),
        ("ran", false),
        ("cancelled", false),
    ];
    // The ending thread waits for the notification for a limited time only, so it may come later.
    stage.play(async {
        while calls.lock().unwrap().len() < expected.len() {
            yield_now().await;
        }
    });
    let calls = calls.lock().unwrap();
    let made: Vec<_> = calls.iter().map(|(call, thread)| (*call, *thread == own)).collect();
    assert_eq!(made, expected);
}
