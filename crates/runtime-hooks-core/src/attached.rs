//! Runtimes whose gauges the global instrumentor's recorder reads, without a call of the program.

use std::sync::{Arc, Mutex};

use runtime_hooks_recorder::internals::lock;
use runtime_hooks_recorder::{GaugeGuard, Recorder, RuntimeGauges};

type ReadGauges = Arc<dyn Fn() -> RuntimeGauges + Send + Sync>;

/// The maximum number of runtimes that are attached without an owner: nobody says when one of them has ended.
const MAX_FOREIGN: usize = 16;

static ATTACHED: Mutex<List> = Mutex::new(List { next: 0, runtimes: Vec::new() });

struct List {
    next: u64,
    runtimes: Vec<Runtime>,
}

struct Runtime {
    number: u64,
    /// Identifies the runtime in the process.
    id: String,
    name: &'static str,
    read: ReadGauges,
    has_owner: bool,
    watch: Option<GaugeGuard>,
}

/// Keeps an owned runtime attached: dropped with the runtime, before it is shut down.
#[derive(Debug)]
#[must_use = "dropping it detaches the runtime"]
pub struct AttachedRuntime(u64);

/// Attaches a runtime that the caller owns. `id` is the same as that of any foreign handle of it.
pub(crate) fn attach_owned(
    recorder: Option<&Recorder>,
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) -> AttachedRuntime {
    let id = id.to_string();
    let foreign = with_list(|list| list.take(|runtime| runtime.id == id && !runtime.has_owner));
    drop(foreign);
    let number = add(id, name, Arc::new(read), true);
    recorder.into_iter().for_each(report_to);
    AttachedRuntime(number)
}

/// Attaches a runtime that somebody else owns, unless it is attached. It stays attached until there are
/// [`MAX_FOREIGN`] later ones.
pub(crate) fn attach_foreign(
    recorder: Option<&Recorder>,
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) {
    let id = id.to_string();
    if with_list(|list| list.runtimes.iter().any(|runtime| runtime.id == id)) == Some(true) {
        return;
    }
    add(id, name, Arc::new(read), false);
    let oldest = with_list(|list| {
        let foreign = list.runtimes.iter().filter(|runtime| !runtime.has_owner).count();
        if foreign > MAX_FOREIGN { list.take(|runtime| !runtime.has_owner) } else { None }
    });
    drop(oldest);
    recorder.into_iter().for_each(report_to);
}

/// Makes all attached runtimes report to a recorder, and to no other. Totals that they reported to another stay there.
pub(crate) fn report_to(recorder: &Recorder) {
    let before = with_list(|list| {
        let others = list.runtimes.iter_mut().filter(|runtime| !runtime.reports_to(recorder));
        let watch = |runtime: &mut Runtime| {
            let read = Arc::clone(&runtime.read);
            let watch = recorder.watch(runtime.name, move || read());
            runtime.watch.replace(watch)
        };
        others.filter_map(watch).collect::<Vec<_>>()
    });
    // Without the lock: this reads the last gauges.
    drop(before);
}

impl Drop for AttachedRuntime {
    fn drop(&mut self) {
        let detached = with_list(|list| list.take(|runtime| runtime.number == self.0));
        // Without the lock, as above.
        drop(detached);
    }
}

impl Runtime {
    fn reports_to(&self, recorder: &Recorder) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.recorder() == recorder)
    }
}

impl List {
    /// Removes the first runtime that matches.
    fn take(&mut self, matches: impl Fn(&Runtime) -> bool) -> Option<Runtime> {
        let at = self.runtimes.iter().position(matches)?;
        Some(self.runtimes.remove(at))
    }
}

fn add(id: String, name: &'static str, read: ReadGauges, has_owner: bool) -> u64 {
    let number = with_list(|list| {
        list.next += 1;
        let number = list.next;
        list.runtimes.push(Runtime { number, id, name, read, has_owner, watch: None });
        number
    });
    number.unwrap_or(0)
}

/// `None` in a forked child in which the lock stays held.
fn with_list<T>(act: impl FnOnce(&mut List) -> T) -> Option<T> {
    Some(act(&mut *lock(&ATTACHED)?))
}
