//! A row of the table: a leaf future, and what a dump has to say of it.

use std::sync::Arc;

use futures_channel::oneshot;
use runtime_hooks::Instrumentor;

use crate::here::Leaf;

/// A leaf and what lets it go.
pub(crate) struct Case {
    pub(crate) leaf: Leaf,
    pub(crate) release: Box<dyn FnOnce()>,
}

impl Case {
    /// `leaf` returns 1 after `release` was called.
    pub(crate) fn new(
        leaf: impl Future<Output = i32> + Send + 'static,
        release: impl FnOnce() + 'static,
    ) -> Self {
        Self { leaf: Box::pin(leaf), release: Box::new(release) }
    }

    /// `leaf` never ends in time. It is raced with a channel, which is a second stack: see [`Row::raced`].
    pub(crate) fn raced(leaf: impl Future<Output: Send> + Send + 'static) -> Self {
        let (sender, released) = oneshot::channel();
        let leaf = async {
            leaf.await;
            0
        };
        let race = futures_lite::future::or(leaf, async { released.await.unwrap() });
        Self::new(race, || sender.send(1).unwrap())
    }
}

/// The runtimes on which a leaf works.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Tokio,
    All,
}

type Make = Box<dyn Fn(&Arc<Instrumentor>) -> Case>;

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) on: On,
    /// What the stacks with the awaiting line of `here` wait for, in alphabetical order.
    pub(crate) waits: Vec<&'static str>,
    /// As `waits`, of the other stacks.
    pub(crate) others: Vec<&'static str>,
    /// Why the awaiting line is in no stack.
    pub(crate) reason: Option<&'static str>,
    /// Whether the stacks with the awaiting line are those of other tasks than the first.
    pub(crate) by_children: bool,
    /// Whether the task is woken all the time, and never idle.
    pub(crate) is_busy: bool,
    /// What else may wake the task during the dump.
    pub(crate) woken_by: Option<&'static str>,
    /// As `waits`, if inlined functions have no paths: then less is known.
    pub(crate) bare: Option<Vec<&'static str>>,
    /// The same for `others`.
    pub(crate) bare_others: Option<Vec<&'static str>>,
    pub(crate) make: Make,
}

impl Row {
    pub(crate) fn any(
        name: &'static str,
        waits: &[&'static str],
        make: impl Fn() -> Case + 'static,
    ) -> Self {
        Self::with_instrumentor(name, waits, move |_| make())
    }

    pub(crate) fn tokio(
        name: &'static str,
        waits: &[&'static str],
        make: impl Fn() -> Case + 'static,
    ) -> Self {
        Self { on: On::Tokio, ..Self::any(name, waits, make) }
    }

    /// A row whose case records tasks of its own.
    pub(crate) fn with_instrumentor(
        name: &'static str,
        waits: &[&'static str],
        make: impl Fn(&Arc<Instrumentor>) -> Case + 'static,
    ) -> Self {
        Self {
            name,
            on: On::All,
            waits: waits.to_vec(),
            others: Vec::new(),
            reason: None,
            by_children: false,
            is_busy: false,
            woken_by: None,
            bare: None,
            bare_others: None,
            make: Box::new(make),
        }
    }

    pub(crate) fn others(mut self, waits: &[&'static str]) -> Self {
        self.others.extend(waits);
        self.others.sort_unstable();
        self
    }

    /// For a [`Case::raced`].
    pub(crate) fn raced(self) -> Self {
        self.others(&["oneshot recv"])
    }

    /// The awaiting line is in no stack. `others` are what is seen instead.
    pub(crate) fn hidden(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    pub(crate) fn by_children(mut self) -> Self {
        self.by_children = true;
        self
    }

    pub(crate) fn busy(mut self) -> Self {
        self.is_busy = true;
        self
    }

    /// The number of polls may change during the dump.
    pub(crate) fn woken_by(mut self, what: &'static str) -> Self {
        self.woken_by = Some(what);
        self
    }

    /// What the stacks wait for if inlined functions have no paths.
    pub(crate) fn bare(mut self, waits: &[&'static str]) -> Self {
        self.bare = Some(waits.to_vec());
        self
    }

    /// What the other stacks wait for if inlined functions have no paths.
    pub(crate) fn bare_others(mut self, waits: &[&'static str]) -> Self {
        self.bare_others = Some(waits.to_vec());
        self
    }
}
