//! What `asyncio` has in addition to tasks: awaiting several futures, task groups, intervals.

mod as_completed;
mod gather;
mod interval;
mod task_group;
mod wait;

pub use self::as_completed::{AsCompleted, AsCompletedWithin};
pub use self::gather::{Gather, TryGather};
pub use self::interval::Interval;
pub use self::task_group::{GroupError, GroupHandle, Member, TaskGroup};
pub use self::wait::{ReturnWhen, Wait};
