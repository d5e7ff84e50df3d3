//! Connections of hyper.

use std::convert::Infallible;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_channel::oneshot;
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::connection;

type Request1 = Request<Incoming>;
type Answer = Result<Response<Full<Bytes>>, Infallible>;

async fn answer(_: Request1) -> Answer {
    Ok(Response::new(Full::default()))
}

/// Handles one request, which waits for the channel.
fn slow_handler(
    receiver: oneshot::Receiver<i32>,
) -> impl Fn(Request1) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> {
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    move |request| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        Box::pin(async {
            here(receiver).await.unwrap();
            answer(request).await
        })
    }
}

fn io(stream: std::net::TcpStream) -> TokioIo<TcpStream> {
    TokioIo::new(TcpStream::from_std(stream).unwrap())
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::tokio("hyper http1 idle connection", &["http connection"], || {
            let (ours, other) = connection();
            let leaf = async move {
                let builder = server::conn::http1::Builder::new();
                let connection = builder.serve_connection(io(ours), service_fn(answer));
                i32::from(here(connection).await.is_ok())
            };
            Case::new(leaf, move || drop(other))
        }),
        Row::tokio("hyper http1 handler", &["oneshot recv"], || {
            let (ours, mut other) = connection();
            other.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let builder = server::conn::http1::Builder::new();
                let service = service_fn(slow_handler(receiver));
                i32::from(builder.serve_connection(io(ours), service).await.is_ok())
            };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                std::io::copy(&mut other, &mut std::io::sink()).unwrap();
            })
        })
        .others(&["http connection"]),
        Row::tokio("hyper http2 handler", &[], || {
            let (ours, other) = connection();
            other.set_nonblocking(true).unwrap();
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let client = tokio::spawn(request(other));
                let builder = server::conn::http2::Builder::new(TokioExecutor::new());
                let service = service_fn(slow_handler(receiver));
                let _ = builder.serve_connection(io(ours), service).await;
                client.await.unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        })
        .hidden("hyper runs each request of HTTP/2 as a task of its executor")
        .others(&["http connection"])
        .woken_by("the client's connection"),
    ]
}

/// Returns 1 if the status is 200.
async fn request(stream: std::net::TcpStream) -> i32 {
    let (mut sender, connection) =
        client::conn::http2::handshake(TokioExecutor::new(), io(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get("http://a/").body(Empty::<Bytes>::new()).unwrap();
    let status = sender.send_request(request).await.unwrap().status();
    drop(sender);
    connection.await.unwrap().unwrap();
    i32::from(status == 200)
}
