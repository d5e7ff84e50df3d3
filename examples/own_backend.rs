//! A custom runtime: a thread pool around `async-executor`, `blocking` and `async-io`.
//!
//! `cargo run --example own_backend` prints the table of its tasks; `cargo test --example own_backend` runs the
//! conformance suite on it. The documentation of the suite explains this file.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_executor::Executor;
use async_io::Timer;
use futures_lite::future::{block_on, yield_now};
use runtime_hooks::{
    AsyncioExt, Config, Instrumentor, Joinable, RuntimeHooks, RuntimeHooksExt, joinable,
    joinable_blocking,
};

/// A handle of the pool, for spawning tasks. It is cheap to clone.
#[derive(Clone, Debug, Default)]
struct Pool(Arc<Executor<'static>>);

/// Owns the pool's threads. Dropping it stops them; dropping the last handle drops the tasks.
struct PoolThreads {
    pool: Pool,
    stop: async_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl PoolThreads {
    fn start(threads: NonZero<usize>) -> Self {
        let pool = Pool::default();
        let (stop, stopped) = async_channel::bounded::<()>(1);
        let run = |_| {
            let (executor, stopped) = (Arc::clone(&pool.0), stopped.clone());
            thread::spawn(move || {
                let _closed = block_on(executor.run(stopped.recv()));
            })
        };
        let threads = (0..threads.get()).map(run).collect();
        Self { pool, stop, threads }
    }
}

impl Drop for PoolThreads {
    fn drop(&mut self) {
        self.stop.close();
        for thread in self.threads.drain(..) {
            thread.join().expect("an executor does not panic");
        }
    }
}

impl RuntimeHooks for Pool {
    // The executor takes any `Future<Output = ()>`: the core creates handles that join and abort.
    type Task<T: Send + 'static> = Joinable<T>;
    type Sleep = Timer;

    fn name(&self) -> &'static str {
        "pool"
    }

    fn raw_spawn<F>(&self, future: F) -> Joinable<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (run, task) = joinable(future);
        self.0.spawn(run).detach();
        task
    }

    fn raw_spawn_blocking<F, T>(&self, work: F) -> Joinable<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (run, task) = joinable_blocking(work);
        blocking::unblock(run).detach();
        task
    }

    fn sleep(&self, duration: Duration) -> Timer {
        Timer::after(duration)
    }

    fn raw_block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(self.0.run(future))
    }

    // The following is optional: what the backend reports about itself.
}

async fn count_to(number: u32) -> u32 {
    for _ in 0..number {
        yield_now().await;
    }
    number
}

fn main() {
    let _ = Instrumentor::global().install(Config::from_env());
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let started = PoolThreads::start(threads);
    let pool = &started.pool;
    let sum: u32 = pool.block_on(async {
        let tasks = (0..100).map(|number| pool.spawn(count_to(number)));
        pool.gather(tasks).await.into_iter().map(|joined| joined.expect("no panic")).sum()
    });
    println!("{sum}\n\n{}", Instrumentor::global().recorder().snapshot());
}

/// The whole suite, one test per case.
#[cfg(test)]
mod own_backend {
    use super::*;
    use runtime_hooks_conformance::{Harness, conformance};

    impl Harness for PoolThreads {
        type Runtime = Pool;

        fn start() -> Self {
            Self::start(NonZero::new(2).unwrap())
        }

        fn runtime(&self) -> Pool {
            self.pool.clone()
        }

        fn shut_down(self) -> bool {
            true
        }
    }

    conformance!(PoolThreads);
}
