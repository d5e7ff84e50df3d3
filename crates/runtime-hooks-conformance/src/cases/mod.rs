//! The cases, a module a group. Each is a function that plays on a [`Stage`](crate::Stage).

pub mod blocking;
pub mod cancel;
pub mod detail;
pub mod instrument;
pub mod names;
pub mod panic;
pub mod poll;
pub mod recorders;
pub mod spawn;
pub mod storm;
pub mod switch;
pub mod time;
pub mod timeout;
pub mod tracer;
pub mod wake;

use crate::Harness;

/// A case by group and name.
pub type Case = (&'static str, &'static str);

/// Expands `$then` with the list of all cases: the one place where they are listed.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_all_cases {
    ($then:path, $($args:tt)*) => {
        $then! { $($args)*;
            spawn {
                counts_one_finished_process
                returns_its_output
                is_active_until_it_ends
                goes_on_when_its_handle_is_dropped
                tells_when_it_is_finished
                counts_each_of_nested_tasks
                keeps_outputs_apart
                works_from_a_thread_of_its_own
                carries_the_runtimes_name
            }
            poll {
                is_recorded_each_time
                lasts_from_start_to_end
                is_slow_above_the_threshold
                does_not_include_idle_time
                of_a_ready_future_is_the_only_one
            }
            wake {
                is_a_schedule_delay_each_time
                before_the_first_poll_is_the_submission
                several_times_before_a_poll_is_one_delay
                by_nobody_is_no_delay
                is_forwarded_each_time
                after_the_end_is_harmless
                from_another_thread_is_seen
                and_polls_add_up_to_the_duration
            }
            cancel {
                by_abort_while_it_waits
                by_abort_before_the_first_poll
                by_drop_before_the_first_poll
                by_losing_a_race
                by_shutdown_of_the_runtime
                by_drop_after_some_polls
                after_the_end_changes_nothing
                twice_is_once
                resolves_once_the_future_is_dropped
                leaves_its_children
                has_no_error_type
            }
            panic {
                is_an_exception_of_type_panic
                hands_back_its_payload
                shows_its_message
                leaves_the_runtime_working
                after_a_wait_is_seen
                of_a_detached_task_is_counted
                of_a_child_leaves_its_parent
                records_its_last_poll
            }
            blocking {
                counts_one_to_thread_process
                returns_its_output
                runs_off_the_executors_thread
                runs_in_parallel
                does_not_hold_up_the_executor
                waits_apart_from_its_run
                lasts_as_long_as_the_closure
                panics_are_exceptions
                goes_on_when_its_handle_is_dropped
                starts_tasks
            }
            timeout {
                elapses
                in_time_is_finished
                just_in_time_is_finished
                of_zero_elapses
                inside_elapses_alone
                outside_cancels_what_is_inside
                names_its_duration
                of_an_instrumented_future_is_one_process
                spawned_is_one_process
                dropped_early_is_cancelled
                of_a_panic_is_a_panic
            }
            switch {
                off_records_nothing
                off_changes_no_output
                off_lets_what_runs_end
                on_twice_changes_nothing
                on_again_goes_on
                off_for_one_method
                on_does_not_record_what_ran_before
            }
            instrument {
                twice_counts_once
                then_spawn_counts_once
                in_a_box_then_spawn_counts_once
                block_on_is_a_coroutine
                changes_no_output
                of_a_block_is_a_future_without_name
            }
            names {
                of_an_async_fn
                of_a_method
                of_an_async_block_have_the_call_site
                of_a_boxed_future_are_the_call_site
                of_a_blocking_function
                given_win
                given_as_text_are_one_series
                of_a_wrapped_future_are_those_of_what_it_wraps
                past_the_cap_are_other
            }
            detail {
                counts_alone_time_no_poll
                polls_alone_time_no_schedule
                sampled_times_one_task_in_sixteen
            }
            time {
                sleep_takes_its_time
                intervals_tick
            }
            recorders {
                two_do_not_mix
                lose_nothing_when_threads_come_and_go
                count_what_a_thread_drops_at_its_end
                may_go_before_their_tasks
                never_show_less_than_nothing
            }
            tracer {
                is_entered_around_each_run
                is_told_of_every_end
                carries_into_a_closure
            }
            storm {
                of_spawns_aborts_and_panics_adds_up
            }
        }
    };
}

/// Expands to the suite: one `#[test]` a case, in a module a group, on a harness of this type.
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

        /// Runs one case on a harness; it panics if the case fails.
        ///
        /// # Panics
        ///
        /// If there is no such case, too.
        pub fn run_case<H: Harness>((group, case): Case) {
            match (group, case) {
                $($((stringify!($group), stringify!($case)) => $group::$case::<H>(),)*)*
                _ => panic!("there is no case {group}::{case}"),
            }
        }
    };
}

crate::__for_all_cases!(list, _);
