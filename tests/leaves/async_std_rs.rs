//! Leaves of async-std, on any runtime.

use std::io::Write;
use std::net;
use std::sync::Arc;
use std::time::Duration;

use async_std::future::timeout;
use async_std::io::ReadExt;
use async_std::net::{TcpListener, TcpStream};
use async_std::sync::{Condvar, Mutex};
use async_std::{channel, stream, task};
use futures_util::StreamExt;

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::{Fifo, LONG, connection};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = timers();
    rows.extend(tasks());
    rows.extend(sockets());
    rows
}

fn timers() -> Vec<Row> {
    vec![
        Row::any("async-std sleep", &["sleep"], || {
            Case::raced(async { here(task::sleep(LONG)).await })
        })
        .raced(),
        Row::any("async-std sleep that elapses", &["sleep"], || {
            let leaf = async {
                here(task::sleep(Duration::from_millis(500))).await;
                1
            };
            Case::new(leaf, || ())
        }),
        Row::any("async-std interval", &["interval tick"], || {
            Case::raced(async { here(stream::interval(LONG).next()).await })
        })
        .raced(),
        Row::any("async-std timeout", &["channel recv", "timeout"], || {
            let (sender, receiver) = channel::bounded(1);
            let leaf = async move { here(timeout(LONG, receiver.recv())).await.unwrap().unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .bare(&["channel", "timeout"]),
    ]
}

fn tasks() -> Vec<Row> {
    vec![
        Row::any("async-std channel", &["channel recv"], || {
            let (sender, receiver) = channel::bounded(1);
            let leaf = async move { here(receiver.recv()).await.unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .bare(&["channel"]),
        Row::any("async-std Mutex", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = mutex.try_lock_arc().unwrap();
            let leaf = async move { *here(mutex.lock()).await };
            Case::new(leaf, move || drop(guard))
        }),
        Row::any("async-std Condvar", &["condition variable"], || {
            let pair = Arc::new((Mutex::new(1), Condvar::new()));
            let other = Arc::clone(&pair);
            let leaf = async move {
                let guard = pair.0.lock().await;
                *here(pair.1.wait(guard)).await
            };
            Case::new(leaf, move || other.1.notify_one())
        }),
        Row::any("async-std JoinHandle", &["join of a task"], || {
            let (sender, receiver) = channel::bounded(1);
            let leaf = async move {
                let task = task::spawn(async move { receiver.recv().await.unwrap() });
                here(task).await
            };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::any("async-std spawn_blocking", &["join of a task"], || {
            let (sender, receiver) = channel::bounded(1);
            let leaf = async move {
                let task = task::spawn_blocking(move || receiver.recv_blocking().unwrap());
                here(task).await
            };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::any("async-std fs read", &["join of a task"], || {
            let fifo = Fifo::new();
            let path = fifo.path();
            let leaf = async move {
                let text = here(async_std::fs::read(path)).await.unwrap();
                i32::try_from(text.len()).unwrap()
            };
            Case::new(leaf, move || fifo.write())
        }),
    ]
}

fn sockets() -> Vec<Row> {
    vec![
        Row::any("async-std TcpStream read", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let mut stream = TcpStream::from(ours);
                let mut buffer = [0];
                here(stream.read_exact(&mut buffer)).await.unwrap();
                i32::from(buffer[0])
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        }),
        Row::any("async-std TcpListener accept", &["socket accept"], || {
            let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let leaf = async move {
                let listener = TcpListener::from(listener);
                here(listener.accept()).await.unwrap();
                1
            };
            Case::new(leaf, move || drop(net::TcpStream::connect(address).unwrap()))
        })
        .bare(&["socket"]),
    ]
}
