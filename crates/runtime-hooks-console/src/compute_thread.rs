//! The thread that computes all answers: the thread that serves connections only moves bytes.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use tokio::sync::oneshot;

/// A handle to the thread, which runs one job after the other. It ends when all handles are dropped.
#[derive(Clone, Debug)]
pub(crate) struct ComputeThread(mpsc::Sender<Job>);

type Job = Box<dyn FnOnce() + Send>;

impl ComputeThread {
    /// Starts the thread. None is started later, when the system may refuse one.
    pub(crate) fn start(name: &str) -> io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel::<Job>();
        let thread = Builder::new().name(name.to_owned());
        let thread = thread.spawn(move || jobs.into_iter().for_each(|job| job()))?;
        Ok((Self(sender), thread))
    }

    /// Runs `work` on the thread and returns its result, `None` if it panicked. It is not run if the caller no longer waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, result) = oneshot::channel();
        let job = move || {
            if reply.is_closed() {
                return;
            }
            // The panic hook has reported a panic. It ends this job only.
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
    async fn jobs_run_in_order_and_a_panic_ends_only_its_job() {
        let (compute, thread) = ComputeThread::start("compute").unwrap();
        assert_eq!(compute.run(|| 1).await, Some(1));
        let panics = || -> u32 { std::panic::panic_any(()) };
        assert_eq!(compute.run(panics).await, None);
        assert_eq!(compute.run(|| 2).await, Some(2));
        drop(compute);
        thread.join().unwrap();
    }

    #[tokio::test]
    async fn a_job_whose_caller_is_gone_is_skipped() {
        let (compute, thread) = ComputeThread::start("compute").unwrap();
        let (go, wait) = mpsc::channel::<()>();
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = |by: usize| {
            let ran = Arc::clone(&ran);
            move || ran.fetch_add(by, Ordering::Relaxed)
        };
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = Box::pin(compute.run(move || wait.recv()));
        assert!(first.as_mut().poll(&mut cx).is_pending());
        let mut second = Box::pin(compute.run(counted(1)));
        assert!(second.as_mut().poll(&mut cx).is_pending());
        drop(second);
        go.send(()).unwrap();
        assert_eq!(first.await, Some(Ok(())));
        assert_eq!(compute.run(counted(10)).await, Some(0));
        drop(compute);
        thread.join().unwrap();
    }
}
