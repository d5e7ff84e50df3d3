//! smol: its global executor, and a custom one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use runtime_hooks_smol::{OnExecutor, Smol};
use smol::Executor;
use smol::future::FutureExt;
use smol::net::{TcpListener, TcpStream};

use super::{ANY_PORT, Runtime};
use crate::system::System;

/// A custom executor, shared by its users.
pub type OwnExecutor = Arc<Executor<'static>>;

/// smol's global executor: one thread, unless `SMOL_THREADS` is set.
#[derive(Clone, Copy, Debug)]
pub struct SmolGlobal;

/// A custom executor on the thread that drives it.
#[derive(Clone, Debug, Default)]
pub struct SmolExecutor(OwnExecutor);

/// The drop-in: smol's functions, recorded.
#[derive(Clone, Copy, Debug)]
pub struct SmolDropIn;

/// The calls except `spawn`, which both runtimes and the drop-in share.
macro_rules! calls {
    ($unblock:path, $timer:path, $or:path) => {
        #[inline(always)]
        fn spawn_blocking<F, T>(&self, work: F) -> impl Future<Output = T> + Send + 'static
        where
            F: FnOnce() -> T + Send + 'static,
            T: Send + 'static,
        {
            $unblock(work)
        }

        #[inline(always)]
        fn timeout<F>(&self, after: Duration, future: F) -> impl Future<Output = bool> + Send
        where
            F: Future<Output: Send> + Send,
        {
            let in_time = async move {
                future.await;
                true
            };
            let elapsed = async move {
                $timer(after).await;
                false
            };
            $or(in_time, elapsed)
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

impl System for SmolGlobal {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        smol::spawn(future)
    }

    calls!(smol::unblock, smol::Timer::after, FutureExt::or);
}

impl System for SmolExecutor {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn(future)
    }

    calls!(smol::unblock, smol::Timer::after, FutureExt::or);
}

impl System for SmolDropIn {
    #[inline(always)]
    fn spawn<F>(&self, future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        runtime_hooks_smol::spawn(future)
    }

    calls!(
        runtime_hooks_smol::unblock,
        runtime_hooks_smol::Timer::after,
        runtime_hooks_smol::future::or
    );
}

/// Both runtimes, on the same sockets.
macro_rules! runtime {
    ($runtime:ty, $hooks:ty, $title:literal, |$this:ident| $ours:expr, |$workload:ident| $drive:expr) => {
        impl Runtime for $runtime {
            type Hooks = $hooks;
            type Stream = TcpStream;
            type Listener = TcpListener;

            fn title(&self) -> &'static str {
                $title
            }

            fn hooks(&self) -> $hooks {
                let $this = self;
                $ours
            }

            fn drive<F: Future<Output = ()> + Send + 'static>(&self, $workload: F) {
                let $this = self;
                $drive
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
    };
}

runtime!(SmolGlobal, Smol, "smol, global", |_this| Smol, |workload| {
    smol::block_on(smol::spawn(workload));
});
runtime!(
    SmolExecutor,
    OnExecutor<OwnExecutor>,
    "smol, own executor",
    |this| OnExecutor(Arc::clone(&this.0)),
    |workload| smol::block_on(this.0.run(workload))
);
