//! The table of a program that asks for it in its manifest, and says nothing of it in its code.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime_hooks_core::{Config, Instrumentor, print};

/// One for each runtime that lives; the last prints the table to standard error.
pub(super) struct Report(());

static LIVE: AtomicUsize = AtomicUsize::new(0);
static SWITCH_ON: Once = Once::new();

impl Report {
    /// Switches recording on, unless the environment says no.
    pub(super) fn new() -> Self {
        SWITCH_ON.call_once(|| {
            if std::env::var_os("OTEL_RUST_ASYNCIO_INSTRUMENT").is_none() {
                Instrumentor::global().install(Config::from_env());
            }
        });
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if LIVE.fetch_sub(1, Ordering::AcqRel) == 1 {
            // A cursor, since a source of gauges may panic in a snapshot.
            let (snapshot, _) = Instrumentor::global().recorder().cursor().drain();
            if snapshot.spawned() > 0 {
                print(&snapshot);
            }
        }
    }
}
