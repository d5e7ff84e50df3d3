//! Leaves of smol's crates, on any runtime.

use std::io::Write;
use std::net;
use std::sync::Arc;
use std::time::Duration;

use async_io::{Async, Timer};
use async_lock::{Barrier, Mutex, OnceCell, RwLock, Semaphore};
use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt};

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::{Fifo, LONG, connection, listener};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = channels();
    rows.extend(locks());
    rows.extend(sockets());
    rows.extend(threads());
    rows
}

fn channels() -> Vec<Row> {
    vec![
        Row::any("async-channel recv", &["channel recv"], || {
            let (sender, receiver) = async_channel::bounded(1);
            let leaf = async move { here(receiver.recv()).await.unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .bare(&["channel"]),
        Row::any("async-channel next", &["channel recv"], || {
            let (sender, receiver) = async_channel::bounded(1);
            let leaf = async move { here(Box::pin(receiver).next()).await.unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .bare(&["channel"]),
        Row::any("async-channel send", &["channel send"], || {
            let (sender, receiver) = async_channel::bounded(1);
            sender.try_send(0).unwrap();
            let leaf = async move {
                here(sender.send(1)).await.unwrap();
                1
            };
            Case::new(leaf, move || {
                let next = || receiver.recv_blocking().unwrap();
                assert_eq!([next(), next()], [0, 1]);
            })
        })
        .bare(&["channel"]),
        Row::any("event-listener", &["event"], || {
            let event = Arc::new(event_listener::Event::new());
            let notifier = Arc::clone(&event);
            let leaf = async move {
                here(event.listen()).await;
                1
            };
            Case::new(leaf, move || assert_eq!(notifier.notify(1), 1))
        }),
    ]
}

fn locks() -> Vec<Row> {
    vec![
        Row::any("async-lock Mutex", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = mutex.try_lock_arc().unwrap();
            let leaf = async move { *here(mutex.lock()).await };
            Case::new(leaf, move || drop(guard))
        }),
        Row::any("async-lock Mutex arc", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = mutex.try_lock_arc().unwrap();
            let leaf = async move { *here(mutex.lock_arc()).await };
            Case::new(leaf, move || drop(guard))
        }),
        Row::any("async-lock RwLock read", &["rwlock read"], || {
            let lock = Arc::new(RwLock::new(1));
            let guard = lock.try_write_arc().unwrap();
            let leaf = async move { *here(lock.read()).await };
            Case::new(leaf, move || drop(guard))
        })
        .bare(&["rwlock"]),
        Row::any("async-lock RwLock write", &["rwlock write"], || {
            let lock = Arc::new(RwLock::new(1));
            let guard = lock.try_read_arc().unwrap();
            let leaf = async move { *here(lock.write()).await };
            Case::new(leaf, move || drop(guard))
        })
        .bare(&["rwlock"]),
        Row::any("async-lock Semaphore", &["semaphore"], || {
            let semaphore = Arc::new(Semaphore::new(0));
            let owner = Arc::clone(&semaphore);
            let leaf = async move {
                here(semaphore.acquire()).await.forget();
                1
            };
            Case::new(leaf, move || owner.add_permits(1))
        }),
        Row::any("async-lock Barrier", &["barrier"], || {
            let barrier = Arc::new(Barrier::new(2));
            let other = Arc::clone(&barrier);
            let leaf = async move {
                here(barrier.wait()).await;
                1
            };
            Case::new(leaf, move || assert!(block_on(other.wait()).is_leader()))
        }),
        Row::any("async-lock OnceCell", &["once cell"], || {
            let cell = Arc::new(OnceCell::new());
            let (sender, receiver) = async_channel::bounded(1);
            let mut first = Box::pin({
                let cell = Arc::clone(&cell);
                async move { *cell.get_or_init(|| async { receiver.recv().await.unwrap() }).await }
            });
            assert_eq!(block_on(poll_once(&mut first)), None);
            let leaf = async move { *here(cell.get_or_init(|| async { 2 })).await };
            Case::new(leaf, move || {
                sender.try_send(1).unwrap();
                assert_eq!(block_on(first), 1);
            })
        }),
    ]
}

fn sockets() -> Vec<Row> {
    vec![
        Row::any("async-io Timer", &["sleep"], || {
            Case::raced(async { here(Timer::after(LONG)).await })
        })
        .raced(),
        Row::any("async-io Timer that elapses", &["sleep"], || {
            let leaf = async {
                here(Timer::after(Duration::from_millis(500))).await;
                1
            };
            Case::new(leaf, || ())
        }),
        Row::any("async-io Timer interval", &["sleep"], || {
            Case::raced(async { here(Timer::interval(LONG).next()).await })
        })
        .raced(),
        Row::any("async-io Async read", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let mut buffer = [0];
                let mut stream = Async::new(ours).unwrap();
                here(stream.read_exact(&mut buffer)).await.unwrap();
                i32::from(buffer[0])
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        }),
        Row::any("async-io readable", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                here(Async::new(ours).unwrap().readable()).await.unwrap();
                1
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        })
        .bare(&["socket"]),
        Row::any("async-io Async write", &["socket write"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let data = vec![0; 64 << 20];
                here(Async::new(ours).unwrap().write_all(&data)).await.unwrap();
                1
            };
            Case::new(leaf, move || {
                let read = std::io::copy(&mut other, &mut std::io::sink()).unwrap();
                assert_eq!(read, 64 << 20);
            })
        }),
        Row::any("async-net accept", &["socket accept"], || {
            let listener = listener();
            let address = listener.local_addr().unwrap();
            let leaf = async move {
                let listener = smol::net::TcpListener::try_from(listener).unwrap();
                here(listener.accept()).await.unwrap();
                1
            };
            Case::new(leaf, move || drop(net::TcpStream::connect(address).unwrap()))
        })
        .bare(&["socket"]),
        Row::any("async-net TcpStream read", &["socket read"], || {
            let (ours, mut other) = connection();
            let leaf = async move {
                let mut stream = smol::net::TcpStream::try_from(ours).unwrap();
                let mut buffer = [0];
                here(stream.read_exact(&mut buffer)).await.unwrap();
                i32::from(buffer[0])
            };
            Case::new(leaf, move || other.write_all(&[1]).unwrap())
        }),
    ]
}

fn threads() -> Vec<Row> {
    vec![
        Row::any("smol unblock", &["join of a task"], || {
            let (sender, receiver) = async_channel::bounded(1);
            let leaf = async move { here(smol::unblock(move || receiver.recv_blocking())).await };
            Case::new(async { leaf.await.unwrap() }, move || sender.try_send(1).unwrap())
        }),
        Row::any("smol fs read", &["join of a task"], || {
            let fifo = Fifo::new();
            let path = fifo.path();
            let leaf = async move {
                let text = here(smol::fs::read(path)).await.unwrap();
                i32::try_from(text.len()).unwrap()
            };
            Case::new(leaf, move || fifo.write())
        }),
        Row::any("smol Task", &["join of a task"], || {
            let (sender, receiver) = async_channel::bounded(1);
            let leaf = async move {
                let task = smol::spawn(async move { receiver.recv().await.unwrap() });
                here(task).await
            };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::any("smol child process", &["child process"], || {
            let (sender, receiver) = std::sync::mpsc::channel();
            let leaf = async move {
                let mut command = smol::process::Command::new("cat");
                let mut child = command.stdin(smol::process::Stdio::piped()).spawn().unwrap();
                sender.send(child.stdin.take()).unwrap();
                i32::from(here(child.status()).await.unwrap().success())
            };
            Case::new(leaf, move || drop(receiver.recv().unwrap()))
        }),
    ]
}
