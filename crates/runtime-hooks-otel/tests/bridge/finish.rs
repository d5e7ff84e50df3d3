//! `finish`: everything is exported afterwards, and the call returns at the limit.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_sdk::metrics::Temporality;
use runtime_hooks_core::{Recorder, RuntimeGauges};
use runtime_hooks_otel::MetricsBridge;

use crate::exported::Exported;
use crate::{exporter, provider, record};

const DURATION: &str = "asyncio.process.duration";
const COUNT: &str = "asyncio.process.count";
/// A limit that is not reached.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_shutdown_right_after_finish_exports_everything() {
    for pre_drain in [None, Some(LONG)] {
        for temporality in [Temporality::Delta, Temporality::Cumulative] {
            let recorder = Recorder::new();
            let exporter = exporter(temporality);
            let provider = provider(&exporter);
            let builder = MetricsBridge::builder(&recorder);
            let builder = match pre_drain {
                Some(interval) => builder.pre_drain(interval),
                None => builder,
            };
            let bridge = builder.connect(&provider);
            (0..7).for_each(|_| record(&recorder, 5));
            assert!(bridge.finish(LONG));
            provider.shutdown().unwrap();
            let exported = Exported::of(&exporter);
            assert_eq!((exported.total(DURATION).0, exported.number(COUNT)), (7, Some(7.0)));
        }
    }
}

#[test]
fn finish_can_be_called_twice_and_from_several_threads_at_once() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).pre_drain(LONG).connect(&provider);
    record(&recorder, 5);
    thread::scope(|scope| {
        let at_once = [(); 4].map(|()| scope.spawn(|| bridge.finish(LONG)));
        at_once.into_iter().for_each(|done| assert!(done.join().unwrap()));
    });
    record(&recorder, 5);
    assert!(bridge.finish(LONG));
    provider.shutdown().unwrap();
    assert_eq!(Exported::of(&exporter).total(DURATION).0, 2);
}

#[test]
fn a_reconnected_bridge_drains_again() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let every = Duration::from_millis(1);
    let bridge = MetricsBridge::builder(&recorder).pre_drain(every).connect(&provider);
    assert!(bridge.finish(LONG));
    let (asked, is_asked) = channel();
    let watch = recorder.watch("tokio", move || {
        let _ = asked.send(());
        RuntimeGauges::default()
    });
    bridge.reconnect(&provider);
    // No reader collects, so the call comes from the bridge's thread.
    is_asked.recv_timeout(LONG).unwrap();
    drop(watch);
}

#[test]
fn finish_waits_for_a_collection_that_hangs_until_the_limit() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).connect(&provider);
    let (is_asked, asked) = channel();
    let (go_on, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let watch = recorder.watch("tokio", move || {
        let _ = is_asked.send(());
        let _ = hang.lock().unwrap().recv();
        RuntimeGauges::default()
    });
    record(&recorder, 5);
    thread::scope(|scope| {
        scope.spawn(|| provider.force_flush().unwrap());
        asked.recv().unwrap();
        let start = Instant::now();
        assert!(!bridge.finish(Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(20));
        drop(go_on);
        assert!(bridge.finish(LONG));
    });
    assert_eq!(Exported::of(&exporter).total(DURATION).0, 1);
    drop(watch);
}

/// A panic hook can call `finish` in this way.
#[test]
fn finish_inside_a_drain_waits_until_the_limit() {
    let recorder = Recorder::new();
    let exporter = exporter(Temporality::Delta);
    let provider = provider(&exporter);
    let bridge = MetricsBridge::builder(&recorder).pre_drain(LONG).connect(&provider);
    let (inner, is_inside) = (bridge.clone(), AtomicBool::new(false));
    let (say, said) = channel();
    let watch = recorder.watch("tokio", move || {
        if !is_inside.swap(true, Ordering::Relaxed) {
            let _ = say.send(inner.finish(Duration::from_millis(20)));
        }
        RuntimeGauges::default()
    });
    record(&recorder, 5);
    bridge.drain();
    assert!(!said.recv().unwrap());
    assert!(bridge.finish(LONG));
    provider.shutdown().unwrap();
    assert_eq!(Exported::of(&exporter).total(DURATION).0, 1);
    drop(watch);
}
