//! Calls other than `spawn`.

use std::future::{pending, ready};
use std::hint::black_box;
use std::time::Duration;

use futures_util::future::join_all;

use crate::subject::Subject;

pub(super) async fn blocking<S: Subject>(subject: &S, times: u32) {
    for n in 0..times {
        black_box(subject.spawn_blocking(move || n).await);
    }
}

pub(super) async fn in_time<S: Subject>(subject: &S, times: u32) {
    for n in 0..times {
        assert!(subject.timeout(Duration::from_secs(60), ready(n)).await);
    }
}

/// All at once: a runtime's timer may take a millisecond to elapse, however short it is.
pub(super) async fn elapsed<S: Subject>(subject: &S, times: u32) {
    let timeout = |_| subject.timeout(Duration::ZERO, pending::<()>());
    let in_time = join_all((0..times).map(timeout)).await;
    assert!(!in_time.contains(&true));
}

pub(super) async fn gather<S: Subject>(subject: &S, times: u32) {
    for _ in 0..times {
        black_box(subject.gather((0..100).map(ready).collect()).await);
    }
}
