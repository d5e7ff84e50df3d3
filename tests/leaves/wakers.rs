//! Leaves that are written by hand: what a future does with its waker.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use atomic_waker::AtomicWaker;

use crate::here::here;
use crate::row::{Case, Row};

/// A flag, and the waker of what waits for it.
#[derive(Default)]
struct Flag {
    is_set: bool,
    waker: Option<Waker>,
}

fn flag() -> (Arc<Mutex<Flag>>, impl FnOnce()) {
    let flag = Arc::<Mutex<Flag>>::default();
    let other = Arc::clone(&flag);
    let set = move || {
        let mut flag = other.lock().unwrap();
        flag.is_set = true;
        flag.waker.take().unwrap().wake();
    };
    (flag, set)
}

async fn yield_once() {
    let mut has_yielded = false;
    let poll = |cx: &mut Context<'_>| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    };
    poll_fn(poll).await;
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::any("a waker that is cloned at each poll", &["unknown"], || {
            let (flag, set) = flag();
            let leaf = poll_fn(move |cx| {
                let mut flag = flag.lock().unwrap();
                flag.waker = Some(cx.waker().clone());
                if flag.is_set { Poll::Ready(1) } else { Poll::Pending }
            });
            Case::new(here(leaf), set)
        }),
        Row::any("a waker that is replaced by clone_from", &["unknown"], || {
            let (flag, set) = flag();
            let leaf = poll_fn(move |cx| {
                let mut flag = flag.lock().unwrap();
                match &mut flag.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    waker => *waker = Some(cx.waker().clone()),
                }
                if flag.is_set { Poll::Ready(1) } else { Poll::Pending }
            });
            Case::new(here(leaf), set)
        }),
        Row::any("a waker that is cloned at the first poll", &[], || {
            let (flag, set) = flag();
            let leaf = poll_fn(move |cx| {
                let mut flag = flag.lock().unwrap();
                flag.waker.get_or_insert_with(|| cx.waker().clone());
                if flag.is_set { Poll::Ready(1) } else { Poll::Pending }
            });
            Case::new(here(leaf), set)
        })
        .hidden("it asks for a waker at its first poll only")
        .others(&["no stack: polled again, it did not ask for a waker"]),
        Row::any("AtomicWaker", &["unknown"], || {
            let shared = Arc::new((AtomicWaker::new(), AtomicBool::new(false)));
            let other = Arc::clone(&shared);
            let leaf = poll_fn(move |cx| {
                shared.0.register(cx.waker());
                if shared.1.load(Ordering::SeqCst) { Poll::Ready(1) } else { Poll::Pending }
            });
            Case::new(here(leaf), move || {
                other.1.store(true, Ordering::SeqCst);
                other.0.wake();
            })
        }),
        Row::any("a loop that yields", &["unknown"], || {
            let stop = Arc::<AtomicBool>::default();
            let is_over = Arc::clone(&stop);
            let leaf = async move {
                while !is_over.load(Ordering::SeqCst) {
                    here(yield_once()).await;
                }
                1
            };
            Case::new(leaf, move || stop.store(true, Ordering::SeqCst))
        })
        .busy(),
        Row::any("a loop of futures-lite's yield_now", &["yield"], || {
            let stop = Arc::<AtomicBool>::default();
            let is_over = Arc::clone(&stop);
            let leaf = async move {
                while !is_over.load(Ordering::SeqCst) {
                    here(futures_lite::future::yield_now()).await;
                }
                1
            };
            Case::new(leaf, move || stop.store(true, Ordering::SeqCst))
        })
        .bare(&["unknown"])
        .busy(),
    ]
}
