//! Channels, locks and combinators of the futures crates, on any runtime.

use std::sync::Arc;

use futures_channel::{mpsc, oneshot};
use futures_util::future::{Either, FutureExt, join_all, select, try_join_all};
use futures_util::lock::Mutex;
use futures_util::{SinkExt, StreamExt};

use crate::here::{Leaf, here};
use crate::row::{Case, Row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = primitives();
    rows.extend(combinators());
    rows.extend(shapes());
    rows
}

fn primitives() -> Vec<Row> {
    vec![
        Row::any("futures oneshot", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move { here(receiver).await.unwrap() };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::any("futures oneshot cancellation", &["channel close"], || {
            let (mut sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                here(sender.cancellation()).await;
                1
            };
            Case::new(leaf, move || drop(receiver))
        }),
        Row::any("futures mpsc next", &["channel recv"], || {
            let (mut sender, mut receiver) = mpsc::channel(1);
            let leaf = async move { here(receiver.next()).await.unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::any("futures mpsc send", &["channel send"], || {
            let (mut sender, mut receiver) = mpsc::channel(0);
            sender.try_send(0).unwrap();
            let leaf = async move {
                here(sender.send(1)).await.unwrap();
                1
            };
            Case::new(leaf, move || {
                let mut next = || futures_lite::future::block_on(receiver.next());
                assert_eq!([next(), next()], [Some(0), Some(1)]);
            })
        }),
        Row::any("futures Mutex", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
            let leaf = async move { *here(mutex.lock()).await };
            Case::new(leaf, move || drop(guard))
        }),
    ]
}

fn combinators() -> Vec<Row> {
    vec![
        Row::any("futures select! of 2", &["channel recv", "oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let (other, mut other_receiver) = mpsc::channel(1);
            let leaf = async move {
                let mut first = Box::pin(here(receiver).fuse());
                let mut second = Box::pin(here(other_receiver.next()).fuse());
                futures_util::select! {
                    value = first => value.unwrap(),
                    value = second => value.unwrap(),
                }
            };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                std::mem::forget::<mpsc::Sender<i32>>(other);
            })
        }),
        Row::any("futures join! of 2", &["channel recv", "oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let (mut other, mut other_receiver) = mpsc::channel::<i32>(1);
            let leaf = async move {
                let (first, second) =
                    futures_util::join!(here(receiver), here(other_receiver.next()));
                first.unwrap() + second.unwrap()
            };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                other.try_send(0).unwrap();
            })
        }),
        Row::any("futures join_all of 5", &["oneshot recv"], || joined(5)),
        Row::any("futures join_all of 40", &[], || joined(40))
            .hidden("from 31 futures on, join_all has a FuturesUnordered, with wakers of its own")
            .others(&["one of several futures"]),
        Row::any("futures try_join_all of 5", &["oneshot recv"], || {
            let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| oneshot::channel()).unzip();
            let leaf = async move {
                let all = try_join_all(receivers.into_iter().map(here)).await.unwrap();
                all.into_iter().sum::<i32>() - 4
            };
            Case::new(leaf, || senders.into_iter().for_each(|sender| sender.send(1).unwrap()))
        }),
        Row::any("futures select with pending", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                let pending = Box::pin(here(std::future::pending::<()>()));
                match select(pending, Box::pin(here(receiver))).await {
                    Either::Left(_) => 0,
                    Either::Right((value, _)) => value.unwrap(),
                }
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::any("pending", &[], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                let pending = Box::pin(here(std::future::pending::<()>()));
                match select(pending, receiver).await {
                    Either::Left(_) => 0,
                    Either::Right((value, _)) => value.unwrap(),
                }
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        })
        .hidden("pending() never asks for a waker")
        .others(&["oneshot recv"]),
    ]
}

fn joined(number: i32) -> Case {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..number).map(|_| oneshot::channel()).unzip();
    let leaf = async move {
        let all = join_all(receivers.into_iter().map(here)).await;
        all.into_iter().map(Result::unwrap).sum::<i32>() - number + 1
    };
    Case::new(leaf, || senders.into_iter().for_each(|sender| sender.send(1).unwrap()))
}

fn shapes() -> Vec<Row> {
    vec![
        Row::any("boxes in boxes", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let boxed: Leaf = Box::pin(async { here(receiver).await.unwrap() });
            let boxed: Leaf = Box::pin(boxed);
            Case::new(boxed, move || sender.send(1).unwrap())
        }),
        Row::any("adapters", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = here(receiver.map(Result::unwrap).then(|value| async move { value }));
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::any("stream of async blocks", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                let mut stream = Box::pin(futures_util::stream::unfold(
                    Some(receiver),
                    async |receiver: Option<oneshot::Receiver<i32>>| {
                        let value = here(receiver?).await.unwrap();
                        Some((value, None))
                    },
                ));
                stream.next().await.unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::any("for_each", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                let sum = futures_util::stream::iter([receiver])
                    .then(async |receiver| here(receiver).await.unwrap())
                    .fold(0, async |sum, value| sum + value);
                sum.await
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
    ]
}
