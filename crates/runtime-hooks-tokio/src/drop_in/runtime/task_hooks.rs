//! tokio has one slot for each task hook: this combines a program's hook with the recording one.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::{Builder, TaskMeta};

use crate::foreign;

pub(super) type Hook = Arc<dyn Fn(&TaskMeta<'_>) + Send + Sync>;

/// The program's hooks.
#[derive(Default)]
pub(super) struct TaskHooks {
    pub(super) spawn: Option<Hook>,
    pub(super) before_poll: Option<Hook>,
    pub(super) after_poll: Option<Hook>,
    pub(super) terminate: Option<Hook>,
}

impl TaskHooks {
    /// Sets all four hooks. The program's hooks are called outside of ours, so that they do not count as part of a
    /// poll.
    pub(super) fn set(&self, builder: &mut Builder) {
        let Self { spawn, before_poll, after_poll, terminate } = self;
        builder
            .on_task_spawn(after(spawn.as_ref(), foreign::spawned))
            .on_before_task_poll(after(before_poll.as_ref(), foreign::before_poll))
            .on_after_task_poll(before(foreign::after_poll, after_poll.as_ref()))
            .on_task_terminate(before(foreign::terminated, terminate.as_ref()));
    }
}

type OurHook = fn(&TaskMeta<'_>);

fn after(theirs: Option<&Hook>, ours: OurHook) -> impl Fn(&TaskMeta<'_>) + use<> {
    let theirs = theirs.cloned();
    move |meta| {
        theirs.iter().for_each(|theirs| theirs(meta));
        ours(meta);
    }
}

fn before(ours: OurHook, theirs: Option<&Hook>) -> impl Fn(&TaskMeta<'_>) + use<> {
    let theirs = theirs.cloned();
    move |meta| {
        ours(meta);
        theirs.iter().for_each(|theirs| theirs(meta));
    }
}

impl fmt::Debug for TaskHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskHooks")
    }
}
