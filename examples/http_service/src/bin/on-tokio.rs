//! The service on tokio and axum. Only the code that receives and sends requests refers to tracing.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use clap::Parser;
use http_body_util::{BodyExt, Empty};
use http_service::shop::{self, Args, RECOMMENDATION_TIMEOUT, shelf, sign, tariff};
use http_service::{propagation, telemetry::Telemetry};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::TraceContextExt;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let telemetry = Telemetry::start()?;
    tokio::runtime::Runtime::new()?.block_on(serve(args))?;
    telemetry.finish()
}

async fn serve(args: Args) -> std::io::Result<()> {
    let app = Router::new()
        .route("/orders/{id}", get(order))
        .route("/stock/{id}", get(stock_here))
        .layer(middleware::from_fn(traced))
        .with_state(args.peer);
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(end_of_input()).await
}

/// Runs each request in a span below its caller's.
async fn traced(path: MatchedPath, request: Request, next: Next) -> Response {
    let name =
        if path.as_str().starts_with("/orders") { "GET /orders/{id}" } else { "GET /stock/{id}" };
    let context = propagation::served(name, request.headers());
    let response = next.run(request).with_context(context.clone()).await;
    context.span().end();
    response
}

async fn order(
    State(peer): State<Option<SocketAddr>>,
    Path(id): Path<u32>,
) -> Result<String, StatusCode> {
    let (price, signature) = (tokio::spawn(price(id)), spawn_blocking(sign(id)));
    let stock = tokio::spawn(stock_of(peer, id));
    let recommended = timeout(RECOMMENDATION_TIMEOUT, recommend(id)).await.is_ok();
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let stock = stock.await.map_err(failed)?.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(shop::order(
        id,
        price.await.map_err(failed)?,
        signature.await.map_err(failed)?,
        stock,
        recommended,
    ))
}

async fn stock_here(Path(id): Path<u32>) -> String {
    spawn_blocking(shelf(id)).await.expect("a shelf does not panic").to_string()
}

async fn price(id: u32) -> u32 {
    let net = spawn_blocking(tariff(id)).await.expect("a tariff does not panic");
    tokio::spawn(taxed(net)).await.expect("taxes do not panic")
}

async fn taxed(net: u32) -> u32 {
    tokio::task::yield_now().await;
    net * 119 / 100
}

async fn recommend(_: u32) {
    std::future::pending().await
}

/// The stock, requested from the other instance.
async fn stock_of(peer: Option<SocketAddr>, id: u32) -> Result<Option<u32>, Failure> {
    let Some(peer) = peer else { return Ok(None) };
    let request = hyper::Request::get(format!("/stock/{id}")).header("host", peer.to_string());
    let mut request = request.body(Empty::<Bytes>::new())?;
    let context = propagation::called("GET", &mut request);
    let answer = async {
        let stream = TcpStream::connect(peer).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        Ok(Some(std::str::from_utf8(&body)?.parse()?))
    };
    let answer = answer.with_context(context.clone()).await;
    // Ended here, not when the last task that carries it ends, which may be the connection's.
    context.span().end();
    answer
}

async fn end_of_input() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
