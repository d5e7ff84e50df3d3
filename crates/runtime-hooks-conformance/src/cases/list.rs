//! The list of all cases, in the order of the suite.
//!
//! This file is a table of contents with one line per case, so its length is that of the suite.

/// Expands `$then` with the list of all cases. They are listed here, and those that need a
/// feature below.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_all_cases {
    ($then:path, $($args:tt)*) => {
        $crate::__with_opentelemetry! { $then, [$($args)*]
            spawn {
                a_spawned_task_is_counted_once
                a_spawned_task_returns_its_output
                a_task_is_active_until_it_ends
                a_task_continues_when_its_handle_is_dropped
                a_handle_tells_whether_its_task_is_finished
                a_finished_task_is_joined_without_waiting
                a_task_is_joined_once
                a_task_and_the_task_that_it_spawns_are_two_tasks
                each_of_a_hundred_tasks_returns_its_own_output
                a_thread_outside_the_runtime_can_spawn
                a_series_has_the_name_of_its_runtime
            }
            poll {
                each_poll_is_recorded
                a_poll_lasts_from_its_start_to_its_end
                a_poll_is_slow_above_the_threshold
                a_poll_does_not_include_idle_time
                a_ready_future_is_polled_once
            }
            wake {
                each_wake_starts_a_schedule_delay
                the_first_schedule_delay_starts_at_the_submission
                several_wakes_before_a_poll_are_one_schedule_delay
                a_poll_without_a_wake_has_no_schedule_delay
                each_wake_is_forwarded
                a_wake_after_the_end_changes_nothing
                a_wake_from_another_thread_is_recorded
                schedule_delays_polls_and_idle_time_add_up_to_the_duration
            }
            cancel {
                a_task_aborted_while_it_waits_is_cancelled
                a_task_aborted_before_its_first_poll_is_cancelled
                a_future_dropped_before_its_first_poll_is_cancelled
                a_future_that_loses_a_race_is_cancelled
                a_task_is_cancelled_when_its_runtime_shuts_down
                a_future_dropped_after_some_polls_is_cancelled
                an_abort_after_the_end_changes_nothing
                a_task_aborted_twice_is_cancelled_once
                an_aborted_handle_resolves_after_its_future_is_dropped
                an_aborted_task_leaves_its_child_tasks_running
                a_cancelled_task_has_no_error_type
                an_aborted_child_task_returns_a_cancellation_to_its_parent
                an_instrumented_future_without_a_name_is_cancelled_when_dropped
            }
            panic {
                a_panic_is_an_exception_of_type_panic
                a_panic_is_an_exception_at_any_detail
                a_panic_returns_its_payload_through_the_handle
                a_join_error_shows_the_message_of_the_panic
                a_panic_leaves_the_runtime_working
                a_panic_in_a_later_poll_is_recorded
                a_panic_of_a_detached_task_is_counted
                a_parent_continues_after_its_child_task_panicked
                the_poll_that_panics_is_recorded
            }
            blocking {
                a_blocking_closure_is_counted_once
                a_blocking_closure_returns_its_output
                a_blocking_closure_runs_off_the_executors_thread
                blocking_closures_run_in_parallel
                a_blocking_closure_does_not_block_the_executor
                a_running_closure_is_not_aborted
                the_schedule_delay_of_a_closure_is_not_part_of_its_run
                a_blocking_closure_is_one_poll_as_long_as_it_runs
                the_run_of_a_closure_is_no_slow_poll
                a_closure_that_panics_is_an_exception
                a_closure_continues_when_its_handle_is_dropped
                a_blocking_closure_can_spawn_tasks
                a_closure_with_bound_arguments_is_named_after_the_enclosing_function
                an_instrumented_closure_is_recorded_on_any_thread
            }
            timeout {
                a_future_past_its_deadline_times_out
                a_future_in_time_is_finished
                a_future_ready_at_its_deadline_is_finished
                a_timeout_of_zero_elapses
                an_inner_timeout_elapses_without_the_outer_one
                an_outer_timeout_cancels_the_inner_task
                an_elapsed_error_tells_the_duration
                an_instrumented_future_with_a_timeout_is_one_task
                a_spawned_timeout_is_one_task
                a_timeout_dropped_early_is_cancelled
                a_panic_under_a_timeout_is_a_panic
                timeout_at_ends_at_a_point_in_time
                a_timeout_at_the_last_instant_never_elapses
                a_timeout_beyond_the_clocks_range_never_elapses
                a_timeout_elapses_for_a_future_that_wakes_itself_in_each_poll
                a_timeout_of_an_unrecorded_future_cancels_the_inner_task
                a_timeout_of_a_future_that_panicked_cancels_the_inner_task
            }
            ensure_future {
                ensure_future_spawns_a_future
                ensure_future_returns_a_task_unchanged
                ensure_future_of_a_task_in_generic_code_is_one_task
            }
            gather {
                gather_of_three_keeps_their_order
                gather_of_a_hundred_keeps_their_order
                gather_of_nothing_returns_at_once
                gather_returns_errors_among_the_outputs
                gathered_futures_can_borrow
                gathered_tasks_are_counted_once
                gathered_futures_without_a_name_are_of_type_future
                a_dropped_gather_cancels_futures_and_leaves_tasks_running
                try_gather_returns_all_outputs
                try_gather_cancels_futures_at_the_first_error
                try_gather_leaves_tasks_running_at_the_first_error
                a_panic_of_a_gathered_future_reaches_the_caller
            }
            wait {
                wait_returns_at_the_first_end
                wait_returns_at_the_first_exception
                wait_for_an_exception_returns_when_all_have_ended
                wait_returns_when_all_have_ended
                wait_returns_at_its_timeout
                a_timeout_beyond_the_clocks_range_waits_for_all
                wait_for_nothing_returns_at_once
                wait_takes_any_iterable
                wait_takes_instrumented_futures_and_flattened_tasks
            }
            as_completed {
                outputs_come_in_order_of_completion
                tasks_in_as_completed_are_counted_once
                as_completed_of_nothing_ends_at_once
                as_completed_within_ends_at_its_deadline
                ready_outputs_are_never_too_late
                a_deadline_beyond_the_clocks_range_yields_all_outputs
                an_instrumented_future_times_out_at_the_deadline
                tasks_continue_after_the_deadline
                a_dropped_stream_cancels_its_futures
            }
            threadsafe {
                a_thread_gets_the_output_of_its_task
                a_thread_blocks_no_longer_than_its_deadline
                a_deadline_beyond_the_clocks_range_waits_forever
                a_thread_can_cancel_its_task
                a_thread_gets_the_panic_of_its_task
                a_threadsafe_handle_can_be_awaited
            }
            group {
                a_group_of_ten_counts_ten_tasks
                a_group_ends_after_all_its_members
                an_empty_group_ends_at_once
                the_first_failure_cancels_a_group
                a_failure_cancels_a_group_before_it_is_joined
                a_panic_cancels_a_group
                a_failure_during_the_cancellation_is_reported
                an_inner_group_returns_its_error_to_the_outer_one
                a_cancelled_member_cancels_its_inner_group
                a_dropped_group_leaves_nothing_running
                a_group_that_has_ended_takes_no_members
                a_group_continues_without_a_cancelled_member
                a_member_can_add_members
            }
            result {
                an_error_is_an_exception_of_its_type
                an_ok_is_finished
                an_error_is_finished_without_a_classifier
                an_error_caused_by_an_elapsed_deadline_is_a_timeout
                a_classifier_changes_neither_panics_nor_cancellations
                every_call_can_be_classified_by_its_result
                a_classifier_maps_any_output_to_any_outcome
            }
            switch {
                an_instrumentor_that_is_off_records_nothing
                an_instrumentor_that_is_off_changes_no_output
                a_running_task_is_counted_after_switching_off
                a_second_installation_changes_nothing
                switching_on_again_continues_the_counts
                one_method_can_be_disabled
                each_method_can_be_disabled
                block_on_can_be_disabled
                a_task_from_before_the_installation_is_not_recorded
            }
            settings {
                a_variable_sets_the_detail
                a_variable_sets_the_slow_poll_threshold
                a_variable_sets_the_series_cap
                a_variable_sets_the_namespace
                a_variable_records_and_exports_as_python_does
                a_context_gets_the_end_of_a_task_that_never_runs
                a_variable_exports_call_sites
                a_variable_keeps_the_live_list
                variables_ask_for_a_watchdog
                a_variable_sets_the_bucket_boundaries
                variables_select_the_exported_names
                a_variable_limits_attribute_sets
                a_variable_disables_methods
                variables_select_the_traced_names
                variables_select_the_linked_and_the_live_names
                a_variable_selects_the_reported_incidents
                a_variable_of_python_is_read_if_rusts_is_unset
                settings_in_code_override_the_environment
                invalid_settings_are_reported_and_ignored
            }
            instrument {
                a_future_instrumented_twice_is_one_task
                an_instrumented_future_that_is_spawned_is_one_task
                a_boxed_instrumented_future_that_is_spawned_is_one_task
                block_on_is_recorded_as_a_coroutine
                instrument_changes_no_output
                an_instrumented_block_is_a_future_without_a_name
                one_future_under_one_timeout_after_the_other_is_one_task
                a_step_of_a_stream_is_a_task
                an_instrumented_handle_is_a_future_without_a_name
                a_stream_is_one_task_until_its_end
                a_stream_that_does_not_end_is_cancelled
                a_stream_does_not_wait_for_a_poll_while_its_consumer_works
            }
            names {
                an_async_fn_is_named_after_its_function
                a_large_future_that_is_boxed_keeps_its_own_name
                a_method_is_named_with_its_type
                two_blocks_of_a_function_are_two_series_and_exported_as_one
                two_functions_of_one_name_are_two_series
                a_boxed_dyn_future_is_named_after_its_file
                a_blocking_closure_is_named_after_its_function
                a_given_name_overrides_the_type
                equal_names_are_one_series
                a_wrapped_future_is_named_after_the_inner_future
                names_past_the_cap_are_counted_as_other
                a_hundred_thousand_names_past_the_cap_lose_no_task
                a_name_has_at_most_4096_bytes
            }
            detail {
                detail_counts_records_no_poll
                detail_polls_records_no_schedule_delay
                detail_sampled_times_one_task_in_sixteen
            }
            time {
                a_sleep_lasts_at_least_as_long_as_asked
                a_sleep_starts_at_the_call
                an_interval_ticks_at_once_and_then_periodically
                an_interval_beyond_the_clocks_range_ticks_once
                a_sleep_beyond_the_clocks_range_never_ends
            }
            recorders {
                two_recorders_do_not_mix
                no_count_is_lost_when_threads_come_and_go
                a_task_dropped_by_an_ending_thread_is_counted
                a_recorder_can_be_dropped_before_its_tasks
                active_tasks_are_never_below_zero
                work_can_be_recorded_by_hand
                each_runtime_has_series_of_its_own
            }
            tracer {
                a_task_context_is_entered_around_each_run
                a_task_context_is_notified_of_every_end
                a_task_context_gets_every_error_type
                a_task_context_gets_outcome_and_duration_without_a_recorder
                a_task_context_is_entered_around_a_blocking_closure
                a_submission_tells_its_method
                a_tracer_is_not_called_while_thread_locals_are_destroyed
            }
            user_code {
                a_tracer_that_panics_changes_no_task
                a_tracer_is_switched_off_after_its_second_panic
                a_tracer_that_panics_leaves_the_others_on
                a_tracer_sees_no_panic_of_its_task
                a_reporter_that_panics_changes_no_task
                a_classifier_that_panics_changes_no_task
                a_gauge_source_that_panics_changes_no_count
                a_panic_is_kept_with_its_message_and_location
            }
            live {
                the_live_list_changes_no_count
                wakes_are_counted
                as_many_tasks_are_listed_as_are_active
                a_blocking_closure_is_listed
                the_live_list_is_kept_only_on_request
                the_size_of_a_future_is_known
                the_size_of_a_boxed_future_is_not_that_of_its_box
                polls_in_which_a_task_wakes_itself_are_counted
                a_task_is_listed_with_its_state
                a_task_tells_whether_it_was_spawned
                a_task_without_a_waker_cannot_be_woken
            }
            flight {
                polls_and_wakes_of_a_task_are_in_the_flight_record
                an_end_without_a_poll_is_in_the_flight_record
                a_blocking_closure_is_in_the_flight_record
                a_wake_has_the_thread_that_woke
                a_wake_of_an_ended_task_is_not_one_of_the_next_task
                a_running_task_is_in_the_flight_record_with_the_live_list
                the_flight_record_has_the_size_that_was_asked_for
            }
            log {
                a_slow_poll_is_reported
                a_slow_closure_is_not_reported
                a_timeout_is_reported
                nothing_is_reported_by_default
                reports_are_limited_per_second
            }
            storm {
                counts_of_spawns_aborts_and_panics_add_up
                switching_on_and_off_loses_and_doubles_nothing
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
        $crate::__with_dump! { $then, [$($args)*] $($cases)*
            context {
                spawn_carries_the_callers_span
                spawn_carries_the_callers_baggage
                spawn_carries_nothing_without_a_context
                named_spawn_carries_the_callers_span
                named_spawn_carries_the_callers_baggage
                named_spawn_carries_nothing_without_a_context
                spawn_blocking_carries_the_callers_span
                spawn_blocking_carries_the_callers_baggage
                spawn_blocking_carries_nothing_without_a_context
                timeout_carries_the_callers_span
                timeout_carries_the_callers_baggage
                timeout_carries_nothing_without_a_context
                timeout_runs_in_the_context_of_its_poll
                instrument_carries_the_callers_span
                instrument_carries_the_callers_baggage
                instrument_carries_nothing_without_a_context
                ensure_future_carries_the_callers_span
                ensure_future_carries_the_callers_baggage
                ensure_future_carries_nothing_without_a_context
                gather_carries_the_callers_span
                gather_carries_the_callers_baggage
                gather_carries_nothing_without_a_context
                gather_runs_in_the_context_of_its_poll
                wait_carries_the_callers_span
                wait_carries_the_callers_baggage
                wait_carries_nothing_without_a_context
                as_completed_carries_the_callers_span
                as_completed_carries_the_callers_baggage
                as_completed_carries_nothing_without_a_context
                as_completed_runs_in_the_context_of_its_poll
                task_group_carries_the_callers_span
                task_group_carries_the_callers_baggage
                task_group_carries_nothing_without_a_context
                spawn_threadsafe_carries_the_callers_span
                spawn_threadsafe_carries_the_callers_baggage
                spawn_threadsafe_carries_nothing_without_a_context
                interval_carries_the_callers_span
                interval_carries_the_callers_baggage
                interval_carries_nothing_without_a_context
                block_on_carries_the_callers_span
                block_on_carries_the_callers_baggage
                block_on_carries_nothing_without_a_context
                block_on_runs_in_the_callers_context_while_it_is_borrowed
                a_task_polled_while_the_context_is_borrowed_runs_in_its_threads_context
                suppression_of_telemetry_is_carried
                a_nested_task_has_the_context_of_its_spawner
                two_futures_polled_in_turn_keep_their_contexts
                a_context_moves_with_its_future_between_threads
                the_threads_context_is_restored_after_a_panic
                an_aborted_task_leaves_no_context_on_its_thread
                an_instrumentor_that_is_off_carries_no_context
                contexts_of_a_thousand_callers_do_not_mix
                a_context_value_that_panics_when_dropped_changes_no_task
                a_span_ends_before_a_spawned_task
                a_span_ends_before_a_named_task
                a_span_ends_before_a_blocking_closure
                a_span_ends_before_an_ensured_future
                a_span_ends_before_a_member_of_a_group
                a_span_ends_before_a_task_of_another_thread
                a_span_ends_before_an_instrumented_future
                a_span_ends_before_a_spawned_timeout
                a_span_ends_before_a_task_of_its_task
                an_attribute_set_in_place_is_on_the_callers_span
                a_live_span_is_carried_on_request
                a_live_span_is_released_at_the_end_of_its_task
                the_carried_ids_have_flags_and_trace_state
            }
            span {
                spans_are_named_as_in_python
                only_selected_names_have_spans
                a_span_is_current_while_its_task_runs
                tasks_that_a_task_starts_are_children_of_its_span
                the_span_of_a_finished_task_has_no_status
                the_span_of_a_panic_is_an_error
                the_span_of_an_error_result_is_an_error
                the_span_of_a_timeout_is_an_error
                the_span_of_a_cancelled_task_has_no_status
                the_span_of_a_task_that_never_ran_ends
                a_span_ends_when_the_runtime_shuts_down
                a_span_has_the_attributes_of_its_task
                a_span_has_polls_and_busy_and_scheduled_seconds
                the_span_of_a_closure_has_its_one_run
                a_span_that_is_not_sampled_is_propagated
                a_linked_span_starts_a_trace
                an_instrumentor_that_is_off_makes_no_span
                no_span_is_made_where_telemetry_is_suppressed
                a_span_can_outlive_its_callers_span
                one_task_has_one_span
                block_on_has_a_span_while_the_context_is_borrowed
                a_span_is_current_while_an_incident_is_reported
                a_span_processor_that_panics_changes_no_task
                a_task_in_a_sampled_trace_is_an_exemplar
                ten_thousand_traces_do_not_mix
            }
        }
    };
}

/// Without the feature there are no additional cases.
#[cfg(not(feature = "opentelemetry"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_opentelemetry {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $crate::__with_dump! { $then, [$($args)*] $($cases)* }
    };
}

