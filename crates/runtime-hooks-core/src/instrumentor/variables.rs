//! The names of all variables of the environment, to find those that are misspelt.

/// What the name of each variable begins with.
pub(super) const PREFIX: &str = "OTEL_RUST_ASYNCIO_";

/// All variables that a crate of this project reads, without the prefix, in the order of `docs/semantics.md`.
pub const VARIABLES: &[&str] = &[
    "DETAIL",
    "SLOW_POLL_MS",
    "MAX_NAMES",
    "NAMESPACE",
    "COMPAT",
    "LOCATION",
    "BUCKETS",
    "NAMES_TO_EXPORT",
    "NAMES_NOT_TO_EXPORT",
    "CARDINALITY_LIMIT",
    "DISABLED_METHODS",
    "COROUTINE_NAMES_TO_TRACE",
    "FUTURE_TRACE_ENABLED",
    "TO_THREAD_FUNCTION_NAMES_TO_TRACE",
    "NAMES_TO_LINK",
    "NAMES_TO_CARRY_LIVE",
    "FLIGHT",
    "FLIGHT_DIR",
    "FLIGHT_ON",
    "FLIGHT_FORMAT",
    "FLIGHT_DISCLOSE",
    "LIVE",
    "DUMP_ON",
    "DUMP_DISCLOSE",
    "WATCHDOG",
    "STALL_MS",
    "WATCHDOG_SIGNAL",
    "LOG",
    "CLOCK",
    "REPORT",
    "INSTRUMENT",
    "CONSOLE",
    "CONSOLE_TOKEN",
    "CONSOLE_TOKEN_FILE",
    "CONSOLE_OPEN",
    "CONSOLE_HOSTS",
    "CONSOLE_DISCLOSE",
];

/// The variables among these names that nobody reads, each with the nearest one that is read, if there is one that is near.
pub(super) fn unknown(
    names: impl IntoIterator<Item = String>,
) -> impl Iterator<Item = (String, Option<String>)> {
    names.into_iter().filter_map(|name| {
        let rest = name.strip_prefix(PREFIX).filter(|rest| !VARIABLES.contains(rest))?;
        let nearest = nearest(rest).map(|known| format!("{PREFIX}{known}"));
        Some((name, nearest))
    })
}

/// The nearest name, of which a third at most is different.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let with_distance = |known: &&'static str| (strsim::damerau_levenshtein(&name, known), *known);
    let (distance, nearest) = VARIABLES.iter().map(with_distance).min()?;
    (distance * 3 <= nearest.len().max(name.len())).then_some(nearest)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_found_with_the_nearest_known_one() {
        let names = [
            "OTEL_RUST_ASYNCIO_DETIAL",
            "OTEL_RUST_ASYNCIO_DETAIL",
            "OTEL_RUST_ASYNCIO_SLOW_POLL",
            "OTEL_RUST_ASYNCIO_live",
            "OTEL_RUST_ASYNCIO_COLOUR_OF_THE_SKY",
            "OTEL_PYTHON_ASYNCIO_DETIAL",
            "HOME",
        ];
        let found: Vec<_> = unknown(names.map(str::to_owned)).collect();
        let expected = [
            ("OTEL_RUST_ASYNCIO_DETIAL", Some("OTEL_RUST_ASYNCIO_DETAIL")),
            ("OTEL_RUST_ASYNCIO_SLOW_POLL", Some("OTEL_RUST_ASYNCIO_SLOW_POLL_MS")),
            ("OTEL_RUST_ASYNCIO_live", Some("OTEL_RUST_ASYNCIO_LIVE")),
            ("OTEL_RUST_ASYNCIO_COLOUR_OF_THE_SKY", None),
        ];
        assert_eq!(
            found,
            expected.map(|(name, nearest)| (name.to_owned(), nearest.map(str::to_owned)))
        );
    }
}
