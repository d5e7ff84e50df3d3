//! Every second, no request is answered for 200 ms, on any worker. The flight record shows which task holds the workers.

use std::thread;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender, bounded};
use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooks, RuntimeHooksExt};

/// The names of the tasks that answer requests, and how long one request takes.
const SERVICES: [(&str, Duration); 3] = [
    ("account", Duration::from_micros(200)),
    ("cart", Duration::from_micros(300)),
    ("search", Duration::from_micros(400)),
];
/// Of each service. Each connection is a task.
const CONNECTIONS: usize = 4;
/// The time between two requests, of all clients together.
const PAUSE: Duration = Duration::from_micros(1_700);
/// How long reading all entries of a cache takes.
const READING: Duration = Duration::from_millis(200);

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let accept = |(name, work)| {
        let (client, requests) = bounded(1);
        drop(runtime.named(name).spawn(answer(requests, work)));
        client
    };
    let clients: Vec<_> = (0..CONNECTIONS).flat_map(|_| SERVICES.map(accept)).collect();
    // Requests arrive independently of the runtime.
    let sending = thread::Builder::new().name("clients".to_owned());
    sending.spawn(move || send(&clients)).expect("the system starts a thread");
    // Each worker has a cache of its own, and so a task that rebuilds it.
    let rebuilding =
        (0..workers(&runtime)).map(|_| runtime.spawn(rebuild_cache(runtime.clone(), fixed)));
    for rebuilt in rebuilding.collect::<Vec<_>>() {
        rebuilt.await.expect("it never ends");
    }
}

/// The number of threads that run tasks, unless the environment sets it.
fn workers(runtime: &AnyRuntime) -> usize {
    match runtime.name() {
        "smol" => 1,
        _ => thread::available_parallelism().map_or(1, usize::from),
    }
}

/// Each client in turn sends a request, unless it still waits for the answer to its last one.
fn send(clients: &[Sender<()>]) {
    for client in clients.iter().cycle() {
        let _ = client.try_send(());
        thread::sleep(PAUSE);
    }
}

/// Answers the requests of one connection.
async fn answer(requests: Receiver<()>, work: Duration) {
    while requests.recv().await.is_ok() {
        let start = Instant::now();
        while start.elapsed() < work {
            std::hint::spin_loop();
        }
    }
}

async fn rebuild_cache(runtime: AnyRuntime, fixed: bool) {
    let mut turns = runtime.interval(Duration::from_secs(1));
    loop {
        turns.tick().await;
        if fixed {
            let read = runtime.named("read_entries").spawn_blocking(read_entries);
            read.await.expect("reading does not panic");
        } else {
            read_entries();
        }
    }
}

/// Blocks, as a driver without an async API does.
fn read_entries() {
    thread::sleep(READING);
}
