//! Futures behind the wakers of a container, which are not the task's: what is inside is not seen, unless it is
//! instrumented (see `ours.rs`).

use async_executor::Executor;
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesOrdered, FuturesUnordered, iter};

use crate::here::here;
use crate::row::{Case, Row};

const OWN_WAKERS: &str = "FuturesUnordered polls only what was woken, with wakers of its own";
const SHARED: &str = "Shared polls its future only when that was woken, with a waker of its own";

/// Three channels, and what sends 1 on the first and 0 on the others.
fn channels() -> (Vec<oneshot::Receiver<i32>>, impl FnOnce()) {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
    let send = || {
        for (number, sender) in senders.into_iter().enumerate() {
            sender.send(i32::from(number == 0)).unwrap();
        }
    };
    (receivers, send)
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = streams();
    rows.extend(others());
    rows
}

fn streams() -> Vec<Row> {
    vec![
        Row::any("FuturesUnordered", &[], || {
            let (receivers, send) = channels();
            let leaf = async move {
                let futures: FuturesUnordered<_> = receivers.into_iter().map(here).collect();
                futures.fold(0, async |sum, value| sum + value.unwrap()).await
            };
            Case::new(leaf, send)
        })
        .hidden(OWN_WAKERS)
        .others(&["one of several futures"]),
        Row::any("FuturesOrdered", &[], || {
            let (receivers, send) = channels();
            let leaf = async move {
                let futures: FuturesOrdered<_> = receivers.into_iter().map(here).collect();
                futures.fold(0, async |sum, value| sum + value.unwrap()).await
            };
            Case::new(leaf, send)
        })
        .hidden(OWN_WAKERS)
        .others(&["one of several futures"]),
        Row::any("FuturesUnordered next", &["one of several futures"], || {
            let (receivers, send) = channels();
            let leaf = async move {
                let mut futures: FuturesUnordered<_> = receivers.into_iter().collect();
                let mut sum = 0;
                while let Some(value) = here(futures.next()).await {
                    sum += value.unwrap();
                }
                sum
            };
            Case::new(leaf, send)
        }),
        Row::any("buffer_unordered", &[], || {
            let (receivers, send) = channels();
            let leaf = async move {
                let values = iter(receivers).map(here).buffer_unordered(3);
                values.fold(0, async |sum, value| sum + value.unwrap()).await
            };
            Case::new(leaf, send)
        })
        .hidden(OWN_WAKERS)
        .others(&["one of several futures"]),
    ]
}

fn others() -> Vec<Row> {
    vec![
        Row::any("Shared", &[], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let shared = here(receiver).shared();
            Case::new(async { shared.await.unwrap() }, move || sender.send(1).unwrap())
        })
        .hidden(SHARED)
        .others(&["shared future"]),
        Row::any("Shared, awaited here", &["shared future"], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let shared = receiver.shared();
            Case::new(async { here(shared).await.unwrap() }, move || sender.send(1).unwrap())
        }),
        Row::any("executor in a task", &[], || {
            let (sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                let executor = Executor::new();
                let task = executor.spawn(here(receiver));
                executor.run(task).await.unwrap()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        })
        .hidden("an executor polls only the tasks that were woken, with wakers of its own")
        .others(&["tasks of an executor"]),
    ]
}
