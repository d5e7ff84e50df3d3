//! tokio, in either flavor.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use runtime_hooks_tokio::Tokio;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use super::{ANY_PORT, Runtime};
use crate::system::{System, no_panic};

/// A tokio runtime.
#[derive(Clone, Debug)]
pub struct TokioRuntime {
    title: &'static str,
    runtime: Arc<tokio::runtime::Runtime>,
    is_driven_by_worker: bool,
}

impl TokioRuntime {
    /// With one thread. Without I/O and time, unless they are needed: then no system call is made between two polls,
    /// which makes the overhead most visible.
    pub fn current_thread(with_drivers: bool) -> Self {
        let mut builder = Builder::new_current_thread();
        if with_drivers {
            builder.enable_all();
        }
        Self::new("tokio, current thread", &mut builder, false)
    }

    /// With one worker per core.
    pub fn multi_thread() -> Self {
        Self::new("tokio, multi-thread", Builder::new_multi_thread().enable_all(), true)
    }

    fn new(title: &'static str, builder: &mut Builder, is_driven_by_worker: bool) -> Self {
        let runtime = Arc::new(builder.build().expect("a runtime"));
        Self { title, runtime, is_driven_by_worker }
    }

    /// The handle that tasks are spawned on.
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }
}

impl Runtime for TokioRuntime {
    type Hooks = Tokio;
    type Stream = Compat<TcpStream>;
    type Listener = TcpListener;

    fn title(&self) -> &'static str {
        self.title
    }

    fn hooks(&self) -> Tokio {
        self.handle().clone().into()
    }

    fn drive<F: Future<Output = ()> + Send + 'static>(&self, workload: F) {
        if self.is_driven_by_worker {
            no_panic(self.runtime.block_on(self.runtime.spawn(workload)));
        } else {
            self.runtime.block_on(workload);
        }
    }

    async fn listen(&self) -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind(ANY_PORT).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &TcpListener) -> Compat<TcpStream> {
        listener.accept().await.expect("a connection").0.compat()
    }

    async fn connect(to: SocketAddr) -> Compat<TcpStream> {
        TcpStream::connect(to).await.expect("a connection").compat()
    }
}

impl System for TokioRuntime {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle().spawn(future).map(no_panic)
    }

    #[inline(always)]
    fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle().spawn_blocking(work).map(no_panic)
    }

    #[inline(always)]
    fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
    where
        F: Future<Output: Send> + Send,
    {
        tokio::time::timeout(after, future).map(|result| result.is_ok())
    }

    #[inline(always)]
    fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future<Output: Send> + Send,
    {
        join_all(members)
    }
}

/// The drop-in: tokio's functions, recorded. To be used on a tokio runtime.
#[derive(Clone, Copy, Debug)]
pub struct TokioDropIn;

impl System for TokioDropIn {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        runtime_hooks_tokio::spawn(future).map(no_panic)
    }

    #[inline(always)]
    fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        runtime_hooks_tokio::task::spawn_blocking(work).map(no_panic)
    }

    #[inline(always)]
    fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
    where
        F: Future<Output: Send> + Send,
    {
        runtime_hooks_tokio::time::timeout(after, future).map(|result| result.is_ok())
    }

    #[inline(always)]
    fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future<Output: Send> + Send,
    {
        // tokio has no function that awaits many futures.
        join_all(members)
    }
}
