//! The tasks of the serving thread: one accepts connections, one takes samples, one serves each connection.

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::select;
use hyper_util::rt::TokioIo;
use runtime_hooks_recorder::Severity;
use runtime_hooks_recorder::internals::emit;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_io_timeout::TimeoutStream;

use super::access_policy::AccessPolicy;
use super::connections::{Connection, Connections};
use super::http1;
#[cfg(feature = "tokio-console")]
use super::http2;
use super::request_state::IO_TIMEOUT;
use super::routes;
use crate::compute_thread::ComputeThread;
use crate::sampler::{PERIOD, Sampler};

/// Serves until `stopped` is true.
pub(crate) async fn serve(
    listener: TcpListener,
    sampler: Arc<Sampler>,
    policy: AccessPolicy,
    compute: ComputeThread,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            emit(Severity::Error, format_args!("the console cannot listen: {error}"));
            return;
        }
    };
    let connections = Connections::default();
    let router = routes::router(Arc::clone(&sampler), policy, compute.clone(), connections.clone());
    tokio::spawn(sample_loop(sampler, compute));
    tokio::spawn(accept_loop(listener, router, connections));
    // These tasks end with the runtime, which ends with this function.
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        // All handles are dropped: nothing will stop it.
        std::future::pending::<()>().await;
    }
}

async fn sample_loop(sampler: Arc<Sampler>, compute: ComputeThread) {
    let mut interval = tokio::time::interval(PERIOD);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let sampler = Arc::clone(&sampler);
        compute.run(move || sampler.tick()).await;
    }
}

async fn accept_loop(listener: tokio::net::TcpListener, router: Router, connections: Connections) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Perhaps the process has no file descriptors left: leave those that are closed to the program.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        tokio::spawn(handle_connection(stream, peer, router.clone(), connections.clone()));
    }
}

async fn handle_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    connections: Connections,
) {
    let open = connections.open(peer.ip());
    let expired = pin!(open.expired());
    let served = pin!(serve_connection(stream, router, open.connection()));
    select(expired, served).await;
}

async fn serve_connection(stream: TcpStream, router: Router, connection: &Connection) {
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tokio-console")]
    let Some(is_http2) = http2::is_http2(&stream).await else { return };
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(IO_TIMEOUT));
    let stream = TokioIo::new(Box::pin(stream));
    #[cfg(feature = "tokio-console")]
    if is_http2 {
        return http2::serve(stream, router, connection).await;
    }
    http1::serve(stream, router, connection).await;
}
