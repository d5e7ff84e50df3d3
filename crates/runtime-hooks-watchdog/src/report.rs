//! Reports a stall: which task, on which thread, in which line.

use runtime_hooks_core::running::{RunningThread, ThreadRun};
use runtime_hooks_core::{Incident, Instrumentor, Stall, StallFrame};
use runtime_hooks_stack::{Held, Symbol, Symbols, shortened};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::linux::StackReader;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
use crate::no_stack::StackReader;
use crate::stack::{Captured, Doing};
use crate::stalls::{Due, rounded};

/// Reads stacks and looks up their lines.
pub(crate) struct Reports {
    pub(crate) stacks: StackReader,
    pub(crate) symbols: Symbols,
}

impl Reports {
    /// Counts and reports a stall, unless the task is recorded by another recorder.
    pub(crate) fn report(&mut self, thread: &RunningThread, due: Due, instrumentor: &Instrumentor) {
        let recorder = instrumentor.recorder();
        let run = if due.is_inner { thread.inner.unwrap_or(thread.outer) } else { thread.outer };
        let Some(task) = run.task(&recorder) else { return };
        if due.is_first {
            run.count_stall(&recorder);
        }
        let stall = self.stall(thread, &run, instrumentor);
        let location = task.spawn_site.map(|site| site.location);
        instrumentor.report(|dropped| {
            Incident::of_stall(&task.key, location, rounded(due.held), dropped, &stall)
        });
    }

    fn stall(
        &mut self,
        thread: &RunningThread,
        run: &ThreadRun,
        instrumentor: &Instrumentor,
    ) -> Stall {
        let task = run.task(&instrumentor.recorder());
        let identity = thread.identity();
        let number = identity.as_ref().and_then(|identity| identity.os_id);
        let captured = match number {
            // From the innermost function to the outermost poll, whichever is to blame.
            Some(number) => self.stacks.read(number, thread.outer.stack),
            None => Captured::failed("the number of the thread is not known"),
        };
        let mut stall = Stall::default();
        stall.task = task.as_ref().and_then(|task| task.id);
        stall.ids = task.and_then(|task| task.ids);
        stall.thread = identity.and_then(|identity| identity.name);
        stall.os_thread = number;
        stall.no_stack = captured.failure;
        if !captured.addresses.is_empty() {
            let symbols: Vec<Symbol> =
                captured.addresses.iter().flat_map(|at| self.symbols.at(*at).to_vec()).collect();
            let held = Held::new(&symbols);
            let shown = held.frames.into_iter().map(|frame| {
                StallFrame::new(frame.function, frame.file.map(|file| shortened(&file)), frame.line)
            });
            stall.stack = shown.collect();
            stall.doing = doing(captured.doing, held.called, held.calls_std);
        }
        stall
    }
}

/// `waits in std::thread::sleep`, `computes`.
fn doing(doing: Option<Doing>, called: Option<String>, calls_std: bool) -> Option<String> {
    let (verb, called) = match doing? {
        // A loop of the program is mostly in some function of std.
        Doing::Computes => ("computes", called.filter(|_| !calls_std)),
        Doing::Waits => ("waits", called),
    };
    Some(called.map_or_else(|| verb.to_owned(), |called| format!("{verb} in {called}")))
}
