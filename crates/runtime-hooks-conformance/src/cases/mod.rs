//! The cases, a module a group. Each is a function that plays on a [`Stage`](crate::Stage).

pub mod as_completed;
pub mod blocking;
pub mod cancel;
#[cfg(feature = "opentelemetry")]
pub mod context;
pub mod detail;
pub mod ensure_future;
pub mod gather;
pub mod group;
pub mod instrument;
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
pub mod wake;

use crate::Harness;

/// A case by group and name.
pub type Case = (&'static str, &'static str);

/// Expands `$then` with the list of all cases. They are listed here, and those that need OpenTelemetry below.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_all_cases {
    ($then:path, $($args:tt)*) => {
        $crate::__with_opentelemetry! { $then, [$($args)*]
            spawn {
                counts_one_finished_process
                returns_its_output
                is_active_until_it_ends
                goes_on_when_its_handle_is_dropped
                tells_when_it_is_finished
                is_joined_at_once_when_it_is_finished
                is_joined_once
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
                of_a_nested_task_reaches_who_awaits_it
                of_a_future_without_a_name
            }
            panic {
                is_an_exception_of_type_panic
                is_an_exception_at_any_detail
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
                that_runs_is_not_aborted
                waits_apart_from_its_run
                lasts_as_long_as_the_closure
                panics_are_exceptions
                goes_on_when_its_handle_is_dropped
                starts_tasks
                of_a_function_with_arguments
                elsewhere_is_a_to_thread_process
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
                at_a_point_in_time
                at_the_end_of_time_never_elapses
                of_an_endless_duration_never_elapses
                of_a_future_that_never_rests_elapses
                of_an_unrecorded_future_cancels_what_is_inside
                of_a_future_that_panicked_cancels_what_is_inside
            }
            ensure_future {
                of_a_future_spawns_it
                of_a_task_is_the_task
                of_a_task_known_as_a_future_is_one_process
            }
            gather {
                of_three_keeps_their_order
                of_a_hundred_keeps_their_order
                of_none_is_empty
                keeps_errors_among_the_outputs
                borrows
                takes_tasks_as_they_are
                of_futures_without_a_name
                dropped_cancels_futures_and_leaves_tasks
                that_tries_has_all_outputs
                that_tries_cancels_futures_at_the_first_error
                that_tries_leaves_tasks_at_the_first_error
                lets_a_panic_through
            }
            wait {
                for_the_first
                for_the_first_exception
                for_an_exception_that_never_comes
                for_all
                no_longer_than_its_timeout
                with_an_endless_timeout_waits_for_all
                for_none_returns_at_once
                takes_whatever_can_be_iterated
                takes_futures_and_flattened_tasks
            }
            as_completed {
                yields_in_order_of_completion
                takes_tasks_as_they_are
                of_none_ends_at_once
                ends_at_its_deadline
                in_time_knows_no_deadline
                within_an_endless_duration_all_come
                at_its_deadline_ends_instrumented_futures
                at_its_deadline_leaves_tasks
                dropped_cancels_futures
            }
            threadsafe {
                hands_its_output_to_the_thread
                blocks_until_a_deadline
                waits_for_ever_if_told_so
                is_cancelled_by_the_thread
                hands_a_panic_to_the_thread
                can_be_awaited
            }
            group {
                of_ten_counts_ten
                ends_after_all_its_members
                of_none_ends_at_once
                is_cancelled_by_the_first_failure
                is_cancelled_before_it_is_joined
                is_cancelled_by_a_panic
                tells_of_a_failure_during_its_cancellation
                nests
                cancels_what_is_nested
                dropped_leaves_nothing_running
                takes_no_more_once_it_is_over
                goes_on_without_a_member_that_is_cancelled
                takes_members_from_its_members
            }
            result {
                of_an_error_is_an_exception_of_its_type
                of_an_ok_is_finished
                unasked_is_finished
                of_an_elapsed_deadline_is_a_timeout
                changes_neither_panics_nor_cancellations
                is_asked_of_any_call
                can_be_read_by_anybody
            }
            switch {
                off_records_nothing
                off_changes_no_output
                off_lets_what_runs_end
                on_twice_changes_nothing
                on_again_goes_on
                off_for_one_method
                off_for_each_method
                off_for_block_on
                on_does_not_record_what_ran_before
            }
            settings {
                choose_the_detail
                choose_when_a_poll_is_slow
                choose_how_many_names
                choose_the_namespace
                leave_methods_alone
                choose_what_is_traced
                choose_who_starts_a_trace
                choose_what_is_logged
                of_python_stand_in
                in_code_win
                that_make_no_sense_are_ignored
            }
            instrument {
                twice_counts_once
                then_spawn_counts_once
                in_a_box_then_spawn_counts_once
                block_on_is_a_coroutine
                changes_no_output
                of_a_block_is_a_future_without_name
                again_and_again_counts_once
                of_a_streams_step_is_a_process
                of_a_handle_is_a_future
            }
            names {
                of_an_async_fn
                of_what_is_large_are_its_own
                of_a_method
                of_an_async_block_have_the_call_site
                of_a_boxed_future_are_the_call_site
                of_a_blocking_function
                given_win
                given_as_text_are_one_series
                of_a_wrapped_future_are_those_of_what_it_wraps
                past_the_cap_are_other
                far_past_the_cap_lose_nothing
                of_up_to_4096_bytes
            }
            detail {
                counts_alone_time_no_poll
                polls_alone_time_no_schedule
                sampled_times_one_task_in_sixteen
            }
            time {
                sleep_takes_its_time
                sleep_is_counted_from_the_call
                intervals_tick
                intervals_of_an_endless_period_tick_once
                an_endless_sleep_goes_on
            }
            recorders {
                two_do_not_mix
                lose_nothing_when_threads_come_and_go
                count_what_a_thread_drops_at_its_end
                may_go_before_their_tasks
                never_show_less_than_nothing
                of_work_that_no_hook_sees
                keep_runtimes_apart
            }
            tracer {
                is_entered_around_each_run
                is_told_of_every_end
                is_told_of_every_error_type
                is_told_the_truth_without_a_recorder
                carries_into_a_closure
                is_told_of_the_method
                is_left_alone_while_thread_locals_are_destroyed
            }
            user_code {
                of_a_tracer_that_panics_changes_no_task
                of_a_tracer_is_off_after_its_second_panic
                of_one_tracer_leaves_the_others_on
                of_a_tracer_sees_no_panic_of_its_task
                of_a_reporter_that_panics_changes_no_task
                of_a_classifier_that_panics_changes_no_task
                of_a_source_of_gauges_that_panics_changes_no_count
                of_a_panic_is_kept_with_message_and_place
            }
            live {
                adds_nothing_to_what_is_counted
                counts_wakes
                has_as_many_as_are_active
                has_blocking_closures
                is_kept_only_while_it_is_asked_for
                knows_how_large_a_future_is
                knows_how_large_a_boxed_task_is
                knows_who_wakes_itself
                tells_what_a_task_does
                tells_who_cannot_be_woken
            }
            log {
                tells_a_slow_poll
                leaves_closures_alone
                tells_a_timeout
                is_off_by_default
                tells_so_many_a_second
            }
            storm {
                of_spawns_aborts_and_panics_adds_up
                of_switches_loses_and_doubles_nothing
            }
        }
    };
}

