//! Threads of this project. Each has a name and can be joined with a time limit.

use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use crate::fork::Process;

/// A background thread. Its owner tells it to end, and joins it with a time limit.
///
/// `docs/threads.md` of the repository lists these threads. Dropping the handle leaves the thread running.
#[derive(Debug)]
pub struct ServiceThread {
    process: Process,
    id: ThreadId,
    end_signal: Arc<EndSignal>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

/// Whether the closure has returned or panicked.
#[derive(Debug, Default)]
struct EndSignal {
    has_ended: Mutex<bool>,
    changed: Condvar,
}

impl ServiceThread {
    /// Starts a thread.
    ///
    /// # Errors
    ///
    /// If the operating system cannot create a thread.
    pub fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let end_signal = Arc::<EndSignal>::default();
        let end = SignalOnDrop(Arc::clone(&end_signal));
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _end = end;
            run();
        })?;
        let id = thread.thread().id();
        Ok(Self { process: Process::current(), id, end_signal, handle: Mutex::new(Some(thread)) })
    }

    /// Waits until the thread has ended, for `limit` at most; returns whether it has. Any number of threads may wait.
    ///
    /// Returns `true` at once in a forked child, which does not have the thread. Returns `false` at once when called
    /// on the thread itself.
    pub fn join_within(&self, limit: Duration) -> bool {
        if !self.process.is_current() {
            return true;
        }
        if thread::current().id() == self.id {
            return false;
        }
        let has_ended = lock(&self.end_signal.has_ended);
        let waited =
            self.end_signal.changed.wait_timeout_while(has_ended, limit, |has_ended| !*has_ended);
        let (has_ended, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let ended = *has_ended;
        drop(has_ended);
        if ended {
            // Under the lock, so that the thread has ended for all who wait. Only destructors of its thread-locals
            // can still run.
            let mut handle = lock(&self.handle);
            // The panic hook has already printed its panic.
            let _ = handle.take().map(JoinHandle::join);
        }
        ended
    }
}

impl Drop for ServiceThread {
    fn drop(&mut self) {
        // In a forked child the handle belongs to no thread, or to another one by now: it must not be detached.
        if !self.process.is_current() {
            let handle = self.handle.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(handle.take());
        }
    }
}

/// Signals the end when it is dropped: the last action of the thread.
struct SignalOnDrop(Arc<EndSignal>);

impl Drop for SignalOnDrop {
    fn drop(&mut self) {
        *lock(&self.0.has_ended) = true;
        self.0.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Instant;

    #[test]
    fn a_join_waits_until_the_limit_and_no_longer() {
        let (end, ended) = channel::<()>();
        let thread = ServiceThread::start("waits", move || {
            let _ = ended.recv();
        });
        let thread = thread.unwrap();
        let start = Instant::now();
        assert!(!thread.join_within(Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(20));
        end.send(()).unwrap();
        assert!(thread.join_within(Duration::MAX));
    }

    #[test]
    fn every_join_returns_when_the_thread_panics() {
        let thread = ServiceThread::start("panics", || panic!("in a service thread")).unwrap();
        thread::scope(|scope| {
            let waits = [(); 4].map(|()| scope.spawn(|| thread.join_within(Duration::MAX)));
            waits.into_iter().for_each(|waits| assert!(waits.join().unwrap()));
        });
        assert!(thread.join_within(Duration::ZERO));
    }

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let (send_thread, receive_thread) = channel::<Arc<ServiceThread>>();
        let (send_result, receive_result) = channel();
        let thread = ServiceThread::start("itself", move || {
            let own = receive_thread.recv().unwrap();
            send_result.send(own.join_within(Duration::MAX)).unwrap();
        });
        let thread = Arc::new(thread.unwrap());
        send_thread.send(Arc::clone(&thread)).unwrap();
        assert!(!receive_result.recv().unwrap());
        assert!(thread.join_within(Duration::MAX));
    }
}
