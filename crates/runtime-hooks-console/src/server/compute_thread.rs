//! The thread that computes: the accepting thread only moves bytes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use tokio::sync::oneshot;

/// Runs one job after the other. It ends when all its handles are dropped.
#[derive(Clone, Debug)]
pub(crate) struct ComputeThread(mpsc::Sender<Job>);

type Job = Box<dyn FnOnce() + Send>;

impl ComputeThread {
    /// Starts the thread: no thread is started later, when there may be none to be had.
    pub(crate) fn start(name: &str) -> io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel::<Job>();
        let thread = Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || jobs.into_iter().for_each(|job| job()))?;
        Ok((Self(sender), thread))
    }

    /// What `work` returns, `None` if it panicked. A caller that is dropped before its turn costs nothing.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, result) = oneshot::channel();
        let job = move || {
            if reply.is_closed() {
                return;
            }
            // The panic hook has reported a panic; it ends this job alone.
            if let Ok(value) = catch_unwind(AssertUnwindSafe(work)) {
                let _ = reply.send(value);
            }
        };
        self.0.send(Box::new(job)).ok()?;
        result.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    #[tokio::test]
    async fn jobs_run_in_order_and_a_panic_ends_only_its_own() {
        let (worker, thread) = ComputeThread::start("worker").unwrap();
        assert_eq!(worker.run(|| 1).await, Some(1));
        let panics = || -> u32 { std::panic::panic_any(()) };
        assert_eq!(worker.run(panics).await, None);
        assert_eq!(worker.run(|| 2).await, Some(2));
        drop(worker);
        thread.join().unwrap();
    }

    #[tokio::test]
    async fn a_job_whose_caller_is_gone_is_skipped() {
        let (worker, thread) = ComputeThread::start("worker").unwrap();
        let (go, wait) = mpsc::channel::<()>();
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = |by: usize| {
            let ran = Arc::clone(&ran);
            move || ran.fetch_add(by, Ordering::Relaxed)
        };
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = Box::pin(worker.run(move || wait.recv()));
        assert!(first.as_mut().poll(&mut cx).is_pending());
        let mut second = Box::pin(worker.run(counted(1)));
        assert!(second.as_mut().poll(&mut cx).is_pending());
        drop(second);
        go.send(()).unwrap();
        assert_eq!(first.await, Some(Ok(())));
        assert_eq!(worker.run(counted(10)).await, Some(0));
        drop(worker);
        thread.join().unwrap();
    }
}
