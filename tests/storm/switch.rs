//! Switches instrumentation on and off while tasks are spawned. Each recorded task is recorded to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use runtime_hooks::{Config, Instrumentor, Recorder, RuntimeHooksExt, TokioRuntime};

use crate::driver::work;
use crate::instrumented::{DETAILS, MAX_NAMES};

/// Returns the number of switches.
pub(crate) fn on_and_off_while(is_over: &AtomicBool) -> usize {
    let recorder = Recorder::new();
    let instrumentor = Arc::new(Instrumentor::new());
    let runtime = TokioRuntime::multi_thread().expect("a runtime");
    let tokio = runtime.handle().with_instrumentor(Arc::clone(&instrumentor));
    let (switched, spawned) = thread::scope(|scope| {
        let spawning = scope.spawn(|| {
            let mut spawned = 0;
            while !is_over.load(Ordering::Relaxed) {
                runtime.block_on(async {
                    let tasks: Vec<_> = (1..20).map(|polls| tokio.spawn(work(polls))).collect();
                    for task in tasks {
                        task.await.expect("no panic");
                        spawned += 1;
                    }
                });
            }
            spawned
        });
        let mut switched = 0_usize;
        while !is_over.load(Ordering::Relaxed) {
            let detail = DETAILS[switched % DETAILS.len()];
            let config =
                Config::new().max_names(MAX_NAMES).detail(detail).live(switched.is_multiple_of(3));
            let _ = instrumentor.install(config.recorder(recorder.clone()));
            thread::yield_now();
            assert!(instrumentor.uninstall());
            thread::yield_now();
            switched += 1;
        }
        (switched, spawning.join().expect("the spawner"))
    });
    assert_eq!(recorder.live(), [], "switched: still in the list of live tasks");
    let snapshot = recorder.snapshot();
    let [series] = &snapshot.series[..] else { panic!("one name: {snapshot}") };
    assert_eq!((series.active(), series.ended()), (0, series.spawned), "switched: begun and ended");
    assert!(series.spawned > 0, "nothing was recorded while it was on");
    assert!(series.spawned <= spawned, "{} recorded of {spawned}", series.spawned);
    switched
}
