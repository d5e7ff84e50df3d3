//! The peers, each as what it does to a future.

mod floor;
mod nothing;
mod otel_sdk;
mod tokio_metrics;
mod tracing;

pub use self::floor::Floor;
pub use self::nothing::Nothing;
pub use self::otel_sdk::{Bound, OtelSdk, Unbound, discarding_metrics};
pub use self::tokio_metrics::TokioMetrics;
pub use self::tracing::{Exporting, InSpan, discarding_spans};
