//! One request of a connection, over HTTP/1 or HTTP/2.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use super::connections::Connection;

/// The response, whose deadlines the connection keeps.
pub(super) async fn respond(
    router: Router,
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection.clone());
    let is_whole = request.body().is_end_stream();
    let response = async {
        let Ok(response) = TowerToHyperService::new(router).call(request).await;
        response
    };
    Ok(connection.answer(is_whole, response).await)
}
