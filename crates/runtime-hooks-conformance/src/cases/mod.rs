//! The cases, one module per group. Each is a function that runs on a [`Stage`](crate::Stage).

pub mod as_completed;
pub mod blocking;
pub mod cancel;
#[cfg(feature = "opentelemetry")]
pub mod context;
pub mod detail;
#[cfg(feature = "dump")]
pub mod dump;
pub mod ensure_future;
pub mod flight;
pub mod gather;
pub mod group;
pub mod instrument;
mod list;
pub mod live;
pub mod log;
pub mod names;
pub mod panic;
pub mod poll;
pub mod recorders;
pub mod result;
pub mod settings;
#[cfg(feature = "opentelemetry")]
pub mod span;
pub mod spawn;
pub mod storm;
pub mod switch;
pub mod threadsafe;
pub mod time;
pub mod timeout;
pub mod tracer;
pub mod user_code;
pub mod wait;
#[cfg(any(feature = "dump", feature = "watchdog"))]
mod waiting;
pub mod wake;
#[cfg(feature = "watchdog")]
pub mod watchdog;

use crate::harness::Harness;

/// A case by group and name.
pub type Case = (&'static str, &'static str);

/// Expands to the suite: one `#[test]` per case, in one module per group, on a harness of this type.
///
/// See the [crate's documentation](crate) for an example.
#[macro_export]
macro_rules! conformance {
    ($harness:ty) => {
        $crate::__for_all_cases!($crate::__tests, $harness);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ($harness:ty; $($group:ident { $($case:ident)* })*) => {
        $(
            mod $group {
                use super::*;

                $(
                    #[test]
                    fn $case() {
                        $crate::cases::$group::$case::<$harness>();
                    }
                )*
            }
        )*
    };
}

macro_rules! list {
    (_; $($group:ident { $($case:ident)* })*) => {
        /// Every case, in the order of the suite.
        pub const CASES: &[Case] = &[$($((stringify!($group), stringify!($case))),*),*];

        /// Runs one case on a harness.
        ///
        /// # Panics
        ///
        /// If the case fails, or there is none of that name.
        pub fn run_case<H: Harness>((group, case): Case) {
            match (group, case) {
                $($((stringify!($group), stringify!($case)) => $group::$case::<H>(),)*)*
                _ => panic!("there is no case {group}::{case}"),
            }
        }
    };
}

crate::__for_all_cases!(list, _);
