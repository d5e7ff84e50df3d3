//! Takes task dumps, one at a time, on a thread of its own: a dump blocks for up to some seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tokio::sync::{Semaphore, oneshot};

/// At most one dump at a time.
#[derive(Clone, Debug)]
pub(super) struct Dumper {
    permit: Arc<Semaphore>,
    numbers: Arc<AtomicU64>,
}

impl Dumper {
    pub(super) fn new() -> Self {
        Self { permit: Arc::new(Semaphore::new(1)), numbers: Arc::default() }
    }

    /// Another one each time.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What `take` returns; `None` if a dump is being taken, or if the system cannot start a thread.
    ///
    /// If the caller goes away, the dump is taken all the same, and nobody gets it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        take: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let permit = Arc::clone(&self.permit).try_acquire_owned().ok()?;
        let (send, receive) = oneshot::channel();
        let thread = thread::Builder::new().name("runtime-hooks-dump".to_owned());
        let run = move || {
            let taken = take();
            // First, so that who gets this dump can ask for the next one.
            drop(permit);
            let _ = send.send(taken);
        };
        thread.spawn(run).ok()?;
        receive.await.ok()
    }
}
