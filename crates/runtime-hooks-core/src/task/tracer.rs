//! The second seam, beside the recorder: something to carry along with a process.

use std::panic::Location;
use std::sync::Arc;

use crate::state::{Kind, Outcome};

/// Is asked at each submission whether there is something to carry: the caller's context, a span.
///
/// Set with [`Config::tracer`](crate::Config::tracer). Without one, or when it returns `None`, a
/// process costs one branch more.
pub trait Tracer: Send + Sync + 'static {
    /// Called on the submitting thread, in the caller's context.
    fn submit(&self, process: &Submission<'_>) -> Option<Arc<dyn Carried>>;
}

/// What a [`Tracer`] hands back: entered around each run of the process, told of its end.
pub trait Carried: Send + Sync + 'static {
    /// Calls `run` once, inside whatever is carried, and restores what was there before: also when
    /// `run` panics, so hold a guard.
    fn enter(&self, run: &mut dyn FnMut());

    /// The process has ended. Called once.
    fn end(&self, outcome: Outcome);
}

/// What a [`Tracer`] is told of a process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Submission<'a> {
    /// The `type` attribute.
    pub kind: Kind,
    /// The `name` attribute; `None` for anonymous futures.
    pub name: Option<&'a str>,
    /// The `async.runtime.name` attribute.
    pub runtime: &'static str,
    /// The full path of the future's or closure's type.
    pub type_name: &'static str,
    /// The call site.
    pub location: &'static Location<'static>,
    /// Whether the configuration asks for a span: see [`TraceNames`](crate::TraceNames).
    pub traced: bool,
}

/// The tracer that carries nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTracer;

impl Tracer for NoTracer {
    fn submit(&self, _: &Submission<'_>) -> Option<Arc<dyn Carried>> {
        None
    }
}
