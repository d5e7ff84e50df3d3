//! Heap use of pending tasks, by variant, on every runtime. `cargo bench --bench memory`.

use std::alloc;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use futures_util::future::join_all;
use runtime_hooks_benches::report::{Held, Memory, save};
use runtime_hooks_benches::runtime::{
    AsyncStdDropIn, AsyncStdRuntime, Runtime, SmolDropIn, SmolExecutor, SmolGlobal, TokioDropIn,
    TokioRuntime,
};
use runtime_hooks_benches::{Instrumented, Job, System, variants};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<alloc::System> = &INSTRUMENTED_SYSTEM;

const TASKS: u32 = 100_000;

fn main() {
    let memory = [
        measure(&TokioRuntime::current_thread(false), Some(TokioDropIn)),
        measure(&TokioRuntime::multi_thread(), Some(TokioDropIn)),
        measure(&SmolGlobal, Some(SmolDropIn)),
        measure(&SmolExecutor::default(), None::<SmolDropIn>),
        measure(&AsyncStdRuntime, Some(AsyncStdDropIn)),
    ];
    memory.iter().for_each(|memory| print!("{memory}"));
    save("memory", &memory);
}

fn measure<R, D>(runtime: &R, drop_in: Option<D>) -> Memory
where
    R: Runtime<Hooks: Clone + Send + Sync + 'static>,
    D: System,
    Instrumented<R::Hooks>: System,
{
    let hold = Hold::default();
    let row = |variant: &mut runtime_hooks_benches::Variant<'_>| {
        // Warms up: what a variant or a runtime allocates once does not belong to a task.
        variant.run(TASKS);
        variant.run(TASKS);
        let (bytes, allocations) = *hold.each.lock().expect("no panic");
        Held { name: variant.name().to_owned(), bytes, allocations }
    };
    let rows = variants(runtime, drop_in, hold.clone()).iter_mut().map(row).collect();
    Memory { runtime: runtime.title().to_owned(), rows }
}

/// Spawns waiting tasks, and stores the heap use of each.
#[derive(Clone, Default)]
struct Hold {
    each: Arc<Mutex<(f64, f64)>>,
}

impl Job for Hold {
    async fn run<S: System, R: Runtime>(self, system: S, _: R, times: u32) {
        let gate = Arc::new(Gate::new(times));
        let mut tasks = Vec::with_capacity(times as usize);
        let heap = Region::new(ALLOCATOR);
        tasks.extend((0..times).map(|_| {
            let gate = Arc::clone(&gate);
            system.spawn(async move { gate.pass().await })
        }));
        gate.all_wait().await;
        let held = heap.change();
        let each = |n: isize| n as f64 / f64::from(times);
        let bytes = held.bytes_allocated.cast_signed() - held.bytes_deallocated.cast_signed();
        let allocations = held.allocations.cast_signed() - held.deallocations.cast_signed();
        *self.each.lock().expect("no panic") = (each(bytes), each(allocations));
        gate.open();
        join_all(tasks).await;
    }
}

/// Lets tasks wait, without an allocation per task.
struct Gate(Mutex<State>);

struct State {
    is_open: bool,
    waiting: Vec<Waker>,
    all: usize,
    watcher: Option<Waker>,
}

impl Gate {
    fn new(all: u32) -> Self {
        let all = all as usize;
        let waiting = Vec::with_capacity(all);
        Self(Mutex::new(State { is_open: false, waiting, all, watcher: None }))
    }

    async fn pass(&self) {
        poll_fn(|cx| {
            let mut state = self.0.lock().expect("no panic");
            if state.is_open {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            if state.waiting.len() == state.all {
                state.watcher.take().into_iter().for_each(Waker::wake);
            }
            Poll::Pending
        })
        .await;
    }

    async fn all_wait(&self) {
        poll_fn(|cx| {
            let mut state = self.0.lock().expect("no panic");
            if state.waiting.len() == state.all {
                return Poll::Ready(());
            }
            state.watcher = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn open(&self) {
        let mut state = self.0.lock().expect("no panic");
        state.is_open = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
