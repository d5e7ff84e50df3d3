//! Submits tasks to an instrumentor.
#![expect(
    clippy::inline_always,
    reason = "returning a handle or timeout through memory costs 5 ns per call"
)]

mod recorded;

use std::any::type_name;
use std::panic::Location;

pub use self::recorded::AlreadyInstrumented;

pub(crate) use self::recorded::{is_instrumented, is_one_of, is_recorded};

use crate::instrumentor::Instrumentor;
use crate::settings::Method;
use crate::task::TaskRecord;
use runtime_hooks_recorder::Name;
use runtime_hooks_recorder::internals::{Role, Site};

/// Submits a task of type `F`, unless `F` is already instrumented.
#[inline(always)]
pub(crate) fn submit<F>(
    instrumentor: &Instrumentor,
    runtime: &'static str,
    name: Option<&Name>,
    method: Method,
    role: Role,
    location: &'static Location<'static>,
) -> TaskRecord {
    if is_instrumented::<F>() {
        return TaskRecord::off();
    }
    instrumentor.submit(method, || site_of::<F>(name, role, runtime, location))
}

/// The site of a task of type `F`.
#[inline(always)]
pub(crate) fn site_of<'a, F>(
    name: Option<&'a Name>,
    role: Role,
    runtime: &'static str,
    location: &'static Location<'static>,
) -> Site<'a> {
    Site { name, type_name: type_name::<F>(), role, runtime, location, size: Some(size_of::<F>()) }
}
