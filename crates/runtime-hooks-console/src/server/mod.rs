//! The server: one thread moves bytes, another one computes; each client has a bounded part of both.

mod access;
mod responder;
mod assets;
mod connections;
mod failed_attempts;
#[cfg(feature = "tokio-console")]
mod http2;
mod parts;
mod connection_limiter;
mod routes;
mod sessions;
mod stream;
mod compute_thread;

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use futures_util::future::select;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use runtime_hooks_core::{Severity, emit};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_io_timeout::TimeoutStream;

pub(crate) use self::access::{Access, AccessPolicy};
pub(crate) use self::compute_thread::ComputeThread;
#[cfg(feature = "tokio-console")]
pub(crate) use self::connections::Endless;
pub(crate) use self::parts::Parts;
pub(crate) use self::responder::Chunks;

use self::connection_limiter::IO_TIMEOUT;
use self::connections::{Connection, Connections};
use crate::sampler::{PERIOD, Sampler};

/// What a request's line and headers may take.
const MOST_BYTES: u16 = 16 << 10;
const MOST_HEADERS: usize = 64;

/// Serves until it is told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    sampler: Arc<Sampler>,
    policy: AccessPolicy,
    worker: ComputeThread,
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
    let router = routes::router(Arc::clone(&sampler), policy, worker.clone(), connections.clone());
    tokio::spawn(keep_looking(sampler, worker));
    tokio::spawn(accept_loop(listener, router, connections));
    // All of that ends with the runtime, that is with this function.
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        // Nobody has a handle any more: nobody will ever stop it.
        std::future::pending::<()>().await;
    }
}

async fn keep_looking(sampler: Arc<Sampler>, worker: ComputeThread) {
    let mut clock = tokio::time::interval(PERIOD);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let sampler = Arc::clone(&sampler);
        worker.run(move || sampler.tick()).await;
    }
}

async fn accept_loop(
    listener: tokio::net::TcpListener,
    router: axum::Router,
    connections: Connections,
) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, perhaps: others need them more.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        tokio::spawn(handle_connection(stream, peer, router.clone(), connections.clone()));
    }
}

async fn handle_connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: axum::Router,
    connections: Connections,
) {
    let open = connections.open(peer.ip());
    let (expired, spoken) = (pin!(open.expired()), pin!(speak(stream, router, open.connection())));
    select(expired, spoken).await;
}

/// Errors of one connection are its client's business.
async fn speak(stream: TcpStream, router: axum::Router, connection: &Connection) {
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tokio-console")]
    let Some(is_http2) = http2::is_spoken(&stream).await else { return };
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(IO_TIMEOUT));
    let stream = TokioIo::new(Box::pin(stream));
    #[cfg(feature = "tokio-console")]
    if is_http2 {
        return http2::speak(stream, router, connection).await;
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IO_TIMEOUT)
        .max_buf_size(MOST_BYTES.into())
        .max_headers(MOST_HEADERS);
    let service = service_fn(move |request| answer(router.clone(), connection.clone(), request));
    let _ = http.serve_connection(stream, service).await;
}

async fn answer(
    router: axum::Router,
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection.clone());
    let is_whole = request.body().is_end_stream();
    let answer = async {
        let Ok(response) = TowerToHyperService::new(router).call(request).await;
        response
    };
    Ok(connection.answer(is_whole, answer).await)
}
