//! When a stream has something new to send.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, watch};

use super::pause::Pause;
use crate::compute_thread::ComputeThread;
use crate::sampler::Sampler;

/// The ticks of one client's stream.
pub(super) struct Ticks {
    pub(super) sampler: Arc<Sampler>,
    pub(super) compute: ComputeThread,
    last: watch::Receiver<u64>,
    pause: Pause,
    _permit: OwnedSemaphorePermit,
}

impl Ticks {
    pub(super) fn new(
        sampler: Arc<Sampler>,
        compute: ComputeThread,
        pause: Pause,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let last = sampler.subscribe();
        Self { sampler, compute, last, pause, _permit: permit }
    }

    /// Waits for the next sample while the client is not paused; `None` if there are no more.
    pub(super) async fn next(&mut self) -> Option<()> {
        loop {
            self.last.changed().await.ok()?;
            if !self.pause.is_on() {
                return Some(());
            }
        }
    }
}
