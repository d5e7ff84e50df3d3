//! Recognises futures that are already recorded, by the names of their types.

/// Whether a future of this type is already instrumented, so that recording it again would count it twice.
///
/// Decided by the name of the type, which is a constant after inlining.
#[inline]
pub(crate) fn is_instrumented<F>() -> bool {
    is_one_of::<F>(&[
        concat!(env!("CARGO_CRATE_NAME"), "::task::future::Instrumented<"),
        concat!(env!("CARGO_CRATE_NAME"), "::task::stream::InstrumentedStream<"),
        concat!(env!("CARGO_CRATE_NAME"), "::timeout::future::Timeout<"),
        concat!(env!("CARGO_CRATE_NAME"), "::timeout::deadlined::Deadlined<"),
    ]) || is_marked::<F>()
}

/// The last type parameter of a drop-in's future that is already instrumented. Such a type has the name of its
/// runtime's type, so its own name does not show it. Not a default parameter, since names of types omit those. See
/// [`DropIn`](crate::support::DropIn).
#[derive(Clone, Copy, Debug)]
pub enum AlreadyInstrumented {}

#[inline]
fn is_marked<F>() -> bool {
    pointed_to::<F>().ends_with(concat!(module_path!(), "::AlreadyInstrumented>"))
}

/// Whether it is instrumented, or is the handle of a task, which is.
#[inline]
pub(crate) fn is_recorded<F>() -> bool {
    is_instrumented::<F>()
        || is_one_of::<F>(&[
            concat!(env!("CARGO_CRATE_NAME"), "::join::join_handle::JoinHandle<"),
            concat!(env!("CARGO_CRATE_NAME"), "::join::join_handle::LocalJoinHandle<"),
            concat!(env!("CARGO_CRATE_NAME"), "::join::flatten::Flatten<"),
            concat!(env!("CARGO_CRATE_NAME"), "::handle::joinable::Joinable<"),
            concat!(env!("CARGO_CRATE_NAME"), "::asyncio::task_group::member::Member<"),
        ])
}

/// Whether the name of the type, behind references and boxes, starts with one of these.
#[inline]
pub(crate) fn is_one_of<F>(prefixes: &[&str]) -> bool {
    let name = pointed_to::<F>();
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// The name of the type, without references and boxes around it.
#[inline]
fn pointed_to<F>() -> &'static str {
    let mut name = std::any::type_name::<F>();
    // As many layers as in `&mut Pin<Box<F>>` and `Pin<&mut F>`.
    for (wrapper, end) in
        [("&mut ", ""), ("core::pin::Pin<", ">"), ("&mut ", ""), ("alloc::boxed::Box<", ">")]
    {
        let inner = name.strip_prefix(wrapper).and_then(|inner| inner.strip_suffix(end));
        name = inner.unwrap_or(name);
    }
    name
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::asyncio::Member;
    use crate::handle::Joinable;
    use crate::hooks::AnyRuntime;
    use crate::join::{Flatten, JoinHandle, LocalJoinHandle};
    use crate::task::{Instrumented, InstrumentedStream};
    use crate::timeout::{Deadlined, Timeout};
    use std::future::{Pending, Ready};
    use std::pin::Pin;

    #[test]
    fn an_instrumented_future_is_recognised_by_its_type() {
        assert!(is_instrumented::<Instrumented<Ready<()>>>());
        assert!(is_instrumented::<Pin<Box<Instrumented<Ready<()>>>>>());
        assert!(is_instrumented::<&mut Instrumented<Ready<()>>>());
        assert!(is_instrumented::<Pin<&mut Instrumented<Ready<()>>>>());
        assert!(is_instrumented::<InstrumentedStream<Ready<()>>>());
        assert!(is_instrumented::<Timeout<Ready<()>, Pending<()>>>());
        assert!(is_instrumented::<Deadlined<Ready<()>>>());
        assert!(!is_recorded::<Ready<Joinable<()>>>());
        assert!(!is_instrumented::<Ready<Instrumented<()>>>());
        assert!(!is_instrumented::<Pin<Box<dyn Future<Output = ()>>>>());
    }

    #[test]
    fn the_handle_of_a_task_is_recognised_by_its_type() {
        fn is_handle<H>() -> bool {
            is_recorded::<H>() && !is_instrumented::<H>()
        }
        assert!(is_handle::<Joinable<()>>());
        assert!(is_handle::<JoinHandle<(), AnyRuntime>>());
        assert!(is_handle::<LocalJoinHandle<(), Local>>());
        assert!(is_handle::<Flatten<(), (), Joinable<Result<(), ()>>>>());
        assert!(is_handle::<Member<()>>());
    }

    struct Local;

    impl crate::hooks::SpawnLocal for Local {
        type LocalTask<T: 'static> = Joinable<T>;

        fn raw_spawn_local<F: Future + 'static>(&self, _: F) -> Joinable<F::Output> {
            unreachable!()
        }
    }

    #[test]
    fn a_drop_ins_future_is_recognised_by_its_marker() {
        struct Timeout<F, M>(F, std::marker::PhantomData<M>);
        type Marked<F> = Timeout<F, AlreadyInstrumented>;
        assert!(is_instrumented::<Marked<()>>());
        assert!(is_instrumented::<Pin<Box<Marked<Ready<()>>>>>());
        assert!(is_instrumented::<Pin<&mut Marked<Ready<()>>>>());
        assert!(!is_instrumented::<Timeout<(), ()>>());
        assert!(!is_instrumented::<Ready<Marked<()>>>());
        assert!(!is_instrumented::<Timeout<Marked<()>, ()>>());
    }
}
