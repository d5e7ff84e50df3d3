//! The names of an installation, applied once to each call site.

use std::sync::atomic::{AtomicU64, Ordering};

use runtime_hooks_recorder::internals::SiteInfo;

use super::trace_names::TraceNames;

/// The names of an installation.
#[derive(Debug)]
pub(crate) struct Selector {
    names: TraceNames,
    /// Tells installations apart.
    number: u64,
}

/// What the names select for one task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selected(u8);

impl Selector {
    pub(crate) fn new(names: TraceNames) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { names, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The number of the installation, above 0.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether some tasks have a span of their own.
    #[inline]
    pub(crate) fn selects_spans(&self) -> bool {
        !self.names.is_none()
    }

    /// Whether some tasks carry the caller's live span.
    #[inline]
    pub(crate) fn selects_live(&self) -> bool {
        self.names.has_live()
    }

    #[inline]
    pub(crate) fn select(&self, info: &SiteInfo) -> Selected {
        Selected(info.selected(self.number, || self.names.select(info)))
    }
}

impl Selected {
    const TRACED: u8 = 1;
    const LINKED: u8 = 2;
    const LIVE: u8 = 4;

    pub(crate) fn is_traced(self) -> bool {
        self.0 & Self::TRACED != 0
    }

    pub(crate) fn is_linked(self) -> bool {
        self.0 & Self::LINKED != 0
    }

    pub(crate) fn is_live(self) -> bool {
        self.0 & Self::LIVE != 0
    }
}

impl TraceNames {
    fn select(&self, info: &SiteInfo) -> u8 {
        let (name, function) = (info.key.name(), info.function.as_deref());
        let bit = |is_selected, bit| if is_selected { bit } else { 0 };
        bit(self.matches(info.key.kind(), name, function), Selected::TRACED)
            | bit(self.link(name, function), Selected::LINKED)
            | bit(self.is_live(name, function), Selected::LIVE)
    }
}
