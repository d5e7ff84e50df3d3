//! The server: one thread, few connections, nobody waits for long.

mod assets;
mod body;
mod doorman;
#[cfg(feature = "tokio-console")]
mod http2;
mod routes;
mod stream;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use runtime_hooks_core::{Severity, emit};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::MissedTickBehavior;
use tokio_io_timeout::TimeoutStream;

pub(crate) use self::body::{AT_A_TIME, Pieces};
pub(crate) use self::doorman::{Access, Doorman};

use crate::observatory::{Observatory, TICK};

/// A program has only so many file descriptors, and most are not for its console.
const CONNECTIONS: usize = 64;
/// Who has not sent a request by then is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a request's line and headers may take.
const MOST_BYTES: u16 = 16 << 10;
const MOST_HEADERS: usize = 64;

/// Serves until it is told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    observatory: Arc<Observatory>,
    doorman: Doorman,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            emit(Severity::Error, format_args!("the console cannot listen: {error}"));
            return;
        }
    };
    let router = routes::router(Arc::clone(&observatory), doorman);
    tokio::spawn(keep_looking(observatory));
    tokio::spawn(welcome(listener, router));
    // All of that ends with the runtime, that is with this function.
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        // Nobody has a handle any more: nobody will ever stop it.
        std::future::pending::<()>().await;
    }
}

async fn keep_looking(observatory: Arc<Observatory>) {
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        observatory.tick();
    }
}

async fn welcome(listener: tokio::net::TcpListener, router: axum::Router) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, perhaps: others need them more.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
            refuse(&stream);
            continue;
        };
        let router = router.clone();
        tokio::spawn(async move {
            talk(stream, router).await;
            drop(seat);
        });
    }
}

/// One connection; errors in it are the client's business.
async fn talk(stream: TcpStream, router: axum::Router) {
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "tokio-console")]
    let Some(is_http2) = http2::is_spoken(&stream).await else { return };
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(PATIENCE));
    #[cfg(feature = "tokio-console")]
    if is_http2 {
        return http2::talk(stream, router).await;
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_BYTES.into())
        .max_headers(MOST_HEADERS);
    let service = TowerToHyperService::new(router);
    let _ = http.serve_connection(TokioIo::new(Box::pin(stream)), service).await;
}

/// All seats are taken: says so without waiting for anything.
fn refuse(stream: &TcpStream) {
    const BODY: &str = "{\"error\":\"too many connections\"}";
    let head = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
                content-type: application/json";
    let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{BODY}", BODY.len());
    let _ = stream.try_write(answer.as_bytes());
}
