//! Tasks that are spawned and joined.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::join;
use futures_util::{SinkExt, StreamExt};

use crate::system::System;

/// A task with a given number of polls, which wakes itself in each but the last.
pub async fn work(polls: u32) {
    let mut left = polls;
    poll_fn(|cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Spawns a batch of tasks and joins it, repeatedly.
pub(super) async fn batches<S: System>(system: &S, polls: u32, batch: u32, times: u32) {
    let mut tasks = Vec::with_capacity(batch as usize);
    for _ in 0..times / batch {
        tasks.extend((0..batch).map(|_| system.spawn(work(polls))));
        for task in tasks.drain(..) {
            task.await;
        }
    }
}

/// Each message makes the other task runnable, and this one waits.
pub(super) async fn ping_pong<S: System>(system: &S, times: u32) {
    let (mut ping, mut pings) = futures_channel::mpsc::channel(0);
    let (mut pong, mut pongs) = futures_channel::mpsc::channel(0);
    let there = system.spawn(async move {
        for n in 0..times / 2 {
            ping.send(n).await.expect("the other task runs");
            pongs.next().await.expect("the other task runs");
        }
    });
    let back = system.spawn(async move {
        while let Some(n) = pings.next().await {
            pong.send(n).await.expect("the other task runs");
        }
    });
    join(there, back).await;
}
