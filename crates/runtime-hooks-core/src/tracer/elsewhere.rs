//! A thread for what cannot be done where it should be: on a thread that is destroying its thread-locals.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use runtime_hooks_recorder::internals::catch;

/// How long a job is waited for. If one takes longer, no job is waited for any more: on Windows no thread starts while
/// another is destroying its thread-locals.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Tells of every change of the queue.
static CHANGED: Condvar = Condvar::new();
static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    jobs: VecDeque::new(),
    handed_in: 0,
    done: 0,
    has_thread: false,
    is_slow: false,
});

type Job = Box<dyn FnOnce() + Send>;

struct Queue {
    jobs: VecDeque<Job>,
    handed_in: u64,
    done: u64,
    has_thread: bool,
    is_slow: bool,
}

/// Does it on another thread, whose thread-locals are alive, and waits until it is done: at most a second, and that once
/// in a process.
#[cold]
pub(crate) fn elsewhere(job: impl FnOnce() + Send + 'static) {
    let mut queue = queue();
    queue.jobs.push_back(Box::new(job));
    queue.handed_in += 1;
    let number = queue.handed_in;
    if !queue.has_thread {
        let thread = thread::Builder::new().name("runtime-hooks-exit".to_owned());
        // If there can be no thread, the job waits for the next one.
        queue.has_thread = thread.spawn(work).is_ok();
    }
    CHANGED.notify_all();
    if !queue.has_thread || queue.is_slow {
        return;
    }
    let is_waiting = |queue: &mut Queue| queue.done < number;
    let (mut queue, waited) = CHANGED
        .wait_timeout_while(queue, LONGEST_WAIT, is_waiting)
        .unwrap_or_else(PoisonError::into_inner);
    queue.is_slow |= waited.timed_out();
}

/// Does one job after the other, and ends when there was none for a while.
fn work() {
    loop {
        let is_idle = |queue: &mut Queue| queue.jobs.is_empty();
        let (mut queue, _) = CHANGED
            .wait_timeout_while(queue(), LONGEST_WAIT, is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        let Some(job) = queue.jobs.pop_front() else {
            queue.has_thread = false;
            return;
        };
        drop(queue);
        // A span processor of the program's may panic; the next job is done all the same.
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
    fn each_job_is_done_on_another_thread_also_after_one_that_panics() {
        let (tell, told) = channel();
        for turn in 0..100 {
            let tell = tell.clone();
            elsewhere(move || {
                tell.send((turn, thread::current().id())).unwrap();
                assert_ne!(turn % 10, 0, "on purpose");
            });
            let (done, thread) = told.recv().unwrap();
            assert_eq!(done, turn);
            assert_ne!(thread, thread::current().id());
        }
    }
}