/// Adds the cases of the feature `opentelemetry` to the others, and expands `$then` with all of them.
#[cfg(feature = "opentelemetry")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_opentelemetry {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $then! { $($args)*; $($cases)*
            context {
                of_spawn_is_its_callers_span
                of_spawn_is_its_callers_baggage
                of_spawn_is_nothing
                of_a_named_task_is_its_callers_span
                of_a_named_task_is_its_callers_baggage
                of_a_named_task_is_nothing
                of_spawn_blocking_is_its_callers_span
                of_spawn_blocking_is_its_callers_baggage
                of_spawn_blocking_is_nothing
                of_timeout_is_its_callers_span
                of_timeout_is_its_callers_baggage
                of_timeout_is_nothing
                of_instrument_is_its_callers_span
                of_instrument_is_its_callers_baggage
                of_instrument_is_nothing
                of_ensure_future_is_its_callers_span
                of_ensure_future_is_its_callers_baggage
                of_ensure_future_is_nothing
                of_gather_is_its_callers_span
                of_gather_is_its_callers_baggage
                of_gather_is_nothing
                of_wait_is_its_callers_span
                of_wait_is_its_callers_baggage
                of_wait_is_nothing
                of_as_completed_is_its_callers_span
                of_as_completed_is_its_callers_baggage
                of_as_completed_is_nothing
                of_a_task_group_is_its_callers_span
                of_a_task_group_is_its_callers_baggage
                of_a_task_group_is_nothing
                of_spawn_threadsafe_is_its_callers_span
                of_spawn_threadsafe_is_its_callers_baggage
                of_spawn_threadsafe_is_nothing
                of_an_interval_is_its_callers_span
                of_an_interval_is_its_callers_baggage
                of_an_interval_is_nothing
                of_block_on_is_its_callers_span
                of_block_on_is_its_callers_baggage
                of_block_on_is_nothing
                of_block_on_is_its_callers_where_that_is_borrowed
                of_what_is_polled_where_it_is_borrowed_is_its_threads
                of_suppressed_telemetry_is_suppressed
                of_a_nested_task_is_the_inner_one
                of_two_polled_in_turn_does_not_mix
                goes_along_from_thread_to_thread
                is_restored_after_a_panic
                is_gone_after_an_abort
                is_not_carried_when_it_is_off
                of_a_thousand_callers_never_mixes
                whose_value_panics_when_it_is_dropped_changes_no_task
            }
            span {
                has_pythons_name
                is_made_of_the_names_asked_for_alone
                is_the_current_one_while_its_process_runs
                has_what_its_process_starts_under_it
                of_a_finished_process_has_no_status
                of_a_panic_is_an_error
                of_a_result_is_an_error
                of_a_timeout_is_an_error
                of_a_cancelled_process_has_no_status
                of_a_process_that_never_ran_ends
                ends_when_the_runtime_does
                tells_what_its_process_is
                tells_polls_and_busy_and_scheduled_seconds
                of_a_closure_tells_its_one_run
                that_is_not_sampled_is_passed_on
                that_is_linked_starts_a_trace
                is_not_made_when_it_is_off
                is_not_made_where_telemetry_is_suppressed
                may_outlive_its_callers
                of_a_task_in_a_timeout_is_one_each
                of_block_on_is_made_where_the_context_is_borrowed
                is_the_current_one_while_an_incident_is_reported
                of_a_processor_that_panics_changes_no_task
                of_ten_thousand_traces_mixes_none
            }
        }
    };
}

/// Without the feature there are no others.
#[cfg(not(feature = "opentelemetry"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_opentelemetry {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $then! { $($args)*; $($cases)* }
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
