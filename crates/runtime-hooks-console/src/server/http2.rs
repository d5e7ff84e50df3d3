//! HTTP/2, which gRPC is spoken over: on the same port, to clients that know beforehand that it is spoken here.

use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::{Extension, Router};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tonic::{Code, Status};

use super::{MOST_BYTES, PATIENCE};
use crate::tokio_console::Pause;

/// What such a client begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Calls at a time on one connection; a client makes four.
const CALLS: u32 = 16;

/// Whether this client speaks it; `None` if it says nothing in time.
pub(super) async fn is_spoken(stream: &TcpStream) -> Option<bool> {
    let mut first = [0; PREFACE.len()];
    let length = timeout(PATIENCE, stream.peek(&mut first)).await.ok()?.ok()?;
    // No method that is answered here begins with a `P`.
    Some(length > 0 && PREFACE.starts_with(&first[..length]))
}

/// One connection; errors in it are the client's business.
pub(super) async fn talk(stream: TimeoutStream<TcpStream>, router: Router) {
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(PATIENCE)
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(CALLS)
        .max_header_list_size(MOST_BYTES.into());
    let router = router.layer(Extension(Pause::default())).layer(map_response(with_grpc_status));
    let service = TowerToHyperService::new(router);
    let _ = http.serve_connection(TokioIo::new(Box::pin(stream)), service).await;
}

/// gRPC's clients look for a status of its own, also where the doorman has turned them away.
async fn with_grpc_status(mut response: Response) -> Response {
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
