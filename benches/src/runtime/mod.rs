//! The bare runtimes, by their own calls.

mod async_std;
mod smol;
mod tokio;

use std::net::SocketAddr;

use futures_util::io::{AsyncRead, AsyncWrite};
use runtime_hooks_core::RuntimeHooks;

pub use self::async_std::{AsyncStdDropIn, AsyncStdRuntime};
pub use self::smol::{OwnExecutor, SmolDropIn, SmolExecutor, SmolGlobal};
pub use self::tokio::{TokioDropIn, TokioRuntime};

use crate::system::System;

/// A bare runtime, and its backend.
pub trait Runtime: System {
    /// Its backend.
    type Hooks: RuntimeHooks;
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Where connections come in.
    type Listener: Send + Sync + 'static;

    /// What the runtime is called here.
    fn title(&self) -> &'static str;

    /// A handle of its backend.
    fn hooks(&self) -> Self::Hooks;

    /// Runs a workload to its end, where the tasks run that it spawns.
    fn drive<F: Future<Output = ()> + Send + 'static>(&self, workload: F);

    /// Listens on a port of this machine.
    fn listen(&self) -> impl Future<Output = (Self::Listener, SocketAddr)> + Send;

    /// The next connection.
    fn accept(listener: &Self::Listener) -> impl Future<Output = Self::Stream> + Send;

    /// A connection to there.
    fn connect(to: SocketAddr) -> impl Future<Output = Self::Stream> + Send;
}

/// Any port of this machine.
const ANY_PORT: (&str, u16) = ("127.0.0.1", 0);
