//! A request whose handler leaves two tasks behind, one of them started inside a timeout: when does its span end, and what do
//! the tasks know of it?

use std::time::Duration;

use futures_channel::oneshot;
use opentelemetry::trace::TraceContextExt;
use runtime_hooks_core::{RuntimeHooks, RuntimeHooksExt, WithInstrumentor};
use tracing::{info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::seen::{finished, is_closed, lines_of, logged_in};

/// What was seen of the request's span.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// Whether it was closed as soon as its owner had dropped it, while both tasks waited.
    pub(crate) ends_with_its_owner: bool,
    /// The spans that the tasks opened afterwards and that are its children.
    pub(crate) children: Vec<String>,
    /// The events that `tracing` shows in it: of the handler, and of the tasks.
    pub(crate) lines: Vec<String>,
    /// The number of its log records that OpenTelemetry's log appender has exported: those with its trace id and span id.
    pub(crate) logged: usize,
}

/// Serves a request.
pub(crate) fn serve<R: RuntimeHooks>(runtime: &WithInstrumentor<R>) -> Request {
    let request = info_span!("request");
    let caller = request.context().span().span_context().clone();
    let ((background, first), (connection, second)) = (task("background"), task("connection"));
    let tasks = request.in_scope(|| {
        runtime.raw_block_on(async {
            info!(line = "in the handler");
            let opens_a_connection = async {
                info!(line = "in time");
                [runtime.named("connection").spawn(connection)]
            };
            let opened = runtime.timeout(Duration::from_secs(3_600), opens_a_connection).await;
            let [opened] = opened.unwrap();
            [runtime.named("background").spawn(background), opened]
        })
    });
    let id = request.id().unwrap();
    drop(request);
    let ends_with_its_owner = is_closed(&id);
    [first, second].into_iter().for_each(|gate| gate.send(()).unwrap());
    runtime.raw_block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    let spans = finished(caller.trace_id()).into_iter();
    let mut children: Vec<_> = spans
        .filter(|span| span.parent_span_id == caller.span_id())
        .map(|span| span.name.to_string())
        .collect();
    children.sort_unstable();
    let lines = lines_of(&id).into_iter().map(|line| line.text).collect();
    let logged = logged_in(caller.trace_id()).into_iter();
    let logged = logged.filter(|span| *span == caller.span_id()).count();
    Request { ends_with_its_owner, children, lines, logged }
}

/// A future that waits for its gate, then logs a line and opens a span with this name.
fn task(name: &'static str) -> (impl Future<Output = ()> + Send + 'static, oneshot::Sender<()>) {
    let (open, gate) = oneshot::channel::<()>();
    let task = async move {
        gate.await.unwrap();
        info!(line = name);
        // A span's name is a constant.
        let _span =
            if name == "background" { info_span!("background") } else { info_span!("connection") };
    };
    (task, open)
}
