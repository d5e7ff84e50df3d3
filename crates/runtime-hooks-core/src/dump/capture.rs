//! Asks all live tasks and waits for the answers.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks_recorder::internals::{SlotHandle, catch, lock};
use runtime_hooks_recorder::{LiveState, LiveTask, Recorder, TaskId};

pub use super::walk::HAS_STACK_WALKER;

use super::answers::{Answer, Dump};
use super::collector::{Mode, mode, with_mode};
use super::tasks::find;

/// How tasks are asked: see [`capture`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CaptureOptions {
    /// How many tasks are asked at once. Default 20.
    pub batch: usize,
    /// The time between two batches. Default 1 ms.
    pub interval: Duration,
    /// The time after which a dump ends, whatever has not answered. Default 5 s.
    pub time_limit: Duration,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        let (interval, time_limit) = (Duration::from_millis(1), Duration::from_secs(5));
        Self { batch: 20, interval, time_limit }
    }
}

/// What all tasks answered: see [`capture`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Capture {
    /// Each task that was live when the dump began and has not ended since.
    pub tasks: Vec<CapturedTask>,
    /// How long it took.
    pub took: Duration,
    /// The number of tasks that ended before they were asked, or instead of answering.
    pub ended: usize,
}

/// A live task and its answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedTask {
    /// The task as it was before it was asked. If it runs, as it is at the end of the dump.
    pub task: LiveTask,
    /// What it answered.
    pub answer: Answer,
}

/// How long the last answer may be ago, once all tasks have been asked.
const SILENCE: Duration = Duration::from_secs(1);
/// How long a task whose first poll has not ended is waited for.
const LATE: Duration = Duration::from_millis(20);
/// How often the tasks that have not answered are looked at.
const STEP: Duration = Duration::from_millis(10);

/// One dump at a time. The number of the last one.
static TURN: Mutex<u64> = Mutex::new(0);

/// Asks each live task of a recorder for which `wants` returns true where it waits.
///
/// The call blocks, so it is for a thread that runs no tasks. It waits for a dump that is in progress. Each task is
/// polled twice more, on its own executor. If one panics in such a poll, the task panics, as it would in any other.
/// Nothing is asked on a platform [without a stack walker](HAS_STACK_WALKER), or if a task or a waker calls this because
/// it was asked itself.
pub fn capture(
    recorder: &Recorder,
    options: CaptureOptions,
    wants: impl FnMut(&LiveTask) -> bool,
) -> Capture {
    let start = Instant::now();
    // Before the lock: `wants` is code of the caller.
    let tasks: Vec<_> = recorder.live().into_iter().filter(wants).collect();
    // A thread that is in a dump would wait for itself.
    let is_in_dump = !matches!(mode(), Mode::Idle | Mode::Counted);
    let turn = if is_in_dump { None } else { lock(&TURN) };
    let Some(mut turn) = turn.filter(|_| HAS_STACK_WALKER) else {
        return results(recorder, tasks, vec![], HashMap::new(), start, true);
    };
    *turn += 1;
    let mut round = Round {
        dump: Dump::start(*turn, tasks.len()),
        deadline: start.checked_add(options.time_limit),
        asked: Vec::with_capacity(tasks.len()),
        late: Vec::new(),
    };
    round.ask(&tasks, options);
    round.wait();
    let (is_cut, asked, answers) = (round.is_over(), round.asked, round.dump.finish());
    drop(turn);
    results(recorder, tasks, asked, answers, start, is_cut)
}

struct Round {
    dump: Dump,
    deadline: Option<Instant>,
    /// The index of each task that was asked, and its slot.
    asked: Vec<(usize, SlotHandle)>,
    /// The index of each task whose first poll has not ended yet, so that it cannot be asked.
    late: Vec<(usize, TaskId)>,
}

