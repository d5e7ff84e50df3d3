//! What async-std has behind its `unstable` feature.
#![cfg(feature = "unstable")]

use std::rc::Rc;

use runtime_hooks_async_std::{AsyncStd, Config, Detail, Instrumentor, RuntimeHooksExt};

#[test]
fn a_local_task_can_hold_values_that_are_not_send() {
    let instrumentor = Instrumentor::installed(Config::new().detail(Detail::Full));
    let observed = AsyncStd.with_instrumentor(instrumentor.clone());
    let sum = async_std::task::block_on(async {
        let here = Rc::new(20);
        let task = observed.named("local").spawn_local(async move {
            async_std::task::yield_now().await;
            *here + 1
        });
        task.await.unwrap()
    });
    assert_eq!(sum, 21);
    let snapshot = instrumentor.recorder().snapshot();
    let series = snapshot.find("local").unwrap();
    assert_eq!((series.spawned, series.ended(), series.poll.count()), (1, 1, 2));
}
