//! Configures and takes a dump.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use runtime_hooks_core::dump::{Answer, CaptureOptions, CapturedTask, Trace, capture};
use runtime_hooks_core::{LiveTask, Recorder, SeriesKey, SpawnSite, TaskId};
use runtime_hooks_recorder::internals::{Output, Policy, Redact, SeriesText};
use runtime_hooks_recorder::{Disclosure, Field};
use runtime_hooks_stack::{Completeness, Frame, Stack, Symbol, Symbols, shortened};

use crate::answer::TaskAnswer;
use crate::dump::TaskDump;
use crate::task::DumpedTask;

impl TaskDump {
    /// Asks all live tasks of a recorder. Blocks the calling thread: see [`TaskDumpBuilder::take`].
    pub fn of(recorder: &Recorder) -> Self {
        Self::builder().take(recorder)
    }

    /// Configures a dump.
    pub fn builder() -> TaskDumpBuilder {
        TaskDumpBuilder::default()
    }
}

/// Configures a [`TaskDump`].
#[derive(Clone)]
#[must_use = "a builder does nothing until `take`"]
pub struct TaskDumpBuilder {
    options: CaptureOptions,
    only: Option<TaskId>,
    all_frames: bool,
    disclosure: Disclosure,
    redact: Option<Redact>,
    policy: Option<Policy>,
    texts: Option<Texts>,
}

/// The texts of a series by its number.
type Texts = Arc<dyn Fn(usize) -> Option<SeriesText> + Send + Sync>;

impl Default for TaskDumpBuilder {
    fn default() -> Self {
        Self {
            options: CaptureOptions::default(),
            only: None,
            all_frames: false,
            disclosure: Disclosure::Full,
            redact: None,
            policy: None,
            texts: None,
        }
    }
}

impl TaskDumpBuilder {
    /// Sets how many tasks are woken at once. Default 20; 0 counts as 1.
    ///
    /// Other tasks wait while these are polled: 4 to 9 us each.
    pub fn batch(mut self, tasks: usize) -> Self {
        self.options.batch = tasks;
        self
    }

    /// Sets the time between two batches. Default 1 ms.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// Sets the time after which the dump ends, whatever has not answered. Default 5 s. It ends earlier if all tasks have
    /// been asked and none has answered for a second.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.options.time_limit = limit;
        self
    }

    /// Asks this task only.
    pub fn only(mut self, task: TaskId) -> Self {
        self.only = Some(task);
        self
    }

    /// Sets whether all frames are shown, those of libraries, of std and of runtime-hooks too. Default false.
    pub fn all_frames(mut self, all: bool) -> Self {
        self.all_frames = all;
        self
    }

    /// Sets how much is shown of names, source paths and functions. Default [`Disclosure::Full`].
    pub fn disclose(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        self
    }

    /// Sets a function that removes secrets from a text before it is shown. A text for which it panics is not shown.
    pub fn redact(
        mut self,
        redact: impl for<'t> Fn(Field, &'t str) -> Cow<'t, str> + Send + Sync + 'static,
    ) -> Self {
        self.redact = Some(Arc::new(redact));
        self
    }

    /// Sets the redaction as another part of runtime-hooks has it.
    #[doc(hidden)]
    pub fn with_redaction(mut self, redact: Option<Redact>) -> Self {
        self.redact = redact;
        self
    }

    /// Sets what decides what is shown, instead of a policy from the settings above.
    #[doc(hidden)]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets the texts of series, instead of those that follow from the settings above.
    #[doc(hidden)]
    pub fn texts(
        mut self,
        texts: impl Fn(usize) -> Option<SeriesText> + Send + Sync + 'static,
    ) -> Self {
        self.texts = Some(Arc::new(texts));
        self
    }

    /// Asks the live tasks of a recorder where they wait.
    ///
    /// It blocks the calling thread for some milliseconds, and 50 ms more for each 1 000 tasks. Call it on a thread that
    /// runs no tasks: the tasks of a thread that waits cannot answer. In a task, use the runtime's `spawn_blocking`.
    ///
    /// Each task is polled twice more. Neither poll enters a metric or an event, unless the task ends in it. See
    /// `docs/dump.md` in the repository.
    pub fn take(&self, recorder: &Recorder) -> TaskDump {
        let wants = |task: &LiveTask| self.only.is_none_or(|only| only == task.id);
        let captured = capture(recorder, self.options, wants);
        let of_settings = || Policy::new(self.disclosure, self.redact.clone());
        let policy = self.policy.clone().unwrap_or_else(of_settings);
        let texts = self.texts_of(&captured.tasks, &policy);
        let mut reader = Reader::new(self.all_frames, policy);
        let tasks = captured.tasks.into_iter().map(|CapturedTask { task, answer, .. }| {
            let text = texts.get(&task.series).cloned().unwrap_or_default();
            DumpedTask {
                id: task.id,
                label: text.label,
                spawned_at: text.location,
                state: task.state,
                since: task.since,
                age: task.age,
                answer: reader.read(answer),
            }
        });
        let tasks = tasks.collect();
        TaskDump { tasks, ended: captured.ended, took: captured.took, hint: reader.seen.hint() }
    }

    fn texts_of(&self, tasks: &[CapturedTask], policy: &Policy) -> HashMap<usize, SeriesText> {
        let series: HashMap<usize, (SeriesKey, Option<SpawnSite>)> = tasks
            .iter()
            .map(|captured| &captured.task)
            .map(|task| (task.series, (task.key.clone(), task.spawn_site)))
            .collect();
        let (numbers, keys): (Vec<_>, Vec<_>) = series.into_iter().unzip();
        match &self.texts {
            Some(texts) => numbers.iter().filter_map(|n| Some((*n, texts(*n)?))).collect(),
            None => numbers.into_iter().zip(SeriesText::all_of(&keys, policy)).collect(),
        }
    }
}

