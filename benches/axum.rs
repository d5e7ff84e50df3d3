//! The throughput of an axum server on tokio and on the drop-in, with the same source: each request spawns a task,
//! calls the blocking pool, and awaits both with a timeout.
//!
//! `cargo bench --bench axum -- [ROUNDS]`.

use std::array::from_fn;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use runtime_hooks_benches::{Variant, compare, interleave};
use runtime_hooks_tokio::{Config, Instrumentor};

const SERVERS: usize = 8;
const CONNECTIONS: usize = 8;
const REQUEST: &[u8] = b"GET /sum/1000 HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The same server with either crate.
macro_rules! server {
    ($name:ident on $tokio:ident) => {
        mod $name {
            use std::net::SocketAddr;
            use std::time::Duration;

            use axum::extract::Path;
            use axum::routing::get;
            use $tokio as tokio;

            pub(super) fn start() -> (tokio::runtime::Runtime, SocketAddr) {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
                let listener = listener.expect("a port");
                let address = listener.local_addr().expect("an address");
                let app = axum::Router::new().route("/sum/{n}", get(sum));
                runtime.spawn(async move { axum::serve(listener, app).await });
                (runtime, address)
            }

            async fn sum(Path(n): Path<u64>) -> String {
                let task = tokio::spawn(async move { (0..n).sum::<u64>() });
                let pool = tokio::task::spawn_blocking(move || (0..n).map(|n| n * n).sum::<u64>());
                let both = async { (task.await, pool.await) };
                let both = tokio::time::timeout(Duration::from_secs(10), both).await;
                format!("{both:?}")
            }
        }
    };
}

server!(bare on tokio);
server!(drop_in on runtime_hooks_tokio);

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(100);
    // Two identical servers differ by some percent for their whole lifetime, so there are several of each.
    let bare: [_; SERVERS] = from_fn(|_| bare::start());
    let again: [_; SERVERS] = from_fn(|_| bare::start());
    let drop_in: [_; SERVERS] = from_fn(|_| drop_in::start());
    let _ = Instrumentor::global().install(Config::new());
    let variants = vec![
        Variant::new("bare", load(bare.each_ref().map(|(_, at)| *at))),
        Variant::new("bare, once more", load(again.each_ref().map(|(_, at)| *at))),
        Variant::new("drop-in, default detail", load(drop_in.each_ref().map(|(_, at)| *at))),
    ];
    let rows = compare(&interleave(rounds, 400, variants));
    let snapshot = Instrumentor::global().recorder().snapshot();
    println!("{:24} {:>12} {:>10}", "axum", "requests/s", "of bare's");
    for row in &rows {
        println!(
            "{:24} {:12.0} {:9.1}%",
            row.name,
            1e9 / row.nanos.median,
            100.0 / row.ratio.median
        );
    }
    println!("recorded: {} tasks", snapshot.spawned());
}

/// Returns a function that sends requests to one server after the other, on several connections at once.
fn load(servers: [SocketAddr; SERVERS]) -> impl FnMut(u32) {
    let mut connections = servers.map(|server| from_fn::<_, CONNECTIONS, _>(|_| connect(server)));
    let length = answer(&mut connections[0][0]);
    let mut turns = (0..SERVERS).cycle();
    move |requests| {
        let server = turns.next().expect("an endless iterator");
        let each = requests as usize / CONNECTIONS;
        std::thread::scope(|scope| {
            for connection in &mut connections[server] {
                scope.spawn(move || {
                    let mut buffer = vec![0; length];
                    for _ in 0..each {
                        connection.write_all(REQUEST).expect("the server");
                        connection.read_exact(&mut buffer).expect("an answer");
                    }
                });
            }
        });
    }
}

fn connect(server: SocketAddr) -> TcpStream {
    let connection = TcpStream::connect(server).expect("the server");
    connection.set_nodelay(true).expect("a socket");
    connection
}

/// The length of a response: all have the same.
fn answer(connection: &mut TcpStream) -> usize {
    connection.write_all(REQUEST).expect("the server");
    let mut buffer = [0; 4096];
    let length = connection.read(&mut buffer).expect("an answer");
    assert!(buffer.starts_with(b"HTTP/1.1 200 OK") && buffer[..length].ends_with(b")))"));
    length
}
