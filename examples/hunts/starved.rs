//! Pictures are scaled down on the blocking pool. Each takes 100 ms, and users wait for seconds.

use std::sync::Arc;
use std::time::Duration;

use async_channel::{Receiver, bounded};
use futures_util::future::join_all;
use runtime_hooks::{AnyRuntime, RuntimeHooksExt};

/// More than any of the blocking pools has threads.
const PICTURES: usize = 1_500;
const MAX_CONCURRENT: usize = 64;

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let (permits, free) = bounded(MAX_CONCURRENT);
    for _ in 0..MAX_CONCURRENT {
        permits.try_send(()).expect("there is room for all");
    }
    let gate = Arc::new((permits, free));
    loop {
        let pictures =
            (0..PICTURES).map(|_| runtime.spawn(upload(runtime.clone(), gate.clone(), fixed)));
        for uploaded in join_all(pictures).await {
            uploaded.expect("uploading does not panic");
        }
    }
}

async fn upload(
    runtime: AnyRuntime,
    gate: Arc<(async_channel::Sender<()>, Receiver<()>)>,
    fixed: bool,
) {
    if fixed {
        // A task that waits here takes no place in the pool's queue, and can still be cancelled.
        gate.1.recv().await.expect("the gate is open");
    }
    let smaller = runtime.named("make_smaller").spawn_blocking(make_smaller);
    smaller.await.expect("it does not panic");
    if fixed {
        gate.0.try_send(()).expect("the place was ours");
    }
}

fn make_smaller() {
    std::thread::sleep(Duration::from_millis(100));
}
