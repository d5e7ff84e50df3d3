//! OpenTelemetry metrics for runtime-hooks: exports a recorder's metrics into any pipeline.
//!
//! The hot path never touches OpenTelemetry. When a reader of your `MeterProvider` collects, a callback replays what is
//! new since the last collection into ordinary histograms, and observes the counters. So all your readers, exporters,
//! views and temporalities work, and none of them costs a task anything.
//!
//! ```
//! use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
//! use runtime_hooks_otel::MetricsBridge;
//! use runtime_hooks_recorder::{Kind, Outcome, Recorder};
//!
//! let exporter = InMemoryMetricExporter::default();
//! let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
//!
//! let recorder = Recorder::new();
//! MetricsBridge::builder(&recorder).connect(&provider);
//! let took = std::time::Duration::from_millis(3);
//! recorder.record(Kind::Coroutine, "fetch", "tokio", Outcome::FINISHED, took);
//!
//! provider.force_flush()?;
//! let exported = exporter.get_finished_metrics()?;
//! let metrics = exported[0].scope_metrics().next().unwrap().metrics();
//! assert!(metrics.map(|metric| metric.name()).any(|name| name == "asyncio.process.duration"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `trace`, `ContextTracer` carries the ids of the caller's span with each task, so that a trace never
//! breaks at a spawn, and makes spans of the tasks that are traced by name.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::print_stderr, clippy::print_stdout)] // a print panics if standard error is closed

// From the bottom up: each uses only those above it in this list.
mod attributes;
mod attribute_sets;
mod replay;
mod instruments;
mod pre_drain;
mod export;
mod bridge;
#[cfg(feature = "trace")]
mod trace;

pub use self::attributes::attributes_of;
pub use self::bridge::{MetricsBridge, MetricsBridgeBuilder};
pub use self::instruments::meter;
#[cfg(feature = "trace")]
pub use self::trace::ContextTracer;

/// The README, whose example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
