//! The bare runtime, the base of all comparisons.

use crate::wrap::Wrap;

/// Wraps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Baseline;

impl Wrap for Baseline {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        future
    }
}
