//! Tasks that other crates spawn on a runtime of the drop-in. Only the runtime's hooks see them, under
//! `tokio_unstable`.

#[cfg(tokio_unstable)]
pub use self::hooks::not_foreign;
#[cfg(tokio_unstable)]
pub(crate) use self::hooks::{after_poll, before_poll, spawned, terminated};
#[cfg(not(tokio_unstable))]
pub use self::unseen::not_foreign;

#[cfg(not(tokio_unstable))]
mod unseen {
    /// Does nothing: without hooks there are no foreign tasks.
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
        /// Whether the code that spawns on this thread records the task itself.
        static IS_RECORDED: Cell<bool> = const { Cell::new(false) };
        /// The last task that ended on this thread. A runtime that is shut down reports the end of a task before its
        /// spawn.
        static TERMINATED: Cell<Option<Id>> = const { Cell::new(None) };
    }

    /// While the guard lives, tasks spawned on this thread are not foreign: they are recorded already, or
    /// intentionally not.
    #[must_use = "ends when it is dropped"]
    pub fn not_foreign() -> NotForeign {
        NotForeign(IS_RECORDED.try_with(|is_recorded| is_recorded.replace(true)).unwrap_or(false))
    }

    /// Marks spawns on this thread as not foreign until it is dropped.
    #[derive(Debug)]
    pub struct NotForeign(bool);

    impl Drop for NotForeign {
        fn drop(&mut self) {
            let _ = IS_RECORDED.try_with(|is_recorded| is_recorded.set(self.0));
        }
    }

    pub(crate) fn spawned(meta: &TaskMeta<'_>) {
        if IS_RECORDED.try_with(Cell::get).unwrap_or(true) {
            return;
        }
        let Some(task) = DropIn::new("tokio").external_task(meta.spawned_at()) else { return };
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
        // Ended after unlocking: the tracer that is notified may spawn.
        let ended = tasks(meta.id()).and_then(|mut tasks| tasks.remove(&meta.id()));
        if let Some(task) = ended {
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

    /// Sharded, so that a worker that polls a task only waits for another if both tasks are in one shard.
    static TASKS: LazyLock<[Mutex<Tasks>; 64]> =
        LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));
    static LIVE: AtomicUsize = AtomicUsize::new(0);

    /// The only cost for a program without foreign tasks. The load is relaxed: a task is spawned before it is polled,
    /// and the runtime synchronises the two, so the task's own count is always seen.
    fn is_any() -> bool {
        LIVE.load(Ordering::Relaxed) > 0
    }

    /// `None` only in a forked child, where a thread of the parent held the lock at the fork.
    fn tasks(id: Id) -> Option<MutexGuard<'static, Tasks>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        #[expect(clippy::cast_possible_truncation, reason = "any bits are suitable")]
        let at = hash as usize % TASKS.len();
        // A panic cannot leave a task in a partial state, so poisoning is ignored.
        lock(&TASKS[at])
    }
}
