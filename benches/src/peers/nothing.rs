//! Nobody: the runtime bare.

use crate::subject::Wrap;

/// Leaves everything as it is.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Wrap for Nothing {
    #[inline(always)]
    fn future<F: Future + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + use<F> {
        future
    }
}