impl Round {
    fn ask(&mut self, tasks: &[LiveTask], options: CaptureOptions) {
        for (index, task) in tasks.iter().enumerate() {
            if index > 0 && index.is_multiple_of(options.batch.max(1)) {
                if self.is_over() {
                    return;
                }
                let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
                let left = self.deadline.map_or(options.interval, left);
                thread::sleep(options.interval.min(left));
            }
            if !self.ask_one(index, task.id) && task.state != LiveState::Idle {
                self.late.push((index, task.id));
            }
        }
    }

    /// Returns whether the task has a node, so that it can be asked.
    fn ask_one(&mut self, index: usize, id: TaskId) -> bool {
        let Some((slot, node)) = find(id) else { return false };
        self.dump.expect_one();
        // The waker is the runtime's, or the program's own.
        let is_woken = with_mode(Mode::Asking, || catch(|| node.ask(self.dump.number)));
        if is_woken == Ok(true) {
            self.asked.push((index, slot));
        } else {
            self.dump.expect_one_less();
        }
        true
    }

    /// Asks the tasks whose first poll has ended meanwhile.
    fn ask_late(&mut self) {
        let late = std::mem::take(&mut self.late);
        self.late = late.into_iter().filter(|(index, id)| !self.ask_one(*index, *id)).collect();
    }

    /// Waits for the answers.
    fn wait(&mut self) {
        let start = Instant::now();
        while !self.late.is_empty() && start.elapsed() < LATE && !self.is_over() {
            thread::sleep(LATE / 20);
            self.ask_late();
        }
        // By index, as the results are read.
        self.asked.sort_unstable_by_key(|(index, _)| *index);
        let mut pending: Vec<_> = self.asked.iter().map(|(_, slot)| *slot).collect();
        let (mut answered, mut since) = (self.dump.answered(), Instant::now());
        while !self.dump.wait(STEP) && !self.is_over() {
            pending.retain(|slot| !self.dump.has_answered(*slot));
            // A task that was dropped does not answer.
            pending.retain(|slot| {
                let is_live = slot.is_live();
                if !is_live {
                    self.dump.expect_one_less();
                }
                is_live
            });
            let now = self.dump.answered();
            if now > answered {
                (answered, since) = (now, Instant::now());
            } else if since.elapsed() > SILENCE {
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// What each task answered, or why it did not.
fn results(
    recorder: &Recorder,
    tasks: Vec<LiveTask>,
    asked: Vec<(usize, SlotHandle)>,
    mut answers: HashMap<u64, Answer>,
    start: Instant,
    is_cut: bool,
) -> Capture {
    let mut now: HashMap<_, _> = recorder.live_iter().map(|task| (task.id, task)).collect();
    let before = tasks.len();
    let mut asked = asked.into_iter().peekable();
    let mut captured = Vec::with_capacity(before);
    for (index, task) in tasks.into_iter().enumerate() {
        let slot = asked.next_if(|(asked, _)| *asked == index).map(|(_, slot)| slot);
        let answer = slot.and_then(|slot| answers.remove(&slot.bits()));
        let Some(now) = now.remove(&task.id) else { continue };
        let answer = match answer {
            Some(Answer::Ended) => continue,
            Some(answer) => answer,
            None => silence(&now, slot.is_some(), is_cut),
        };
        let task = if answer == Answer::Runs { now } else { task };
        captured.push(CapturedTask { task, answer });
    }
    Capture { ended: before - captured.len(), tasks: captured, took: start.elapsed() }
}

/// Why a task has not answered.
fn silence(now: &LiveTask, was_asked: bool, is_cut: bool) -> Answer {
    match now.state {
        LiveState::Running => Answer::Runs,
        LiveState::Scheduled if now.polls == 0 => Answer::NotStarted,
        _ if was_asked => Answer::NotPolled,
        _ if is_cut => Answer::NotAsked,
        LiveState::Scheduled => Answer::NotPolled,
        LiveState::Idle => Answer::NeverWoken,
    }
}