/// As `__with_opentelemetry`, for the feature `dump`.
#[cfg(feature = "dump")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_dump {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $crate::__with_watchdog! { $then, [$($args)*] $($cases)*
            dump {
                a_waiting_task_answers_with_its_stack
                each_branch_that_waits_has_a_stack
                a_task_that_yields_answers_with_its_wake
                a_task_that_does_not_ask_for_a_waker_says_so
                a_task_that_cannot_answer_says_why
                a_dump_needs_the_live_list
                a_dump_ends_at_its_time_limit
                a_task_dumps_after_another_dump
                a_dump_within_a_dump_asks_nothing
                a_dump_enters_no_figure
                a_leaf_that_wakes_the_waker_that_it_replaces_changes_no_figure
                a_dump_takes_no_item_of_a_stream
                a_dump_polls_in_the_context_of_the_task
                a_task_that_returns_in_a_poll_of_a_dump_is_counted
                a_task_that_panics_in_a_poll_of_a_dump_has_panicked
                tasks_that_are_aborted_during_a_dump_are_cancelled
                no_wake_is_lost_under_dumps
                a_nested_future_answers_for_itself
                a_nested_future_outside_of_the_live_list_is_part_of_its_task
                a_child_behind_another_waker_answers_and_its_parent_counts_nothing
                a_first_poll_in_a_dump_is_counted
            }
        }
    };
}

/// Without the feature there are no additional cases.
#[cfg(not(feature = "dump"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_dump {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $crate::__with_watchdog! { $then, [$($args)*] $($cases)* }
    };
}

/// As `__with_opentelemetry`, for the feature `watchdog`.
#[cfg(feature = "watchdog")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_watchdog {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $then! { $($args)*; $($cases)*
            watchdog {
                a_thread_shows_the_task_that_it_polls
                nested_polls_are_told_apart
                each_poll_has_its_own_number
                a_poll_that_panics_is_over
                nothing_is_shown_in_a_blocking_closure
                a_poll_starts_anew_after_a_blocking_closure
                polls_show_nothing_without_a_watchdog
                a_task_is_shown_with_its_trace
                a_stall_is_counted_in_the_series_of_its_task
            }
        }
    };
}

/// Without the feature there are no additional cases.
#[cfg(not(feature = "watchdog"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_watchdog {
    ($then:path, [$($args:tt)*] $($cases:tt)*) => {
        $then! { $($args)*; $($cases)* }
    };
}
