//! HTTP/1: the page, JSON and `/metrics`.

use std::pin::Pin;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use super::connections::Connection;
use super::limits::{MAX_HEADER_BYTES, MAX_HEADERS};
use super::request_state::IO_TIMEOUT;
use super::respond::respond;

/// Serves one connection. Its errors are the client's.
pub(super) async fn serve(
    stream: TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>,
    router: Router,
    connection: &Connection,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IO_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES.into())
        .max_headers(MAX_HEADERS);
    let service = service_fn(move |request| respond(router.clone(), connection.clone(), request));
    let _ = http.serve_connection(stream, service).await;
}
