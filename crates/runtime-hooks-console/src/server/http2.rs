//! HTTP/2, which gRPC is spoken over: on the same port, to clients that know beforehand that it is spoken here.

use std::pin::Pin;

use axum::Router;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tonic::{Code, Status};

use super::MOST_BYTES;
use super::connection_limiter::IO_TIMEOUT;
use super::connections::Connection;
use crate::tokio_console::Pause;

/// What such a client begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Calls at a time on one connection; a client makes four.
const CALLS: u32 = 16;
/// What a call may hold back for a client that does not take it.
const SEND_BUFFER: usize = 64 << 10;

/// Whether this client speaks it; `None` if it is gone before it says anything.
pub(super) async fn is_spoken(stream: &TcpStream) -> Option<bool> {
    let mut first = [0; PREFACE.len()];
    let length = stream.peek(&mut first).await.ok()?;
    // No method that is answered here begins with a `P`.
    Some(length > 0 && PREFACE.starts_with(&first[..length]))
}

/// One connection; errors in it are the client's business.
pub(super) async fn speak(
    stream: TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>,
    router: Router,
    connection: &Connection,
) {
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(IO_TIMEOUT)
        .keep_alive_timeout(IO_TIMEOUT)
        .max_concurrent_streams(CALLS)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(MOST_BYTES.into());
    let (connection, pause) = (connection.clone(), Pause::default());
    let service = service_fn(move |mut request| {
        request.extensions_mut().insert(pause.clone());
        let response = super::answer(router.clone(), connection.clone(), request);
        async { response.await.map(with_grpc_status) }
    });
    let _ = http.serve_connection(stream, service).await;
}

/// gRPC's clients look for a status of its own, also where access was refused.
fn with_grpc_status(mut response: Response) -> Response {
    let code = match response.status() {
        StatusCode::OK => return response,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::MISDIRECTED_REQUEST => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        _ => Code::Unknown,
    };
    let code = HeaderValue::from(i32::from(code));
    response.headers_mut().insert(Status::GRPC_STATUS, code);
    response
}
