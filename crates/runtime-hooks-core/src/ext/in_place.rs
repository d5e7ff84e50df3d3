//! Macros that build futures in the function that returns them: each function in between would copy the user's future
//! once more.

use futures_util::stream::FuturesUnordered;

use crate::task::Instrumented;
use crate::timeout::{Deadlined, around};

/// Builds a [`Timeout`] from a [`TaskBuilder`] in place: each function in between would copy the future once more.
macro_rules! timeout_here {
    ($builder:expr, $duration:expr, $future:ident: $type:ty) => {{
        let (builder, duration) = ($builder, $duration);
        let sleep = builder.sleep(duration);
        let record = builder.submit::<$type>(Method::Timeout, Role::Future, Location::caller());
        let (before, after) = around(record);
        // The future last, after the builder is consumed: then a release build constructs it in the return slot.
        let classify = builder.into_classify();
        Timeout { before, classify, inner: $future, after, sleep, duration }
    }};
}
pub(super) use timeout_here;

/// Builds `$new` of futures that are awaited together, in place for the same reason: an array of futures is as large
/// as the futures.
macro_rules! members_here {
    ($new:path, $builder:expr, $method:expr, $members:ident: $type:ty) => {{
        let (builder, location) = ($builder, Location::caller());
        if TypeOf::<<$type as IntoIterator>::Item>::IS_LARGE {
            $new(builder.large_members($method, $members, location).into_iter())
        } else {
            $new(builder.members($method, $members, location))
        }
    }};
}
pub(super) use members_here;

/// Builds an [`AsCompletedWithin`] from a [`TaskBuilder`] in place.
macro_rules! within_here {
    ($builder:expr, $duration:expr, $members:ident: $type:ty) => {{
        let (builder, duration) = ($builder, $duration);
        let sleep = builder.sleep(duration);
        let members = members_here!(under_one_deadline, builder, Method::AsCompleted, $members: $type);
        AsCompletedWithin::new(members, sleep, duration)
    }};
}
pub(super) use within_here;

/// Members that share a deadline.
pub(super) fn under_one_deadline<F, C>(
    members: impl Iterator<Item = Instrumented<F, C>>,
) -> FuturesUnordered<Deadlined<F, C>> {
    let deadlined = |Instrumented { record, classify, inner }| {
        let (before, after) = around(record);
        Deadlined { before, classify, inner, after }
    };
    members.map(deadlined).collect()
}
