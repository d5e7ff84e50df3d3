//! The threads of this project that run beside the program: each has a name, and an end that can be waited for.

use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use crate::fork::Process;

/// A thread beside the program: it is told to end by whoever starts it, and waited for no longer than a limit.
///
/// `docs/threads.md` of the repository lists them. Dropping the handle leaves the thread running.
#[derive(Debug)]
pub struct ServiceThread {
    process: Process,
    id: ThreadId,
    over: Arc<Over>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

/// Whether its closure has returned or panicked.
#[derive(Debug, Default)]
struct Over {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl ServiceThread {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// If the operating system has no thread to give.
    pub fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let over = Arc::<Over>::default();
        let end = SayOver(Arc::clone(&over));
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _end = end;
            run();
        })?;
        let id = thread.thread().id();
        Ok(Self { process: Process::current(), id, over, handle: Mutex::new(Some(thread)) })
    }

    /// Waits for its end; whether it came within `limit`. Any number of threads may wait.
    ///
    /// A forked child has no such thread, so there it is over. Asked on the thread itself, which cannot end meanwhile, it
    /// says no at once.
    pub fn join_within(&self, limit: Duration) -> bool {
        if !self.process.is_current() {
            return true;
        }
        if thread::current().id() == self.id {
            return false;
        }
        let is_over = lock(&self.over.is_over);
        let waited = self.over.changed.wait_timeout_while(is_over, limit, |is_over| !*is_over);
        let (is_over, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let ended = *is_over;
        drop(is_over);
        if ended {
            // Under the lock, so that it is gone for all who wait. What is left to it are its thread-locals.
            let mut handle = lock(&self.handle);
            // What a panic of it was about has been printed.
            let _ = handle.take().map(JoinHandle::join);
        }
        ended
    }
}

impl Drop for ServiceThread {
    fn drop(&mut self) {
        // In a forked child the handle is of no thread, or by now of another one: that is not for us to let go of.
        if !self.process.is_current() {
            let handle = self.handle.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(handle.take());
        }
    }
}

/// Says so when it is dropped: the last thing that the thread does.
struct SayOver(Arc<Over>);

impl Drop for SayOver {
    fn drop(&mut self) {
        *lock(&self.0.is_over) = true;
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
    fn one_that_does_not_end_is_waited_for_until_the_limit_and_no_longer() {
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
    fn all_who_wait_are_told_of_the_end_also_of_one_that_panics() {
        let thread = ServiceThread::start("panics", || panic!("in a service thread")).unwrap();
        thread::scope(|scope| {
            let waits = [(); 4].map(|()| scope.spawn(|| thread.join_within(Duration::MAX)));
            waits.into_iter().for_each(|waits| assert!(waits.join().unwrap()));
        });
        assert!(thread.join_within(Duration::ZERO));
    }

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let (give, given) = channel::<Arc<ServiceThread>>();
        let (say, said) = channel();
        let thread = ServiceThread::start("itself", move || {
            let own = given.recv().unwrap();
            say.send(own.join_within(Duration::MAX)).unwrap();
        });
        let thread = Arc::new(thread.unwrap());
        give.send(Arc::clone(&thread)).unwrap();
        assert!(!said.recv().unwrap());
        assert!(thread.join_within(Duration::MAX));
    }
}
