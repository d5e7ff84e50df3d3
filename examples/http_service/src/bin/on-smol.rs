//! The service on smol and hyper. Only the code that receives and sends requests refers to tracing.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;

use clap::Parser;
use http_body_util::{BodyExt, Empty, Full};
use http_service::shop::{self, Args, RECOMMENDATION_TIMEOUT, shelf, sign, tariff};
use http_service::{propagation, telemetry::Telemetry};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use opentelemetry::context::FutureExt;
use opentelemetry::trace::TraceContextExt;
use smol::future::or;
use smol::io::AsyncReadExt;
use smol::net::{TcpListener, TcpStream};
use smol::{RuntimeHooksExt, Smol, Unblock, unblock};
use smol_hyper::rt::FuturesIo;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let telemetry = Telemetry::start()?;
    smol::block_on(or(serve(args), end_of_input()))?;
    telemetry.finish()
}

async fn serve(args: Args) -> std::io::Result<()> {
    let listener = TcpListener::bind(args.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        smol::spawn(connection(stream, args.peer)).detach();
    }
}

async fn connection(stream: TcpStream, peer: Option<SocketAddr>) {
    let service = service_fn(move |request| answer(request, peer));
    let connection = hyper::server::conn::http1::Builder::new();
    if let Err(error) = connection.serve_connection(FuturesIo::new(stream), service).await {
        eprintln!("a connection ended with {error}");
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: Option<SocketAddr>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (path, headers) = (request.uri().path(), request.headers());
    let id = |folder| path.strip_prefix(folder).and_then(|id| id.parse().ok());
    let text = if let Some(id) = id("/orders/") {
        traced("GET /orders/{id}", headers, order(peer, id)).await.map(Some)
    } else if let Some(id) = id("/stock/") {
        Ok(Some(traced("GET /stock/{id}", headers, stock_here(id)).await))
    } else {
        Ok(None)
    };
    let (status, text) = match text {
        Ok(Some(text)) => (StatusCode::OK, text),
        Ok(None) => (StatusCode::NOT_FOUND, String::new()),
        Err(failure) => (StatusCode::BAD_GATEWAY, failure.to_string()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    Ok(response)
}

/// Runs a request in a span below its caller's.
async fn traced<F: Future>(name: &'static str, headers: &HeaderMap, answer: F) -> F::Output {
    let context = propagation::served(name, headers);
    let answer = answer.with_context(context.clone()).await;
    context.span().end();
    answer
}

async fn order(peer: Option<SocketAddr>, id: u32) -> Result<String, Failure> {
    let (price, signature) = (smol::spawn(price(id)), unblock(sign(id)));
    let stock = smol::spawn(stock_of(peer, id));
    // smol has no timeout function; `RuntimeHooksExt` has.
    let recommended = Smol.timeout(RECOMMENDATION_TIMEOUT, recommend(id)).await.is_ok();
    Ok(shop::order(id, price.await, signature.await, stock.await?, recommended))
}

async fn stock_here(id: u32) -> String {
    unblock(shelf(id)).await.to_string()
}

async fn price(id: u32) -> u32 {
    let net = unblock(tariff(id)).await;
    smol::spawn(taxed(net)).await
}

async fn taxed(net: u32) -> u32 {
    smol::future::yield_now().await;
    net * 119 / 100
}

async fn recommend(_: u32) {
    std::future::pending().await
}

/// The stock, requested from the other instance.
async fn stock_of(peer: Option<SocketAddr>, id: u32) -> Result<Option<u32>, Failure> {
    let Some(peer) = peer else { return Ok(None) };
    let request = Request::get(format!("/stock/{id}")).header("host", peer.to_string());
    let mut request = request.body(Empty::<Bytes>::new())?;
    let context = propagation::called("GET", &mut request);
    let answer = async {
        let stream = FuturesIo::new(TcpStream::connect(peer).await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        smol::spawn(connection).detach();
        let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        Ok(Some(std::str::from_utf8(&body)?.parse()?))
    };
    let answer = answer.with_context(context.clone()).await;
    // Ended here, not when the last task that carries it ends, which may be the connection's.
    context.span().end();
    answer
}

async fn end_of_input() -> std::io::Result<()> {
    Unblock::new(std::io::stdin()).read_to_end(&mut Vec::new()).await.map(drop)
}
