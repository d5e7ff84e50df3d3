//! Sockets, pipes, files, processes and signals of tokio.

use std::io::Write;
use std::net;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::{Fifo, connection, listener};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = sockets();
    rows.extend(others());
    rows
}

fn sockets() -> Vec<Row> {
    vec![
        Row::tokio("tokio TcpStream read", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let mut stream = TcpStream::from_std(ours).unwrap();
                i32::from(here(stream.read_u8()).await.unwrap())
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        }),
        Row::tokio("tokio TcpStream readable", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let stream = TcpStream::from_std(ours).unwrap();
                here(stream.readable()).await.unwrap();
                1
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        })
        .bare(&["socket"]),
        Row::tokio("tokio split TcpStream read", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let (mut read, _write) = TcpStream::from_std(ours).unwrap().into_split();
                i32::from(here(read.read_u8()).await.unwrap())
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        }),
        Row::tokio("tokio TcpStream write", &["socket write"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let mut stream = TcpStream::from_std(ours).unwrap();
                let data = vec![0; 64 << 20];
                here(stream.write_all(&data)).await.unwrap();
                1
            };
            Case::new(leaf, move || {
                let read = std::io::copy(&mut other, &mut std::io::sink()).unwrap();
                assert_eq!(read, 64 << 20);
            })
        }),
        Row::tokio("tokio TcpListener accept", &["socket accept"], || {
            let listener = listener();
            let address = listener.local_addr().unwrap();
            let leaf = async move {
                let listener = TcpListener::from_std(listener).unwrap();
                here(listener.accept()).await.unwrap();
                1
            };
            Case::new(leaf, move || drop(net::TcpStream::connect(address).unwrap()))
        })
        .bare(&["socket"]),
        Row::tokio("tokio UdpSocket recv", &["socket read"], || {
            let socket = net::UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            let address = socket.local_addr().unwrap();
            let leaf = async move {
                let socket = UdpSocket::from_std(socket).unwrap();
                let mut buffer = [0];
                here(socket.recv(&mut buffer)).await.unwrap();
                i32::from(buffer[0])
            };
            Case::new(leaf, move || {
                let socket = net::UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.send_to(&[1], address).unwrap();
            })
        })
        .bare(&["socket"]),
    ]
}

fn others() -> Vec<Row> {
    vec![
        Row::tokio("tokio duplex read", &["pipe read"], || {
            let (mut ours, mut other) = duplex(8);
            let leaf = async move { i32::from(here(ours.read_u8()).await.unwrap()) };
            Case::new(leaf, move || {
                futures_lite::future::block_on(other.write_u8(1)).unwrap();
            })
        }),
        Row::tokio("tokio duplex write", &["pipe write"], || {
            let (mut ours, mut other) = duplex(1);
            let leaf = async move {
                here(ours.write_u16(1)).await.unwrap();
                1
            };
            Case::new(leaf, move || {
                assert_eq!(futures_lite::future::block_on(other.read_u16()).unwrap(), 1);
            })
        }),
        Row::tokio("tokio child process", &["child process"], || {
            let mut command = Command::new("cat");
            command.stdin(std::process::Stdio::piped());
            // The child ends when its input does.
            let (sender, receiver) = std::sync::mpsc::channel();
            let leaf = async move {
                let mut child = command.spawn().unwrap();
                sender.send(child.stdin.take()).unwrap();
                i32::from(here(child.wait()).await.unwrap().success())
            };
            Case::new(leaf, move || drop(receiver.recv().unwrap()))
        }),
        Row::tokio("tokio fs read", &["file operation"], || {
            let fifo = Fifo::new();
            let path = fifo.path();
            let leaf = async move {
                let text = here(tokio::fs::read(path)).await.unwrap();
                i32::try_from(text.len()).unwrap()
            };
            Case::new(leaf, move || fifo.write())
        }),
        Row::tokio("tokio File open", &["file operation"], || {
            let fifo = Fifo::new();
            let path = fifo.path();
            let leaf = async move {
                let mut file = here(tokio::fs::File::open(path)).await.unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).await.unwrap();
                text.parse().unwrap()
            };
            Case::new(leaf, move || fifo.write())
        }),
        Row::tokio("tokio ctrl_c in select!", &["cancellation", "signal"], || {
            let token = CancellationToken::new();
            let owner = token.clone();
            let leaf = async move {
                tokio::select! {
                    _ = here(tokio::signal::ctrl_c()) => 0,
                    () = here(token.cancelled()) => 1,
                }
            };
            Case::new(leaf, move || owner.cancel())
        }),
    ]
}
