//! What each function that starts a task does before it calls tokio: name, box if large, record.

/// Calls with a future that is recorded as a task: boxed before, if it is large.
#[doc(hidden)]
#[macro_export]
macro_rules! __recorded {
    ($future:ident: $type:ty, $method:ident $(, $name:expr)? => $call:expr) => {
        $crate::support::box_if_large!($future: $type as of => {
            let name: Option<$crate::support::Name> = None$(.or($name))?;
            let method = $crate::Method::$method;
            let $future = $crate::support::DROP_IN.named(of, method, name.as_ref(), $future);
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
            let _not_foreign = $crate::support::not_foreign();
            $call
        })
    };
}

/// Calls with a closure that is recorded: boxed before, if it is large.
#[doc(hidden)]
#[macro_export]
macro_rules! __blocking {
    ($work:ident: $type:ty $(, $name:expr)? => $call:expr) => {
        $crate::support::box_if_large!(fn $work: $type as of => {
            let name: Option<$crate::support::Name> = None$(.or($name))?;
            let $work = $crate::support::DROP_IN.blocking_as(of, name.as_ref(), $work);
            $call
        })
    };
}

pub(crate) use {__blocking as blocking, __recorded as recorded, __spawned as spawned};
