//! Selects the tasks that get a span, by name, as in Python's instrumentation.

use std::str::FromStr;

use runtime_hooks_recorder::Kind;

/// The names of tasks that get a span; none by default.
///
/// ```
/// use runtime_hooks_core::{Kind, TraceNames};
///
/// let names = TraceNames::none().coroutines("main, fetch_*").to_thread("*").futures(true);
/// assert!(names.matches(Kind::Coroutine, Some("fetch_all")));
/// assert!(names.matches(Kind::Coroutine, Some("main@main.rs:59"))); // matches the function
/// assert!(!names.matches(Kind::Coroutine, Some("store")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceNames {
    coroutines: Patterns,
    to_thread: Patterns,
    futures: bool,
    linked: Patterns,
}

impl TraceNames {
    /// No spans.
    pub fn none() -> Self {
        Self::default()
    }

    /// Selects coroutines: comma-separated names; `*` matches all, `fetch_*` a prefix.
    #[must_use = "returns the changed names"]
    pub fn coroutines(mut self, names: &str) -> Self {
        self.coroutines = Patterns::new(names);
        self
    }

    /// Selects blocking closures; same syntax as [`coroutines`](Self::coroutines).
    #[must_use = "returns the changed names"]
    pub fn to_thread(mut self, names: &str) -> Self {
        self.to_thread = Patterns::new(names);
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
        self.linked = Patterns::new(names);
        self
    }

    /// Whether no task gets a span.
    pub fn is_none(&self) -> bool {
        self.coroutines.0.is_empty() && self.to_thread.0.is_empty() && !self.futures
    }

    /// Whether the span of a task with this name starts a new trace.
    pub fn link(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.linked.match_any(name))
    }

    /// Whether a task gets a span.
    pub fn matches(&self, kind: Kind, name: Option<&str>) -> bool {
        match kind {
            Kind::Coroutine => name.is_some_and(|name| self.coroutines.match_any(name)),
            Kind::Blocking => name.is_some_and(|name| self.to_thread.match_any(name)),
            Kind::Future => self.futures,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Patterns(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    Prefix(String),
}

impl Patterns {
    fn new(names: &str) -> Self {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Self(names.filter_map(|name| name.parse().ok()).collect())
    }

    /// Matches the whole name, the function (`main` of `main@main.rs:59`) or the method (`get` of `Client.get`).
    fn match_any(&self, name: &str) -> bool {
        if self.0.iter().any(|p| p.matches(name)) {
            return true;
        }
        let function = name.split_once('@').map_or(name, |(function, _)| function);
        let method = function.rsplit_once('.').map_or(function, |(_, method)| method);
        self.0.iter().any(|p| p.matches(function) || p.matches(method))
    }
}

impl FromStr for Pattern {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Exact(text.to_owned()),
        })
    }
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => name == exact,
            Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_empty_names_are_skipped() {
        let names = TraceNames::none().coroutines(" a , ,b,");
        let is_traced = |name| names.matches(Kind::Coroutine, Some(name));
        assert_eq!(["a", "b", "", " a"].map(is_traced), [true, true, false, false]);
    }

    #[test]
    fn a_pattern_is_a_name_a_prefix_or_all() {
        let prefix = TraceNames::none().to_thread("read_*");
        assert!(prefix.matches(Kind::Blocking, Some("read_file")));
        assert!(!prefix.matches(Kind::Blocking, Some("reader")));
        assert!(!prefix.matches(Kind::Coroutine, Some("read_file")));
        assert!(TraceNames::none().coroutines("*").matches(Kind::Coroutine, Some("any")));
    }

    #[test]
    fn the_function_and_the_method_match_too() {
        let names = TraceNames::none().coroutines("main,get");
        for name in ["main", "main@main.rs:59", "Client.get", "Client.get@net.rs:3"] {
            assert!(names.matches(Kind::Coroutine, Some(name)), "{name}");
        }
        assert!(!names.matches(Kind::Coroutine, Some("domain@main.rs:59")));
    }

    #[test]
    fn linked_names_start_a_trace() {
        let names = TraceNames::none().coroutines("*").linked("flush_*");
        assert!(names.link(Some("flush_all")) && !names.link(Some("fetch")) && !names.link(None));
        assert!(TraceNames::none().linked("*").is_none());
    }

    #[test]
    fn futures_are_all_or_none() {
        assert!(!TraceNames::none().matches(Kind::Future, None));
        assert!(TraceNames::none().futures(true).matches(Kind::Future, None));
    }
}
