//! HTTP/2 with prior knowledge, for gRPC, on the same port.

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

use super::connections::Connection;
use super::limits::MAX_HEADER_BYTES;
use super::request_state::IO_TIMEOUT;
use super::respond::respond;
use crate::tokio_console::Pause;

/// The first bytes of a connection.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Concurrent calls of a connection; a client makes four.
const MAX_CALLS: u32 = 16;
/// What a call buffers for a client that does not read.
const SEND_BUFFER: usize = 64 << 10;

/// Whether this client speaks HTTP/2; `None` if it closes the connection before it sends a byte.
pub(super) async fn is_http2(stream: &TcpStream) -> Option<bool> {
    let mut first = [0; PREFACE.len()];
    let length = stream.peek(&mut first).await.ok()?;
    // No method that is answered over HTTP/1 begins with a `P`.
    Some(length > 0 && PREFACE.starts_with(&first[..length]))
}

/// Serves one connection. Its errors are the client's.
pub(super) async fn serve(
    stream: TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>,
    router: Router,
    connection: &Connection,
) {
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(IO_TIMEOUT)
        .keep_alive_timeout(IO_TIMEOUT)
        .max_concurrent_streams(MAX_CALLS)
        .max_send_buf_size(SEND_BUFFER)
        .max_header_list_size(MAX_HEADER_BYTES.into());
    let (connection, pause) = (connection.clone(), Pause::default());
    let service = service_fn(move |mut request| {
        request.extensions_mut().insert(pause.clone());
        let response = respond(router.clone(), connection.clone(), request);
        async { response.await.map(with_grpc_status) }
    });
    let _ = http.serve_connection(stream, service).await;
}

/// A gRPC client needs a status of gRPC, also where access was refused.
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
