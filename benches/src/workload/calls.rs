//! Calls other than `spawn`.

use std::future::{pending, ready};
use std::hint::black_box;
use std::time::Duration;

use futures_util::future::join_all;

use crate::system::System;

pub(super) async fn blocking<S: System>(system: &S, times: u32) {
    for n in 0..times {
        black_box(system.spawn_blocking(move || n).await);
    }
}

pub(super) async fn in_time<S: System>(system: &S, times: u32) {
    for n in 0..times {
        assert!(system.timeout(Duration::from_secs(60), ready(n)).await);
    }
}

/// All at once: a runtime's timer may take a millisecond to elapse, however short the timeout is.
pub(super) async fn elapsed<S: System>(system: &S, times: u32) {
    let timeout = |_| system.timeout(Duration::ZERO, pending::<()>());
    let in_time = join_all((0..times).map(timeout)).await;
    assert!(!in_time.contains(&true));
}

pub(super) async fn gather<S: System>(system: &S, times: u32) {
    for _ in 0..times {
        black_box(system.gather((0..100).map(ready).collect()).await);
    }
}
