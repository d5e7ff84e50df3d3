//! Runtimes whose gauges the global instrumentor's recorder reads, without a call of the program.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use runtime_hooks_recorder::internals::{Process, lock, watch_runtime};
use runtime_hooks_recorder::{GaugeGuard, Recorder, RuntimeGauges};

type ReadGauges = Arc<dyn Fn() -> RuntimeGauges + Send + Sync>;

/// The maximum number of runtimes that are attached without an owner: nobody says when one of them has ended.
const MAX_FOREIGN: usize = 16;

static ATTACHED: Mutex<Vec<Runtime>> = Mutex::new(Vec::new());
/// Changes when a runtime is detached.
static GENERATION: AtomicU64 = AtomicU64::new(0);

struct Runtime {
    process: Process,
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
pub struct AttachedRuntime {
    id: String,
}

/// Attaches a runtime that the caller owns. Every handle of the runtime has the same `id`.
pub(crate) fn attach_owned(
    recorder: impl Fn() -> Option<Recorder>,
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) -> AttachedRuntime {
    let id = id.to_string();
    attach(recorder, id.clone(), name, Arc::new(read), true);
    AttachedRuntime { id }
}

/// Attaches a runtime that somebody else owns, unless it is attached. It stays attached until there are
/// [`MAX_FOREIGN`] later ones.
pub(crate) fn attach_foreign(
    recorder: impl Fn() -> Option<Recorder>,
    id: &dyn ToString,
    name: &'static str,
    read: impl Fn() -> RuntimeGauges + Send + Sync + 'static,
) {
    attach(recorder, id.to_string(), name, Arc::new(read), false);
}

/// A number that changes when a runtime is detached: until then, an attached runtime stays so.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Makes all attached runtimes report to the recorder of now, and to no other. Totals that they reported to another
/// stay there.
pub(crate) fn report(recorder: impl Fn() -> Option<Recorder>) {
    let before = attached().map(|mut runtimes| report_all(&mut runtimes, recorder));
    // Without the lock: this reads the last gauges.
    drop(before);
}

fn attach(
    recorder: impl Fn() -> Option<Recorder>,
    id: String,
    name: &'static str,
    read: ReadGauges,
    has_owner: bool,
) {
    let Some(mut runtimes) = attached() else { return };
    if let Some(known) = runtimes.iter_mut().find(|runtime| runtime.id == id) {
        known.has_owner |= has_owner;
        return;
    }
    runtimes.push(Runtime { process: Process::current(), id, name, read, has_owner, watch: None });
    let foreign = runtimes.iter().filter(|runtime| !runtime.has_owner).count();
    let oldest = if foreign > MAX_FOREIGN { take(&mut runtimes, |of| !of.has_owner) } else { None };
    let before = report_all(&mut runtimes, recorder);
    drop(runtimes);
    // Without the lock, as above.
    drop((oldest, before));
}

/// Returns the guards of other recorders.
fn report_all(
    runtimes: &mut [Runtime],
    recorder: impl Fn() -> Option<Recorder>,
) -> Vec<GaugeGuard> {
    // Under the lock, so that a recorder that was read earlier does not come later.
    let Some(recorder) = recorder() else { return Vec::new() };
    let others = runtimes.iter_mut().filter(|runtime| !runtime.reports_to(&recorder));
    let watch = |runtime: &mut Runtime| {
        let (read, id) = (Arc::clone(&runtime.read), runtime.id.clone());
        let watch = watch_runtime(&recorder, runtime.name, id, move || read());
        runtime.watch.replace(watch)
    };
    others.filter_map(watch).collect()
}

/// The list, locked. `None` in a forked child in which the lock stays held.
///
/// A forked child forgets the parent's runtimes, which have no threads there.
fn attached() -> Option<MutexGuard<'static, Vec<Runtime>>> {
    let mut runtimes = lock(&ATTACHED)?;
    if runtimes.iter().any(|runtime| !runtime.process.is_current()) {
        let (ours, others) =
            mem::take(&mut *runtimes).into_iter().partition(|of| of.process.is_current());
        *runtimes = ours;
        // To drop them would read and release what belongs to the parent's threads.
        mem::forget::<Vec<Runtime>>(others);
    }
    Some(runtimes)
}

fn take(runtimes: &mut Vec<Runtime>, matches: impl Fn(&Runtime) -> bool) -> Option<Runtime> {
    let at = runtimes.iter().position(matches)?;
    GENERATION.fetch_add(1, Ordering::Release);
    Some(runtimes.remove(at))
}

impl Runtime {
    fn reports_to(&self, recorder: &Recorder) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.recorder() == recorder)
    }
}

impl Drop for AttachedRuntime {
    fn drop(&mut self) {
        let detached = attached()
            .and_then(|mut runtimes| take(&mut runtimes, |runtime| runtime.id == self.id));
        // Without the lock, as above.
        drop(detached);
    }
}
