//! A thread for jobs that cannot run on a thread that is destroying its thread-locals.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use runtime_hooks_recorder::internals::catch;

/// How long to wait for a job. After a wait has timed out, jobs are no longer waited for: on Windows no thread starts
/// while another is destroying its thread-locals.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Notified of every change of the queue.
static CHANGED: Condvar = Condvar::new();
static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    jobs: VecDeque::new(),
    submitted: 0,
    done: 0,
    has_thread: false,
    is_slow: false,
});

type Job = Box<dyn FnOnce() + Send>;

struct Queue {
    jobs: VecDeque<Job>,
    submitted: u64,
    done: u64,
    has_thread: bool,
    is_slow: bool,
}

/// Runs a job on another thread, whose thread-locals are alive, and waits until it is done: for a second at most, and
/// only once per process.
#[cold]
pub(crate) fn run_on_exit_thread(job: impl FnOnce() + Send + 'static) {
    let mut queue = queue();
    queue.jobs.push_back(Box::new(job));
    queue.submitted += 1;
    let number = queue.submitted;
    if !queue.has_thread {
        let thread = thread::Builder::new().name("runtime-hooks-exit".to_owned());
        // If no thread can be started, the job waits for the next attempt.
        queue.has_thread = thread.spawn(work).is_ok();
    }
    CHANGED.notify_all();
    if !queue.has_thread || queue.is_slow {
        return;
    }
    let is_waiting = |queue: &mut Queue| queue.done < number;
    let (mut queue, waited) = CHANGED
        .wait_timeout_while(queue, MAX_WAIT, is_waiting)
        .unwrap_or_else(PoisonError::into_inner);
    queue.is_slow |= waited.timed_out();
}

/// Runs the jobs in turn, and ends after some time without one.
fn work() {
    loop {
        let is_idle = |queue: &mut Queue| queue.jobs.is_empty();
        let (mut queue, _) = CHANGED
            .wait_timeout_while(queue(), MAX_WAIT, is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        let Some(job) = queue.jobs.pop_front() else {
            queue.has_thread = false;
            return;
        };
        drop(queue);
        // A span processor of the program may panic; the next job must still run.
        let _ = catch(job);
        self::queue().done += 1;
        CHANGED.notify_all();
    }
}

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn each_job_runs_on_another_thread_even_after_a_panic() {
        let (sender, received) = channel();
        for turn in 0..100 {
            let sender = sender.clone();
            run_on_exit_thread(move || {
                sender.send((turn, thread::current().id())).unwrap();
                assert_ne!(turn % 10, 0, "on purpose");
            });
            let (done, thread) = received.recv().unwrap();
            assert_eq!(done, turn);
            assert_ne!(thread, thread::current().id());
        }
    }
}
