//! `tokio_util::task`, with the tasks of its collections recorded.

#[cfg(feature = "join-map")]
mod join_map;
mod join_queue;
pub mod task_tracker;

#[doc(no_inline)]
pub use tokio_util::task::*;

#[cfg(feature = "join-map")]
pub use self::join_map::JoinMap;
pub use self::join_queue::JoinQueue;
pub use self::task_tracker::TaskTracker;

/// What each of the collections is: tokio-util's own, with a few methods before it.
macro_rules! wraps {
    ($name:ident$(<$($parameter:ident),*>)?) => {
        impl$(<$($parameter),*>)? std::ops::Deref for $name$(<$($parameter),*>)? {
            type Target = tokio_util::task::$name$(<$($parameter),*>)?;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl$(<$($parameter),*>)? std::ops::DerefMut for $name$(<$($parameter),*>)? {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }

        impl$(<$($parameter),*>)? From<tokio_util::task::$name$(<$($parameter),*>)?> for $name$(<$($parameter),*>)? {
            fn from(native: tokio_util::task::$name$(<$($parameter),*>)?) -> Self {
                Self(native)
            }
        }

        impl$(<$($parameter),*>)? From<$name$(<$($parameter),*>)?> for tokio_util::task::$name$(<$($parameter),*>)? {
            fn from(ours: $name$(<$($parameter),*>)?) -> Self {
                ours.0
            }
        }
    };
}
use wraps;
