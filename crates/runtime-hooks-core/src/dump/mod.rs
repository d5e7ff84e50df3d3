//! The task dump: where does each live task wait?
//!
//! A dump wakes each live task. Its next poll polls the future as always, and then once more with a waker that walks the
//! stack when a leaf future clones or wakes it. These polls enter no figure, unless the task ends in them.

mod walk;
mod collector;
mod trace_waker;
mod tasks;
mod answers;
mod capture;

pub use self::answers::{Answer, Trace};
pub use self::capture::{Capture, CaptureOptions, CapturedTask, HAS_STACK_WALKER, capture};

pub(crate) use self::answers::{answer, end_if_over, is_active};
pub(crate) use self::collector::{Mode, collect, found, mode, reserve, with_mode};
pub(crate) use self::tasks::{Askable, register};
pub(crate) use self::trace_waker::with_trace_waker;
