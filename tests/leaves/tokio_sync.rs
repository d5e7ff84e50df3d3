//! Channels and locks of tokio.

use std::sync::Arc;

use tokio::sync::{
    Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc, oneshot, watch,
};

use crate::here::here;
use crate::row::{Case, Row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = channels();
    rows.extend(locks());
    rows
}

fn channels() -> Vec<Row> {
    vec![
        Row::tokio("tokio mpsc recv", &["channel recv"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            let leaf = async move { here(receiver.recv()).await.unwrap() };
            Case::new(leaf, move || sender.try_send(1).unwrap())
        }),
        Row::tokio("tokio mpsc send", &["channel send"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            sender.try_send(0).unwrap();
            let leaf = async move {
                here(sender.send(1)).await.unwrap();
                1
            };
            // A receiver that is dropped would be an error for the sender.
            Case::new(leaf, move || {
                receiver.try_recv().unwrap();
                assert_eq!(receiver.blocking_recv(), Some(1));
            })
        })
        .bare(&["channel"]),
        Row::tokio("tokio mpsc reserve", &["channel send"], || {
            let (sender, mut receiver) = mpsc::channel(1);
            sender.try_send(0).unwrap();
            let leaf = async move {
                here(sender.reserve()).await.unwrap().send(1);
                1
            };
            Case::new(leaf, move || {
                receiver.try_recv().unwrap();
                assert_eq!(receiver.blocking_recv(), Some(1));
            })
        })
        .bare(&["channel"]),
        Row::tokio("tokio mpsc closed", &["channel close"], || {
            let (sender, receiver) = mpsc::channel::<i32>(1);
            let leaf = async move {
                here(sender.closed()).await;
                1
            };
            Case::new(leaf, move || drop(receiver))
        })
        .bare(&["channel"]),
        Row::tokio("tokio unbounded recv", &["channel recv"], || {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            let leaf = async move { here(receiver.recv()).await.unwrap() };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio oneshot", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move { here(receiver).await.unwrap() };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio oneshot closed", &["channel close"], || {
            let (mut sender, receiver) = oneshot::channel::<i32>();
            let leaf = async move {
                here(sender.closed()).await;
                1
            };
            Case::new(leaf, move || drop(receiver))
        }),
        Row::tokio("tokio broadcast recv", &["broadcast recv"], || {
            let (sender, mut receiver) = broadcast::channel(1);
            let leaf = async move { here(receiver.recv()).await.unwrap() };
            Case::new(leaf, move || assert_eq!(sender.send(1).unwrap(), 1))
        }),
        Row::tokio("tokio watch changed", &["watch change"], || {
            let (sender, mut receiver) = watch::channel(0);
            let leaf = async move {
                here(receiver.changed()).await.unwrap();
                *receiver.borrow()
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio watch wait_for", &["watch change"], || {
            let (sender, mut receiver) = watch::channel(0);
            let leaf = async move { *here(receiver.wait_for(|value| *value > 0)).await.unwrap() };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
    ]
}

fn locks() -> Vec<Row> {
    vec![
        Row::tokio("tokio Mutex", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
            let leaf = async move { *here(mutex.lock()).await };
            Case::new(leaf, move || drop(guard))
        }),
        Row::tokio("tokio Mutex owned", &["mutex"], || {
            let mutex = Arc::new(Mutex::new(1));
            let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
            let leaf = async move { *here(mutex.lock_owned()).await };
            Case::new(leaf, move || drop(guard))
        }),
        Row::tokio("tokio RwLock read", &["rwlock read"], || {
            let lock = Arc::new(RwLock::new(1));
            let guard = Arc::clone(&lock).try_write_owned().unwrap();
            let leaf = async move { *here(lock.read()).await };
            Case::new(leaf, move || drop(guard))
        })
        .bare(&["rwlock"]),
        Row::tokio("tokio RwLock write", &["rwlock write"], || {
            let lock = Arc::new(RwLock::new(1));
            let guard = Arc::clone(&lock).try_read_owned().unwrap();
            let leaf = async move { *here(lock.write()).await };
            Case::new(leaf, move || drop(guard))
        })
        .bare(&["rwlock"]),
        Row::tokio("tokio Semaphore", &["semaphore"], || {
            let semaphore = Arc::new(Semaphore::new(0));
            let owner = Arc::clone(&semaphore);
            let leaf = async move {
                here(semaphore.acquire()).await.unwrap().forget();
                1
            };
            Case::new(leaf, move || owner.add_permits(1))
        }),
        Row::tokio("tokio Semaphore owned", &["semaphore"], || {
            let semaphore = Arc::new(Semaphore::new(0));
            let owner = Arc::clone(&semaphore);
            let leaf = async move {
                here(semaphore.acquire_many_owned(2)).await.unwrap().forget();
                1
            };
            Case::new(leaf, move || owner.add_permits(2))
        }),
        Row::tokio("tokio Notify", &["notify"], || {
            let notify = Arc::new(Notify::new());
            let notifier = Arc::clone(&notify);
            let leaf = async move {
                here(notify.notified()).await;
                1
            };
            Case::new(leaf, move || notifier.notify_one())
        }),
        Row::tokio("tokio Barrier", &["barrier"], || {
            let barrier = Arc::new(Barrier::new(2));
            let other = Arc::clone(&barrier);
            let leaf = async move {
                here(barrier.wait()).await;
                1
            };
            Case::new(leaf, move || {
                assert!(futures_lite::future::block_on(other.wait()).is_leader());
            })
        }),
        Row::tokio("tokio OnceCell initialised inside", &["oneshot recv"], || {
            let (sender, receiver) = oneshot::channel();
            let leaf = async move {
                let cell = OnceCell::new();
                let value = cell.get_or_init(|| async { here(receiver).await.unwrap() });
                *value.await
            };
            Case::new(leaf, move || sender.send(1).unwrap())
        }),
        Row::tokio("tokio OnceCell initialised elsewhere", &["once cell"], || {
            let cell = Arc::new(OnceCell::new());
            let (sender, receiver) = oneshot::channel();
            let mut first = Box::pin({
                let cell = Arc::clone(&cell);
                async move { *cell.get_or_init(|| async { receiver.await.unwrap() }).await }
            });
            assert_eq!(
                futures_lite::future::block_on(futures_lite::future::poll_once(&mut first)),
                None
            );
            let leaf = async move { *here(cell.get_or_init(|| async { 2 })).await };
            Case::new(leaf, move || {
                sender.send(1).unwrap();
                assert_eq!(futures_lite::future::block_on(first), 1);
            })
        }),
    ]
}
