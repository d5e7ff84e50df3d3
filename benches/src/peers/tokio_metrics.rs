//! tokio-metrics: one `TaskMonitor` per name, which works on any runtime.

use tokio_metrics::TaskMonitor;

use crate::wrap::Wrap;

/// One monitor for all tasks, as its documentation recommends for tasks of one kind.
#[derive(Clone, Debug, Default)]
pub struct TokioMetrics(TaskMonitor);

impl Wrap for TokioMetrics {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        self.0.instrument(future)
    }
}
