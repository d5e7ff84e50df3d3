//! Tasks that are not `Send`, and what the suite does not ask of a runtime.

use std::cell::RefCell;
use std::future::pending;
use std::num::NonZero;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use runtime_hooks::{
    Config, Instrumentor, LocalRuntimeHooks, LocalRuntimeHooksExt, Recorder, RuntimeHooks,
    RuntimeHooksExt, State, WithInstrumentor,
};
use thread_per_core_example::{CoreThreads, ThisCore};

/// The runtime of this thread, and a recorder of its own.
fn recorded() -> (WithInstrumentor<ThisCore>, Recorder) {
    let recorder = Recorder::builder().build();
    let instrumentor = Instrumentor::installed(Config::new().recorder(recorder.clone()));
    (ThisCore.with_instrumentor(instrumentor), recorder)
}

async fn panics() {
    std::panic::panic_any(7_u8);
}

#[test]
fn tasks_of_one_thread_share_an_rc() {
    let (runtime, recorder) = recorded();
    let sum = Rc::new(RefCell::new(0));
    runtime.block_on(async {
        let add = |number| {
            let (runtime, sum) = (runtime.clone(), Rc::clone(&sum));
            async move {
                runtime.sleep(Duration::from_millis(1)).await;
                *sum.borrow_mut() += number;
            }
        };
        let tasks: Vec<_> =
            (1..=10).map(|number| runtime.named("add").spawn_local(add(number))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*sum.borrow(), 55);
    let snapshot = recorder.snapshot();
    let series = snapshot.find("add").unwrap();
    assert_eq!((series.spawned, series.ended_as(State::Finished)), (10, 10));
    assert_eq!(series.key.runtime(), "monoio");
}

#[test]
fn a_panic_of_a_local_task_comes_back_from_its_handle() {
    let (runtime, recorder) = recorded();
    let joined = runtime.block_on(async {
        let task = runtime.named("panics").spawn_local(panics());
        task.await
    });
    let payload = joined.unwrap_err().try_into_panic().unwrap();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&7));
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.find("panics").unwrap().ended_as(State::Exception), 1);
}

#[test]
fn an_aborted_local_task_drops_its_future_before_its_handle_resolves() {
    let (runtime, _) = recorded();
    let held = Rc::new(());
    runtime.block_on(async {
        let inside = Rc::clone(&held);
        let task = runtime.spawn_local(async move {
            pending::<()>().await;
            drop(inside);
        });
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(Rc::strong_count(&held), 1);
    });
}

#[test]
fn tasks_that_wait_are_cancelled_when_their_runtime_ends() {
    let (runtime, recorder) = recorded();
    let held = Rc::new(());
    runtime.block_on(async {
        for _ in 0..3 {
            let inside = Rc::clone(&held);
            drop(runtime.named("waits").spawn_local(async move {
                pending::<()>().await;
                drop(inside);
            }));
        }
    });
    assert_eq!(Rc::strong_count(&held), 1);
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.find("waits").unwrap().ended_as(State::Cancelled), 3);
}

#[test]
fn a_local_timeout_elapses() {
    let (runtime, recorder) = recorded();
    let result = runtime.block_on(async {
        let never = pending::<Rc<()>>();
        runtime.named("never").timeout(Duration::from_millis(1), never).await
    });
    assert!(result.is_err());
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.find("never").unwrap().ended_as(State::Timeout), 1);
}

#[test]
fn a_panic_of_the_outermost_future_leaves_block_on() {
    let outcome = thread::spawn(|| ThisCore.raw_block_on(panics()));
    assert_eq!(outcome.join().unwrap_err().downcast_ref::<u8>(), Some(&7));
}

#[test]
#[should_panic(expected = "this thread runs no monoio runtime")]
fn a_local_task_outside_a_runtime_is_refused() {
    drop(ThisCore.spawn_local(async {}));
}

#[test]
fn a_task_runs_on_the_core_that_was_chosen_and_its_children_stay_there() {
    let threads = CoreThreads::start(NonZero::new(3).unwrap());
    let cores = threads.cores();
    for core in 0..3 {
        let further = cores.clone();
        let (on, child_on) = cores.block_on(async {
            let on = || thread::current().name().map(str::to_owned);
            let parent = cores
                .on(core)
                .raw_spawn(async move { (on(), further.raw_spawn(async move { on() })) });
            let (on, child) = parent.await.unwrap();
            (on, child.await.unwrap())
        });
        assert_eq!(on, Some(format!("core-{core}")));
        assert_eq!(child_on, on);
    }
}

#[test]
fn tasks_from_elsewhere_go_to_the_cores_in_turn() {
    let threads = CoreThreads::start(NonZero::new(3).unwrap());
    let cores = threads.cores();
    let mut counts = [0; 3];
    cores.block_on(async {
        for _ in 0..30 {
            let name = cores.raw_spawn(async { thread::current().name().map(str::to_owned) });
            let core = name.await.unwrap().unwrap().replace("core-", "");
            counts[core.parse::<usize>().unwrap()] += 1;
        }
    });
    assert_eq!(counts, [10; 3]);
}

#[test]
fn tasks_from_elsewhere_take_turns_also_if_tasks_spawn_tasks() {
    let threads = CoreThreads::start(NonZero::new(2).unwrap());
    let cores = threads.cores();
    let mut counts = [0; 2];
    cores.block_on(async {
        for _ in 0..10 {
            let further = cores.clone();
            let parent = cores.raw_spawn(async move {
                drop(further.raw_spawn(async {}));
                thread::current().name() == Some("core-0")
            });
            counts[usize::from(parent.await.unwrap())] += 1;
        }
    });
    assert_eq!(counts, [5; 2]);
}

#[test]
fn a_destructor_that_panics_ends_its_task_and_not_its_core() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }

    let waits = || async {
        let _bomb = Bomb;
        pending::<()>().await;
    };
    let threads = CoreThreads::start(NonZero::<usize>::MIN);
    let cores = threads.cores();
    let [aborted, left] = [cores.raw_spawn(waits()), cores.raw_spawn(waits())];
    cores.block_on(async {
        cores.raw_spawn(async {}).await.unwrap(); // and both wait
        aborted.abort();
        assert!(aborted.await.unwrap_err().is_cancelled());
        cores.raw_spawn(async {}).await.unwrap();
    });
    drop(threads);
    assert!(left.is_finished());
}

#[test]
fn what_is_spawned_on_cores_that_have_ended_is_cancelled() {
    let threads = CoreThreads::start(NonZero::<usize>::MIN);
    let cores = threads.cores().clone();
    drop(threads);
    assert!(cores.block_on(cores.raw_spawn(async {})).unwrap_err().is_cancelled());
}
