//! The settings in the environment.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;

use crate::builder::TaskDumpBuilder;
use crate::on_quit::DumpOnQuit;

const ON: &str = "OTEL_RUST_ASYNCIO_DUMP_ON";
const DISCLOSE: &str = "OTEL_RUST_ASYNCIO_DUMP_DISCLOSE";

/// A variable of the environment has a value that it cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDumpSetting {
    variable: &'static str,
    value: String,
    expected: &'static str,
}

impl fmt::Display for InvalidDumpSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "no task dump on SIGQUIT: {variable}={value:?}: expected {expected}")
    }
}

impl Error for InvalidDumpSetting {}

impl DumpOnQuit {
    /// What the environment asks for: `None` if `OTEL_RUST_ASYNCIO_DUMP_ON` is unset.
    ///
    /// | variable | values | default |
    /// |---|---|---|
    /// | `OTEL_RUST_ASYNCIO_DUMP_ON` | `sigquit` | none |
    /// | `OTEL_RUST_ASYNCIO_DUMP_DISCLOSE` | `full`, `short_paths`, `hashed` | `full` |
    ///
    /// # Errors
    ///
    /// If a value is invalid; the error names the variable and the value.
    pub fn from_vars(
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<TaskDumpBuilder>, InvalidDumpSetting> {
        // An empty variable counts as unset, as OpenTelemetry specifies.
        let get = |variable| {
            let value = lookup(variable).filter(|value| !value.is_empty())?;
            Some(value.to_string_lossy().trim().to_owned())
        };
        let Some(on) = get(ON) else { return Ok(None) };
        if !on.eq_ignore_ascii_case("sigquit") {
            return Err(invalid(ON, on, "sigquit"));
        }
        let mut builder = TaskDumpBuilder::default();
        if let Some(value) = get(DISCLOSE) {
            let Ok(disclosure) = value.parse() else {
                return Err(invalid(DISCLOSE, value, "full, short_paths or hashed"));
            };
            builder = builder.disclose(disclosure);
        }
        Ok(Some(builder))
    }
}

fn invalid(variable: &'static str, value: String, expected: &'static str) -> InvalidDumpSetting {
    InvalidDumpSetting { variable, value, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Option<String>, String> {
        let lookup = |name: &str| {
            vars.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into())
        };
        let read = DumpOnQuit::from_vars(lookup).map_err(|error| error.to_string())?;
        Ok(read.map(|builder| format!("{builder:?}")))
    }

    #[test]
    fn nothing_is_dumped_unless_the_environment_asks_for_it() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[(ON, ""), (DISCLOSE, "hashed")]), Ok(None));
        let builder = read(&[(ON, "sigquit"), (DISCLOSE, "hashed")]).unwrap().unwrap();
        assert!(builder.contains("disclosure: Hashed"), "{builder}");
    }

    #[test]
    fn an_invalid_value_is_named() {
        let error = read(&[(ON, "all")]).unwrap_err();
        let expected =
            "no task dump on SIGQUIT: OTEL_RUST_ASYNCIO_DUMP_ON=\"all\": expected sigquit";
        assert_eq!(error, expected);
        let error = read(&[(ON, "sigquit"), (DISCLOSE, "all")]).unwrap_err();
        assert!(
            error.ends_with("DISCLOSE=\"all\": expected full, short_paths or hashed"),
            "{error}"
        );
    }
}
