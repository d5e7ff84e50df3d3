//! Requests are answered at once, most of the time. Now and then all of them take a fifth of a second.

use std::time::Duration;

use runtime_hooks::{AnyRuntime, RuntimeHooksExt};

/// What it takes to read all prices.
const READING: Duration = Duration::from_millis(200);

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    // One for each thread that tokio has on a small machine: then nobody is left to answer.
    for _ in 0..2 {
        drop(runtime.spawn(refresh_prices(runtime.clone(), fixed)));
    }
    let mut requests = runtime.interval(Duration::from_millis(5));
    loop {
        requests.tick().await;
        drop(runtime.spawn(answer(runtime.clone())));
    }
}

async fn answer(runtime: AnyRuntime) {
    runtime.interval(Duration::from_millis(2)).tick().await;
}

async fn refresh_prices(runtime: AnyRuntime, fixed: bool) {
    let mut turns = runtime.interval(Duration::from_secs(1));
    loop {
        turns.tick().await;
        if fixed {
            let read = runtime.task("read_prices").spawn_blocking(read_prices);
            read.await.expect("reading does not panic");
        } else {
            read_prices();
        }
    }
}

/// As a driver does that knows nothing of async.
fn read_prices() {
    std::thread::sleep(READING);
}
