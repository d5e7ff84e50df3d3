//! Tests of settings in the environment.

use std::time::Duration;

use proptest::prelude::*;
use runtime_hooks_recorder::Kind;

use super::config::Config;
use super::env::{ConfigProblem, unknown_variables};
use crate::incident::IncidentKind;
use crate::settings::{Detail, Method, TraceNames};

fn config(vars: &[(&str, &str)]) -> Config {
    Config::from_vars(|name| {
        vars.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into())
    })
}

#[test]
fn every_variable_is_read() {
    let config = config(&[
        ("OTEL_RUST_ASYNCIO_DETAIL", "full"),
        ("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "2.5"),
        ("OTEL_RUST_ASYNCIO_MAX_NAMES", "7"),
        ("OTEL_RUST_ASYNCIO_NAMESPACE", "rt.tasks"),
        ("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "block_on, timeout"),
        ("OTEL_RUST_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "a,b"),
        ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "True"),
        ("OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "f"),
        ("OTEL_RUST_ASYNCIO_NAMES_TO_LINK", "b"),
        ("OTEL_RUST_ASYNCIO_NAMES_TO_CARRY_LIVE", "c"),
        ("OTEL_RUST_ASYNCIO_LOG", "timeout, slow_poll"),
        ("OTEL_RUST_ASYNCIO_FLIGHT", "64MiB"),
    ]);
    assert_eq!(config.flight, Some(64 << 20));
    assert_eq!(config.problems(), []);
    assert_eq!(config.log, [IncidentKind::Timeout, IncidentKind::SlowPoll]);
    assert_eq!(config.detail, Detail::Full);
    assert_eq!(config.slow_poll, Duration::from_micros(2_500));
    assert_eq!((config.max_names, config.export.namespace()), (7, "rt.tasks"));
    let all = Config::new().methods;
    assert_eq!(config.methods, all.without(Method::BlockOn).without(Method::Timeout));
    let names = TraceNames::none().coroutines("a,b").futures(true).to_thread("f");
    assert_eq!(config.trace, names.linked("b").live("c"));
}

#[test]
fn pythons_variables_are_read_if_rusts_are_unset() {
    let config = config(&[
        ("OTEL_PYTHON_ASYNCIO_COROUTINE_NAMES_TO_TRACE", "python"),
        ("OTEL_PYTHON_ASYNCIO_FUTURE_TRACE_ENABLED", "true"),
        ("OTEL_PYTHON_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "python"),
        ("OTEL_RUST_ASYNCIO_TO_THREAD_FUNCTION_NAMES_TO_TRACE", "rust"),
    ]);
    assert!(config.trace.matches(Kind::Coroutine, Some("python"), None));
    assert!(config.trace.matches(Kind::Future, None, None));
    assert!(config.trace.matches(Kind::Blocking, Some("rust"), None));
    assert!(!config.trace.matches(Kind::Blocking, Some("python"), None));
}

#[test]
fn invalid_values_are_ignored_and_reported_with_name_and_value() {
    let vars = [
        ("OTEL_RUST_ASYNCIO_DETAIL", "loud"),
        ("OTEL_RUST_ASYNCIO_SLOW_POLL_MS", "-1"),
        ("OTEL_RUST_ASYNCIO_MAX_NAMES", "0"),
        ("OTEL_RUST_ASYNCIO_FLIGHT", "8 MiB or so"),
        ("OTEL_RUST_ASYNCIO_LIVE", "alive"),
        ("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "spawn,fly"),
        ("OTEL_RUST_ASYNCIO_LOG", "everything"),
        ("OTEL_RUST_ASYNCIO_CLOCK", "sundial"),
        ("OTEL_RUST_ASYNCIO_NAMESPACE", "1 2"),
        ("OTEL_RUST_ASYNCIO_BUCKETS", "0.001, 0.003"),
        ("OTEL_RUST_ASYNCIO_COMPAT", "ruby"),
        ("OTEL_RUST_ASYNCIO_LOCATION", "here"),
        ("OTEL_RUST_ASYNCIO_CARDINALITY_LIMIT", "0"),
        ("OTEL_RUST_ASYNCIO_FUTURE_TRACE_ENABLED", "perhaps"),
    ];
    let config = config(&vars);
    let reported: Vec<_> = config.problems().iter().map(|p| (p.variable(), p.value())).collect();
    assert_eq!(reported, vars);
    assert_eq!(
        config.problems()[0].to_string(),
        "OTEL_RUST_ASYNCIO_DETAIL=\"loud\" is ignored: expected counts, polls, sampled or full"
    );
    let defaults = Config::new();
    assert_eq!((config.detail, config.methods), (defaults.detail, defaults.methods));
    assert_eq!((config.slow_poll, config.max_names), (defaults.slow_poll, defaults.max_names));
    assert_eq!((config.export, config.trace), (defaults.export, defaults.trace));
}

#[test]
fn a_size_has_a_unit_or_is_a_number_of_bytes() {
    let flight = |value| config(&[("OTEL_RUST_ASYNCIO_FLIGHT", value)]).flight;
    let valid = [("off", 0), ("4096", 4_096), ("8MiB", 8 << 20), ("2 kib", 2_048), ("1g", 1 << 30)];
    valid.iter().for_each(|(text, bytes)| assert_eq!(flight(text), Some(*bytes), "{text}"));
    for invalid in ["MiB", "-1", "8MiBs", "1.5MiB", "18446744073709551615KiB"] {
        assert_eq!(flight(invalid), None, "{invalid}");
    }
}

#[test]
fn a_report_switches_recording_on_unless_it_is_disabled() {
    let report = ("OTEL_RUST_ASYNCIO_REPORT", "true");
    for (vars, reports, is_wanted) in [
        (&[][..], false, false),
        (&[report], true, true),
        (&[report, ("OTEL_RUST_ASYNCIO_INSTRUMENT", "false")], true, false),
        (&[("OTEL_RUST_ASYNCIO_REPORT", "false")], false, false),
        (&[("OTEL_RUST_ASYNCIO_INSTRUMENT", "true")], false, true),
    ] {
        let config = config(vars);
        assert_eq!((config.report_at_exit, config.is_wanted_at_start), (reports, is_wanted));
    }
}

#[test]
fn invalid_values_in_code_are_ignored_and_reported_as_those_of_the_environment() {
    let config = Config::new().namespace("2fast").boundaries(&[0.001, 0.003]);
    let problems: Vec<_> = config.problems().iter().map(ToString::to_string).collect();
    let expected = [
        "Config::namespace=\"2fast\" is ignored: expected letters, digits, `_`, `.`, `-` or `/`, a letter first, at most 128",
        "Config::boundaries=\"[0.001, 0.003]\" is ignored: expected seconds, each 1, 2.5 or 5 times a power of ten, from 0.000001 to 100",
    ];
    assert_eq!(problems, expected);
    assert_eq!(config.export, Config::new().export);
}

#[test]
fn a_variable_that_nobody_reads_is_a_problem_that_names_the_nearest() {
    let vars = [
        ("OTEL_RUST_ASYNCIO_LOGS", "timeout"),
        ("OTEL_RUST_ASYNCIO_LOG", "timeout"),
        ("OTEL_RUST_ASYNCIO_EVERYTHING", "on"),
        ("PATH", "/bin"),
    ];
    let problems = unknown_variables(vars.map(|(name, value)| (name.into(), value.into())));
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let expected = [
        "OTEL_RUST_ASYNCIO_EVERYTHING=\"on\" is ignored: there is no such variable; docs/semantics.md of runtime-hooks lists all, under Settings",
        "OTEL_RUST_ASYNCIO_LOGS=\"timeout\" is ignored: there is no such variable; set OTEL_RUST_ASYNCIO_LOG?",
    ];
    assert_eq!(texts, expected);
    assert_eq!(
        (problems[1].variable(), problems[1].value()),
        ("OTEL_RUST_ASYNCIO_LOGS", "timeout")
    );
}

#[test]
fn the_methods_that_can_be_disabled_are_listed_where_one_is_unknown() {
    let config = config(&[("OTEL_RUST_ASYNCIO_DISABLED_METHODS", "fly")]);
    let problem = config.problems()[0].to_string();
    for method in Method::ALL {
        assert!(problem.contains(method.as_str()), "{method:?}: {problem}");
    }
}

#[test]
fn an_empty_variable_is_unset() {
    let config = config(&[("OTEL_RUST_ASYNCIO_DETAIL", "")]);
    assert_eq!((config.problems(), config.detail), ([].as_slice(), Detail::Sampled));
}

proptest! {
    #[test]
    fn any_bytes_are_accepted(values in prop::collection::vec(any::<Vec<u8>>(), 8)) {
        #[cfg(unix)]
        let bytes = |bytes: &[u8]| std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
        #[cfg(not(unix))]
        let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into();
        let config = Config::from_vars(|name| Some(bytes(&values[name.len() % 8])));
        let is_reported_once = |p: &ConfigProblem| {
            config.problems().iter().filter(|q| q.variable() == p.variable()).count() == 1
        };
        prop_assert!(config.problems().iter().all(is_reported_once));
    }
}
