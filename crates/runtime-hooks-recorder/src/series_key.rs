//! The identity of a series, and where a series was first seen.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;

use crate::state::Kind;

/// The name under which tasks past the series cap are counted.
pub const OVERFLOW_NAME: &str = "_OTHER";

/// Identifies a series: kind, runtime, and where its tasks come from.
///
/// A task with a name that the program gives it belongs to the series of this name. Any other task belongs to the
/// series of its function and call site, so that unrelated tasks never share a series.
///
/// The series of a [snapshot](crate::Snapshot) are told apart by all of this. Exporters leave the call site out, unless
/// they are asked for it: see [`Snapshot::merged`](crate::Snapshot::merged).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeriesKey {
    kind: Kind,
    runtime: &'static str,
    name: Option<Arc<str>>,
    function: Option<Arc<str>>,
    call_site: Option<CallSite>,
}

impl SeriesKey {
    /// A series of tasks with a given name.
    pub(crate) fn named(kind: Kind, name: Option<Arc<str>>, runtime: &'static str) -> Self {
        Self { kind, runtime, name, function: None, call_site: None }
    }

    /// The same tasks, told apart by function and call site.
    pub(crate) fn from(
        self,
        function: Option<Arc<str>>,
        location: &'static Location<'static>,
    ) -> Self {
        Self { function, call_site: Some(CallSite::new(location)), ..self }
    }

    /// The `type` attribute.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The `name` attribute: short, and without a line number. Absent for anonymous futures.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The name, if the program gave it.
    pub(crate) fn given_name(&self) -> Option<Arc<str>> {
        self.name.clone().filter(|_| self.call_site.is_none())
    }

    pub(crate) fn shared_name(&self) -> Option<Arc<str>> {
        self.name.clone()
    }

    /// The `code.function.name` attribute: the path of the function, or of the type of a future written by hand,
    /// `my_app::net::fetch`. Absent for tasks with a given name, and for futures whose type is erased
    /// (`Pin<Box<dyn Future>>`).
    pub fn function(&self) -> Option<&str> {
        self.function.as_deref()
    }

    /// Where the tasks are spawned; `None` for tasks with a given name. Exported series have one only if exporters are
    /// asked for it.
    pub fn call_site(&self) -> Option<&CallSite> {
        self.call_site.as_ref()
    }

    /// The `async.runtime.name` attribute.
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// The key of the exported series: without the call site, or with its file and line.
    #[must_use = "returns the changed key"]
    pub fn exported(mut self, with_location: bool) -> Self {
        self.call_site = self.call_site.filter(|_| with_location);
        if let Some(call_site) = &mut self.call_site {
            call_site.column = 0;
        }
        self
    }

    /// As an output shows it, with other texts in place of name, function and file.
    pub(crate) fn shown(
        self,
        name: Option<Arc<str>>,
        function: Option<Arc<str>>,
        file: Option<String>,
    ) -> Self {
        let call_site = self.call_site.zip(file);
        let call_site = call_site.map(|(at, file)| CallSite { file: file.into(), ..at });
        Self { name, function, call_site, ..self }
    }

    /// The key without the runtime, which is then not exported.
    pub(crate) fn without_runtime(self) -> Self {
        Self { runtime: "", ..self }
    }

    /// The key of the overflow series of the same kind and runtime.
    pub(crate) fn into_overflow(self) -> Self {
        Self::named(self.kind, Some(OVERFLOW_NAME.into()), self.runtime)
    }

    /// Whether this is the series of names past the series cap.
    pub fn is_overflow(&self) -> bool {
        self.name() == Some(OVERFLOW_NAME)
    }
}

/// A place in the source code where tasks are spawned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallSite {
    file: Cow<'static, str>,
    line: u32,
    column: u32,
}

impl CallSite {
    fn new(location: &'static Location<'static>) -> Self {
        let (line, column) = (location.line(), location.column());
        Self { file: location.file().into(), line, column }
    }

    /// The path of the file as the compiler writes it: relative for the program's own workspace.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1; 0 in an exported series.
    pub fn column(&self) -> u32 {
        self.column
    }
}

/// Where a series was first seen. Spans and the console show it with the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnSite {
    /// The type of the future or closure, if the name was derived from it.
    pub type_name: Option<&'static str>,
    /// The call site.
    pub location: &'static Location<'static>,
    /// The size of the future or closure in bytes; `None` if only a runtime's hooks report it.
    pub size: Option<usize>,
}
