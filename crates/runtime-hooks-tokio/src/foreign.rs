//! Tasks that other crates spawn on a runtime of ours, which only the runtime's hooks see: under
//! `tokio_unstable`.

#[cfg(tokio_unstable)]
pub use self::hooks::not_foreign;
#[cfg(tokio_unstable)]
pub(crate) use self::hooks::{after_poll, before_poll, spawned, terminated};
#[cfg(not(tokio_unstable))]
pub use self::unseen::not_foreign;

#[cfg(not(tokio_unstable))]
mod unseen {
    /// Without hooks, nothing is mistaken for somebody else's.
    #[inline]
    pub fn not_foreign() -> NotForeign {
        NotForeign(())
    }

    #[derive(Debug)]
    pub struct NotForeign(());
}

#[cfg(tokio_unstable)]
mod hooks {
    use std::cell::Cell;
    use std::collections::HashMap;
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{LazyLock, Mutex, MutexGuard};

    use runtime_hooks_core::support::{DropIn, ExternalTask, lock};
    use tokio::runtime::TaskMeta;
    use tokio::task::Id;

    thread_local! {
        /// Whether what is spawned on this thread is recorded by who spawns it.
        static IS_OURS: Cell<bool> = const { Cell::new(false) };
        /// The last task that was over on this thread: a runtime that is shut down says so first, and
        /// only then that it was spawned.
        static TERMINATED: Cell<Option<Id>> = const { Cell::new(None) };
    }

    /// What is spawned on this thread while this lives is recorded already, or was left out on purpose.
    #[must_use = "it is over when this is dropped"]
    pub fn not_foreign() -> NotForeign {
        NotForeign(IS_OURS.try_with(|is_ours| is_ours.replace(true)).unwrap_or(false))
    }

    /// While it lives, this thread spawns what is recorded elsewhere.
    #[derive(Debug)]
    pub struct NotForeign(bool);

    impl Drop for NotForeign {
        fn drop(&mut self) {
            let _ = IS_OURS.try_with(|is_ours| is_ours.set(self.0));
        }
    }

    pub(crate) fn spawned(meta: &TaskMeta<'_>) {
        if IS_OURS.try_with(Cell::get).unwrap_or(true) {
            return;
        }
        let Some(task) = DropIn::new("tokio").hooked(meta.spawned_at()) else { return };
        if TERMINATED.try_with(Cell::get).ok().flatten() == Some(meta.id()) {
            return task.end();
        }
        if let Some(mut tasks) = tasks(meta.id()) {
            LIVE.fetch_add(1, Ordering::Relaxed);
            tasks.insert(meta.id(), task);
        }
    }

    pub(crate) fn before_poll(meta: &TaskMeta<'_>) {
        with(meta.id(), ExternalTask::start);
    }

    pub(crate) fn after_poll(meta: &TaskMeta<'_>) {
        with(meta.id(), ExternalTask::stop);
    }

    pub(crate) fn terminated(meta: &TaskMeta<'_>) {
        let _ = TERMINATED.try_with(|last| last.set(Some(meta.id())));
        if !is_any() {
            return;
        }
        // Not ended under the lock: a tracer is told of it, and may spawn.
        let over = tasks(meta.id()).and_then(|mut tasks| tasks.remove(&meta.id()));
        if let Some(task) = over {
            LIVE.fetch_sub(1, Ordering::Relaxed);
            task.end();
        }
    }

    fn with(id: Id, then: impl FnOnce(&mut ExternalTask)) {
        if is_any()
            && let Some(mut tasks) = tasks(id)
            && let Some(task) = tasks.get_mut(&id)
        {
            then(task);
        }
    }

    type Tasks = HashMap<Id, ExternalTask, BuildHasherDefault<DefaultHasher>>;

    /// A worker that polls a task only waits for another if both tasks fall into one of these.
    static TASKS: LazyLock<[Mutex<Tasks>; 64]> =
        LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));
    static LIVE: AtomicUsize = AtomicUsize::new(0);

    /// A program of our own tasks alone pays for nothing more than this. A task is spawned before it is
    /// polled, and the runtime hands it over, so its own count is always seen.
    fn is_any() -> bool {
        LIVE.load(Ordering::Relaxed) > 0
    }

    /// `None` only in a forked child, where a thread of the parent held the lock at the fork.
    fn tasks(id: Id) -> Option<MutexGuard<'static, Tasks>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
        let at = hash as usize % TASKS.len();
        // What is recorded is whole at every moment, so a panic breaks nothing.
        lock(&TASKS[at])
    }
}
