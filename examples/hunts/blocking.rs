//! Requests are answered at once, most of the time. Now and then all of them take a fifth of a second.

use std::thread;
use std::time::Duration;

use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooksExt};

/// What it takes to read all prices.
const READING: Duration = Duration::from_millis(200);

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let network = runtime.clone();
    thread::spawn(move || receive(&network));
    // As many as there are workers: then nobody is left to answer.
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let refreshing = (0..workers).map(|_| runtime.spawn(refresh_prices(runtime.clone(), fixed)));
    for refreshed in refreshing.collect::<Vec<_>>() {
        refreshed.await.expect("it never ends");
    }
}

/// Requests come from outside, whatever the runtime is doing.
fn receive(runtime: &AnyRuntime) {
    loop {
        drop(runtime.spawn_threadsafe(answer()));
        thread::sleep(Duration::from_millis(5));
    }
}

async fn answer() {
    std::hint::black_box("200 OK");
}

async fn refresh_prices(runtime: AnyRuntime, fixed: bool) {
    let mut turns = runtime.interval(Duration::from_secs(1));
    loop {
        turns.tick().await;
        if fixed {
            let read = runtime.named("read_prices").spawn_blocking(read_prices);
            read.await.expect("reading does not panic");
        } else {
            read_prices();
        }
    }
}

/// As a driver does that knows nothing of async.
fn read_prices() {
    thread::sleep(READING);
}
