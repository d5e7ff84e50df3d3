//! A writer that the environment asks for.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;

use super::builder::FlightWriterBuilder;
use super::handle::FlightWriter;
use crate::record::FlightFormat;

const FOLDER: &str = "OTEL_RUST_ASYNCIO_FLIGHT_DIR";
const ON: &str = "OTEL_RUST_ASYNCIO_FLIGHT_ON";
const FORMAT: &str = "OTEL_RUST_ASYNCIO_FLIGHT_FORMAT";
const DISCLOSE: &str = "OTEL_RUST_ASYNCIO_FLIGHT_DISCLOSE";

/// A variable of the environment has an invalid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFlightSetting {
    variable: &'static str,
    value: String,
    expected: &'static str,
}

impl fmt::Display for InvalidFlightSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, value, expected } = self;
        write!(f, "no flight records: {variable}={value:?}: expected {expected}")
    }
}

impl Error for InvalidFlightSetting {}

impl FlightWriter {
    /// What the environment asks for; `None` if it names no folder. The second value says whether findings of lints are
    /// wanted, which only the facade knows.
    ///
    /// | variable | values | default |
    /// |---|---|---|
    /// | `OTEL_RUST_ASYNCIO_FLIGHT_DIR` | a folder | none: no record is written by itself |
    /// | `OTEL_RUST_ASYNCIO_FLIGHT_ON` | `panic`, `slow_poll`, `stall`, `finding`, `signal`, `abort`, comma-separated | `panic` |
    /// | `OTEL_RUST_ASYNCIO_FLIGHT_FORMAT` | `perfetto`, `firefox` | `perfetto` |
    /// | `OTEL_RUST_ASYNCIO_FLIGHT_DISCLOSE` | `full`, `short_paths`, `hashed` | `full` |
    ///
    /// # Errors
    ///
    /// If a value is invalid; the error names the variable and the value.
    pub fn from_vars(
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<(FlightWriterBuilder, bool)>, InvalidFlightSetting> {
        // An empty variable counts as unset, as OpenTelemetry specifies.
        let get = |variable| lookup(variable).filter(|value| !value.is_empty());
        let text = |variable| get(variable).map(|value| value.to_string_lossy().into_owned());
        let Some(folder) = get(FOLDER) else { return Ok(None) };
        let mut builder = Self::builder(folder);
        let mut wants_findings = false;
        if let Some(value) = text(ON) {
            builder = builder.on_panic(false);
            for reason in value.split(',').map(str::trim).filter(|reason| !reason.is_empty()) {
                builder = match reason {
                    "panic" => builder.on_panic(true),
                    "slow_poll" => builder.on_slow_poll(true),
                    "stall" => builder.on_stall(true),
                    "signal" => builder.on_signal(true),
                    "abort" => builder.on_abort(true),
                    "finding" => {
                        wants_findings = true;
                        builder
                    }
                    _ => {
                        return Err(invalid(
                            ON,
                            value,
                            "panic, slow_poll, stall, finding, signal or abort",
                        ));
                    }
                };
            }
        }
        if let Some(value) = text(FORMAT) {
            builder = match value.trim() {
                "perfetto" => builder.format(FlightFormat::Perfetto),
                "firefox" => builder.format(FlightFormat::Firefox),
                _ => return Err(invalid(FORMAT, value, "perfetto or firefox")),
            };
        }
        if let Some(value) = text(DISCLOSE) {
            let Ok(disclosure) = value.trim().parse() else {
                return Err(invalid(DISCLOSE, value, "full, short_paths or hashed"));
            };
            builder = builder.disclose(disclosure);
        }
        Ok(Some((builder, wants_findings)))
    }
}

fn invalid(variable: &'static str, value: String, expected: &'static str) -> InvalidFlightSetting {
    InvalidFlightSetting { variable, value, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Option<(String, bool)>, String> {
        let lookup = |name: &str| {
            vars.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.into())
        };
        let read = FlightWriter::from_vars(lookup).map_err(|error| error.to_string())?;
        Ok(read.map(|(builder, findings)| (format!("{builder:?}"), findings)))
    }

    #[test]
    fn a_folder_is_enough_and_nothing_happens_without_one() {
        assert_eq!(read(&[(ON, "signal")]), Ok(None));
        let (builder, findings) = read(&[(FOLDER, "/var/flight")]).unwrap().unwrap();
        assert!(builder.contains("on_panic: true") && builder.contains("on_signal: false"));
        assert!(builder.contains("/var/flight") && !findings);
    }

    #[test]
    fn reasons_replace_the_default() {
        let vars = [(FOLDER, "f"), (ON, "signal, slow_poll,stall,finding"), (FORMAT, "firefox")];
        let (builder, findings) = read(&vars).unwrap().unwrap();
        for part in [
            "on_panic: false",
            "on_slow_poll: true",
            "on_stall: true",
            "on_signal: true",
            "Firefox",
        ] {
            assert!(builder.contains(part), "{part}: {builder}");
        }
        assert!(findings);
    }

    #[test]
    fn an_invalid_value_is_named() {
        for (variable, expected) in [
            (ON, "panic, slow_poll, stall, finding, signal or abort"),
            (FORMAT, "perfetto or firefox"),
            (DISCLOSE, "full, short_paths or hashed"),
        ] {
            let error = read(&[(FOLDER, "f"), (variable, "all")]).unwrap_err();
            assert_eq!(
                error,
                format!("no flight records: {variable}=\"all\": expected {expected}")
            );
        }
    }
}
