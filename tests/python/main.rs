//! The scenarios of `scenarios.py` in Rust, with the export that is made for Python's dashboards. Prints what is
//! exported. `ci/python` compares the two.

use std::future::pending;
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use runtime_hooks::{
    AsyncioExt as _, Config, Installed, Instrumentor, MetricsBridge, RuntimeHooks,
    RuntimeHooksExt as _, Tokio,
};
use serde_json::{Map, Value, json};

const BLOCK: Duration = Duration::from_millis(50);

async fn fetch() {
    tokio::task::yield_now().await;
}

async fn hang() {
    pending::<()>().await;
}

async fn refuse() -> Result<(), std::num::ParseIntError> {
    "refused".parse::<u32>().map(|_| ())
}

async fn too_late() -> std::io::Result<()> {
    Err(std::io::ErrorKind::TimedOut.into())
}

async fn late_start() {}

async fn never_runs() {}

async fn gathered() {
    tokio::task::yield_now().await;
}

async fn completed() {
    tokio::task::yield_now().await;
}

async fn member() -> Result<(), std::io::Error> {
    tokio::task::yield_now().await;
    Ok(())
}

async fn from_thread() {
    tokio::task::yield_now().await;
}

struct Client;

impl Client {
    async fn get(self) {
        tokio::task::yield_now().await;
    }
}

fn read() {
    thread::sleep(BLOCK);
}

fn fails() -> Result<(), std::num::ParseIntError> {
    "refused".parse::<u32>().map(|_| ())
}

async fn scenarios<R: RuntimeHooks>(runtime: R) {
    runtime.spawn(fetch()).await.unwrap();
    runtime.spawn(Client.get()).await.unwrap();
    let _ = runtime.by_result().spawn(refuse()).await;
    let _ = runtime.by_result().spawn(too_late()).await;
    // Cancelled while it waits, and before its first step.
    let mut waits = runtime.spawn(hang());
    tokio::task::yield_now().await;
    waits.abort();
    let _ = (&mut waits).await;
    let mut unborn = runtime.spawn(never_runs());
    unborn.abort();
    let _ = (&mut unborn).await;
    // The deadline elapses.
    let _ = runtime.timeout(Duration::from_millis(1), hang()).await;
    // The time in front of the first step does not count.
    let late = runtime.spawn(late_start());
    thread::sleep(BLOCK);
    late.await.unwrap();
    runtime.spawn_blocking(read).await.unwrap();
    let _ = runtime.by_result().spawn_blocking(fails).await;
    runtime.gather([gathered(), gathered()]).await;
    let (done, is_done) = async_channel::bounded::<()>(1);
    done.close();
    runtime.gather([is_done.recv()]).await;
    let mut outputs = runtime.as_completed([completed(), completed()]);
    while outputs.next().await.is_some() {}
    let group = runtime.task_group::<std::io::Error>();
    group.spawn(member());
    group.join().await.unwrap();
    let (other, done) = (runtime.clone(), async_channel::bounded::<()>(1));
    let thread = thread::spawn(move || {
        other.spawn_threadsafe(from_thread()).join().unwrap();
        drop(done.0);
    });
    let _ = done.1.recv().await;
    thread.join().unwrap();
}

fn main() {
    // A name that the program gives, or a span, changes nothing here: none is configured.
    let installed = Instrumentor::global().install(Config::new().python_compat(true));
    assert_eq!(installed, Installed::Now);
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let recorder = Instrumentor::global().recorder();
    let settings = Instrumentor::global().export_settings();
    let _bridge = MetricsBridge::builder(&recorder).settings(settings).connect(&provider);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { scenarios(Tokio::current()).await });
    provider.force_flush().unwrap();
    let exported = exporter.get_finished_metrics().unwrap();
    let metrics = exported.iter().flat_map(|resource| resource.scope_metrics());
    let points: Vec<_> = metrics.flat_map(|scope| scope.metrics()).flat_map(points).collect();
    println!("{}", Value::from(points));
}

fn points(metric: &Metric) -> Vec<Value> {
    let attributes = |attributes: &mut dyn Iterator<Item = &KeyValue>| -> Map<String, Value> {
        attributes.map(|of| (of.key.to_string(), of.value.to_string().into())).collect()
    };
    let point = |attributes: Map<String, Value>, count: u64, sum: Option<f64>| {
        json!({
            "metric": metric.name(), "unit": metric.unit(), "description": metric.description(),
            "attributes": attributes, "count": count, "sum": sum,
        })
    };
    match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(durations)) => {
            let points = durations.data_points();
            points
                .map(|p| point(attributes(&mut p.attributes()), p.count(), Some(p.sum())))
                .collect()
        }
        AggregatedMetrics::U64(MetricData::Sum(counts)) => {
            let points = counts.data_points();
            points.map(|p| point(attributes(&mut p.attributes()), p.value(), None)).collect()
        }
        other => panic!("{}: {other:?}", metric.name()),
    }
}
