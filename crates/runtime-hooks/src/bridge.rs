//! The bridge to OpenTelemetry of this process.

use std::mem;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use runtime_hooks_core::support::{Process, lock, lock_until};
use runtime_hooks_core::{Instrumentor, Recorder};
use runtime_hooks_otel::MetricsBridge;

/// The bridge of this process. It outlives an uninstallation, since callbacks cannot be unregistered. Another recorder gets
/// another bridge, and so does a forked child.
static BRIDGE: Mutex<Option<Known>> = Mutex::new(None);

struct Known {
    process: Process,
    recorder: Recorder,
    bridge: MetricsBridge,
    is_finished: bool,
}

/// The bridge, connected to the global meter provider.
pub(crate) fn bridge() -> MetricsBridge {
    let recorder = Instrumentor::global().recorder();
    let Some(mut known) = lock(&BRIDGE) else { return connect(&recorder) };
    match &mut *known {
        Some(known) if known.recorder == recorder && known.process.is_current() => {
            if mem::take(&mut known.is_finished) {
                let provider = opentelemetry::global::meter_provider();
                known.bridge.reconnect(&*provider);
                #[cfg(feature = "console")]
                crate::lints::reconnect(&*provider);
            }
            known.bridge.clone()
        }
        _ => {
            let (process, bridge) = (Process::current(), connect(&recorder));
            let is_finished = false;
            *known = Some(Known { process, recorder, bridge: bridge.clone(), is_finished });
            bridge
        }
    }
}

fn connect(recorder: &Recorder) -> MetricsBridge {
    MetricsBridge::builder(recorder)
        .namespace(Instrumentor::global().namespace())
        .pre_drain(Duration::from_secs(1))
        .connect(&*opentelemetry::global::meter_provider())
}

/// Replays what is new and ends the thread of the bridge. Returns whether both are done by the deadline.
pub(crate) fn finish(deadline: Instant) -> bool {
    let bridge = {
        // The lock is held while a provider is connected, which may take long, or panic into a hook that shuts down.
        let Some(mut known) = lock_until(&BRIDGE, deadline) else { return false };
        let Some(known) = &mut *known else { return true };
        known.is_finished = true;
        known.bridge.clone()
    };
    bridge.finish(deadline.saturating_duration_since(Instant::now()))
}
