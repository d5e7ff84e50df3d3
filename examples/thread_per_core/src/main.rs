//! A store of counters with one shard per core: `cargo run -p thread-per-core-example`.
//!
//! Each core owns the keys of its shard. Its tasks share the shard through an `Rc`, because they never leave their thread: the
//! program has no lock. A client sends a request to the core that owns the key, and awaits the answer. At the end the
//! program prints one table of the tasks of all cores.

use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZero;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use futures_channel::oneshot;
use runtime_hooks::{
    AsyncioExt, Config, Instrumentor, LocalRuntimeHooks, LocalRuntimeHooksExt, RuntimeHooksExt,
};
use thread_per_core_example::{CoreThreads, Cores, ThisCore};

/// The counters of one core.
type Shard = Rc<RefCell<HashMap<u64, u64>>>;

/// Adds 1 to a counter, and answers with its value.
struct Request {
    key: u64,
    answer: oneshot::Sender<u64>,
}

fn main() {
    let _ = Instrumentor::global().install(Config::from_env());
    let threads =
        CoreThreads::start(thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));
    let sum = count(threads.cores(), 1_000);
    println!("{sum}\n\n{}", Instrumentor::global().recorder().snapshot());
}

/// Runs clients that share 100 keys, and returns the sum of the answers.
fn count(cores: &Cores, clients: u64) -> u64 {
    let shards: Vec<_> = (0..cores.count()).map(|core| start_shard(&cores.on(core))).collect();
    cores.block_on(async {
        let tasks = (0..clients).map(|number| cores.spawn(client(shards.clone(), number % 100)));
        cores.gather(tasks).await.into_iter().map(|joined| joined.expect("no panic")).sum()
    })
}

/// Starts the shard of one core: a task that is `Send` goes to the core and spawns one that is not.
fn start_shard(core: &Cores) -> Sender<Request> {
    let (requests, received) = async_channel::unbounded();
    drop(core.spawn(async move { drop(ThisCore.spawn_local(shard(received))) }));
    requests
}

/// Owns the counters of one core, and starts a task for each request.
async fn shard(requests: Receiver<Request>) {
    let counters = Shard::default();
    while let Ok(request) = requests.recv().await {
        drop(ThisCore.spawn_local(answer(Rc::clone(&counters), request)));
    }
}

/// Handles one request. The work is a wait of 1 ms.
async fn answer(counters: Shard, request: Request) {
    ThisCore.sleep(Duration::from_millis(1)).await;
    let value = {
        let mut counters = counters.borrow_mut();
        let counter = counters.entry(request.key).or_default();
        *counter += 1;
        *counter
    };
    // A client that does not wait for its answer is no error.
    let _ = request.answer.send(value);
}

/// Sends one request to the core that owns the key.
async fn client(shards: Vec<Sender<Request>>, key: u64) -> u64 {
    let (answer, answered) = oneshot::channel();
    let owner = usize::try_from(key).expect("a small key") % shards.len();
    shards[owner].try_send(Request { key, answer }).expect("shards outlive their clients");
    answered.await.expect("each request is answered")
}

#[test]
fn each_request_is_counted_once_by_the_core_that_owns_its_key() {
    let _ = Instrumentor::global().install(Config::new());
    let threads = CoreThreads::start(NonZero::new(3).unwrap());
    // Ten requests for each of 100 keys.
    assert_eq!(count(threads.cores(), 1_000), 100 * (1..=10).sum::<u64>());
    drop(threads);
    let snapshot = Instrumentor::global().recorder().snapshot();
    for (name, tasks) in [("client", 1_000), ("answer", 1_000), ("shard", 3)] {
        let series = snapshot.find(name).unwrap();
        assert_eq!((series.spawned, series.active()), (tasks, 0), "{name}");
        assert_eq!(series.key.runtime(), "monoio");
    }
}
