//! The OpenTelemetry bridge of this process.

use std::mem;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use runtime_hooks_core::support::{Process, lock, lock_until};
use runtime_hooks_core::{Instrumentor, Recorder};
use runtime_hooks_otel::MetricsBridge;

/// The bridge stays after an uninstallation, since callbacks cannot be unregistered. Another recorder gets another
/// bridge, and so does a forked child.
static BRIDGE: Mutex<Option<Connected>> = Mutex::new(None);

struct Connected {
    process: Process,
    recorder: Recorder,
    bridge: MetricsBridge,
    is_finished: bool,
}

/// The bridge, connected to the global meter provider.
pub(crate) fn bridge() -> MetricsBridge {
    let recorder = Instrumentor::global().recorder();
    let Some(mut connected) = lock(&BRIDGE) else { return connect(&recorder) };
    match &mut *connected {
        Some(connected) if connected.recorder == recorder && connected.process.is_current() => {
            if mem::take(&mut connected.is_finished) {
                let provider = opentelemetry::global::meter_provider();
                connected.bridge.reconnect(&*provider);
                #[cfg(feature = "console")]
                crate::lints::reconnect(&*provider);
            }
            connected.bridge.clone()
        }
        _ => {
            let (process, bridge) = (Process::current(), connect(&recorder));
            let is_finished = false;
            *connected = Some(Connected { process, recorder, bridge: bridge.clone(), is_finished });
            bridge
        }
    }
}

fn connect(recorder: &Recorder) -> MetricsBridge {
    MetricsBridge::builder(recorder)
        .settings(Instrumentor::global().export_settings())
        .pre_drain(Duration::from_secs(1))
        .connect(&*opentelemetry::global::meter_provider())
}

/// Replays new durations and ends the bridge's thread. Returns whether both are done by the deadline.
pub(crate) fn finish(deadline: Instant) -> bool {
    let bridge = {
        // The lock is held while a provider is connected. That can take long, or panic into a hook that shuts down.
        let Some(mut connected) = lock_until(&BRIDGE, deadline) else { return false };
        let Some(connected) = &mut *connected else { return true };
        connected.is_finished = true;
        connected.bridge.clone()
    };
    bridge.finish(deadline.saturating_duration_since(Instant::now()))
}
