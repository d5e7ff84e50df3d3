//! The setting in the environment.

use std::ffi::OsString;

use crate::builder::WatchdogBuilder;

const SIGNAL: &str = "OTEL_RUST_ASYNCIO_WATCHDOG_SIGNAL";

impl WatchdogBuilder {
    /// Applies the environment.
    ///
    /// | variable | values | default |
    /// |---|---|---|
    /// | `OTEL_RUST_ASYNCIO_WATCHDOG_SIGNAL` | `SIGURG`, `SIGWINCH` | none |
    ///
    /// [`Config`](runtime_hooks_core::Config) reads `OTEL_RUST_ASYNCIO_WATCHDOG` and `OTEL_RUST_ASYNCIO_STALL_MS`.
    pub fn vars(self, lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        // An empty variable counts as unset, as OpenTelemetry specifies.
        match lookup(SIGNAL).filter(|value| !value.is_empty()) {
            Some(name) => self.signal(name.to_string_lossy().trim()),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Watchdog;

    #[test]
    fn a_signal_is_read_from_the_environment() {
        let built = |value: Option<&str>| {
            let lookup = |name: &str| value.filter(|_| name == super::SIGNAL).map(Into::into);
            format!("{:?}", Watchdog::builder().vars(lookup))
        };
        assert!(built(Some(" SIGURG ")).contains(r#"signal: Some("SIGURG")"#));
        assert!(built(Some("")).contains("signal: None"));
        assert_eq!(built(None), built(Some("")));
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn an_unknown_signal_is_an_error_that_names_it() {
        let error = Watchdog::builder().signal("SIGKILL").start().unwrap_err();
        let expected = r#"no watchdog: "SIGKILL" is not a signal for this: use SIGURG or SIGWINCH"#;
        assert_eq!(error.to_string(), expected);
    }
}
