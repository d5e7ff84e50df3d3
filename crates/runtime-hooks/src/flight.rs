//! The flight record of the process, and the writer that the environment configures.

use std::time::Instant;

use runtime_hooks_core::support::emit;
use runtime_hooks_core::{Instrumentor, Severity};
use runtime_hooks_flight::{FlightRecord, FlightWriter, FlightWriterBuilder};

use crate::from_env::FromEnv;

/// What the threads of this process did last: polls, wakes and ends of tasks.
///
/// ```
/// runtime_hooks::instrument();
/// // ... the program ...
/// let path = std::env::temp_dir().join(format!("flight-of-{}.pftrace", std::process::id()));
/// runtime_hooks::flight().write(&path)?; // open it with https://ui.perfetto.dev
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn flight() -> FlightRecord {
    FlightRecord::of(&Instrumentor::global().recorder())
}

/// The writer of this process, from its start to its shutdown.
static WRITER: FromEnv<FlightWriter> = FromEnv::new();

/// Starts the writer if the environment configures it and it is not running. A failure is a diagnostic.
pub(crate) fn start() {
    let mut lacks_console = false;
    let writer = WRITER.start(|| {
        let (writer, lacks) = configured();
        lacks_console = lacks;
        writer
    });
    if lacks_console {
        let message = "no flight record is written for a finding: set OTEL_RUST_ASYNCIO_CONSOLE too, which evaluates the lints";
        emit(Severity::Warning, format_args!("{message}"));
    }
    match writer {
        Ok(None) => {}
        Ok(Some(writer)) => {
            let folder = writer.folder().display();
            emit(Severity::Info, format_args!("flight records in {folder}"));
        }
        Err(error) => emit(Severity::Error, format_args!("{error}")),
    }
}

/// The writer that the environment asks for, and whether it asks for findings without a console.
fn configured() -> (Result<Option<FlightWriter>, String>, bool) {
    let builder = match FlightWriter::from_vars(|name| std::env::var_os(name)) {
        Ok(None) => return (Ok(None), false),
        Ok(Some(builder)) => builder,
        Err(error) => return (Err(error.to_string()), false),
    };
    let (builder, wants_findings) = builder;
    let (builder, lacks_console) =
        if wants_findings { with_findings(builder) } else { (builder, false) };
    let writer = with_dump(builder).recorder(Instrumentor::global().recorder()).start();
    (writer.map(Some).map_err(|error| format!("no flight records: {error}")), lacks_console)
}

/// Each record has a task dump beside it, if there are live tasks.
#[cfg(feature = "dump")]
fn with_dump(builder: FlightWriterBuilder) -> FlightWriterBuilder {
    use runtime_hooks_dump::TaskDump;

    let (disclosure, redact) = builder.disclosure();
    let dump = TaskDump::builder().disclose(disclosure).with_redaction(redact);
    builder.beside(move || {
        let dump = dump.take(&Instrumentor::global().recorder());
        (!dump.tasks().is_empty()).then(|| dump.to_string())
    })
}

#[cfg(not(feature = "dump"))]
fn with_dump(builder: FlightWriterBuilder) -> FlightWriterBuilder {
    builder
}

/// The second value says whether there is no console.
#[cfg(feature = "console")]
fn with_findings(builder: FlightWriterBuilder) -> (FlightWriterBuilder, bool) {
    match crate::console_from_env::new_findings() {
        Some(findings) => (builder.when("finding", findings), false),
        None => (builder, true),
    }
}

#[cfg(not(feature = "console"))]
fn with_findings(builder: FlightWriterBuilder) -> (FlightWriterBuilder, bool) {
    (builder, true)
}

/// Stops the writer. Returns whether its thread has ended by the deadline.
pub(crate) fn stop(deadline: Instant) -> bool {
    WRITER.stop(deadline, |writer, limit| writer.stop_within(limit))
}
