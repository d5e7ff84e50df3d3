//! Every broken runtime fails the case that [`MUTANTS`] names for its fault.

use std::panic::catch_unwind;

use runtime_hooks_conformance::mutants::{Fault, MUTANTS, run_on_mutant};

macro_rules! mutants {
    ($($index:literal $name:ident $fault:ident)*) => {
        $(
            #[test]
            fn $name() {
                let (fault, case) = MUTANTS[$index];
                assert_eq!(fault, Fault::$fault);
                let failed = catch_unwind(|| run_on_mutant(fault, case)).is_err();
                assert!(failed, "{case:?} did not notice {fault:?}");
            }
        )*

        #[test]
        fn every_mutant_is_tested() {
            assert_eq!([$($index),*], std::array::from_fn::<usize, { MUTANTS.len() }, _>(|i| i));
        }
    };
}

mutants! {
    0 a_lost_wake_is_noticed LostWake
    1 a_swallowed_panic_is_noticed SwallowedPanic
    2 a_timer_that_never_fires_is_noticed TimerNeverFires
    3 a_timer_that_fires_at_once_is_noticed TimerFiresAtOnce
    4 an_ignored_abort_is_noticed AbortIgnored
    5 an_abort_that_resolves_early_is_noticed AbortResolvesEarly
    6 a_drop_that_cancels_is_noticed DropCancels
    7 a_closure_run_on_the_spot_is_noticed BlockingInline
    8 closures_run_in_turn_are_noticed BlockingInTurn
    9 a_task_that_is_always_finished_is_noticed AlwaysFinished
    10 a_leak_at_shutdown_is_noticed LeakAtShutdown
    11 a_runtime_without_a_name_is_noticed Nameless
    12 a_long_sleep_that_ends_at_once_is_noticed TimerWraps
    13 a_sleep_that_starts_when_it_is_polled_is_noticed TimerStartsWhenPolled
    14 a_task_joined_again_that_is_told_as_cancelled_is_noticed JoinedAgainIsCancelled
}
