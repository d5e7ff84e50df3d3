//! The bare runtimes, through their own calls.

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

/// A bare runtime and its backend.
pub trait Runtime: System {
    /// Its backend.
    type Hooks: RuntimeHooks;
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// A listening socket.
    type Listener: Send + Sync + 'static;

    /// The title in the report.
    fn title(&self) -> &'static str;

    /// A handle of its backend.
    fn hooks(&self) -> Self::Hooks;

    /// Runs a workload to completion, where the tasks that it spawns run.
    fn drive<F: Future<Output = ()> + Send + 'static>(&self, workload: F);

    /// Listens on a local port.
    fn listen(&self) -> impl Future<Output = (Self::Listener, SocketAddr)> + Send;

    /// Accepts the next connection.
    fn accept(listener: &Self::Listener) -> impl Future<Output = Self::Stream> + Send;

    /// Connects to an address.
    fn connect(to: SocketAddr) -> impl Future<Output = Self::Stream> + Send;
}

/// Any free local port.
const ANY_PORT: (&str, u16) = ("127.0.0.1", 0);
