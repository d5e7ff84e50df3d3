//! Selects the tasks that get a span, by name, as in Python's instrumentation.

use runtime_hooks_recorder::{Kind, NamePatterns};

/// The names of tasks that get a span; none by default.
///
/// ```
/// use runtime_hooks_core::{Kind, TraceNames};
///
/// let names = TraceNames::none().coroutines("main, fetch_*").to_thread("*").futures(true);
/// assert!(names.matches(Kind::Coroutine, Some("fetch_all"), None));
/// assert!(names.matches(Kind::Coroutine, Some("Client.fetch_all"), None)); // matches the method
/// assert!(!names.matches(Kind::Coroutine, Some("store"), None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceNames {
    coroutines: NamePatterns,
    to_thread: NamePatterns,
    futures: bool,
    linked: NamePatterns,
    live: NamePatterns,
}

impl TraceNames {
    /// No spans.
    pub fn none() -> Self {
        Self::default()
    }

    /// Selects coroutines: comma-separated [patterns](NamePatterns).
    #[must_use = "returns the changed names"]
    pub fn coroutines(mut self, names: &str) -> Self {
        self.coroutines = NamePatterns::new(names);
        self
    }

    /// Selects blocking closures; same syntax as [`coroutines`](Self::coroutines).
    #[must_use = "returns the changed names"]
    pub fn to_thread(mut self, names: &str) -> Self {
        self.to_thread = NamePatterns::new(names);
        self
    }

    /// Selects all anonymous futures, or none.
    #[must_use = "returns the changed names"]
    pub fn futures(mut self, enabled: bool) -> Self {
        self.futures = enabled;
        self
    }

    /// Selects tasks, among those with a span, whose span starts a new trace that is linked to the caller's trace
    /// instead of being part of it: for work that a request starts and that continues after it. Same syntax as
    /// [`coroutines`](Self::coroutines).
    #[must_use = "returns the changed names"]
    pub fn linked(mut self, names: &str) -> Self {
        self.linked = NamePatterns::new(names);
        self
    }

    /// Selects tasks that carry the caller's live span instead of its ids: see
    /// [`Submission::carries_live_span`](crate::Submission::carries_live_span). `*` selects all tasks. Same syntax as
    /// [`coroutines`](Self::coroutines). A task with a span of its own carries that one in OpenTelemetry, and the caller's
    /// in `tracing`.
    #[must_use = "returns the changed names"]
    pub fn live(mut self, names: &str) -> Self {
        self.live = NamePatterns::new(names);
        self
    }

    /// Whether no task gets a span.
    pub fn is_none(&self) -> bool {
        self.coroutines.is_empty() && self.to_thread.is_empty() && !self.futures
    }

    /// Whether the span of a task with this name and function starts a new trace.
    pub fn link(&self, name: Option<&str>, function: Option<&str>) -> bool {
        name.is_some() && self.linked.matches(name, function)
    }

    /// Whether some tasks carry the caller's live span.
    pub(crate) fn has_live(&self) -> bool {
        !self.live.is_empty()
    }

    /// Whether a task with this name and function carries the caller's live span.
    pub fn is_live(&self, name: Option<&str>, function: Option<&str>) -> bool {
        self.live.matches(name, function)
    }

    /// Whether a task with this name and function gets a span.
    pub fn matches(&self, kind: Kind, name: Option<&str>, function: Option<&str>) -> bool {
        match kind {
            Kind::Coroutine => name.is_some() && self.coroutines.matches(name, function),
            Kind::Blocking => name.is_some() && self.to_thread.matches(name, function),
            Kind::Future => self.futures,
            _ => false,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_empty_names_are_skipped() {
        let names = TraceNames::none().coroutines(" a , ,b,");
        let is_traced = |name| names.matches(Kind::Coroutine, Some(name), None);
        assert_eq!(["a", "b", "", " a"].map(is_traced), [true, true, false, false]);
    }

    #[test]
    fn each_kind_has_its_own_names() {
        let prefix = TraceNames::none().to_thread("read_*");
        assert!(prefix.matches(Kind::Blocking, Some("read_file"), None));
        assert!(!prefix.matches(Kind::Blocking, Some("reader"), None));
        assert!(!prefix.matches(Kind::Coroutine, Some("read_file"), None));
        let function = TraceNames::none().coroutines("app::net::*");
        assert!(function.matches(Kind::Coroutine, Some("fetch"), Some("app::net::fetch")));
        assert!(!function.matches(Kind::Coroutine, Some("fetch"), Some("app::db::fetch")));
    }

    #[test]
    fn linked_names_start_a_trace() {
        let names = TraceNames::none().coroutines("*").linked("flush_*");
        let link = |name| names.link(name, None);
        assert!(link(Some("flush_all")) && !link(Some("fetch")) && !link(None));
        assert!(TraceNames::none().linked("*").is_none());
    }

    #[test]
    fn live_names_select_no_spans() {
        let names = TraceNames::none().live("handle_*, app::*");
        assert!(names.is_none() && names.has_live() && !TraceNames::none().has_live());
        assert!(names.is_live(Some("handle_order"), None) && !names.is_live(Some("fetch"), None));
        assert!(names.is_live(None, Some("app::Response")) && !names.is_live(None, None));
        assert!(TraceNames::none().live("*").is_live(None, None));
    }

    #[test]
    fn futures_are_all_or_none() {
        assert!(!TraceNames::none().matches(Kind::Future, None, None));
        assert!(TraceNames::none().futures(true).matches(Kind::Future, None, None));
    }
}
