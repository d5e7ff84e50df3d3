//! What each function that starts a task does before it calls tokio: derive the name, box a large future, record.

/// Evaluates `$call` with a future that is recorded as a task. A large future is boxed first.
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

/// As `__recorded`, for a spawned future: the runtime's hooks do not record it as a foreign task.
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

/// Evaluates `$call` with a closure that is recorded. A large closure is boxed first.
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
