//! tokio's own functions, types and macros by their own names, recorded: see the [crate's
//! documentation](crate#as-a-drop-in).

mod foreign;
#[cfg(all(feature = "macros", feature = "wrap-join"))]
mod join;
pub mod runtime;
pub mod task;
pub mod time;

use runtime_hooks_core::DropIn;
#[doc(hidden)]
pub use runtime_hooks_core::{Name, box_if_large, delegate};
/// tokio itself, for what the macros of this crate expand to.
#[doc(hidden)]
pub use tokio as native;

#[doc(hidden)]
pub use self::foreign::not_foreign;
#[cfg(all(feature = "macros", feature = "wrap-join"))]
#[doc(hidden)]
pub use self::join::member;
#[doc(inline)]
pub use self::task::spawn;

/// Every process of a drop-in is recorded as one of this runtime.
#[doc(hidden)]
pub const DROP_IN: DropIn =
    DropIn::new("tokio").with_handle("tokio::runtime::task::join::JoinHandle<");

/// Calls with a future that is recorded as a task: boxed before, if it is large.
#[doc(hidden)]
#[macro_export]
macro_rules! __recorded {
    ($future:ident: $type:ty, $method:ident $(, $name:expr)? => $call:expr) => {
        $crate::drop_in::box_if_large!($future: $type as of => {
            let name: Option<$crate::drop_in::Name> = None$(.or($name))?;
            let method = $crate::Method::$method;
            let $future = $crate::drop_in::DROP_IN.named(of, method, name.as_ref(), $future);
            $call
        })
    };
}

/// The same with a future that is spawned: the runtime's hooks do not take it for somebody else's.
#[doc(hidden)]
#[macro_export]
macro_rules! __spawned {
    ($future:ident: $type:ty, $method:ident $(, $name:expr)? => $call:expr) => {
        $crate::__recorded!($future: $type, $method $(, $name)? => {
            let _not_foreign = $crate::drop_in::not_foreign();
            $call
        })
    };
}

/// Calls with a closure that is recorded: boxed before, if it is large.
#[doc(hidden)]
#[macro_export]
macro_rules! __blocking {
    ($work:ident: $type:ty $(, $name:expr)? => $call:expr) => {
        $crate::drop_in::box_if_large!(fn $work: $type as of => {
            let name: Option<$crate::drop_in::Name> = None$(.or($name))?;
            let $work = $crate::drop_in::DROP_IN.blocking_as(of, name.as_ref(), $work);
            $call
        })
    };
}

pub(crate) use __blocking as blocking;
#[cfg(not(feature = "native-types"))]
pub(crate) use __recorded as recorded;
pub(crate) use __spawned as spawned;
