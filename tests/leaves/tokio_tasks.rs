//! Timers, tasks and combinators of tokio.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::time::DelayQueue;

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::LONG;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = timers();
    rows.extend(tasks());
    rows.extend(combinators());
    rows.extend(yields());
    rows
}

fn timers() -> Vec<Row> {
    vec![
        Row::tokio("tokio sleep", &["sleep"], || {
            Case::raced(async { here(time::sleep(LONG)).await })
        })
        .raced(),
        Row::tokio("tokio sleep_until", &["sleep"], || {
            Case::raced(async { here(time::sleep_until(time::Instant::now() + LONG)).await })
        })
        .raced(),
        Row::tokio("tokio sleep that elapses", &["sleep"], || {
            let leaf = async {
                here(time::sleep(Duration::from_millis(500))).await;
                1
            };
            Case::new(leaf, || ())
        }),
        Row::tokio("tokio interval", &["interval tick"], || {
            Case::raced(async {
                let mut interval = time::interval(LONG);
                interval.tick().await;
                here(interval.tick()).await
            })
        })
        .raced(),
        Row::tokio("tokio timeout around", &["channel recv"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            let leaf =
                async move { time::timeout(LONG, here(receiver.recv())).await.unwrap().unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .others(&["timeout"])
        .bare_others(&["sleep"]),
        Row::tokio("tokio timeout inside", &["channel recv", "timeout"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            let leaf =
                async move { here(time::timeout(LONG, receiver.recv())).await.unwrap().unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        })
        .bare(&["channel recv", "sleep"]),
        Row::tokio("tokio-util DelayQueue", &["delay queue"], || {
            Case::raced(async {
                let mut queue = DelayQueue::new();
                queue.insert(1, LONG);
                here(queue.next()).await
            })
        })
        .raced(),
    ]
}

fn tasks() -> Vec<Row> {
    vec![
        Row::tokio("tokio JoinHandle", &["join of a task"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let task = tokio::spawn(async { receiver.await.unwrap() });
                here(task).await.unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio JoinSet", &["join of a task set"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let mut tasks = JoinSet::new();
                tasks.spawn(async { receiver.await.unwrap() });
                tasks.spawn(std::future::pending());
                here(tasks.join_next()).await.unwrap().unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio spawn_blocking", &["join of a task"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let task = tokio::task::spawn_blocking(|| receiver.blocking_recv().unwrap());
                here(task).await.unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio unconstrained", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                tokio::task::unconstrained(async { here(receiver).await.unwrap() }).await
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio-util CancellationToken", &["cancellation"], || {
            let token = CancellationToken::new();
            let owner = token.clone();
            let leaf = async move {
                here(token.cancelled()).await;
                1
            };
            Case::new(leaf, move || owner.cancel())
        }),
        Row::tokio("tokio-util TaskTracker", &["task tracker"], || {
            let tracker = TaskTracker::new();
            let token = tracker.token();
            tracker.close();
            let leaf = async move {
                here(tracker.wait()).await;
                1
            };
            Case::new(leaf, move || drop(token))
        }),
    ]
}

fn combinators() -> Vec<Row> {
    vec![
        Row::tokio("tokio select! of 3", &["channel recv", "sleep"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            let leaf = async move {
                tokio::select! {
                    value = here(receiver.recv()) => value.unwrap(),
                    () = here(time::sleep(LONG)) => 0,
                    () = here(std::future::pending()) => 3,
                }
            };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::tokio("tokio join! of 2", &["channel recv", "oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let (other, mut other_receiver) = mpsc::channel(1);
            let leaf = async move {
                let (first, second) = tokio::join!(here(receiver), here(other_receiver.recv()));
                first.unwrap() + second.unwrap()
            };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                other.try_send(0).unwrap();
            })
        }),
        Row::tokio("tokio-stream merge", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let (other, other_receiver) = oneshot::channel();
            let once = |receiver| Box::pin(futures_util::stream::once(here(receiver)));
            let leaf = async move {
                let mut merged = once(receiver).merge(once(other_receiver));
                merged.next().await.unwrap().unwrap()
            };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                // The stream would end with an error.
                std::mem::forget(other);
            })
        }),
        Row::tokio("tokio-stream timeout", &["channel recv", "timeout"], || {
            let (sender, receiver) = mpsc::channel(1);
            let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
            let leaf = async move {
                let mut stream = Box::pin(stream.timeout(LONG));
                here(stream.next()).await.unwrap().unwrap()
            };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
    ]
}

fn yields() -> Vec<Row> {
    let until = |stop: &Arc<AtomicBool>| {
        let stop = Arc::clone(stop);
        move || stop.load(Ordering::SeqCst)
    };
    vec![
        Row::tokio("tokio yield_now", &["yield"], move || {
            let stop = Arc::<AtomicBool>::default();
            let is_over = until(&stop);
            let leaf = async move {
                while !is_over() {
                    here(tokio::task::yield_now()).await;
                }
                1
            };
            Case::new(leaf, move || stop.store(true, Ordering::SeqCst))
        })
        .busy(),
        Row::tokio("tokio coop budget", &["yield to other tasks (coop budget)"], move || {
            let stop = Arc::<AtomicBool>::default();
            let is_over = until(&stop);
            let leaf = async move {
                let (sender, mut receiver) = mpsc::unbounded_channel();
                while !is_over() {
                    sender.send(1).unwrap();
                    here(receiver.recv()).await.unwrap();
                }
                1
            };
            Case::new(leaf, move || stop.store(true, Ordering::SeqCst))
        })
        .busy(),
    ]
}
