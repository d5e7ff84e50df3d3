//! Whether a client has paused its streams.

use std::sync::Arc;

use tokio::sync::watch;
use tonic::Request;

/// Each connection has its own: no client pauses the others.
#[derive(Clone, Debug)]
pub(crate) struct Pause(Arc<watch::Sender<bool>>);

impl Pause {
    /// The pause of the connection that the request came on.
    pub(super) fn of<T>(request: &Request<T>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    pub(super) fn set(&self, is_on: bool) {
        self.0.send_replace(is_on);
    }

    pub(super) fn is_on(&self) -> bool {
        *self.0.borrow()
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}