impl fmt::Debug for TaskDumpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskDumpBuilder")
            .field("options", &self.options)
            .field("only", &self.only)
            .field("all_frames", &self.all_frames)
            .field("disclosure", &self.disclosure)
            .field("redacts", &self.redact.is_some())
            .finish_non_exhaustive()
    }
}

/// Looks up functions and lines.
struct Reader {
    all_frames: bool,
    policy: Policy,
    symbols: Symbols,
    /// Tasks of one series wait at few different places.
    stacks: HashMap<Trace, Stack>,
    seen: Completeness,
}

impl Reader {
    fn new(all_frames: bool, policy: Policy) -> Self {
        let (symbols, stacks) = Default::default();
        Self { all_frames, policy, symbols, stacks, seen: Completeness::default() }
    }

    fn read(&mut self, answer: Answer) -> TaskAnswer {
        match answer {
            Answer::Waits(traces) => {
                let mut stacks: Vec<_> =
                    traces.into_iter().map(|trace| self.stack(trace)).collect();
                stacks.sort();
                stacks.dedup();
                if stacks.is_empty() { TaskAnswer::NoStack } else { TaskAnswer::Waits(stacks) }
            }
            Answer::Runs => TaskAnswer::Running,
            Answer::NotPolled => TaskAnswer::NotPolled,
            Answer::NotStarted => TaskAnswer::NotStarted,
            Answer::NeverWoken => TaskAnswer::NoWaker,
            _ => TaskAnswer::NotAsked,
        }
    }

    fn stack(&mut self, trace: Trace) -> Stack {
        if let Some(stack) = self.stacks.get(&trace) {
            return stack.clone();
        }
        let symbols: Vec<Symbol> =
            trace.addresses.iter().flat_map(|at| self.symbols.at(*at).to_vec()).collect();
        self.seen.add(&symbols);
        let mut stack = Stack::new(&symbols, trace.is_wake, self.all_frames);
        stack.frames.iter_mut().for_each(|frame| self.disclose(frame));
        self.stacks.insert(trace, stack.clone());
        stack
    }

    fn disclose(&self, frame: &mut Frame) {
        let show = |field, text: &str| self.policy.show(Output::Page, field, text);
        frame.function = show(Field::TypeName, &frame.function).unwrap_or_default();
        frame.file = frame.file.take().and_then(|file| show(Field::File, &file));
        frame.file = frame.file.take().map(|file| shortened(&file));
    }
}
