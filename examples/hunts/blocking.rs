//! Requests are usually answered at once. Once in a while all of them take 200 ms.

use std::thread;
use std::time::Duration;

use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooksExt};

/// How long reading all prices takes.
const READING: Duration = Duration::from_millis(200);

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let network = runtime.clone();
    thread::spawn(move || receive(&network));
    // One task per worker: then no worker is left to answer.
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let refreshing = (0..workers).map(|_| runtime.spawn(refresh_prices(runtime.clone(), fixed)));
    for refreshed in refreshing.collect::<Vec<_>>() {
        refreshed.await.expect("it never ends");
    }
}

/// Requests arrive independently of the runtime.
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

/// Blocks, as a driver without an async API does.
fn read_prices() {
    thread::sleep(READING);
}
