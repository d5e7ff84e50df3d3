//! async-std.

use std::net::SocketAddr;
use std::time::Duration;

use async_std::net::{TcpListener, TcpStream};
use async_std::task;
use futures_util::FutureExt;
use futures_util::future::join_all;
use runtime_hooks_async_std::AsyncStd;

use super::{ANY_PORT, Runtime};
use crate::system::System;

/// async-std: one worker per core, unless `ASYNC_STD_THREAD_COUNT` is set.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStdRuntime;

/// The drop-in: async-std's functions, recorded.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStdDropIn;

/// async-std's calls, from either crate.
macro_rules! calls {
    ($async_std:ident) => {
        #[inline(always)]
        fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
        where
            F: Future + Send + 'static,
            F::Output: Send + 'static,
        {
            $async_std::task::spawn(future)
        }

        #[inline(always)]
        fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
        where
            F: FnOnce() -> T + Send + 'static,
            T: Send + 'static,
        {
            $async_std::task::spawn_blocking(work)
        }

        #[inline(always)]
        fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
        where
            F: Future<Output: Send> + Send,
        {
            $async_std::future::timeout(after, future).map(|result| result.is_ok())
        }

        #[inline(always)]
        fn gather<F>(&self, members: Vec<F>) -> impl Future<Output = Vec<F::Output>> + Send
        where
            F: Future<Output: Send> + Send,
        {
            join_all(members)
        }
    };
}

impl System for AsyncStdRuntime {
    calls!(async_std);
}

impl System for AsyncStdDropIn {
    calls!(runtime_hooks_async_std);
}

impl Runtime for AsyncStdRuntime {
    type Hooks = AsyncStd;
    type Stream = TcpStream;
    type Listener = TcpListener;

    fn title(&self) -> &'static str {
        "async-std"
    }

    fn hooks(&self) -> AsyncStd {
        AsyncStd
    }

    fn drive<F: Future<Output = ()> + Send + 'static>(&self, workload: F) {
        task::block_on(task::spawn(workload));
    }

    async fn listen(&self) -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind(ANY_PORT).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &TcpListener) -> TcpStream {
        listener.accept().await.expect("a connection").0
    }

    async fn connect(to: SocketAddr) -> TcpStream {
        TcpStream::connect(to).await.expect("a connection")
    }
}
