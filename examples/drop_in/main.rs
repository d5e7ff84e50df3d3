//! A server that returns each line in upper case, and clients that send lines: plain tokio code.
//!
//! With `OTEL_RUST_ASYNCIO_REPORT=true` it prints the table of its tasks to standard error when it exits. The only
//! change for this is one line in its `Cargo.toml`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, JoinSet};
use tokio::time::{sleep, timeout};

const CLIENTS: u32 = 20;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener));

    let mut clients: JoinSet<_> = (0..CLIENTS).map(|n| talk(address, n)).collect();
    let mut bytes = 0;
    while let Some(answered) = clients.join_next().await {
        bytes += answered??;
    }

    // A client that sends nothing runs into a timeout.
    let silent = TcpStream::connect(address).await?;
    let answer = timeout(Duration::from_millis(50), answer_to(silent)).await;
    println!("{bytes} bytes came back; the silent client got an answer: {}", answer.is_ok());
    server.abort();
    Ok(())
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(upper_case_lines(socket));
    }
}

/// Returns each line in upper case.
async fn upper_case_lines(mut socket: TcpStream) -> io::Result<()> {
    let (read, mut write) = socket.split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let louder = task::spawn_blocking(move || upper(&line)).await?;
        write.write_all(louder.as_bytes()).await?;
    }
    Ok(())
}

fn upper(line: &str) -> String {
    line.to_uppercase() + "\n"
}

async fn talk(address: SocketAddr, n: u32) -> io::Result<usize> {
    sleep(Duration::from_millis(n.into())).await;
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(format!("hello from {n}\n").as_bytes()).await?;
    answer_to(socket).await
}

async fn answer_to(socket: TcpStream) -> io::Result<usize> {
    BufReader::new(socket).read_line(&mut String::new()).await
}
