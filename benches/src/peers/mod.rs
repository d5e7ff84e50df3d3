//! The peers, each with its way to wrap a future.

mod baseline;
mod floor;
mod otel_sdk;
mod tokio_metrics;
mod tracing;

pub use self::baseline::Baseline;
pub use self::floor::Floor;
pub use self::otel_sdk::{Bound, OtelSdk, Unbound, discarding_metrics};
pub use self::tokio_metrics::TokioMetrics;
pub use self::tracing::{Exporting, InSpan, discarding_spans};
