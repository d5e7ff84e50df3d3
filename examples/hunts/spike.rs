//! Every two seconds some requests take 300 ms instead of 1 ms. The watchdog prints which lines hold the workers meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooks, RuntimeHooksExt};

/// How many requests come in a second.
const REQUESTS: u32 = 200;
/// The time between two snapshots, and how long the disk takes to write one.
const SNAPSHOTS: Duration = Duration::from_secs(2);
const DISK: Duration = Duration::from_millis(300);

/// What the service counts.
#[derive(Default)]
struct Table {
    entries: Mutex<u64>,
    /// How long the requests of the last second took.
    durations: Mutex<Vec<Duration>>,
}

pub(crate) async fn serve(runtime: AnyRuntime, fixed: bool) {
    let table = Arc::<Table>::default();
    // Requests come whatever the runtime does.
    let (of_clients, to_ask) = (runtime.clone(), Arc::clone(&table));
    let clients = thread::Builder::new().name("clients".to_owned());
    clients.spawn(move || ask(&of_clients, &to_ask)).expect("the system starts a thread");
    drop(runtime.spawn(report(runtime.clone(), Arc::clone(&table))));
    let snapshots = runtime.spawn(snapshots(runtime.clone(), table, fixed));
    snapshots.await.expect("it never ends");
}

fn ask(runtime: &AnyRuntime, table: &Arc<Table>) {
    loop {
        thread::sleep(Duration::from_secs(1) / REQUESTS);
        drop(runtime.spawn(answer(runtime.clone(), Arc::clone(table), Instant::now())));
    }
}

async fn answer(runtime: AnyRuntime, table: Arc<Table>, came: Instant) {
    runtime.sleep(Duration::from_millis(1)).await;
    count(&table);
    table.durations.lock().unwrap_or_else(PoisonError::into_inner).push(came.elapsed());
}

fn count(table: &Table) {
    let mut entries = table.entries.lock().unwrap_or_else(PoisonError::into_inner);
    *entries += 1;
}

/// Saves the table. The fault: it holds the lock while the disk writes.
async fn snapshots(runtime: AnyRuntime, table: Arc<Table>, fixed: bool) {
    let mut turns = runtime.interval(SNAPSHOTS);
    loop {
        turns.tick().await;
        if fixed {
            let entries = *table.entries.lock().unwrap_or_else(PoisonError::into_inner);
            let saved = runtime.named("write").spawn_blocking(move || write(entries));
            saved.await.expect("writing does not panic");
        } else {
            let entries = table.entries.lock().unwrap_or_else(PoisonError::into_inner);
            write(*entries);
        }
    }
}

/// Blocks, as `File::sync_all` does.
fn write(_: u64) {
    thread::sleep(DISK);
}

/// Prints once a second how long requests took.
async fn report(runtime: AnyRuntime, table: Arc<Table>) {
    let mut turns = runtime.interval(Duration::from_secs(1));
    loop {
        turns.tick().await;
        let mut of_second =
            std::mem::take(&mut *table.durations.lock().unwrap_or_else(PoisonError::into_inner));
        of_second.sort_unstable();
        let at = |part: usize| of_second.get(of_second.len() * part / 100).copied();
        if let (Some(median), Some(p99)) = (at(50), at(99)) {
            println!("{} requests, median {median:.1?}, p99 {p99:.1?}", of_second.len());
        }
    }
}
