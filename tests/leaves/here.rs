//! What awaits each leaf. The test looks for the lines of these awaits.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A leaf future in a task. It returns 1.
pub(crate) type Leaf = std::pin::Pin<Box<dyn Future<Output = i32> + Send>>;

/// How often `here` was called for the current row.
pub(crate) static CALLS: AtomicUsize = AtomicUsize::new(0);

/// A line of this file.
#[derive(Clone, Copy)]
pub(crate) struct Line(u32);

impl Line {
    pub(crate) fn is_in(self, stack: &runtime_hooks::Stack) -> bool {
        stack.frames.iter().any(|frame| self.is_of(frame))
    }

    pub(crate) fn is_of(self, frame: &runtime_hooks::Frame) -> bool {
        let is_here = |file: &String| file.ends_with("leaves/here.rs");
        frame.file.as_ref().is_some_and(is_here) && frame.line == Some(self.0)
    }
}

/// Awaits a leaf.
pub(crate) async fn here<F: Future>(future: F) -> F::Output {
    CALLS.fetch_add(1, Ordering::SeqCst);
    future.await
}
pub(crate) const HERE: Line = Line(line!() - 2);

/// The outermost future of each task.
pub(crate) async fn outer(leaf: Leaf) -> i32 {
    middle(leaf).await
}
pub(crate) const OUTER: Line = Line(line!() - 2);

async fn middle(leaf: Leaf) -> i32 {
    leaf.await
}
pub(crate) const MIDDLE: Line = Line(line!() - 2);
